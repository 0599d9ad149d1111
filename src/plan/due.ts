// Is a rotation due, which directive says so, and when time will make it so. The table is
// logrotate's (semantics 12) with days counted by the calendar, so that daylight saving does not
// shorten them. Obstacles are not asked here: the log is taken to be a file that may be rotated.

import type { LogSet } from '../logs/log-set.ts';
import { unarchived } from '../logs/unarchived.ts';
import type { Criterion, Policy } from '../policy/policy.ts';
import { type Bytes, formatBytes } from '../units/bytes.ts';
import {
  daysBetween,
  epochOf,
  type LocalTime,
  localTime,
  startOfNext,
  type Zone,
} from '../units/calendar.ts';
import { type EpochMs, formatDuration } from '../units/duration.ts';
import { lastingId } from '../units/identity.ts';
import { isForced, lastRotated, type Moment, shown } from './moment.ts';
import type { Reason } from './plan.ts';
import { reasonOf } from './reason.ts';
import type { State } from './state.ts';
import { lastTick, nextTick } from './ticks.ts';

export interface Due {
  readonly due: boolean;
  readonly why: Reason;
  /** When time makes it due; null for size alone, for what is due now, and where it cannot be said. */
  readonly next: EpochMs | null;
  /** What an operator should see: a last rotation in the future. */
  readonly warning: string | null;
}

/** First match wins, in logrotate's order. Never seen before: size counts at once, time from now on. */
export function dueOf(logSet: LogSet, state: State, moment: Moment): Due {
  const { policy, live } = logSet;
  const { settings } = policy;
  if (live === null) return no(reasonOf(policy, null, 'there is no such file'), null);
  if (settings.leavelive) return no(reasonOf(policy, 'leavelive', 'its program rotates it by itself'), null);
  const size = added(logSet, state);
  const found = ignoringEmptiness(logSet, size, state, moment);
  if (!found.due || settings.ifempty || size > 0) return found;
  const words = live.size > 0 ? 'nothing was added since its last rotation' : 'it is empty';
  return no(reasonOf(policy, 'notifempty', words), null);
}

/** What there is to rotate. The blocks that a collapse leaves are nothing until something is added (rulings 12). */
function added({ live, policy }: LogSet, state: State): Bytes {
  if (live === null) return 0;
  const before = live.id === null ? undefined : state.archived?.get(lastingId(live.id));
  return before === live.size ? 0 : unarchived(live, policy);
}

/** The same without words: what is asked of tens of thousands. */
export function isDue(logSet: LogSet, state: State, moment: Moment): boolean {
  const { path, policy, live } = logSet;
  const { settings } = policy;
  if (live === null || settings.leavelive) return false;
  const size = added(logSet, state);
  if (size === 0 && !settings.ifempty) return false;
  if (isForced(path, moment) || (settings.maxsize !== null && size > settings.maxsize)) return true;
  const { criterion } = settings;
  if (criterion.kind === 'size') return size >= criterion.size;
  const last = lastRotated(path, state);
  if (last === null) return false;
  if (last > moment.at + futureLimit) return true;
  return hasPassed(criterion, policy, last, moment) && unlessSmallOrYoung(logSet, state, moment) === null;
}

function ignoringEmptiness(logSet: LogSet, size: number, state: State, moment: Moment): Due {
  const { policy } = logSet;
  const { settings } = policy;
  if (isForced(logSet.path, moment)) return yes(reasonOf(policy, null, 'forced'));
  if (settings.maxsize !== null && size > settings.maxsize) {
    return yes(reasonOf(policy, 'maxsize', `${formatBytes(size)} is over ${formatBytes(settings.maxsize)}`));
  }
  if (settings.criterion.kind === 'size') return bySize(policy, size, settings.criterion.size);
  return byTime(logSet, settings.criterion, state, moment);
}

function bySize(policy: Policy, size: number, limit: number): Due {
  if (size >= limit)
    return yes(reasonOf(policy, 'size', `${formatBytes(size)} is at least ${formatBytes(limit)}`));
  return no(reasonOf(policy, 'size', `${formatBytes(size)} is under ${limitText(limit)}`), null);
}

/** All logs of a section are measured against one limit: it is put in words once. */
function limitText(limit: number): string {
  if (limit !== lastLimit.size) lastLimit = { size: limit, text: formatBytes(limit) };
  return lastLimit.text;
}

let lastLimit = { size: -1, text: '' };

type TimeCriterion = Exclude<Criterion, { readonly kind: 'size' }>;

function byTime(logSet: LogSet, criterion: TimeCriterion, state: State, moment: Moment): Due {
  const { policy } = logSet;
  const { at } = moment;
  const { kind } = criterion;
  const last = lastRotated(logSet.path, state);
  if (last === null) {
    const next = nextOf(criterion, policy, at, moment);
    return no(
      reasonOf(policy, kind, `${said(criterion)}: seen for the first time, so its time begins now`),
      next,
    );
  }
  if (last > at + futureLimit) {
    const words = `last rotated ${shown(last, moment)}, which is ${formatDuration(last - at)} in the future`;
    return {
      ...yes(reasonOf(policy, kind, `${said(criterion)}: ${words}`)),
      warning: `${logSet.path}: ${words}`,
    };
  }
  if (!hasPassed(criterion, policy, last, moment)) {
    const next = nextOf(criterion, policy, last, moment);
    const words = next === null ? '' : `, next ${shown(next, moment)}`;
    return no(
      reasonOf(policy, kind, `${said(criterion)}: last rotated ${shown(last, moment)}${words}`),
      next,
    );
  }
  return (
    unlessSmallOrYoung(logSet, state, moment) ??
    yes(reasonOf(policy, kind, `${said(criterion)}: last rotated ${shown(last, moment)}`))
  );
}

/** Since it was last rotated; by a schedule only what its ticks have seen counts. */
function hasPassed(criterion: TimeCriterion, policy: Policy, last: EpochMs, moment: Moment): boolean {
  const { at, zone } = moment;
  const { schedule } = policy.settings;
  const lookedAt = schedule === null ? at : lastTick(schedule, at, zone);
  if (lookedAt === null || (lookedAt !== at && lookedAt <= last)) return false;
  return isOver(criterion, last, lookedAt, moment);
}

/** minsize and minage stand in the way of time alone (semantics 10). */
function unlessSmallOrYoung(logSet: LogSet, state: State, { at }: Moment): Due | null {
  const { policy, live } = logSet;
  const { minsize, minage } = policy.settings;
  if (live === null) return null;
  const size = added(logSet, state);
  if (minsize !== null && size < minsize) {
    return no(
      reasonOf(
        policy,
        'minsize',
        `time is up, but ${formatBytes(size)} is under minsize ${formatBytes(minsize)}`,
      ),
      null,
    );
  }
  if (minage === null || at - live.modified > minage * dayMs) return null;
  const next = Math.floor(live.modified + minage * dayMs) + 1;
  const age = formatDuration(Math.max(0, at - live.modified));
  return no(
    reasonOf(policy, 'minage', `time is up, but written ${age} ago, within minage ${days(minage)}`),
    next,
  );
}

/** The table of semantics 12. A last rotation in this same minute makes nothing due. */
function isOver(criterion: TimeCriterion, last: EpochMs, now: EpochMs, { at, zone, local }: Moment): boolean {
  const then = localTime(last, zone);
  const today = now === at ? local : localTime(now, zone);
  if (sameHour(then, today) && then.minute === today.minute) return false;
  switch (criterion.kind) {
    case 'minutes':
      return Math.floor((now - last) / minuteMs) > criterion.minutes;
    case 'hourly':
      return !sameHour(then, today);
    case 'daily':
      return !sameDay(then, today);
    case 'weekly': {
      const passed = daysBetween(last, now, zone);
      return passed >= 7 || (passed >= 1 && today.weekday === criterion.day);
    }
    case 'monthly': {
      if (criterion.day === 0) return !sameMonth(then, today);
      const passed = daysBetween(last, now, zone);
      return passed >= 31 || (passed >= 1 && (today.day === criterion.day || today.day === daysIn(today)));
    }
    case 'yearly':
      return then.year !== today.year;
    default:
      return criterion satisfies never;
  }
}

/** The first moment after now at which time alone makes it due, by the same table. */
function nextOf(criterion: TimeCriterion, policy: Policy, last: EpochMs, moment: Moment): EpochMs | null {
  // Of most criteria the next moment is the same for all logs that were not rotated in the future.
  const alike =
    criterion.kind !== 'minutes' &&
    !(criterion.kind === 'weekly' && criterion.day > 6) &&
    policy.settings.schedule === null;
  if (!alike || last > moment.at) return nextOfOne(criterion, policy, last, moment);
  const known = moment.nexts.get(criterion);
  if (known !== undefined) return known;
  const next = nextOfOne(criterion, policy, last, moment);
  moment.nexts.set(criterion, next);
  return next;
}

function nextOfOne(criterion: TimeCriterion, policy: Policy, last: EpochMs, moment: Moment): EpochMs | null {
  const bare = firstReading(nextByTable(criterion, last, moment), moment);
  const { schedule } = policy.settings;
  if (schedule === null) return bare;
  const tick = nextTick(schedule, moment.at + 1, moment.zone);
  if (tick === null || (tick > last && isOver(criterion, last, tick, moment))) return tick;
  return nextTick(schedule, Math.max(bare, tick), moment.zone);
}

/** Of an hour that comes twice (in Havana the one after midnight) the first: the period begins with it. */
function firstReading(next: EpochMs, { at, zone }: Moment): EpochMs {
  const shown = localTime(next, zone);
  const isSame = (other: LocalTime) => sameHour(other, shown) && other.minute === shown.minute;
  // Clocks go back by an hour, on Lord Howe by half of one.
  return (
    [60, 30].map(back => next - back * minuteMs).find(one => one > at && isSame(localTime(one, zone))) ?? next
  );
}

function nextByTable(criterion: TimeCriterion, last: EpochMs, { at, zone, local }: Moment): EpochMs {
  // A last rotation that lies (up to 25 hours) ahead: nothing changes before it has passed.
  const from = Math.max(last, at);
  switch (criterion.kind) {
    case 'minutes':
      return Math.max(at, last + (criterion.minutes + 1) * minuteMs);
    case 'hourly':
      return startOfNext('hour', from, zone);
    case 'daily':
      return startOfNext('day', from, zone);
    case 'weekly': {
      const week = startOfDay(last, 7, zone);
      const wait = criterion.day > 6 ? 7 : (criterion.day - local.weekday + 7) % 7 || 7;
      return criterion.day > 6
        ? Math.max(week, at)
        : Math.min(startOfDay(at, wait, zone), Math.max(week, startOfDay(at, 1, zone)));
    }
    case 'monthly': {
      if (criterion.day === 0) return startOfNext('month', from, zone);
      const { year, month } = local;
      const ends = daysIn(local);
      if (local.day < ends) {
        const day = criterion.day > local.day ? Math.min(criterion.day, ends) : ends;
        return epochOf({ year, month, day }, zone);
      }
      const following = daysIn({ year, month: month + 1 });
      return epochOf({ year, month: month + 1, day: Math.min(criterion.day, following) }, zone);
    }
    case 'yearly':
      return startOfNext('year', from, zone);
    default:
      return criterion satisfies never;
  }
}

/** The start of the local day `ahead` days after that of `at`. */
function startOfDay(at: EpochMs, ahead: number, zone: Zone): EpochMs {
  const { year, month, day } = localTime(at, zone);
  return epochOf({ year, month, day: day + ahead }, zone);
}

function sameHour(a: LocalTime, b: LocalTime): boolean {
  return a.hour === b.hour && sameDay(a, b);
}

function sameDay(a: LocalTime, b: LocalTime): boolean {
  return a.day === b.day && sameMonth(a, b);
}

function sameMonth(a: LocalTime, b: LocalTime): boolean {
  return a.month === b.month && a.year === b.year;
}

function daysIn({ year, month }: { readonly year: number; readonly month: number }): number {
  return new Date(Date.UTC(year, month, 0)).getUTCDate();
}

function said(criterion: TimeCriterion): string {
  switch (criterion.kind) {
    case 'minutes':
      return `minutes ${criterion.minutes}`;
    case 'weekly':
      return criterion.day === 0 ? 'weekly' : `weekly ${criterion.day}`;
    case 'monthly':
      return criterion.day === 0 ? 'monthly' : `monthly ${criterion.day}`;
    default:
      return criterion.kind;
  }
}

function days(count: number): string {
  return count === 1 ? '1 day' : `${count} days`;
}

function yes(why: Reason): Due {
  return { due: true, why, next: null, warning: null };
}

function no(why: Reason, next: EpochMs | null): Due {
  return { due: false, why, next, warning: null };
}

const minuteMs = 60_000;
const dayMs = 86_400_000;
/** logrotate takes a last rotation further ahead than this for a wrong clock. */
const futureLimit = 25 * 3_600_000;
