// Where members of a gzip file may begin. Nothing in the format says where the next one is, so
// this is a guess by their first bytes; whether it holds, decoding from there tells.

import type { Bytes } from '../units/bytes.ts';
import type { Chunks } from './codec.ts';

const magic = Buffer.of(0x1f, 0x8b, 8);
const headSize = 10;

/** Offsets in order; by chance one in some 100 MB of packed bytes is none. */
export async function* likelyMemberStarts(input: Chunks): AsyncGenerator<Bytes, void, undefined> {
  let before: Buffer = Buffer.alloc(0);
  let at = 0;
  for await (const chunk of input) {
    const bytes = Buffer.concat([before, chunk]);
    const from = at - before.length;
    for (let found = bytes.indexOf(magic); found >= 0; found = bytes.indexOf(magic, found + 1)) {
      // One that begins in the last bytes is looked at again with the next chunk.
      if (found + headSize <= bytes.length && isHead(bytes, found)) yield from + found;
    }
    at += chunk.length;
    before = Buffer.from(bytes.subarray(-(headSize - 1)));
  }
}

/** RFC 1952: reserved flags are 0, and effort and system are of a few. */
function isHead(bytes: Buffer, at: number): boolean {
  const [flags, effort, system] = [bytes[at + 3] ?? 255, bytes[at + 8] ?? 255, bytes[at + 9] ?? 254];
  return (
    (flags & 0xe0) === 0 && (effort === 0 || effort === 2 || effort === 4) && (system <= 13 || system === 255)
  );
}
