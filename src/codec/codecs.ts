// The table of codecs, found by name, by extension and by first bytes. A new one is its own file
// and a line here; test/codec runs every row through the same round trips.

import { brotli } from './brotli.ts';
import type { Codec, CodecName } from './codec.ts';
import { gzip } from './gzip.ts';
import { zstd } from './zstd.ts';

export const codecs: readonly Codec[] = [gzip, zstd, brotli];

export function codecNamed(name: CodecName): Codec {
  const codec = codecs.find(one => one.name === name);
  if (codec === undefined) throw new Error(`internal: there is no codec '${name}'`);
  return codec;
}

/** @param extension with its dot; null for one that is no codec's */
export function codecOfExtension(extension: string): Codec | null {
  return codecs.find(one => one.extension === extension) ?? null;
}

/** By the first bytes of a file, four are enough; null for plain bytes, and for brotli, which has no mark. */
export function codecStarting(head: Uint8Array): Codec | null {
  return codecs.find(one => one.startsLike(head)) ?? null;
}
