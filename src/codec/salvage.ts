// What can still be had from a damaged archive: all that decodes, before the damage and behind it.
// Bytes in which only a checksum fails are given too, since nobody can tell which of them are wrong.

import { createBrotliDecompress, createGunzip, createZstdDecompress } from 'node:zlib';
import type { Bytes } from '../units/bytes.ts';
import { ByteReader } from './byte-reader.ts';
import { type Chunks, CodecError, type CodecName, CutError } from './codec.ts';
import { decodeThrough, type Through } from './decode-through.ts';
import { likelyMemberStarts } from './member-starts.ts';
import { partsOf } from './zstd-frames.ts';

export type Salvaged =
  | { readonly kind: 'bytes'; readonly bytes: Uint8Array }
  /** Something is missing here; `at` is the place in the archive. */
  | { readonly kind: 'hole'; readonly at: Bytes };

/** @param read the packed bytes from an offset to the end; asked for again at and behind each damaged place */
export async function* salvage(
  name: CodecName,
  read: (from: Bytes) => Chunks,
): AsyncGenerator<Salvaged, void, undefined> {
  for (let from: Bytes | null = 0, isFirst = true; from !== null; isFirst = false) {
    const pass: Pass = { at: from, reached: from, given: 0 };
    for (const size of stepSizes) {
      try {
        for await (const bytes of furtherBytes(name, read, from, pass, size)) yield { kind: 'bytes', bytes };
        return;
      } catch (error) {
        if (!(error instanceof CodecError)) throw error;
        pass.at = Math.max(pass.at, error.at ?? 0);
        if (error instanceof CutError) break;
      }
    }
    // A false start behind a hole is part of the same hole.
    if (isFirst || pass.given > 0) yield { kind: 'hole', at: pass.at };
    const next: Bytes = name === 'gzip' ? pass.at - trailerSize : pass.at + 1;
    from = await nextStart(name, read, Math.max(from + 1, next));
  }
}

interface Pass {
  /** The piece that is being decoded began there. */
  at: Bytes;
  /** Up to here all was decoded that stands before the damage. */
  reached: Bytes;
  given: Bytes;
}

/**
 * A decoder gives nothing of a piece of input in which it meets damage, also of what stands before it
 * there: so it is asked again in smaller pieces, at last byte by byte.
 */
const stepSizes: readonly Bytes[] = [256 * 1024, 1024, 1];

const trailerSize = 8;

/** Nothing is decoded ahead, because a stream that fails drops what nobody has taken yet. */
const cautious = { chunkSize: 64 * 1024, readableHighWaterMark: 1 };

/** What goes beyond what was given. */
async function* furtherBytes(
  name: CodecName,
  read: (from: Bytes) => Chunks,
  from: Bytes,
  pass: Pass,
  size: Bytes,
): AsyncGenerator<Uint8Array, void, undefined> {
  let at = 0;
  for await (const bytes of decoded(name, read(from), from, pass, size)) {
    at += bytes.length;
    if (at <= pass.given) continue;
    yield bytes.subarray(Math.max(0, bytes.length - (at - pass.given)));
    pass.given = at;
  }
}

function decoded(
  name: CodecName,
  packed: Chunks,
  from: Bytes,
  pass: Pass,
  size: Bytes,
): AsyncIterable<Uint8Array> {
  if (name === 'zstd') return frames(packed, from, pass, size);
  return reaching(pass, packed, {
    makeDecoder: () => (name === 'gzip' ? createGunzip(cautious) : createBrotliDecompress(cautious)),
    name,
    mayFollow: name === 'gzip' ? 'zeros' : 'nothing',
    from,
    steps: { from: pass.reached, size },
  });
}

async function* reaching(
  pass: Pass,
  packed: Chunks,
  through: Through,
): AsyncGenerator<Uint8Array, void, undefined> {
  try {
    yield* decodeThrough(packed, through);
  } catch (error) {
    if (error instanceof CodecError) pass.reached = Math.max(pass.reached, error.at ?? 0);
    throw error;
  }
}

/** Frame by frame, whatever a seek table says of their number. */
async function* frames(
  packed: Chunks,
  from: Bytes,
  pass: Pass,
  size: Bytes,
): AsyncGenerator<Uint8Array, void, undefined> {
  const reader = new ByteReader(packed, 'zstd');
  try {
    for await (const part of partsOf(reader)) {
      if (part.kind !== 'frame') continue;
      pass.at = from + part.from;
      const bytes = new UpToFailure(part.bytes);
      yield* reaching(pass, bytes.given(), {
        makeDecoder: () => createZstdDecompress(cautious),
        name: 'zstd',
        mayFollow: 'nothing',
        from: from + part.from,
        steps: { from: pass.reached, size },
      });
      if (bytes.failure !== null) throw bytes.failure;
    }
  } catch (error) {
    // Offsets of the reader count from where it began.
    throw error instanceof CodecError && !(error instanceof CutError)
      ? new CodecError(error.message, pass.at, error)
      : error;
  } finally {
    await reader.leave();
  }
}

/** A frame that cannot be read on ends there for its decoder, which gives what it had before it is said. */
class UpToFailure {
  failure: CodecError | null = null;
  readonly #bytes: Chunks;

  constructor(bytes: Chunks) {
    this.#bytes = bytes;
  }

  async *given(): AsyncGenerator<Uint8Array, void, undefined> {
    try {
      yield* this.#bytes;
    } catch (error) {
      if (!(error instanceof CodecError)) throw error;
      this.failure = error;
    }
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
