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
   * Up to where live logs were archived that keep their size (truncatewith punch), by the same key. Not
   * said: of none. A file that was begun anew since is told by its beginning, not here.
   */
  readonly archived?: ReadonlyMap<string, Bytes>;
}

export const emptyState: State = { logs: new Map(), rotations: new Map() };
