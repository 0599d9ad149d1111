// The day's sums, as the live view and the status show them: from the record at first, from events
// afterwards. A new day starts from nothing.

import type { StepRow } from '../ledger/history.ts';
import type { Outcome } from '../ledger/outcome.ts';
import type { Step } from '../plan/plan.ts';
import type { Bytes } from '../units/bytes.ts';
import { epochOf, localTime, type Zone } from '../units/calendar.ts';
import type { EpochMs } from '../units/duration.ts';

export interface Today {
  readonly from: EpochMs;
  readonly rotations: number;
  /** Bytes that became generations. */
  readonly rotated: Bytes;
  /** What the compressor was given, and what it made of it. */
  readonly compressedFrom: Bytes;
  readonly compressedTo: Bytes;
  readonly deleted: Bytes;
  readonly errors: number;
}

export function startToday(at: EpochMs, zone: Zone, rows: readonly StepRow[]): Today {
  let today = emptyDay(startOfDay(at, zone));
  for (const row of rows) {
    if (row.at < today.from) continue;
    today = add(today, {
      kind: row.kind,
      rotates: row.rotates,
      result: row.result,
      before: row.before.apparent,
      after: row.after.apparent,
    });
  }
  return today;
}

/** With one more finished step; begins anew when `at` is another day. */
export function addToToday(today: Today, step: Step, outcome: Outcome, at: EpochMs, zone: Zone): Today {
  const from = startOfDay(at, zone);
  const day = from > today.from ? emptyDay(from) : today;
  const rotates = (step.kind === 'move' || step.kind === 'copy') && step.rotates;
  const isDone = outcome.result === 'done' || outcome.result === 'already';
  const { before, after } = isDone ? outcome.footprint : { before: { apparent: 0 }, after: { apparent: 0 } };
  return add(day, {
    kind: step.kind,
    rotates,
    result: outcome.result,
    before: before.apparent,
    after: after.apparent,
  });
}

export function startOfDay(at: EpochMs, zone: Zone): EpochMs {
  const { year, month, day } = localTime(at, zone);
  return epochOf({ year, month, day }, zone);
}

interface Done {
  readonly kind: Step['kind'];
  readonly rotates: boolean;
  readonly result: Outcome['result'];
  readonly before: Bytes;
  readonly after: Bytes;
}

function add(today: Today, done: Done): Today {
  if (done.result === 'failed') return { ...today, errors: today.errors + 1 };
  if (done.result !== 'done' && done.result !== 'already') return today;
  // A move has its file before and after, a copy only after.
  if (done.rotates)
    return {
      ...today,
      rotations: today.rotations + 1,
      rotated: today.rotated + Math.max(done.before, done.after),
    };
  if (done.kind === 'delete')
    return { ...today, deleted: today.deleted + Math.max(0, done.before - done.after) };
  if (done.kind !== 'compress') return today;
  return {
    ...today,
    compressedFrom: today.compressedFrom + done.before,
    compressedTo: today.compressedTo + done.after,
  };
}

function emptyDay(from: EpochMs): Today {
  return { from, rotations: 0, rotated: 0, compressedFrom: 0, compressedTo: 0, deleted: 0, errors: 0 };
}
