// Several archives in one file: an index, then one archive a generation, whole and readable by
// itself, oldest first. Every zcat and zstd reads such a file from end to end, since to them the
// index is nothing: in zstd a skippable frame, in gzip a member without content whose extra field
// holds it. It stands first because that tells how long the file must be: one that was cut off
// between two archives would otherwise read as if nothing were missing.

import type { Bytes } from '../units/bytes.ts';
import type { EpochMs } from '../units/duration.ts';

export type JoinedCodec = 'gzip' | 'zstd';

/** One generation in a joined archive. */
export interface JoinedPart {
  /** When it was rotated: what keepfor and compactafter count from. */
  readonly rotated: EpochMs;
  /** When it was last written to: what maxage counts from. */
  readonly modified: EpochMs;
  /** Where it stands among generations whose names hold a date: that date, else `rotated`. */
  readonly dated: EpochMs;
  readonly plain: Bytes;
  /** Size of its archive. */
  readonly packed: Bytes;
  /** Of the plain bytes, in lower-case hex. */
  readonly sha256: string;
}

export interface JoinedIndex {
  /** Oldest first, as they stand in the file. */
  readonly parts: readonly JoinedPart[];
  /** Of the index itself: the first archive begins here. */
  readonly length: Bytes;
  /** Of the whole file. */
  readonly size: Bytes;
}

/** How long the index of so many generations is. */
export function indexLength(codec: JoinedCodec, count: number): Bytes {
  const groups = groupsOf(codec, count);
  const around = codec === 'zstd' ? 8 : 10 + 2 + 4 + 2 + 8;
  return groups * (around + headSize) + count * entrySize;
}

/** The index as it stands at the head of a file. */
export function writeIndex(codec: JoinedCodec, parts: readonly JoinedPart[]): Uint8Array {
  const size = codec === 'zstd' ? Math.max(1, parts.length) : mostInMember;
  const pieces: Uint8Array[] = [];
  for (let from = 0; from === 0 || from < parts.length; from += size) {
    const group = parts.slice(from, from + size);
    const body = groupBody(group, parts.length - from - group.length);
    pieces.push(codec === 'zstd' ? skippableFrame(body) : emptyMember(body));
  }
  return Buffer.concat(pieces);
}

/**
 * The index at the head of a file. `wants` says how many bytes are needed to read it where `head`
 * is too short.
 *
 * @returns null when the file begins with no index, or with a damaged one
 */
export function readIndex(head: Uint8Array): JoinedIndex | { readonly wants: Bytes } | null {
  const bytes = Buffer.from(head.buffer, head.byteOffset, head.byteLength);
  const parts: JoinedPart[] = [];
  let at = 0;
  for (;;) {
    const group = readGroup(bytes, at);
    if (group === null || 'wants' in group) return group;
    parts.push(...group.parts);
    at += group.length;
    if (group.left === 0) break;
  }
  const size = parts.reduce((sum, { packed }) => sum + packed, at);
  return { parts, length: at, size };
}

/** Enough of a file's head to read the index of some dozens of generations at once. */
export const indexHead: Bytes = 4096;

/** `LMJOINED` in letters; what else is skippable, or an extra field, is not ours. */
const mark = Buffer.from('LMJOINED', 'latin1');
const headSize = mark.length + 12;
const entrySize = 5 * 8 + 32;
const skippableMagic = 0x184d2a5c;
/** An extra field holds 64 KiB less one byte, and its own head of four. */
const mostInMember = Math.floor((65_535 - 4 - headSize) / entrySize);

function groupsOf(codec: JoinedCodec, count: number): number {
  return codec === 'zstd' ? 1 : Math.max(1, Math.ceil(count / mostInMember));
}

/** The mark, how many follow here, how many in further groups, a checksum, and the entries. */
function groupBody(parts: readonly JoinedPart[], left: number): Buffer {
  const body = Buffer.alloc(headSize + parts.length * entrySize);
  mark.copy(body);
  body.writeUInt32LE(parts.length, 8);
  body.writeUInt32LE(left, 12);
  for (const [index, part] of parts.entries()) {
    const at = headSize + index * entrySize;
    const numbers = [part.rotated, part.modified, part.dated, part.plain, part.packed];
    for (const [place, number] of numbers.entries()) body.writeDoubleLE(number, at + place * 8);
    body.write(part.sha256, at + 40, 'hex');
  }
  body.writeUInt32LE(checksum(body), 16);
  return body;
}

/** Of all but itself. zlib takes 2 ms to load, which a look that meets no joined archive need not wait for. */
function checksum(body: Uint8Array): number {
  const { crc32 } = process.getBuiltinModule('node:zlib');
  return crc32(body.subarray(headSize), crc32(body.subarray(0, 16)));
}

function skippableFrame(body: Uint8Array): Uint8Array {
  const head = Buffer.alloc(8);
  head.writeUInt32LE(skippableMagic, 0);
  head.writeUInt32LE(body.length, 4);
  return Buffer.concat([head, body]);
}

/** RFC 1952: FEXTRA with one subfield `LM`; then an empty deflate block, its checksum and length 0. */
function emptyMember(body: Uint8Array): Uint8Array {
  const head = Buffer.alloc(16);
  head.set([0x1f, 0x8b, 8, 4, 0, 0, 0, 0, 0, 3]);
  head.writeUInt16LE(body.length + 4, 10);
  head.write('LM', 12, 'latin1');
  head.writeUInt16LE(body.length, 14);
  return Buffer.concat([head, body, Uint8Array.of(3, 0, 0, 0, 0, 0, 0, 0, 0, 0)]);
}

interface Group {
  readonly parts: readonly JoinedPart[];
  readonly left: number;
  readonly length: Bytes;
}

function readGroup(bytes: Buffer, at: Bytes): Group | { readonly wants: Bytes } | null {
  if (bytes.length < at + 16) return bytes.length === 0 ? null : { wants: at + 16 };
  const place = placeOfBody(bytes, at);
  if (place === null) return null;
  const { from, length, whole } = place;
  if (bytes.length < at + whole) return { wants: at + whole };
  const body = bytes.subarray(from, from + length);
  if (length < headSize || !body.subarray(0, 8).equals(mark)) return null;
  const count = body.readUInt32LE(8);
  if (length !== headSize + count * entrySize) return null;
  const checked = checksum(body);
  if (body.readUInt32LE(16) !== checked) return null;
  const parts = Array.from({ length: count }, (_, index) => partAt(body, headSize + index * entrySize));
  return { parts, left: body.readUInt32LE(12), length: whole };
}

function placeOfBody(
  bytes: Buffer,
  at: Bytes,
): { readonly from: Bytes; readonly length: Bytes; readonly whole: Bytes } | null {
  if (bytes.readUInt32LE(at) === skippableMagic) {
    const length = bytes.readUInt32LE(at + 4);
    return length > mostIndex ? null : { from: at + 8, length, whole: 8 + length };
  }
  const isMember =
    bytes.readUInt32LE(at) === 0x0408_8b1f && bytes.toString('latin1', at + 12, at + 14) === 'LM';
  if (!isMember) return null;
  const length = bytes.readUInt16LE(at + 14);
  return { from: at + 16, length, whole: 16 + length + 10 };
}

/** A million generations; what claims more is no index of ours. */
const mostIndex: Bytes = 1_000_000 * entrySize;

function partAt(body: Buffer, at: Bytes): JoinedPart {
  return {
    rotated: body.readDoubleLE(at),
    modified: body.readDoubleLE(at + 8),
    dated: body.readDoubleLE(at + 16),
    plain: body.readDoubleLE(at + 24),
    packed: body.readDoubleLE(at + 32),
    sha256: body.toString('hex', at + 40, at + 72),
  };
}
