// What an outcome changes in what must be remembered: when a log was last rotated, and when each
// generation was. Pure: where it is kept is the record's affair.

import type { FileRef, Plan, Step } from '../plan/plan.ts';
import type { Bytes } from '../units/bytes.ts';
import type { EpochMs } from '../units/duration.ts';
import { type FileId, lastingId } from '../units/identity.ts';
import type { Path } from '../units/path.ts';
import type { Facts, Outcome } from './outcome.ts';

/** One thing to remember, or (null) to forget. */
export type Change =
  | { readonly of: 'log'; readonly path: Path; readonly rotated: EpochMs }
  | { readonly of: 'generation'; readonly file: string; readonly rotated: EpochMs | null }
  | { readonly of: 'archived'; readonly file: string; readonly until: Bytes };

/** What the fold needs to know of before: rotation times, and files that the plan has made. */
export interface Known {
  rotationOf(file: string): EpochMs | null;
  madeBy(step: number): FileId | null;
}

/** What `step` changes, once done; nothing for a step that was not. */
export function changesOf(
  plan: Plan,
  step: Step,
  outcome: Outcome,
  at: EpochMs,
  known: Known,
): readonly Change[] {
  if (outcome.result !== 'done' && outcome.result !== 'already') return [];
  const moment = rotationMoment(plan, at);
  switch (step.kind) {
    case 'adopt':
      return step.log === null ? [] : [{ of: 'log', path: step.log, rotated: plan.made }];
    case 'move': {
      const from = sourceOf(step, known);
      if (step.rotates) return [...rotated(step, moment), ...born(outcome.made ?? from, moment)];
      return carried(from, outcome.made, known);
    }
    case 'copy':
      return step.rotates ? [...rotated(step, moment), ...born(outcome.made, moment)] : [];
    case 'truncate':
      // With a copy, the copy was the rotation; without, emptying the log is all there is of it.
      return step.copy === null ? rotated(step, moment) : archived(outcome);
    case 'compress':
      return carried(sourceOf(step, known), outcome.made, known);
    case 'compact':
      // Its own index says when each generation inside was rotated.
      return [
        ...step.sources.flatMap(source => forgotten(sourceOf(source, known))),
        ...forgotten(outcome.made),
      ];
    case 'delete':
      return forgotten(sourceOf(step, known));
    case 'make-folder':
    case 'create':
    case 'mail':
    case 'script':
      return [];
    default:
      return step satisfies never;
  }
}

/**
 * When a rotation was, by the plan's clock: the moment at which everything else in the plan was
 * decided, so that a plan made just before midnight is not counted as tomorrow's. A step that was
 * done long after (a long queue, or an interrupted plan finished days later) was rotated when it
 * was done: its lines reach until then, and they must not look older than they are.
 */
function rotationMoment(plan: Plan, at: EpochMs): EpochMs {
  return at - plan.made > hourMs ? at : plan.made;
}

const hourMs = 3_600_000;

function archived({ made, archived: until }: Facts): readonly Change[] {
  return made === null || until === undefined ? [] : [{ of: 'archived', file: lastingId(made), until }];
}

function rotated(step: Step, moment: EpochMs): readonly Change[] {
  return step.log === null ? [] : [{ of: 'log', path: step.log, rotated: moment }];
}

function born(id: FileId | null, moment: EpochMs): readonly Change[] {
  return id === null ? [] : [{ of: 'generation', file: lastingId(id), rotated: moment }];
}

/** A generation became another file: its age goes with it. */
function carried(from: FileId | null, to: FileId | null, known: Known): readonly Change[] {
  if (from === null || to === null) return [];
  const [before, after] = [lastingId(from), lastingId(to)];
  if (before === after) return [];
  const moment = known.rotationOf(before);
  // Not known: whatever stood under the new file's inode before is not its age either.
  return [
    { of: 'generation', file: before, rotated: null },
    { of: 'generation', file: after, rotated: moment },
  ];
}

function forgotten(id: FileId | null): readonly Change[] {
  return id === null ? [] : [{ of: 'generation', file: lastingId(id), rotated: null }];
}

function sourceOf(step: { readonly file: FileRef }, known: Known): FileId | null {
  const { id, madeBy } = step.file;
  return id ?? (madeBy === null ? null : known.madeBy(madeBy));
}
