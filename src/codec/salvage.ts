// What can still be had from a damaged archive: all that decodes, before the damage and behind it.
// Bytes in which only a checksum fails are given too, since nobody can tell which of them are wrong.

import { createBrotliDecompress, createGunzip, createZstdDecompress } from 'node:zlib';
import type { Bytes } from '../units/bytes.ts';
import { ByteReader } from './byte-reader.ts';
import { type Chunks, CodecError, type CodecName } from './codec.ts';
import { decodeThrough } from './decode-through.ts';
import { likelyMemberStarts } from './member-starts.ts';
import { partsOf } from './zstd-frames.ts';

export type Salvaged =
  | { readonly kind: 'bytes'; readonly bytes: Uint8Array }
  /** Something is missing here; `at` is the place in the archive. */
  | { readonly kind: 'hole'; readonly at: Bytes };

/** @param read the packed bytes from an offset to the end; asked for again behind each damaged place */
export async function* salvage(
  name: CodecName,
  read: (from: Bytes) => Chunks,
): AsyncGenerator<Salvaged, void, undefined> {
  for (let from: Bytes | null = 0, isFirst = true; from !== null; isFirst = false) {
    const pass: Pass = { at: from, given: 0 };
    try {
      for await (const bytes of decoded(name, read(from), from, pass)) {
        pass.given += bytes.length;
        yield { kind: 'bytes', bytes };
      }
      return;
    } catch (error) {
      if (!(error instanceof CodecError)) throw error;
      pass.at = Math.max(pass.at, error.at ?? 0);
    }
    // A false start behind a hole is part of the same hole.
    if (isFirst || pass.given > 0) yield { kind: 'hole', at: pass.at };
    from = await nextStart(
      name,
      read,
      Math.max(from + 1, name === 'gzip' ? pass.at - trailerSize : pass.at + 1),
    );
  }
}

interface Pass {
  /** The piece that is being decoded began there. */
  at: Bytes;
  given: Bytes;
}

const trailerSize = 8;

/**
 * Small, because what stands in a decoder's buffer when the damage is met is lost; and nothing is
 * decoded ahead, because a stream that fails drops what nobody has taken yet.
 */
const cautious = { chunkSize: 1024, readableHighWaterMark: 1 };

function decoded(name: CodecName, packed: Chunks, from: Bytes, pass: Pass): AsyncIterable<Uint8Array> {
  switch (name) {
    case 'gzip':
      return decodeThrough(packed, {
        makeDecoder: () => createGunzip(cautious),
        name,
        mayFollow: 'zeros',
        from,
      });
    case 'brotli':
      return decodeThrough(packed, {
        makeDecoder: () => createBrotliDecompress(cautious),
        name,
        mayFollow: 'nothing',
        from,
      });
    case 'zstd':
      return frames(packed, from, pass);
    default:
      return name satisfies never;
  }
}

/** Frame by frame, whatever a seek table says of their number. */
async function* frames(packed: Chunks, from: Bytes, pass: Pass): AsyncGenerator<Uint8Array, void, undefined> {
  const reader = new ByteReader(packed, 'zstd');
  try {
    for await (const part of partsOf(reader)) {
      if (part.kind !== 'frame') continue;
      pass.at = from + part.from;
      const makeDecoder = () => createZstdDecompress({ ...cautious, chunkSize: 64 * 1024 });
      yield* decodeThrough(part.bytes, {
        makeDecoder,
        name: 'zstd',
        mayFollow: 'nothing',
        from: from + part.from,
      });
    }
  } catch (error) {
    // Offsets of the reader count from where it began.
    throw error instanceof CodecError ? new CodecError(error.message, pass.at, error) : error;
  } finally {
    await reader.leave();
  }
}

async function nextStart(name: CodecName, read: (from: Bytes) => Chunks, from: Bytes): Promise<Bytes | null> {
  if (name === 'brotli') return null;
  const starts = name === 'gzip' ? likelyMemberStarts(read(from)) : frameStarts(read(from));
  for await (const start of starts) return from + start;
  return null;
}

const frameMagic = Buffer.of(0x28, 0xb5, 0x2f, 0xfd);

async function* frameStarts(input: Chunks): AsyncGenerator<Bytes, void, undefined> {
  let before: Buffer = Buffer.alloc(0);
  let at = 0;
  for await (const chunk of input) {
    const bytes = Buffer.concat([before, chunk]);
    for (let found = bytes.indexOf(frameMagic); found >= 0; found = bytes.indexOf(frameMagic, found + 1))
      yield at - before.length + found;
    at += chunk.length;
    before = Buffer.from(bytes.subarray(-3));
  }
}
