// When time makes logs due: at the ticks of `schedule` directives, and without one where their
// periods start. The cron package rings; a check against the wall clock every 30 seconds makes good
// what it missed through a suspend or a set clock, once. What a tick means is the planner's affair,
// which also makes good, at the first round, what came while the service was not there.

import { CronJob } from 'cron';
import { nextTick } from '../../plan/ticks.ts';
import type { Policy } from '../../policy/policy.ts';
import { localTime } from '../../units/calendar.ts';
import type { EpochMs, Ms } from '../../units/duration.ts';
import type { Path } from '../../units/path.ts';
import type { Clock } from '../../world/world.ts';
import type { Ground, Running, Trigger } from '../trigger.ts';

export const schedule: Trigger = { name: 'schedule', start: ground => startSchedule(ground) };

const checkEvery: Ms = 30_000;
/** A timer may ring a moment before its time by the wall clock. */
const slack: Ms = 50;
/** More than this backwards is a clock that was set. */
const jitter: Ms = 500;

interface Bell {
  readonly expression: string;
  readonly job: CronJob;
  next: EpochMs;
}

async function startSchedule(ground: Ground): Promise<Running> {
  const { clock } = ground.world;
  const bells = new Map<string, Bell>();
  const stop = new AbortController();

  const ring = (expression: string, late: boolean): void => {
    const logs = logsOf(ground, expression, clock.now());
    if (logs.size === 0) return;
    const detail = `${detailOf(expression)}${late ? ', late' : ''}`;
    ground.nudge({ cause: { trigger: 'schedule', detail }, logs });
  };

  /** Rings if its time has come: safe to ask twice, so that the timer and the check agree. */
  const settle = (bell: Bell, late: boolean): void => {
    const now = clock.now();
    if (now + slack < bell.next) return;
    bell.next = nextAfter(bell.expression, now + slack);
    ring(bell.expression, late);
  };

  const nextAfter = (expression: string, from: EpochMs): EpochMs =>
    nextTick(expression, from + 1, clock.zone) ?? Number.POSITIVE_INFINITY;

  const hang = (expression: string): void => {
    const bell: Bell = {
      expression,
      next: nextAfter(expression, clock.now()),
      job: CronJob.from({
        cronTime: expression,
        ...zoneOf(clock),
        onTick: () => settle(bell, false),
        start: true,
        // Late is not too late, and nothing may be printed from inside a library (libraries.md C1).
        threshold: 86_400_000,
        waitForCompletion: true,
        errorHandler: error => ground.say('error', { schedule: expression, err: error }, 'schedule failed'),
        name: expression,
      }),
    };
    bells.set(expression, bell);
  };

  const unhang = async (bell: Bell): Promise<void> => {
    bells.delete(bell.expression);
    await bell.job.stop();
  };

  const renew = async (): Promise<void> => {
    const wanted = new Set(ground.policies().map(expressionOf));
    for (const bell of [...bells.values()]) if (!wanted.has(bell.expression)) await unhang(bell);
    for (const expression of wanted) {
      if (expression !== null && !bells.has(expression) && !stop.signal.aborted) hang(expression);
    }
  };

  const checkOn = async (): Promise<void> => {
    let checkedAt = clock.now();
    let offset = offsetOf(clock);
    for (;;) {
      await clock.wait(checkEvery, stop.signal);
      if (stop.signal.aborted) return;
      const wasSetBack = clock.now() < checkedAt - jitter;
      // A POSIX zone is given to cron as an offset, which changes with daylight saving.
      const isOtherOffset = offset !== offsetOf(clock);
      checkedAt = clock.now();
      offset = offsetOf(clock);
      for (const bell of bells.values()) settle(bell, true);
      if (!wasSetBack && !isOtherOffset) continue;
      for (const bell of [...bells.values()]) await unhang(bell);
      await renew();
    }
  };

  await renew();
  const checking = checkOn();
  return {
    renew,
    stop: async () => {
      stop.abort();
      await checking;
      for (const bell of [...bells.values()]) await unhang(bell);
    },
  };
}

/**
 * When a policy's time criteria are looked at: at its `schedule`, else where its period starts.
 * null: size alone makes its logs due. Weeks, months and years begin with a day.
 */
export function expressionOf(policy: Policy): string | null {
  const { criterion, schedule } = policy.settings;
  if (criterion.kind === 'size') return null;
  if (schedule !== null) return schedule;
  switch (criterion.kind) {
    case 'minutes':
      return everyMinute;
    case 'hourly':
      return everyHour;
    case 'daily':
    case 'weekly':
    case 'monthly':
    case 'yearly':
      return everyDay;
    default:
      return criterion satisfies never;
  }
}

const everyMinute = '* * * * *';
const everyHour = '0 * * * *';
const everyDay = '0 0 * * *';

/** Watched logs that the tick is for; of those counted in minutes only the ones whose time has come. */
function logsOf(ground: Ground, expression: string, now: EpochMs): ReadonlySet<Path> {
  const logs = new Set<Path>();
  for (const log of ground.watched.logs.values()) {
    if (expressionOf(log.policy) !== expression) continue;
    const isMinutes = log.policy.settings.criterion.kind === 'minutes';
    if (isMinutes && log.next !== null && log.next > now + slack) continue;
    logs.add(log.path);
  }
  return logs;
}

function detailOf(expression: string): string {
  if (expression === everyHour) return 'an hour begins';
  if (expression === everyDay) return 'a day begins';
  return expression === everyMinute ? 'minutes have passed' : expression;
}

/** The package knows IANA names only; a POSIX rule goes in as the offset that holds now, in minutes. */
function zoneOf(clock: Clock): { timeZone: string } | { utcOffset: number } {
  return isIana(clock.zone) ? { timeZone: clock.zone } : { utcOffset: offsetOf(clock) };
}

function isIana(zone: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: zone }).resolvedOptions().timeZone !== '';
  } catch {
    // A RangeError is how Intl says that it does not know the name.
    return false;
  }
}

/** Local time minus UTC, in minutes. */
function offsetOf(clock: Clock): number {
  const now = clock.now();
  const { year, month, day, hour, minute } = localTime(now, clock.zone);
  return Math.round((Date.UTC(year, month - 1, day, hour, minute) - now) / 60_000);
}
