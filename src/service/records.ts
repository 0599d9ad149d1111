// Events in the words of the service's own log: level, message and facts, one record an action and
// one a plan. A quiet round gives none. How a record is written down is own-log.ts's and lines.ts's.

import type { Event } from '../apply/event.ts';
import type { Outcome } from '../ledger/outcome.ts';
import type { Kept, Plan, Planning, Step } from '../plan/plan.ts';
import type { Bytes } from '../units/bytes.ts';
import type { EpochMs, Ms } from '../units/duration.ts';
import { type Path, showPath } from '../units/path.ts';
import type { Facts, Level } from './trigger.ts';

export interface LogRecord {
  readonly level: Level;
  readonly facts: Facts;
  readonly message: string;
}

export interface Clerk {
  recordsOf(event: Event): readonly LogRecord[];
}

/** Remembers what belongs together: a plan's sums, and what was complained about already. */
export function makeClerk(): Clerk {
  const tallies = new Map<string, Tally>();
  const complaints = new Map<string, string>();
  const warned = new Map<string, EpochMs>();

  const planned = (kept: readonly Kept[]): LogRecord[] => {
    const records: LogRecord[] = [];
    for (const one of kept) {
      const key = `${one.policy}\n${one.log}\n${one.path}`;
      if (one.how === 'kept' || one.how === 'not due') complaints.delete(key);
      else if (complaints.get(key) !== one.why.text) {
        complaints.set(key, one.why.text);
        records.push(complaintOf(one));
      }
    }
    return records;
  };

  /** Once a day each: its figures are others in every round, and what it says is the same. */
  const warningsOf = ({ plan, warnings }: Planning): LogRecord[] => {
    const records: LogRecord[] = [];
    for (const { policy, about, message, at } of warnings) {
      const key = `${policy}\n${about}\n${at?.line}:${at?.column}`;
      if (plan.made - (warned.get(key) ?? Number.NEGATIVE_INFINITY) < saidAgain) continue;
      warned.set(key, plan.made);
      records.push({ level: 'warn', facts: { service: policy }, message });
    }
    return records;
  };

  return {
    recordsOf: event => {
      switch (event.kind) {
        case 'resumed':
          return [
            {
              level: 'info',
              facts: { run: event.plan.id, steps: event.plan.steps.length, done: event.done },
              message: 'interrupted plan resumed',
            },
          ];
        case 'planned':
          return [...planned(event.planning.kept), ...warningsOf(event.planning)];
        case 'trouble':
          return planned([event.kept]);
        case 'started':
          if (!tallies.has(event.plan.id)) tallies.set(event.plan.id, newTally(event.at));
          return [];
        case 'finished': {
          const tally = tallies.get(event.plan.id) ?? newTally(event.at);
          tallies.set(event.plan.id, tally);
          count(tally, event.step, event.outcome);
          return [actionOf(event.plan, event.step, event.outcome)];
        }
        case 'closed': {
          const tally = tallies.get(event.plan.id);
          tallies.delete(event.plan.id);
          return tally === undefined ? [] : [summaryOf(event.plan, tally, event.at)];
        }
        case 'note':
          return [{ level: 'info', facts: {}, message: event.message }];
        case 'progress':
          return [];
        default:
          return event satisfies never;
      }
    },
  };
}

const saidAgain: Ms = 86_400_000;

/** The word for what a step does to a log, as people know it. */
export function actionWord(step: Step): string {
  if (step.kind === 'move') return step.rotates ? 'rotate' : 'shift';
  if (step.kind === 'copy') return step.rotates ? 'rotate' : 'copy';
  return step.kind;
}

/** The file that a step is about, and what becomes of it. */
export function filesOf(step: Step): { readonly file: Path | null; readonly to: Path | null } {
  switch (step.kind) {
    case 'move':
    case 'copy':
    case 'compress':
      return { file: step.file.path, to: step.to };
    case 'compact':
      return { file: step.sources[0]?.file.path ?? null, to: step.to };
    case 'truncate':
    case 'delete':
    case 'mail':
      return { file: step.file.path, to: null };
    case 'create':
    case 'make-folder':
      return { file: step.path, to: null };
    case 'adopt':
    case 'script':
      return { file: step.log, to: null };
    default:
      return step satisfies never;
  }
}

interface Tally {
  readonly from: EpochMs;
  steps: number;
  failed: number;
  refused: number;
  before: Bytes;
  after: Bytes;
}

const newTally = (from: EpochMs): Tally => ({ from, steps: 0, failed: 0, refused: 0, before: 0, after: 0 });

function count(tally: Tally, step: Step, outcome: Outcome): void {
  tally.steps += 1;
  if (outcome.result === 'failed') tally.failed += 1;
  if (outcome.result === 'refused') tally.refused += 1;
  if (outcome.result !== 'done' && outcome.result !== 'already') return;
  // Only what takes or gives space; a move would count its file once more.
  if (step.kind === 'move' || step.kind === 'adopt' || step.kind === 'script') return;
  tally.before += outcome.footprint.before.apparent;
  tally.after += outcome.footprint.after.apparent;
}

function summaryOf(plan: Plan, tally: Tally, at: EpochMs): LogRecord {
  const facts = {
    run: plan.id,
    cause: `${plan.cause.trigger}: ${plan.cause.detail}`,
    steps: tally.steps,
    failed: tally.failed,
    ...(tally.refused > 0 ? { refused: tally.refused } : {}),
    bytes_before: tally.before,
    bytes_after: tally.after,
    freed: tally.before - tally.after,
    duration_ms: round(at - tally.from),
  };
  return { level: tally.failed > 0 ? 'warn' : 'info', facts, message: 'plan applied' };
}

function actionOf(plan: Plan, step: Step, outcome: Outcome): LogRecord {
  const { file, to } = filesOf(step);
  const facts: Record<string, unknown> = {
    run: plan.id,
    service: step.policy,
    file,
    action: actionWord(step),
  };
  if (to !== null) facts.to = to;
  if (step.kind === 'script') facts.script = step.script;
  facts.reason = step.why.text;
  facts.result = outcome.result;
  if (outcome.result === 'done' || outcome.result === 'already') {
    facts.bytes_before = outcome.footprint.before.apparent;
    facts.bytes_after = outcome.footprint.after.apparent;
    if (outcome.plain !== null && step.kind === 'compress') facts.sha256 = outcome.plain.sha256;
    if (outcome.window !== null) facts.window_ms = round(outcome.window.took);
    if (outcome.window !== null) facts.at_risk = outcome.window.atRisk;
  }
  if (outcome.result === 'done') facts.duration_ms = round(outcome.took);
  const message = messageOf(outcome);
  if (outcome.result === 'failed') facts.code = outcome.code;
  if ((outcome.result === 'failed' || outcome.result === 'refused') && outcome.hint !== null)
    facts.hint = outcome.hint;
  return {
    level: levelOf(step, outcome),
    facts,
    message: message ?? `${actionWord(step)} ${outcome.result}`,
  };
}

function messageOf(outcome: Outcome): string | null {
  switch (outcome.result) {
    case 'failed':
    case 'refused':
    case 'deferred':
    case 'skipped':
      return outcome.message;
    case 'stale':
      return outcome.found;
    default:
      return null;
  }
}

/** What a person should see is info or worse; shifting numbers and making an empty log is not. */
function levelOf(step: Step, outcome: Outcome): Level {
  switch (outcome.result) {
    case 'failed':
      return 'error';
    case 'refused':
    case 'deferred':
    case 'stale':
      return 'warn';
    case 'skipped':
      return 'debug';
    default:
      return loud.has(actionWord(step)) ? 'info' : 'debug';
  }
}

const loud: ReadonlySet<string> = new Set([
  'rotate',
  'compress',
  'compact',
  'delete',
  'script',
  'make-folder',
]);

function complaintOf(kept: Kept): LogRecord {
  const facts = {
    service: kept.policy,
    file: kept.path,
    action: kept.how,
    ...(kept.hint === null ? {} : { hint: kept.hint }),
  };
  return {
    level: kept.how === 'trouble' ? 'error' : 'warn',
    facts,
    message: `${showPath(kept.path)}: ${kept.why.text}`,
  };
}

const round = (ms: Ms): Ms => Math.round(ms * 10) / 10;
