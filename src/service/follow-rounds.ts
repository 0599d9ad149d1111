// Follows what rounds tell: into the service's own log, into what is watched, into the day's sums
// and the last actions of the live view. It asks for nothing and decides nothing.

import type { Event, Tell } from '../apply/event.ts';
import type { Outcome } from '../ledger/outcome.ts';
import type { Plan, Step } from '../plan/plan.ts';
import { formatBytes } from '../units/bytes.ts';
import type { Zone } from '../units/calendar.ts';
import { type EpochMs, formatDuration } from '../units/duration.ts';
import { nameOf, type Path, showPath } from '../units/path.ts';
import { shortPath } from './lines.ts';
import type { RecentAction } from './live.ts';
import { actionWord, filesOf, makeClerk } from './records.ts';
import { addToToday, type Today } from './today.ts';
import type { Say } from './trigger.ts';
import type { Watched } from './watched.ts';

export interface Follower {
  readonly tell: Tell;
  /** Newest first. */
  readonly recent: readonly RecentAction[];
  readonly today: Today;
}

const recentSize = 20;

export function followRounds(options: {
  readonly watched: Watched;
  readonly say: Say;
  readonly today: Today;
  readonly zone: Zone;
  readonly onChange: () => void;
}): Follower {
  const { watched, say, zone } = options;
  const clerk = makeClerk();
  const recent: RecentAction[] = [];
  /** Logs of open plans of which something was not done: they are left to the pauses of who named them. */
  const balked = new Set<Path>();
  let { today } = options;

  const finished = (step: Step, outcome: Outcome, at: EpochMs): void => {
    today = addToToday(today, step, outcome, at, zone);
    if (step.log !== null && isPutOff(outcome)) watched.again.add(step.log);
    if (step.log !== null && isBalked(outcome)) balked.add(step.log);
    const action = recentAction(step, outcome, at);
    if (action === null) return;
    recent.unshift(action);
    recent.length = Math.min(recent.length, recentSize);
    if (step.log !== null) watched.note(step.log, at, `${actionWord(step)} ${action.words}`);
  };

  const tell = (event: Event): void => {
    for (const { level, facts, message } of clerk.recordsOf(event)) say(level, facts, message);
    if (event.kind === 'planned') watched.take(event.planning);
    if (event.kind === 'closed')
      for (const log of logsOf(event.plan)) if (!balked.delete(log)) watched.stir(log, 'worked on');
    if (event.kind === 'finished') finished(event.step, event.outcome, event.at);
    options.onChange();
  };

  return {
    tell,
    recent,
    get today() {
      return today;
    },
  };
}

function logsOf(plan: Plan): ReadonlySet<Path> {
  return new Set(plan.steps.flatMap(step => (step.log === null ? [] : [step.log])));
}

/** The next minute's sweep looks at these again. */
function isPutOff(outcome: Outcome): boolean {
  return outcome.result === 'deferred' || outcome.result === 'failed' || outcome.result === 'stale';
}

/** Named anew at once it would be tried several times a second, with all its scripts, for as long as it fails. */
function isBalked({ result }: Outcome): boolean {
  return result === 'failed' || result === 'stale' || result === 'refused' || result === 'skipped';
}

function recentAction(step: Step, outcome: Outcome, at: EpochMs): RecentAction | null {
  const { file } = filesOf(step);
  const name = file === null ? step.policy : shortPath(file);
  switch (outcome.result) {
    case 'failed':
      return { at, kind: 'failed', file: name, words: showPath(outcome.message) };
    case 'refused':
    case 'deferred':
      return { at, kind: 'caution', file: name, words: showPath(outcome.message) };
    case 'stale':
      return { at, kind: 'caution', file: name, words: showPath(outcome.found) };
    case 'skipped':
      return null;
    default:
      return doneAction(step, outcome, at, name);
  }
}

function doneAction(
  step: Step,
  outcome: Extract<Outcome, { result: 'done' | 'already' }>,
  at: EpochMs,
  file: string,
): RecentAction | null {
  const word = actionWord(step);
  const { to } = filesOf(step);
  const before = outcome.footprint.before.apparent;
  const after = outcome.footprint.after.apparent;
  const took = outcome.result === 'done' ? [formatDuration(outcome.took)] : [];
  if (word === 'rotate') {
    const words = [`${formatBytes(Math.max(before, after))} → ${showPath(nameOf(to ?? ''))}`, ...took];
    return { at, kind: 'rotate', file, words: words.join('  ') };
  }
  if (word === 'compress') {
    const ratio = after > 0 ? [`${(before / after).toFixed(1)}×`] : [];
    return {
      at,
      kind: 'compress',
      file,
      words: [`${formatBytes(before)} → ${formatBytes(after)}`, ...ratio, ...took].join('  '),
    };
  }
  if (word === 'delete')
    return { at, kind: 'delete', file, words: [`${formatBytes(before)} freed`, step.why.text].join('  ') };
  if (step.kind === 'script') return { at, kind: 'other', file, words: [step.script, ...took].join('  ') };
  return null;
}
