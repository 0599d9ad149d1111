// A zstd file taken apart into its frames without decoding them: every block says how long it
// is. So the borders are known, and bytes that belong to no frame cannot pass unseen, as they do
// in node:zlib. The format is RFC 8878, section 3.

import type { Bytes } from '../units/bytes.ts';
import type { ByteReader } from './byte-reader.ts';
import { CodecError } from './codec.ts';
import { type FoundTable, readSeekTable } from './seek-table.ts';

export type Part =
  | {
      readonly kind: 'frame';
      readonly from: Bytes;
      /** Whether it says that a seek table ends its group (see `markFirst`). */
      readonly marked: boolean;
      /** Plain size as its header says; null where it does not. */
      readonly plain: Bytes | null;
      /** The frame from its first byte; to be taken before the next part is asked for. */
      readonly bytes: AsyncIterable<Uint8Array>;
    }
  | { readonly kind: 'table'; readonly from: Bytes; readonly table: FoundTable }
  /** A skippable frame with something else in it. */
  | { readonly kind: 'skipped' };

const dataMagic = 0xfd2fb528;
const maxBlock = 128 * 1024;

export function isZstdMagic(magic: number): boolean {
  return magic === dataMagic || isSkippable(magic);
}

/** All parts in order; a CodecError where a frame should begin and does not, or is cut off. */
export async function* partsOf(reader: ByteReader): AsyncGenerator<Part, void, undefined> {
  if (await reader.atEnd()) throw new CodecError('the zstd data is empty', 0);
  while (!(await reader.atEnd())) {
    const from = reader.at;
    const start = await reader.take(4);
    const magic = view(start).getUint32(0, true);
    if (isSkippable(magic)) yield await readSkippable(reader, from);
    else if (magic === dataMagic) yield await readFrame(reader, start, from);
    else
      throw new CodecError(
        'the zstd data is damaged, or other bytes follow its end: no frame begins here',
        from,
      );
  }
}

/**
 * A frame's bytes with an explicit dictionary id of 0, one byte more, which means the same as
 * none (RFC 8878, 3.1.1.1.3) and which no other encoder writes. logmill marks the first frame
 * of several like this: a file cut exactly between two frames, its table gone, is then known.
 */
export function markFirst(frame: Uint8Array): Uint8Array {
  const descriptor = frame[4] as number;
  const idAt = (descriptor & 0x20) === 0 ? 6 : 5;
  const marked = Buffer.concat([frame.subarray(0, idAt), Uint8Array.of(0), frame.subarray(idAt)]);
  marked[4] = descriptor | 1;
  return marked;
}

function isSkippable(magic: number): boolean {
  return magic >>> 4 === 0x184d2a5;
}

async function readSkippable(reader: ByteReader, from: Bytes): Promise<Part> {
  const size = view(await reader.take(4)).getUint32(0, true);
  const table = await readSeekTable(reader.pieces(size), size);
  return table === null ? { kind: 'skipped' } : { kind: 'table', from, table };
}

async function readFrame(reader: ByteReader, magic: Uint8Array, from: Bytes): Promise<Part> {
  const descriptor = (await reader.take(1))[0] as number;
  if ((descriptor & 0x08) !== 0)
    throw new CodecError('the zstd data is damaged (reserved bit in a frame header)', from);
  const isSingle = (descriptor & 0x20) !== 0;
  const idSize = [0, 1, 2, 4][descriptor & 3] as number;
  const sizeSize = [isSingle ? 1 : 0, 2, 4, 8][descriptor >>> 6] as number;
  const idAt = isSingle ? 0 : 1;
  const rest = await reader.take(idAt + idSize + sizeSize);
  const head = Buffer.concat([magic, Uint8Array.of(descriptor), rest]);
  const checksumSize = (descriptor & 0x04) === 0 ? 0 : 4;
  return {
    kind: 'frame',
    from,
    marked: idSize === 1 && rest[idAt] === 0,
    plain: sizeSize === 0 ? null : plainSize(rest.subarray(idAt + idSize)),
    bytes: frameBytes(reader, head, checksumSize),
  };
}

async function* frameBytes(
  reader: ByteReader,
  head: Uint8Array,
  checksumSize: Bytes,
): AsyncGenerator<Uint8Array, void, undefined> {
  yield head;
  for (let last = false; !last; ) {
    const from = reader.at;
    const span = blocksIn(reader.inHand(), from);
    last = span.last;
    if (span.length > 0) yield await reader.take(span.length);
    if (last || span.length > 0) continue;
    const header = await reader.take(3);
    const block = blockFrom(header, 0, from);
    last = block.last;
    yield header;
    yield* reader.pieces(block.size);
  }
  if (checksumSize > 0) yield await reader.take(checksumSize);
}

/** Length of the blocks that lie whole at the start of `bytes`: many are tiny, and waiting for each would cost. */
function blocksIn(bytes: Uint8Array, from: Bytes): { length: Bytes; last: boolean } {
  let length = 0;
  while (length + 3 <= bytes.length) {
    const block = blockFrom(bytes, length, from + length);
    if (length + 3 + block.size > bytes.length) break;
    length += 3 + block.size;
    if (block.last) return { length, last: true };
  }
  return { length, last: false };
}

/** The block whose three-byte header stands at `at`; `from` is its place in the file. */
function blockFrom(bytes: Uint8Array, at: number, from: Bytes): { size: Bytes; last: boolean } {
  const bits = (bytes[at] as number) | ((bytes[at + 1] as number) << 8) | ((bytes[at + 2] as number) << 16);
  const type = (bits >>> 1) & 3;
  const size = bits >>> 3;
  if (type === 3 || size > maxBlock) throw new CodecError('the zstd data is damaged (no such block)', from);
  // A block of one byte repeated holds that byte, whatever its size says.
  return { size: type === 1 ? 1 : size, last: (bits & 1) === 1 };
}

/** Two-byte sizes count from 256. Above 2^53 a size is only ever compared, and never met. */
function plainSize(field: Uint8Array): Bytes {
  const bytes = view(field);
  if (field.length === 1) return bytes.getUint8(0);
  if (field.length === 2) return bytes.getUint16(0, true) + 256;
  if (field.length === 4) return bytes.getUint32(0, true);
  return Number(bytes.getBigUint64(0, true));
}

function view(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
