// gzip: one ordinary member, its blocks packed side by side. Each block is raw deflate that may
// refer to the 32 KiB before it, so the result is what one long deflate would have made, and
// every gunzip reads it.

import { constants, crc32, createDeflateRaw, createGunzip, type ZlibOptions } from 'node:zlib';
import type { Bytes } from '../units/bytes.ts';
import { type Block, blocksOf, startOf } from './blocks.ts';
import type { Chunks, Codec, EncodeOptions, Taker } from './codec.ts';
import { codecErrorFrom, decodeThrough, outputFor, refuseBehind } from './decode-through.ts';
import { freeMemory, isWhole } from './free-memory.ts';
import { inOrder } from './in-order.ts';
import { packWhole, unpackWhole, unread } from './pack-whole.ts';
import { type Deflating, gzipLevel, gzipLevels, gzipSearches } from './profiles.ts';
import { Room } from './room.ts';
import { untilAborted } from './until-aborted.ts';

export const gzip: Codec = {
  name: 'gzip',
  extension: '.gz',
  levels: gzipLevels,
  startsLike: head => head.length >= 3 && head[0] === 0x1f && head[1] === 0x8b && head[2] === 8,
  encode,
  decode,
  whole: { pack, unpack },
};

/**
 * Members one after another, each checked against its own length and CRC. Zero bytes to the end
 * are padding (tapes, and tools that fill blocks, write it) and pass, as in gzip(1); anything
 * else behind the last member is an error, also behind zeros, where gzip(1) only warns.
 */
function decode(input: Chunks, signal?: AbortSignal, taker?: Taker): AsyncIterable<Uint8Array> {
  const makeDecoder = () => createGunzip(outputFor(taker));
  return decodeThrough(input, { makeDecoder, name: 'gzip', mayFollow: 'zeros', signal, taker });
}

async function* encode(input: Chunks, options: EncodeOptions): AsyncGenerator<Uint8Array, void, undefined> {
  const level = gzipLevel(options.level);
  const room = new Room();
  const sum: Sum = { crc: 0, bytes: 0 };
  let front: Uint8Array = gzipHeader(level);
  const searchOf = searchesFor(level);
  const work = async (block: LinkedBlock) => {
    const packed = await deflate(block, (await searchOf(block))(block.number), room);
    if (options.given && isWhole(block.bytes)) freeMemory(block.bytes);
    return packed;
  };
  const { only, all } = await startOf(blocksOf(untilAborted(input, options.signal)));
  if (only !== null) {
    const alone = () => packBlock(only.bytes, level);
    const packed = await options.pool.run(alone, options.size ?? only.bytes.length, options.signal);
    if (options.given && isWhole(only.bytes)) freeMemory(only.bytes);
    options.signal?.throwIfAborted();
    yield packed;
    return;
  }
  const packed = inOrder(linked(all, sum), {
    work,
    pool: options.pool,
    weight: () => options.size ?? sum.bytes,
    signal: options.signal,
  });
  for await (const { bytes, last } of packed) {
    // Header and trailer go out with a block: small files are one chunk, so one write.
    if (last) yield Buffer.concat([front, bytes, gzipTrailer(sum)]);
    else yield front.length > 0 ? Buffer.concat([front, bytes]) : bytes;
    front = new Uint8Array(0);
  }
}

function pack(plain: Uint8Array, level: EncodeOptions['level']): Promise<Uint8Array> {
  return packBlock(plain, gzipLevel(level));
}

/** A member of one block. */
async function packBlock(plain: Uint8Array, level: number): Promise<Uint8Array> {
  const block = { bytes: plain, last: true, number: 0, before: null };
  const { bytes } = await deflate(block, { level }, new Room());
  return Buffer.concat([gzipHeader(level), bytes, gzipTrailer({ crc: crc32(plain), bytes: plain.length })]);
}

async function unpack(packed: Uint8Array, plain: Bytes): Promise<Uint8Array> {
  const taker = { passing: false, plain };
  const decoder = createGunzip({ ...unread, ...outputFor(taker), flush: constants.Z_FINISH });
  try {
    const bytes = await unpackWhole(decoder, packed);
    refuseBehind(packed, decoder.bytesWritten, { name: 'gzip', mayFollow: 'zeros' });
    return bytes;
  } catch (error) {
    throw codecErrorFrom(error, 'gzip', decoder.bytesWritten);
  }
}

/** Of the plain bytes so far. */
interface Sum {
  crc: number;
  bytes: Bytes;
}

interface LinkedBlock extends Block {
  /** From 0. */
  readonly number: number;
  /** The 32 KiB before it; null for the first. */
  readonly before: Uint8Array | null;
}

const windowSize = 32 * 1024;

/** Counts along, and copies what the next block may refer to: the block itself can then go. */
async function* linked(blocks: AsyncIterable<Block>, sum: Sum): AsyncGenerator<LinkedBlock, void, undefined> {
  let before: Uint8Array | null = null;
  let number = 0;
  for await (const block of blocks) {
    sum.crc = crc32(block.bytes, sum.crc);
    sum.bytes += block.bytes.length;
    const next = block.last ? null : Buffer.from(block.bytes.subarray(-windowSize));
    yield { ...block, number, before };
    number += 1;
    before = next;
  }
}

/** How the block of a number is searched. */
type Search = (number: number) => Deflating;

/** So many blocks are searched alike before it is tried anew: a log may change its character. */
const stretch = 16;

/** Finds the search of each stretch on its first block. */
function searchesFor(level: number): (block: LinkedBlock) => Promise<Search> {
  let found: Promise<Search> | null = null;
  let of = -1;
  return block => {
    const number = Math.floor(block.number / stretch);
    if (found === null || number !== of) found = findSearch(block.bytes, level);
    of = number;
    return found;
  };
}

/**
 * On a piece the quick way is tried: it takes all blocks where it packs about as well, else as large a share of
 * them, evenly, as keeps the loss within bounds. Where it packs far worse, a few blocks are packed thoroughly.
 */
async function findSearch(bytes: Uint8Array, level: number): Promise<Search> {
  const searches = gzipSearches(level);
  if (searches.quick === null) return () => searches.plain;
  const { plain, quick, thorough } = searches;
  const piece = bytes.subarray(0, trialSize);
  const size = async (search: Deflating) => (await packWhole(encoderFor(search, trialSize), piece)).length;
  const loss = (await size(quick)) / (await size(plain)) - 1;
  const isFar = loss > farLoss;
  const share = isFar ? thoroughShare : loss <= mayLose ? 1 : mayLose / loss;
  const other = isFar ? thorough : quick;
  return number => (Math.floor((number + 1) * share) > Math.floor(number * share) ? other : plain);
}

const trialSize: Bytes = 128 * 1024;

/** node:zlib's level 6 packs most logs 1 to 3 % better than gzip(1)'s: what is given up stays within that. */
const mayLose = 0.005;

/**
 * The quick way does without short matches. Where they are worth so much, gzip(1), which finds more of them, packs as
 * well as level 6; thoroughly packed blocks are 3 % smaller, and with a twelfth of them it stays behind.
 */
const farLoss = 0.015;
const thoroughShare = 1 / 12;

function encoderFor(search: Deflating, chunkSize: Bytes, more: ZlibOptions = {}) {
  // One step more of memory than usual: a twentieth faster, and a thousandth smaller.
  const memory = { memLevel: 9 };
  return createDeflateRaw({
    ...unread,
    ...memory,
    ...search,
    flush: constants.Z_SYNC_FLUSH,
    chunkSize,
    ...more,
  });
}

async function deflate(
  block: LinkedBlock,
  search: Deflating,
  room: Room,
): Promise<{ bytes: Uint8Array; last: boolean }> {
  const alone = block.last && block.number === 0;
  const encoder = encoderFor(search, room.of(block.bytes.length), {
    ...(alone ? stateFor(block.bytes.length) : {}),
    ...(block.before === null ? {} : { dictionary: block.before }),
    ...(block.last ? { flush: constants.Z_FINISH } : {}),
  });
  const bytes = await packWhole(encoder, block.bytes);
  room.learn(block.bytes.length, bytes.length);
  if (bytes.length > storedSize(block.bytes.length)) return { bytes: stored(block), last: block.last };
  return { bytes, last: block.last };
}

/** Most that a stored block of deflate can hold. */
const storedMost: Bytes = 0xffff;

function storedSize(plain: Bytes): Bytes {
  return plain + 5 * Math.max(1, Math.ceil(plain / storedMost));
}

/** RFC 1951, 3.2.4: the bytes as they are. Where nothing can be found deflate itself adds up to a thousandth. */
function stored({ bytes, last }: Block): Uint8Array {
  const pieces: Uint8Array[] = [];
  for (let at = 0; at < bytes.length; at += storedMost) {
    const piece = bytes.subarray(at, at + storedMost);
    const isLast = last && at + piece.length === bytes.length;
    const head = Buffer.of(isLast ? 1 : 0, 0, 0, 0, 0);
    head.writeUInt16LE(piece.length, 1);
    head.writeUInt16LE(piece.length ^ 0xffff, 3);
    pieces.push(head, piece);
  }
  return Buffer.concat(pieces);
}

/** A quarter of a megabyte of state for a file of one kilobyte costs more than packing it. */
function stateFor(bytes: Bytes): { windowBits: number; memLevel: number } {
  const bits = Math.ceil(Math.log2(Math.max(bytes, 2)));
  // Raw deflate with 8 window bits is broken in zlib; 9 is the least that works.
  return { windowBits: clamp(bits, 9, 15), memLevel: clamp(bits - 6, 1, 8) };
}

function clamp(value: number, low: number, high: number): number {
  return Math.min(high, Math.max(low, value));
}

/** RFC 1952: no name and no time, so that equal content makes equal archives; system: Unix. */
export function gzipHeader(level: number): Uint8Array {
  const effort = level === 9 ? 2 : level === 1 ? 4 : 0;
  return Uint8Array.of(0x1f, 0x8b, 8, 0, 0, 0, 0, 0, effort, 3);
}

/** CRC-32, then the length modulo 2^32, little-endian. */
export function gzipTrailer(sum: { readonly crc: number; readonly bytes: Bytes }): Uint8Array {
  const trailer = Buffer.alloc(8);
  trailer.writeUInt32LE(sum.crc, 0);
  trailer.writeUInt32LE(sum.bytes % 2 ** 32, 4);
  return trailer;
}
