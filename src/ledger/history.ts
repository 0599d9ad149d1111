// Rows that reports read: what the record gives out, and nothing of how it keeps it; and what one
// step adds to a sum, said once, so that a day folded by the record and a day added up by a
// report cannot differ.

import type { StepKind } from '../plan/plan.ts';
import type { Bytes } from '../units/bytes.ts';
import type { EpochMs, Ms } from '../units/duration.ts';
import type { Path } from '../units/path.ts';
import type { Outcome, Space } from './outcome.ts';

/** One step that was done (or failed), with its numbers. */
export interface StepRow {
  readonly at: EpochMs;
  readonly plan: string;
  readonly step: number;
  readonly policy: string;
  readonly log: Path | null;
  readonly kind: StepKind;
  /** move and copy: whether the live log became a generation; truncate: whether it was emptied without a copy. */
  readonly rotates: boolean;
  /**
   * What else holds the content. archive: a compress that leaves its plain file to a later delete,
   * and that delete; the two share what compression saves. copy: the delete of what a step before
   * has copied whole (renamecopy). joined: the delete of an archive that stands in a joined one.
   */
  readonly heir: 'archive' | 'copy' | 'joined' | null;
  /**
   * truncate, and the delete of what was copied: bytes that came in after the copy and were added to it (below
   * 0: taken off again, since whole blocks are cut). compact: packed
   * bytes of the generations that were cut off because retention let them go.
   */
  readonly late: Bytes;
  readonly result: Outcome['result'];
  readonly path: Path | null;
  readonly to: Path | null;
  readonly before: Space;
  readonly after: Space;
  readonly predicted: Bytes | null;
  readonly took: Ms;
  readonly why: string;
  /** For failed, refused, stale, deferred and skipped. */
  readonly message: string | null;
  /** Length of the plain content that was read back and compared (copy, compress); null: none was. */
  readonly verified: Bytes | null;
  /** truncate: how long lines could be lost, and how many bytes came in meanwhile. */
  readonly window: { readonly took: Ms; readonly atRisk: Bytes } | null;
}

/** What steps add up to. All bytes are apparent ones; see `sumsOf` for what counts where. */
export interface Sums {
  readonly rotations: number;
  /** Bytes of live logs at the moment they became generations, or were emptied without a copy. */
  readonly written: Bytes;
  readonly compressedFrom: Bytes;
  readonly compressedTo: Bytes;
  readonly deleted: Bytes;
  readonly failed: number;
  /** What compression was foretold to leave, and what those same compressions did leave. */
  readonly predicted: Bytes;
  readonly cameTo: Bytes;
  /** Archives made, and of these the ones whose decoded content was compared by length and SHA-256. */
  readonly archives: number;
  readonly verified: number;
  /** What archives lost in size by being joined; what was cut off them counts as deleted. */
  readonly compacted: Bytes;
}

/** A day's sums of one log, kept for two years after its steps are gone (rulings 24). */
export interface DayRow extends Sums {
  /** The day's start, in the zone of the plan. */
  readonly day: EpochMs;
  readonly policy: string;
  /** '' for what served a whole section (its scripts). */
  readonly log: Path;
}

/** What one log set took on the disk at one moment. */
export interface SampleRow {
  readonly at: EpochMs;
  readonly policy: string;
  readonly log: Path;
  readonly live: Bytes;
  readonly plain: Bytes;
  readonly compressed: Bytes;
  readonly allocated: Bytes;
  readonly generations: number;
  /** When the oldest generation that is left was rotated, also one in a joined archive; null: there is none. */
  readonly oldest: EpochMs | null;
}

export interface RoundRow {
  readonly at: EpochMs;
  readonly took: Ms;
  readonly cause: string;
  readonly steps: number;
  readonly failed: number;
}

export interface History {
  readonly from: EpochMs;
  readonly until: EpochMs;
  readonly steps: readonly StepRow[];
  readonly days: readonly DayRow[];
  /** Of each log the first and the last sample in the time asked for, and the last before it; by log and time. */
  readonly samples: readonly SampleRow[];
  readonly rounds: readonly RoundRow[];
}

export const noSums: Sums = {
  rotations: 0,
  written: 0,
  compressedFrom: 0,
  compressedTo: 0,
  deleted: 0,
  failed: 0,
  predicted: 0,
  cameTo: 0,
  archives: 0,
  verified: 0,
  compacted: 0,
};

/**
 * What one step adds. Only what was really done counts (`done`, and `already` after a crash, whose
 * footprint is the step's own).
 *
 * A rotation by copy counts what the copy holds. A compression saves from minus to; made in two
 * steps, its archive counts at once and its source when it is gone, so that what is saved is never
 * said before it is.
 */
export function sumsOf(row: StepRow): Sums {
  if (row.result === 'failed') return { ...noSums, failed: 1 };
  if (row.result !== 'done' && row.result !== 'already') return noSums;
  const gone = Math.max(0, row.before.apparent - row.after.apparent);
  switch (row.kind) {
    case 'move':
      return row.rotates ? { ...noSums, rotations: 1, written: row.before.apparent } : noSums;
    case 'copy':
      return row.rotates ? { ...noSums, rotations: 1, written: copied(row) } : noSums;
    case 'truncate':
      // Without a copy the content is rotated away and deleted in one act (rotate 0).
      return row.rotates
        ? { ...noSums, rotations: 1, written: gone, deleted: gone }
        : { ...noSums, written: row.late };
    case 'compress':
      return compressed(row);
    case 'compact':
      // Where its sources are left to deletions of their own, these count once they are gone.
      return {
        ...noSums,
        deleted: row.late,
        compacted: row.before.apparent - row.after.apparent - row.late,
      };
    case 'delete':
      if (row.heir === 'copy') return { ...noSums, written: row.late };
      if (row.heir === 'joined') return { ...noSums, compacted: gone };
      return row.heir === 'archive' ? { ...noSums, compressedFrom: gone } : { ...noSums, deleted: gone };
    case 'adopt':
    case 'make-folder':
    case 'create':
    case 'mail':
    case 'script':
      return noSums;
    default:
      return row.kind satisfies never;
  }
}

export function addSums(a: Sums, b: Sums): Sums {
  return {
    rotations: a.rotations + b.rotations,
    written: a.written + b.written,
    compressedFrom: a.compressedFrom + b.compressedFrom,
    compressedTo: a.compressedTo + b.compressedTo,
    deleted: a.deleted + b.deleted,
    failed: a.failed + b.failed,
    predicted: a.predicted + b.predicted,
    cameTo: a.cameTo + b.cameTo,
    archives: a.archives + b.archives,
    verified: a.verified + b.verified,
    compacted: a.compacted + b.compacted,
  };
}

function compressed(row: StepRow): Sums {
  // In two steps the plain file stands on both sides of the footprint.
  const inTwo = row.heir === 'archive';
  const standing = inTwo && row.after.apparent >= row.before.apparent ? row.before.apparent : 0;
  const to = row.after.apparent - standing;
  return {
    ...noSums,
    compressedFrom: inTwo ? 0 : row.before.apparent,
    compressedTo: to,
    predicted: row.predicted ?? 0,
    cameTo: row.predicted === null ? 0 : to,
    archives: 1,
    verified: row.verified === null ? 0 : 1,
  };
}

function copied(row: StepRow): Bytes {
  if (row.verified !== null) return row.verified;
  const grown = row.after.apparent - row.before.apparent;
  return grown > 0 ? grown : row.before.apparent;
}
