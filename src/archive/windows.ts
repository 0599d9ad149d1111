// Chunks become windows of whole lines: what is searched at once. Only a line that lies over the
// border of two chunks is copied, since a chunk may be gone when the next one is here; one that is
// longer than the limit comes in pieces.

import type { Chunks } from '../codec/codec.ts';
import { freeMemory } from '../codec/free-memory.ts';
import type { Bytes } from '../units/bytes.ts';
import { newline } from './lines.ts';

export interface Window {
  readonly bytes: Buffer;
  /** Offset of its first byte. */
  readonly at: Bytes;
  /** Its first byte is the first of a line. */
  readonly begins: boolean;
  /** Its last byte is a newline. */
  readonly ends: boolean;
}

/** Lines up to here are seen whole: a file without newlines must not end in memory. */
export const windowLimit: Bytes = 2 * 1024 * 1024;

/** All bytes of the input, in order, each window until the next is asked for; one without a newline at its end is a piece, or the last one. */
export async function* windowsOf(
  chunks: Chunks,
  limit: Bytes = windowLimit,
): AsyncGenerator<Window, void, undefined> {
  let at = 0;
  let begins = true;
  let open: Buffer[] = [];
  let length = 0;
  const windowOf = (bytes: Buffer, ends: boolean): Window => {
    const window = { bytes, at, begins, ends };
    at += bytes.length;
    begins = ends;
    return window;
  };
  try {
    for await (const chunk of chunks) {
      let rest = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
      if (length > 0) {
        const found = rest.indexOf(newline);
        const end = found < 0 ? rest.length : found + 1;
        length += end;
        if (found < 0 && length < limit) {
          open.push(Buffer.from(rest));
          continue;
        }
        yield* passed(windowOf(joined(open, rest.subarray(0, end)), found >= 0));
        rest = rest.subarray(end);
        open = [];
        length = 0;
      }
      const last = rest.lastIndexOf(newline) + 1;
      if (last > 0) yield windowOf(rest.subarray(0, last), true);
      if (last < rest.length) {
        open.push(Buffer.from(rest.subarray(last)));
        length += rest.length - last;
      }
      if (length < limit) continue;
      yield* passed(windowOf(joined(open), false));
      open = [];
      length = 0;
    }
  } catch (error) {
    // What stands before a damage is looked at like the rest.
    if (length > 0) yield windowOf(joined(open), false);
    throw error;
  }
  if (length > 0) yield windowOf(joined(open), false);
}

/** In memory of its own; what is left of each chunk before is given back. */
function joined(open: readonly Buffer[], end: Buffer = Buffer.alloc(0)): Buffer {
  const whole = Buffer.allocUnsafeSlow(open.reduce((sum, piece) => sum + piece.length, end.length));
  let at = 0;
  for (const piece of open) {
    at += piece.copy(whole, at);
    freeMemory(piece);
  }
  end.copy(whole, at);
  return whole;
}

/** A long line would leave its pieces to the collector faster than that comes by. */
function* passed(window: Window): Generator<Window, void, undefined> {
  yield window;
  freeMemory(window.bytes);
}
