// zstd: frames of one block each, packed and unpacked side by side, and a seek table behind them.
// Any frame can be read by itself, and damage stays in one.

import { promisify } from 'node:util';
import {
  constants,
  createZstdCompress,
  createZstdDecompress,
  type ZstdOptions,
  zstdDecompress,
} from 'node:zlib';
import type { Bytes } from '../units/bytes.ts';
import { type Block, blockSize, blocksOf, startOf } from './blocks.ts';
import { ByteReader } from './byte-reader.ts';
import { type Chunks, type Codec, CodecError, type EncodeOptions, type Taker } from './codec.ts';
import { codecErrorFrom, decodeThrough } from './decode-through.ts';
import { freeMemory, isWhole } from './free-memory.ts';
import { inOrder } from './in-order.ts';
import { packWhole, unread } from './pack-whole.ts';
import { fewerPlaces } from './pool.ts';
import { isHeavyZstd, zstdLevels, zstdParameters } from './profiles.ts';
import { type FoundTable, SeekCheck, SeekTable } from './seek-table.ts';
import { untilAborted } from './until-aborted.ts';
import { isZstdMagic, markFirst, type Part, partsOf } from './zstd-frames.ts';

export const zstd: Codec = {
  name: 'zstd',
  extension: '.zst',
  levels: zstdLevels,
  startsLike: head => head.length >= 4 && isZstdMagic(Buffer.from(head.subarray(0, 4)).readUInt32LE(0)),
  encode,
  decode,
};

const decompressAsync = promisify<Uint8Array, ZstdOptions, Buffer>(zstdDecompress);

/** One frame for a file of one block; else the first frame is marked and a seek table ends it. */
async function* encode(input: Chunks, options: EncodeOptions): AsyncGenerator<Uint8Array, void, undefined> {
  const params = zstdParameters(options.level);
  const pool = isHeavyZstd(options.level) ? fewerPlaces(options.pool) : options.pool;
  const table = new SeekTable();
  let plain = 0;
  const work = async (block: Block) => {
    const frame = await compress(block, params);
    if (options.given && isWhole(block.bytes)) freeMemory(block.bytes);
    return frame;
  };
  const { only, all } = await startOf(blocksOf(untilAborted(input, options.signal)));
  if (only !== null) {
    const weight = options.size ?? only.bytes.length;
    const { bytes } = await pool.run(() => work(only), weight, options.signal);
    options.signal?.throwIfAborted();
    yield bytes;
    return;
  }
  const frames = inOrder(all, {
    work,
    pool,
    weight: () => options.size ?? plain,
    signal: options.signal,
  });
  for await (const frame of frames) {
    const isOnly = frame.last && table.frames === 0;
    const bytes = table.frames === 0 && !isOnly ? marked(frame.bytes) : frame.bytes;
    table.add(bytes.length, frame.plain);
    plain += frame.plain;
    yield bytes;
    if (frame.last && !isOnly) yield table.frame();
  }
}

function marked(frame: Uint8Array): Uint8Array {
  const copy = markFirst(frame);
  freeMemory(frame);
  return copy;
}

interface Frame {
  readonly bytes: Uint8Array;
  readonly plain: Bytes;
  readonly last: boolean;
}

/**
 * Room for whatever a block may become (zstd's ZSTD_COMPRESSBOUND): only then does zstd pack straight from
 * the block, a fifth faster than by way of its own buffer. Memory that is not written to costs nothing.
 */
function boundOf(plain: Bytes): Bytes {
  return plain + Math.ceil(plain / 256) + 512;
}

async function compress(block: Block, params: Record<number, number>): Promise<Frame> {
  const bytes = await packFrame(block.bytes, params);
  return { bytes, plain: block.bytes.length, last: block.last };
}

/** These bytes as one frame; `params` as `zstdParameters` gives them. */
export function packFrame(bytes: Uint8Array, params: Record<number, number>): Promise<Uint8Array> {
  const plain = bytes.length;
  const encoder = createZstdCompress({
    ...unread,
    params,
    flush: constants.ZSTD_e_end,
    // A wrong size would be refused: a free check that the whole block was taken.
    pledgedSrcSize: plain,
    chunkSize: boundOf(plain),
  });
  return packWhole(encoder, bytes);
}

/**
 * Frames of any zstd encoder. A seek table must name exactly the frames before it, and a group
 * that was announced to end with one must. What cannot be seen: a file of several frames by
 * another encoder, without a table, cut between two of them.
 *
 * Small frames are decoded whole, three at a time; large ones as a stream. What stands before a
 * damaged place is given out first.
 */
async function* decode(
  input: Chunks,
  signal?: AbortSignal,
  taker?: Taker,
): AsyncGenerator<Uint8Array, void, undefined> {
  const reader = new ByteReader(input, 'zstd', signal);
  const ahead: Ahead = { frames: [], taker };
  try {
    yield* decodeParts(reader, ahead, signal);
  } catch (error) {
    if (!signal?.aborted) yield* take(ahead, 0);
    throw error;
  } finally {
    await Promise.allSettled(ahead.frames);
    await reader.leave();
  }
}

async function* decodeParts(
  reader: ByteReader,
  ahead: Ahead,
  signal: AbortSignal | undefined,
): AsyncGenerator<Uint8Array, void, undefined> {
  const group = new Group();
  for await (const part of partsOf(reader)) {
    signal?.throwIfAborted();
    if (part.kind === 'table') group.end(part.table, part.from);
    if (part.kind !== 'frame') continue;
    group.begin(part);
    const gathered = await gather(part);
    if (gathered.kind === 'whole') {
      group.add(reader.at - part.from, gathered.plain);
      ahead.frames.push(decompress(gathered.bytes, gathered.plain, part.from));
      yield* take(ahead, 2);
    } else {
      yield* take(ahead, 0);
      const plain = yield* streamed(gathered.bytes, part.from, signal, ahead.taker);
      group.add(reader.at - part.from, plain);
    }
  }
  yield* take(ahead, 0);
  group.finish(reader.at);
}

/** Frames at work, in order. */
interface Ahead {
  readonly frames: Promise<Uint8Array>[];
  readonly taker: Taker | undefined;
}

/** Gives out the oldest until `most` are left. */
async function* take({ frames, taker }: Ahead, most: number): AsyncGenerator<Uint8Array, void, undefined> {
  while (frames.length > most) {
    const oldest = await frames[0];
    frames.shift();
    if (oldest === undefined) continue;
    yield oldest;
    if (taker?.passing) freeMemory(oldest);
  }
}

type FramePart = Extract<Part, { readonly kind: 'frame' }>;

/** The frames since the last seek table, or since the first that announced one. */
class Group {
  #check = new SeekCheck();
  #promised = false;

  begin(part: FramePart): void {
    if (!part.marked) return;
    if (this.#promised)
      throw new CodecError('the zstd data lacks frames: its seek table is missing', part.from);
    this.#check = new SeekCheck();
    this.#promised = true;
  }

  add(packed: Bytes, plain: Bytes): void {
    this.#check.add(packed, plain);
  }

  /** Others may join files before or behind a table; ours must name exactly what was there. */
  end(table: FoundTable, at: Bytes): void {
    const isRight = this.#promised ? this.#check.agrees(table) : table.frames <= this.#check.frames;
    if (!isRight)
      throw new CodecError('the zstd data and its seek table do not agree: frames are missing', at);
    this.#check = new SeekCheck();
    this.#promised = false;
  }

  finish(at: Bytes): void {
    if (this.#promised)
      throw new CodecError('the zstd data ends in the middle: its seek table is missing', at);
  }
}

/** Decoded whole up to here: such a frame costs no more than one of our own. */
const wholeLimit: Bytes = 2 * blockSize;

type Gathered =
  | { readonly kind: 'whole'; readonly bytes: Uint8Array; readonly plain: Bytes }
  | { readonly kind: 'streamed'; readonly bytes: AsyncIterable<Uint8Array> };

async function gather(part: FramePart): Promise<Gathered> {
  if (part.plain === null || part.plain > wholeLimit) return { kind: 'streamed', bytes: part.bytes };
  const source = part.bytes[Symbol.asyncIterator]();
  const pieces: Uint8Array[] = [];
  let length = 0;
  for (let step = await source.next(); !step.done; step = await source.next()) {
    pieces.push(step.value);
    length += step.value.length;
    // A frame may hold empty blocks without end, whatever its header says.
    if (length > 2 * wholeLimit) return { kind: 'streamed', bytes: continued(pieces, source) };
  }
  return { kind: 'whole', bytes: Buffer.concat(pieces, length), plain: part.plain };
}

async function* continued(
  pieces: readonly Uint8Array[],
  source: AsyncIterator<Uint8Array>,
): AsyncGenerator<Uint8Array, void, undefined> {
  yield* pieces;
  for (let step = await source.next(); !step.done; step = await source.next()) yield step.value;
}

function decompress(frame: Uint8Array, plain: Bytes, from: Bytes): Promise<Uint8Array> {
  const decoded = decompressChecked(frame, plain, from);
  // Marks a rejection as seen: it is met in order, after the frames before it.
  decoded.catch(() => undefined);
  return decoded;
}

/** The frame was gathered for this, and goes with it. */
async function decompressChecked(frame: Uint8Array, plain: Bytes, from: Bytes): Promise<Uint8Array> {
  try {
    const options = { chunkSize: plain + 64, maxOutputLength: Math.max(plain, 1) };
    const decoded = await decompressAsync(frame, options);
    if (decoded.length === plain) return decoded;
  } catch (error) {
    throw codecErrorFrom(error, 'zstd', from);
  } finally {
    freeMemory(frame);
  }
  throw new CodecError('the zstd data is damaged (a frame holds less than it says)', from);
}

/** Gives the decoded bytes, and in the end their number. */
async function* streamed(
  bytes: AsyncIterable<Uint8Array>,
  from: Bytes,
  signal: AbortSignal | undefined,
  taker: Taker | undefined,
): AsyncGenerator<Uint8Array, Bytes, undefined> {
  const makeDecoder = () => createZstdDecompress({ chunkSize: 256 * 1024 });
  let plain = 0;
  for await (const chunk of decodeThrough(bytes, {
    makeDecoder,
    name: 'zstd',
    mayFollow: 'nothing',
    from,
    signal,
    taker,
  })) {
    plain += chunk.length;
    yield chunk;
  }
  return plain;
}
