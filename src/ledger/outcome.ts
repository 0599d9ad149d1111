// What became of a step. Plain JSON: it is stored as it is.

import type { Bytes } from '../units/bytes.ts';
import type { Ms } from '../units/duration.ts';
import type { FileId } from '../units/identity.ts';

/** Of all files that a step touched, together. */
export interface Space {
  readonly apparent: Bytes;
  readonly allocated: Bytes;
}

export interface Footprint {
  readonly before: Space;
  readonly after: Space;
}

export interface Facts {
  readonly footprint: Footprint;
  /** The file that the step made or moved, as it is now: later steps with `madeBy` mean this one. */
  readonly made: FileId | null;
  /** Length and SHA-256 of the plain content, for copy and compress. */
  readonly plain: { readonly bytes: Bytes; readonly sha256: string } | null;
  /** truncate: how long lines could be lost, and how many bytes came in meanwhile. */
  readonly window: { readonly took: Ms; readonly atRisk: Bytes } | null;
  /** truncate, and the delete behind a copy: by how much the copy is longer now than its own step recorded it (shorter: below 0). */
  readonly grown?: Bytes;
  /** truncate: how much of the live log, as it is now, was there at this rotation: by punching a hole, by collapse the blocks that stay. */
  readonly archived?: Bytes;
  /** script: its exit and the last of what it said. */
  readonly said: string | null;
}

export type Outcome =
  | ({ readonly result: 'done'; readonly took: Ms } & Facts)
  | ({ readonly result: 'already' } & Facts)
  | { readonly result: 'stale'; readonly found: string }
  | {
      readonly result: 'failed';
      readonly code: string;
      readonly message: string;
      readonly hint: string | null;
      readonly said: string | null;
    }
  | { readonly result: 'refused'; readonly message: string; readonly hint: string | null }
  | { readonly result: 'deferred'; readonly message: string }
  | { readonly result: 'skipped'; readonly after: number; readonly message: string };
