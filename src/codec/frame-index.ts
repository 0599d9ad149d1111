// Where a zstd archive can be entered without decoding what stands before: its seek tables, read
// from the end. Nothing is decoded here, and what a table says is proven only by decoding.

import type { Bytes } from '../units/bytes.ts';
import { type FrameSizes, readFrameSizes } from './seek-table.ts';

/** `length` bytes from `from`, fewer only at the end. */
export type ReadAt = (from: Bytes, length: Bytes) => Promise<Uint8Array>;

export interface FrameSpan {
  readonly from: Bytes;
  readonly packed: Bytes;
  readonly plain: Bytes;
}

/** Frames that one seek table names: several of them where archives were joined. */
export interface FrameGroup {
  readonly frames: readonly FrameSpan[];
  /** Where its table begins, and the byte behind it. */
  readonly table: Bytes;
  readonly end: Bytes;
}

/** Groups in order; what stands before the first one has no table. Empty when the end has none. */
export async function frameGroups(read: ReadAt, size: Bytes): Promise<readonly FrameGroup[]> {
  const groups: FrameGroup[] = [];
  for (let end = size; end > 0; ) {
    const group = await groupBefore(read, end);
    if (group === null) break;
    groups.unshift(group);
    end = group.frames[0]?.from ?? group.table;
  }
  return groups;
}

async function groupBefore(read: ReadAt, end: Bytes): Promise<FrameGroup | null> {
  const found = await readFrameSizes(read, end);
  if (found === null) return null;
  const from = found.table - found.sizes.reduce((sum, one) => sum + one.packed, 0);
  if (from < 0) return null;
  return { frames: spansOf(found.sizes, from), table: found.table, end };
}

function spansOf(sizes: readonly FrameSizes[], start: Bytes): readonly FrameSpan[] {
  let from = start;
  return sizes.map(({ packed, plain }) => {
    const span = { from, packed, plain };
    from += packed;
    return span;
  });
}
