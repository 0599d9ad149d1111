// Any generation as plain bytes, by its first bytes rather than its name: a name is what somebody
// once meant, and archives are renamed. Only what no bytes can tell is taken from the name.

import { CodecError, type CodecName, type Taker } from '../codec/codec.ts';
import { codecNamed, codecStarting, codecs } from '../codec/codecs.ts';
import { salvage } from '../codec/salvage.ts';
import type { Generation } from '../logs/log-set.ts';
import type { Bytes } from '../units/bytes.ts';
import type { OpenFile, Shell } from '../world/world.ts';
import { ForeignError, type ForeignName, foreignStarting, unpacked } from './foreign.ts';
import { readBytes, type WhenRead } from './read-bytes.ts';

export interface Archive {
  /** null: the file is plain. */
  readonly codec: CodecName | ForeignName | null;
  /** Size of the file when it was opened; what comes later is not read. */
  readonly packed: Bytes;
  /** Its plain bytes from the start. Rejects with a CodecError on damage, with Trouble from the disk. */
  plain(signal?: AbortSignal, taker?: Taker): AsyncIterable<Uint8Array>;
  /** Those of one range of the file: whole frames or members, or any bytes of a plain file. */
  plainOf(range: PackedRange, signal?: AbortSignal, taker?: Taker): AsyncIterable<Uint8Array>;
  /** Bytes of the file as they are. */
  read(from: Bytes, length: Bytes): Promise<Uint8Array>;
}

export interface PackedRange {
  readonly from: Bytes;
  readonly to: Bytes;
}

/** For whoever looks at each chunk only until it asks for the next, as all of reading back does. */
export const passing: Taker = { passing: true, pieces: 1024 * 1024 };

/** What an archive is read with. */
export interface Reading {
  /** Told of what is read of the file to be decoded. */
  readonly whenRead?: WhenRead | undefined;
  /** Starts the programs that unpack what other programs have packed; without it that is not read. */
  readonly shell?: Shell | undefined;
}

/**
 * @param named what its name says (`Generation.codec`): decides for brotli, which has no mark, and
 *   tells a plain log from an archive whose beginning is lost
 * @throws CodecError when it is named as an archive and is empty or begins with NUL bytes, as files do
 *   whose blocks were lost in a crash
 */
export async function openArchive(
  file: OpenFile,
  named: Generation['codec'],
  { whenRead, shell }: Reading = {},
): Promise<Archive> {
  const { size } = await file.stat();
  const head = await headOf(file, size);
  const codec = codecOf(head, named);
  const plainOf = (range: PackedRange, signal?: AbortSignal, taker?: Taker) => {
    const packed = (from: Bytes) =>
      readBytes(file, { from: range.from + from, to: range.to, signal, whenRead });
    if (codec === null) return packed(0);
    if (!isCodec(codec)) return unpacked(codec, packed(0), shell ?? null, signal);
    return upToDamage(codec, packed, signal, takerFor(range, taker));
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

/** A small archive holds no large pieces, and thousands of them would only keep the collector busy. */
function takerFor({ from, to }: PackedRange, taker: Taker | undefined): Taker | undefined {
  if (taker?.pieces === undefined) return taker;
  return { ...taker, pieces: Math.min(taker.pieces, Math.max(16 * 1024, 16 * (to - from))) };
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
      // Which knows the place better.
      if (saved.kind === 'hole')
        throw new CodecError(error.message, Math.max(saved.at, error.at ?? 0), error);
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

/** Whether it is decoded in this process. */
export function isCodec(name: CodecName | ForeignName): name is CodecName {
  return codecs.some(codec => codec.name === name);
}

function codecOf(head: Uint8Array, named: Generation['codec']): Archive['codec'] {
  const found = codecStarting(head)?.name ?? foreignStarting(head);
  if (found !== null) return found;
  if (named === 'foreign')
    throw new ForeignError('its name says that it is packed, in a way that logmill does not read');
  if (named === null) return null;
  if (head.length === 0) throw new CodecError(`it is named as ${named} and is empty`, 0);
  if (named === 'brotli') return 'brotli';
  if (head.includes(0)) throw new CodecError(`it is named as ${named} and does not begin like it`, 0);
  return null;
}
