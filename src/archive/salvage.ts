// What can be saved of a damaged archive, counted in lines, and written down where that is wanted.

import type { CodecName } from '../codec/codec.ts';
import { salvage } from '../codec/salvage.ts';
import type { Bytes } from '../units/bytes.ts';
import type { OpenFile } from '../world/world.ts';
import { newline, newlinesIn } from './lines.ts';
import { readBytes } from './read-bytes.ts';

export interface Saved {
  readonly bytes: Bytes;
  /** The last one counts without a newline too. */
  readonly lines: number;
  /** Where in the archive something is missing. */
  readonly holes: readonly Bytes[];
}

/**
 * @param into a new file that gets the plain bytes; null only counts them. Behind a hole what
 *   follows begins on a line of its own.
 */
export async function salvageArchive(
  file: OpenFile,
  codec: CodecName,
  into: OpenFile | null,
): Promise<Saved> {
  const { size } = await file.stat();
  const holes: Bytes[] = [];
  let bytes = 0;
  let lines = 0;
  let last = newline;
  let isTorn = false;
  const give = async (piece: Uint8Array) => {
    if (into !== null) await into.write(piece);
    bytes += piece.length;
    lines += newlinesIn(piece);
    last = piece.at(-1) ?? last;
  };
  for await (const one of salvage(codec, from => readBytes(file, { from, to: size }))) {
    if (one.kind === 'hole') {
      holes.push(one.at);
      isTorn = true;
      continue;
    }
    if (isTorn && last !== newline) await give(Uint8Array.of(newline));
    isTorn = false;
    await give(one.bytes);
  }
  if (into !== null) await into.sync();
  return { bytes, lines: lines + (last === newline ? 0 : 1), holes };
}
