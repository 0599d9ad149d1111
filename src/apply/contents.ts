// What is in a file: read in pieces, counted, digested, compared. Memory does not grow with the
// size of a log.

import type { Hash } from 'node:crypto';
import { CodecError } from '../codec/codec.ts';
import type { Bytes } from '../units/bytes.ts';
import type { OpenFile } from '../world/world.ts';
import { type Bench, Interrupted } from './bench.ts';

/** One read. */
export const pieceSize: Bytes = 1024 * 1024;

export interface Range {
  readonly from: Bytes;
  /** Reading ends here, or at the end of the file if that comes first. */
  readonly until: Bytes;
  readonly signal?: AbortSignal;
}

/** The bytes of a range, each chunk a buffer of its own. */
export function chunksOf(file: OpenFile, range: Range): AsyncGenerator<Buffer> {
  return readOn(file, range, size => Buffer.allocUnsafe(size));
}

/**
 * The same in one buffer: a chunk holds until the next is asked for. Left to the collector, a
 * megabyte at a time comes to 60 MB before V8 thinks it worth looking for.
 */
export function passingChunks(file: OpenFile, range: Range): AsyncGenerator<Buffer> {
  const into = Buffer.allocUnsafe(Math.max(0, Math.min(pieceSize, range.until - range.from)));
  return readOn(file, range, size => into.subarray(0, size));
}

async function* readOn(
  file: OpenFile,
  { from, until, signal }: Range,
  room: (size: Bytes) => Buffer,
): AsyncGenerator<Buffer> {
  let position = from;
  while (position < until) {
    if (signal?.aborted) throw new Interrupted();
    const buffer = room(Math.min(pieceSize, until - position));
    const count = await file.read(buffer, position);
    if (count === 0) return;
    position += count;
    yield buffer.subarray(0, count);
  }
}

/** The chunks, each as soon as the rate of packing allows it. */
export async function* paced(
  chunks: AsyncIterable<Uint8Array>,
  { pool, signal }: Pick<Bench, 'pool' | 'signal'>,
): AsyncGenerator<Uint8Array> {
  for await (const chunk of chunks) {
    await pool.pace?.(chunk.length, signal);
    yield chunk;
  }
}

/** Chunks on their way to somewhere else. */
export interface Counting {
  readonly chunks: AsyncIterable<Uint8Array>;
  /** Taken so far. */
  readonly bytes: Bytes;
}

export function counting(input: AsyncIterable<Uint8Array>): Counting {
  let bytes = 0;
  async function* pass(): AsyncGenerator<Uint8Array> {
    for await (const chunk of input) {
      bytes += chunk.length;
      yield chunk;
    }
  }
  return {
    chunks: pass(),
    get bytes() {
      return bytes;
    },
  };
}

/**
 * The decoded chunks, each once it was found to be what stands in the file from `at` on.
 *
 * @throws CodecError at the first byte that is another
 */
export async function* sameAs(
  file: OpenFile,
  at: Bytes,
  decoded: AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  let into = Buffer.alloc(0);
  let position = at;
  for await (const chunk of decoded) {
    if (into.length < chunk.length) into = Buffer.allocUnsafe(chunk.length);
    const count = await readFully(file, into.subarray(0, chunk.length), position);
    if (!into.subarray(0, count).equals(chunk))
      throw new CodecError(`decoded bytes from ${position - at} on are not those of the source`);
    position += count;
    yield chunk;
  }
}

/** Whether two files agree in a range that both must hold; `hash` sees the bytes on the way. */
export function agree(a: OpenFile, b: OpenFile, range: Range, hash?: Hash): Promise<boolean> {
  return compare(
    { a, from: range.from, b, at: range.from, length: range.until - range.from, hash: hash ?? null },
    range.signal,
  );
}

/** Whether `a` from `from` on and `b` from `at` on hold the same `length` bytes. */
export function sameBytes(a: OpenFile, from: Bytes, b: OpenFile, at: Bytes, length: Bytes): Promise<boolean> {
  return compare({ a, from, b, at, length, hash: null });
}

interface Comparison {
  readonly a: OpenFile;
  readonly from: Bytes;
  readonly b: OpenFile;
  readonly at: Bytes;
  readonly length: Bytes;
  readonly hash: Hash | null;
}

async function compare({ a, from, b, at, length, hash }: Comparison, signal?: AbortSignal): Promise<boolean> {
  const until = from + length;
  let done = 0;
  const into = Buffer.allocUnsafe(Math.min(pieceSize, length));
  for await (const chunk of passingChunks(a, { from, until, ...(signal === undefined ? {} : { signal }) })) {
    const other = into.subarray(0, chunk.length);
    if ((await readFully(b, other, at + done)) < chunk.length || !chunk.equals(other)) return false;
    hash?.update(chunk);
    done += chunk.length;
  }
  return done === length;
}

/** Reads until `into` is full or the file ends; how many bytes came. */
export async function readFully(file: OpenFile, into: Uint8Array, position: Bytes): Promise<Bytes> {
  let done = 0;
  while (done < into.length) {
    const count = await file.read(into.subarray(done), position + done);
    if (count === 0) break;
    done += count;
  }
  return done;
}

/**
 * Copies a range to the same offsets of another file, less `shift`. Pieces that are all NUL become holes where
 * `sparse`; the caller sets the length at the end.
 *
 * @returns where it ended: `until`, or the end of the file
 */
export async function copyRange(
  from: OpenFile,
  to: OpenFile,
  range: Range,
  options: {
    readonly sparse?: boolean;
    readonly shift?: Bytes;
    readonly hash?: Hash;
    readonly tell?: (position: Bytes) => void;
  } = {},
): Promise<Bytes> {
  let position = range.from;
  for await (const chunk of passingChunks(from, range)) {
    options.hash?.update(chunk);
    const at = position - (options.shift ?? 0);
    if (options.sparse) await writeSparsely(to, chunk, at);
    else await to.write(chunk, at);
    position += chunk.length;
    options.tell?.(position);
  }
  return position;
}

/** Blocks that are all NUL are left out, neighbouring others written together. */
async function writeSparsely(to: OpenFile, chunk: Buffer, position: Bytes): Promise<void> {
  const block = 16 * 1024;
  let from = 0;
  for (let at = 0; at < chunk.length; at += block) {
    if (!isBlank(chunk.subarray(at, at + block))) continue;
    if (at > from) await to.write(chunk.subarray(from, at), position + from);
    from = at + block;
  }
  if (from < chunk.length) await to.write(chunk.subarray(from), position + from);
}

const blank = Buffer.alloc(pieceSize);

function isBlank(chunk: Buffer): boolean {
  return chunk.equals(blank.subarray(0, chunk.length));
}
