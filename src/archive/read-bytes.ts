// An open file as chunks, from one offset to another: reads of 1 MiB, the next one under way
// while the last is at work. What the bytes mean is open-archive.ts's affair.

import type { Bytes } from '../units/bytes.ts';
import type { OpenFile } from '../world/world.ts';

export interface Range {
  /** 0 when not said. */
  readonly from?: Bytes;
  /** Not read beyond; null or not said: to the end, wherever that is by then. */
  readonly to?: Bytes | null;
  readonly signal?: AbortSignal | undefined;
  readonly whenRead?: WhenRead | undefined;
}

/** Told of each chunk when it is given out. */
export type WhenRead = (bytes: Bytes) => void;

/** As large as a block of the codecs: such a chunk is compressed without being copied. */
const chunkSize: Bytes = 1024 * 1024;

/**
 * The bytes in order, in new buffers that are the receiver's to keep. Ends early where the file
 * ends early: whoever needs the whole range counts. The file stays open.
 */
export async function* readBytes(
  file: OpenFile,
  range: Range = {},
): AsyncGenerator<Uint8Array, void, undefined> {
  range.signal?.throwIfAborted();
  const to = range.to ?? Number.POSITIVE_INFINITY;
  let at = range.from ?? 0;
  // Most files are small: only a second read shows that whole chunks are worth their memory.
  let ahead = readOne(file, at, Math.min(to - at, range.to === undefined ? 64 * 1024 : chunkSize));
  try {
    for (;;) {
      const chunk = await ahead;
      range.signal?.throwIfAborted();
      if (chunk.length === 0) return;
      at += chunk.length;
      range.whenRead?.(chunk.length);
      ahead = readOne(file, at, Math.min(to - at, chunkSize));
      yield chunk;
    }
  } finally {
    // The caller may close the file next, and a read must not meet another file's descriptor.
    await Promise.allSettled([ahead]);
  }
}

function readOne(file: OpenFile, at: Bytes, length: Bytes): Promise<Uint8Array> {
  const read = readNow(file, at, length);
  // Marks a rejection as seen: it is met when the chunk is asked for.
  read.catch(() => undefined);
  return read;
}

async function readNow(file: OpenFile, at: Bytes, length: Bytes): Promise<Uint8Array> {
  if (length <= 0) return new Uint8Array(0);
  const buffer = Buffer.allocUnsafeSlow(length);
  return buffer.subarray(0, await file.read(buffer, at));
}
