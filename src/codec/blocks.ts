// Chunks of any sizes become blocks of one size, each ready to be compressed by itself.

import type { Bytes } from '../units/bytes.ts';
import type { Chunks } from './codec.ts';
import { countBuffers } from './free-memory.ts';

/**
 * Plain bytes in a block. Smaller ones pay for each hop to a thread, larger ones take memory and
 * gain nothing: gzip's window is 32 KiB, and zstd packs logs no better with more.
 */
export const blockSize: Bytes = 1024 * 1024;

export interface Block {
  readonly bytes: Uint8Array;
  /** Whether the input ends with it. */
  readonly last: boolean;
}

/**
 * Blocks of `size` bytes, the last one shorter; an empty input is one empty block. Exactly one is
 * `last`, so each is held back until more is seen to follow.
 *
 * A chunk that holds a whole block is passed on without copying: whoever gives chunks in must
 * leave them as they are.
 */
export async function* blocksOf(
  input: Chunks,
  size: Bytes = blockSize,
): AsyncGenerator<Block, void, undefined> {
  let held: Uint8Array | null = null;
  let gathered = new Uint8Array(0);
  let filled = 0;
  let first = true;
  for await (const chunk of input) {
    let from = 0;
    while (from < chunk.length) {
      if (held !== null) {
        yield { bytes: held, last: false };
        held = null;
      }
      const rest = chunk.length - from;
      if (filled === 0 && rest >= size) {
        held = chunk.subarray(from, from + size);
        from += size;
        continue;
      }
      const taken = Math.min(rest, size - filled);
      gathered = roomFor(gathered, filled, filled + taken, size, first);
      gathered.set(chunk.subarray(from, from + taken), filled);
      from += taken;
      filled += taken;
      if (filled < size) continue;
      held = gathered;
      gathered = new Uint8Array(0);
      filled = 0;
      first = false;
    }
  }
  if (held !== null && filled > 0) yield { bytes: held, last: false };
  yield { bytes: filled > 0 || held === null ? gathered.subarray(0, filled) : held, last: true };
}

/** What an input begins with: all of it in one block, or the first of many. */
export type Start =
  | { readonly only: Block; readonly all: null }
  | { readonly only: null; readonly all: AsyncIterable<Block> };

/** Most logs are small, and one block needs none of what keeps many in order. */
export async function startOf(blocks: AsyncGenerator<Block, void, undefined>): Promise<Start> {
  const step = await blocks.next();
  if (step.done) throw new Error('internal: an input without a block');
  if (!step.value.last) {
    countBuffers();
    return { only: null, all: following(step.value, blocks) };
  }
  await blocks.return();
  return { only: step.value, all: null };
}

async function* following(
  first: Block,
  others: AsyncGenerator<Block, void, undefined>,
): AsyncGenerator<Block, void, undefined> {
  try {
    yield first;
    yield* others;
  } finally {
    // Where the first was not followed, nobody has told the others.
    await others.return();
  }
}

/** The first block grows by doubling, so that a small file never takes a whole one. */
function roomFor(
  gathered: Uint8Array<ArrayBuffer>,
  filled: Bytes,
  wanted: Bytes,
  size: Bytes,
  first: boolean,
): Uint8Array<ArrayBuffer> {
  if (gathered.length >= wanted) return gathered;
  const length = first ? Math.min(size, Math.max(wanted, gathered.length * 2, 4096)) : size;
  const larger = Buffer.allocUnsafeSlow(length);
  larger.set(gathered.subarray(0, filled));
  return larger;
}
