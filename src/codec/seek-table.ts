// The seek table of zstd's seekable format: a skippable frame behind the data frames that names
// the packed and the plain size of each. zstd(1) skips it; a reader that knows it can seek, and
// can tell whether a frame is missing. Source: contrib/seekable_format in zstd's repository.

import { crc32 } from 'node:zlib';
import type { Bytes } from '../units/bytes.ts';

const entrySize = 8;
const footerSize = 9;
const seekableMagic = 0x8f92eab1;
const skippableMagic = 0x184d2a5e;

/** Sizes of frames in order, eight bytes each, as the table holds them. */
export class SeekTable {
  #pages: Buffer[] = [];
  frames = 0;

  add(packed: Bytes, plain: Bytes): void {
    const within = this.frames % framesInPage;
    if (within === 0) this.#pages.push(Buffer.alloc(framesInPage * entrySize));
    (this.#pages.at(-1) as Buffer).set(entryOf(packed, plain), within * entrySize);
    this.frames += 1;
  }

  /** The skippable frame, whole. */
  frame(): Uint8Array {
    const entries = this.frames * entrySize;
    const frame = Buffer.alloc(8 + entries + footerSize);
    frame.writeUInt32LE(skippableMagic, 0);
    frame.writeUInt32LE(entries + footerSize, 4);
    for (const [page, bytes] of this.#pages.entries()) {
      const from = page * framesInPage * entrySize;
      frame.set(bytes.subarray(0, Math.min(bytes.length, entries - from)), 8 + from);
    }
    frame.writeUInt32LE(this.frames, 8 + entries);
    frame.writeUInt32LE(seekableMagic, 8 + entries + 5);
    return frame;
  }
}

const framesInPage = 512;

/** What a table must say about the frames that were read, in eight bytes however many there are. */
export class SeekCheck {
  #crc = 0;
  frames = 0;

  add(packed: Bytes, plain: Bytes): void {
    this.#crc = crc32(entryOf(packed, plain), this.#crc);
    this.frames += 1;
  }

  /** @param table what `readSeekTable` found */
  agrees(table: FoundTable): boolean {
    return table.frames === this.frames && (table.crc === null || table.crc === this.#crc);
  }
}

export interface FoundTable {
  readonly frames: number;
  /** Of the entries; null where they hold checksums too, which logmill never writes. */
  readonly crc: number | null;
}

/**
 * Reads a skippable frame's content piece by piece; null when it is something else than a seek
 * table. A table with per-frame checksums is known by its count only.
 */
export async function readSeekTable(
  content: AsyncIterable<Uint8Array>,
  size: Bytes,
): Promise<FoundTable | null> {
  const footer = Buffer.alloc(footerSize);
  const entries = size - footerSize;
  let crc = 0;
  let at = 0;
  for await (const piece of content) {
    const inEntries = Math.max(0, Math.min(piece.length, entries - at));
    crc = crc32(piece.subarray(0, inEntries), crc);
    if (inEntries < piece.length)
      footer.set(piece.subarray(inEntries), Math.max(0, at + inEntries - entries));
    at += piece.length;
  }
  if (footer.readUInt32LE(5) !== seekableMagic) return null;
  const frames = footer.readUInt32LE(0);
  const withChecksums = (footer.readUInt8(4) & 0x80) !== 0;
  if (entries !== frames * (withChecksums ? 12 : entrySize)) return null;
  return { frames, crc: withChecksums ? null : crc };
}

export interface FrameSizes {
  readonly packed: Bytes;
  readonly plain: Bytes;
}

/**
 * The entries of the table that ends at `end`, and where its frame begins; null when there is none,
 * or one so large that reading it would not be worth its memory.
 */
export async function readFrameSizes(
  read: (from: Bytes, length: Bytes) => Promise<Uint8Array>,
  end: Bytes,
): Promise<{ readonly table: Bytes; readonly sizes: readonly FrameSizes[] } | null> {
  if (end < 8 + footerSize) return null;
  const footer = Buffer.from(await read(end - footerSize, footerSize));
  if (footer.length < footerSize || footer.readUInt32LE(5) !== seekableMagic) return null;
  const width = (footer.readUInt8(4) & 0x80) === 0 ? entrySize : 12;
  const frames = footer.readUInt32LE(0);
  const table = end - footerSize - frames * width - 8;
  if (frames > mostEntries || table < 0) return null;
  const bytes = Buffer.from(await read(table, 8 + frames * width));
  if (bytes.length < 8 + frames * width || bytes.readUInt32LE(0) !== skippableMagic) return null;
  if (bytes.readUInt32LE(4) !== frames * width + footerSize) return null;
  const sizes = Array.from({ length: frames }, (_, frame) => ({
    packed: bytes.readUInt32LE(8 + frame * width),
    plain: bytes.readUInt32LE(8 + frame * width + 4),
  }));
  return { table, sizes };
}

/** A terabyte of our own frames. */
const mostEntries = 1 << 20;

function entryOf(packed: Bytes, plain: Bytes): Uint8Array {
  const entry = Buffer.allocUnsafe(entrySize);
  entry.writeUInt32LE(packed % 2 ** 32, 0);
  entry.writeUInt32LE(plain % 2 ** 32, 4);
  return entry;
}
