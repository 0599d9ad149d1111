// Any generation as plain bytes, by its first bytes rather than its name: a name is what somebody
// once meant, and archives are renamed. Only what no bytes can tell is taken from the name.

import { CodecError, type CodecName, type Taker } from '../codec/codec.ts';
import { codecNamed, codecStarting } from '../codec/codecs.ts';
import { salvage } from '../codec/salvage.ts';
import type { Generation } from '../logs/log-set.ts';
import type { Bytes } from '../units/bytes.ts';
import type { OpenFile } from '../world/world.ts';
import { readBytes, type WhenRead } from './read-bytes.ts';

export interface Archive {
  /** null: the file is plain. */
  readonly codec: CodecName | null;
  /** Size of the file when it was opened; what comes later is not read. */
  readonly packed: Bytes;
  /** Its plain bytes from the start. Rejects with a CodecError on damage, with Trouble from the disk. */
  plain(signal?: AbortSignal, taker?: Taker): AsyncIterable<Uint8Array>;
  /** Those of one range of the file: whole frames or members, or any bytes of a plain file. */
  plainOf(range: PackedRange, signal?: AbortSignal, taker?: Taker): AsyncIterable<Uint8Array>;
  /** Bytes of the file as they are. */
  read(from: Bytes, length: Bytes): Promise<Uint8Array>;
}

/** Whole as it may be, it is packed by another program. */
export class ForeignError extends CodecError {}

export interface PackedRange {
  readonly from: Bytes;
  readonly to: Bytes;
}

/**
 * @param named what its name says (`Generation.codec`): decides for brotli, which has no mark, and
 *   tells a plain log from an archive whose beginning is lost
 * @throws CodecError when it is packed by something else, or is named as an archive and is empty
 *   or begins with NUL bytes, as files do whose blocks were lost in a crash
 * @param whenRead is told of what is read of the file to be decoded
 */
export async function openArchive(
  file: OpenFile,
  named: Generation['codec'],
  whenRead?: WhenRead,
): Promise<Archive> {
  const { size } = await file.stat();
  const head = await headOf(file, size);
  const codec = codecOf(head, named);
  const plainOf = (range: PackedRange, signal?: AbortSignal, taker?: Taker) => {
    const packed = (from: Bytes) =>
      readBytes(file, { from: range.from + from, to: range.to, signal, whenRead });
    return codec === null ? packed(0) : upToDamage(codec, packed, signal, taker);
  };
  return {
    codec,
    packed: size,
    plain: (signal, taker) => plainOf({ from: 0, to: size }, signal, taker),
    plainOf,
    read: async (from, length) => {
      const bytes = Buffer.alloc(Math.max(0, Math.min(length, size - from)));
      return bytes.subarray(0, bytes.length === 0 ? 0 : await file.read(bytes, from));
    },
  };
}

/**
 * A decoder that meets damage drops what is still in its buffers, up to some hundred kilobytes;
 * so these are decoded again, carefully, before the damage is reported.
 */
async function* upToDamage(
  codec: CodecName,
  packed: (from: Bytes) => AsyncIterable<Uint8Array>,
  signal: AbortSignal | undefined,
  taker: Taker | undefined,
): AsyncGenerator<Uint8Array, void, undefined> {
  let given = 0;
  try {
    for await (const bytes of codecNamed(codec).decode(packed(0), signal, taker)) {
      given += bytes.length;
      yield bytes;
    }
  } catch (error) {
    if (!(error instanceof CodecError)) throw error;
    let at = 0;
    for await (const saved of salvage(codec, packed)) {
      if (saved.kind === 'hole') break;
      const { bytes } = saved;
      if (at + bytes.length > given) yield bytes.subarray(Math.max(0, given - at));
      at += bytes.length;
    }
    throw error;
  }
}

async function headOf(file: OpenFile, size: Bytes): Promise<Uint8Array> {
  const head = Buffer.alloc(Math.min(size, 64));
  return head.subarray(0, await file.read(head, 0));
}

function codecOf(head: Uint8Array, named: Generation['codec']): CodecName | null {
  const codec = codecStarting(head);
  if (codec !== null) return codec.name;
  const other = foreign.find(([, begins]) => begins.test(Buffer.from(head).toString('latin1')));
  if (other !== undefined) throw new ForeignError(`it is packed by ${other[0]}, which logmill does not read`);
  if (named === 'foreign')
    throw new ForeignError('its name says that it is packed, in a way that logmill does not read');
  if (named === null) return null;
  if (head.length === 0) throw new CodecError(`it is named as ${named} and is empty`, 0);
  if (named === 'brotli') return 'brotli';
  if (head.includes(0)) throw new CodecError(`it is named as ${named} and does not begin like it`, 0);
  return null;
}

const foreign: readonly (readonly [name: string, begins: RegExp])[] = [
  ['bzip2', /^BZh[1-9]1AY&SY/],
  ['xz', /^\xfd7zXZ\x00/],
  ['compress', /^\x1f\x9d/],
  ['zip', /^PK\x03\x04/],
  ['lz4', /^\x04\x22\x4d\x18/],
  ['lzip', /^LZIP\x01/],
];
