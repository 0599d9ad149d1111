// What one must remember that the disk does not show. Folded from the record, kept nowhere else.

import type { Bytes } from '../units/bytes.ts';
import type { EpochMs } from '../units/duration.ts';
import type { Path } from '../units/path.ts';

export interface LogState {
  /** Last rotated, or first seen: what time criteria count from. */
  readonly rotated: EpochMs;
}

export interface State {
  readonly logs: ReadonlyMap<Path, LogState>;
  /**
   * When a generation was rotated, by inode and birth time (FileId without its device: device
   * numbers change between boots). Absent: its name or mtime tells.
   */
  readonly rotations: ReadonlyMap<string, EpochMs>;
  /**
   * How much of a live log was there when it was last emptied, by the same key: the length of a log that is
   * punched, the last block or two of one that is collapsed. Not said: of none. A log that was begun anew since
   * is told by its beginning, not here.
   */
  readonly archived?: ReadonlyMap<string, Bytes>;
}

export const emptyState: State = { logs: new Map(), rotations: new Map() };
