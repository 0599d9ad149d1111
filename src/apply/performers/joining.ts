// The bytes of a joined archive: each generation's archive behind the one before, taken as it is or
// packed anew, then the index over them; and the proof, read back from the file, that it decodes to
// what the sources hold. Names nothing and deletes nothing.

import { createHash } from 'node:crypto';
import { type Codec, CodecError } from '../../codec/codec.ts';
import { codecNamed } from '../../codec/codecs.ts';
import { type Digest, digesting, digestOf } from '../../codec/digest.ts';
import {
  indexHead,
  indexLength,
  type JoinedCodec,
  type JoinedIndex,
  type JoinedPart,
  readIndex,
  writeIndex,
} from '../../codec/joined.ts';
import type { JoinSource, StepOf } from '../../plan/plan.ts';
import type { Bytes } from '../../units/bytes.ts';
import { showPath } from '../../units/path.ts';
import { Trouble } from '../../world/trouble.ts';
import type { FileStat, OpenFile } from '../../world/world.ts';
import type { Bench } from '../bench.ts';
import { chunksOf, paced, readFully } from '../contents.ts';

export interface OpenSource {
  readonly source: JoinSource;
  readonly stat: FileStat;
  readonly file: OpenFile;
}

/**
 * Writes the archive into the empty `file`, syncs it and proves it.
 *
 * @throws CodecError where a source is damaged; Trouble EDAMAGED where what was written is; Interrupted
 */
export async function joinInto(
  file: OpenFile,
  sources: readonly OpenSource[],
  step: StepOf<'compact'>,
  bench: Bench,
): Promise<void> {
  const { codec } = step.compactor;
  const pieces: Piece[] = [];
  for (const source of sources) pieces.push(...(await piecesOf(source)));
  const parts: JoinedPart[] = [];
  let at = indexLength(codec, pieces.length);
  for (const piece of pieces) {
    const part = await writePiece(file, at, piece, step, bench);
    parts.push(part);
    at += part.packed;
  }
  await file.write(writeIndex(codec, parts), 0);
  const { mode, uid, gid } = step.made;
  await file.setAttributes({ mode: mode & 0o777, owner: { uid, gid } });
  await file.sync();
  const { size } = await file.stat();
  const held = await provenParts(file, size, codec, bench);
  if (
    held === null ||
    held.length !== parts.length ||
    !held.every((one, index) => isEqual(one, parts[index]))
  )
    throw damagedArchive(step);
  // Reading back has touched the atime; both times are those of the newest generation inside.
  const modified = parts.at(-1)?.modified ?? bench.plan.made;
  await file.setAttributes({ accessed: modified, modified });
}

/** One generation within a source. */
interface Piece {
  readonly source: OpenSource;
  readonly from: Bytes;
  readonly to: Bytes;
  readonly said: NonNullable<JoinSource['part']>;
  /** What the source's own index says of it; null: it is no joined archive. */
  readonly known: JoinedPart | null;
}

async function piecesOf(source: OpenSource): Promise<readonly Piece[]> {
  const { part, skip, file } = source.source;
  if (part !== null) return [{ source, from: 0, to: source.stat.size, said: part, known: null }];
  const index = await indexOf(source.file, source.stat.size);
  if (index === null || index.parts.length <= skip)
    throw new CodecError(`${showPath(file.path)} is not the joined archive that was planned`);
  let from = index.length;
  const pieces: Piece[] = [];
  for (const known of index.parts) {
    pieces.push({ source, from, to: from + known.packed, said: known, known });
    from += known.packed;
  }
  return pieces.slice(skip);
}

/** The index at the head of a file; null when there is none, or when it speaks of another length. */
async function indexOf(file: OpenFile, size: Bytes): Promise<JoinedIndex | null> {
  for (let length = indexHead, before = 0; length > before; ) {
    const head = Buffer.alloc(Math.min(size, length));
    before = await readFully(file, head, 0);
    const index = readIndex(head.subarray(0, before));
    if (index === null) return null;
    if ('parts' in index) return index.size === size ? index : null;
    length = index.wants;
  }
  return null;
}

async function writePiece(
  file: OpenFile,
  at: Bytes,
  piece: Piece,
  step: StepOf<'compact'>,
  bench: Bench,
): Promise<JoinedPart> {
  const { rotated, modified, dated } = piece.said;
  const { content, packed } = (await mayBeCopied(piece, step, bench))
    ? await copyPiece(file, at, piece, bench)
    : await packPiece(file, at, piece, step, bench);
  const { known } = piece;
  if (known !== null && (known.plain !== content.bytes || known.sha256 !== content.sha256)) {
    const path = showPath(piece.source.source.file.path);
    throw new CodecError(`${path} does not hold what its index says`, piece.from);
  }
  return { rotated, modified, dated, plain: content.bytes, packed, sha256: content.sha256 };
}

/**
 * A gzip file of several members, or with padding behind its end, is packed anew: what stands behind
 * padding is not read. Such a file does not end in the length of all that it holds.
 */
async function mayBeCopied(piece: Piece, step: StepOf<'compact'>, bench: Bench): Promise<boolean> {
  if (piece.source.source.how !== 'copy') return false;
  if (step.compactor.codec !== 'gzip' || piece.known !== null) return true;
  const { bytes } = await digestOf(decoded(piece, bench, 'passing'));
  const trailer = Buffer.alloc(4);
  await readFully(piece.source.file, trailer, piece.to - 4);
  return bytes > 0 && trailer.readUInt32LE(0) === bytes % 2 ** 32;
}

interface Written {
  readonly content: Digest;
  readonly packed: Bytes;
}

async function copyPiece(file: OpenFile, at: Bytes, piece: Piece, bench: Bench): Promise<Written> {
  let position = at;
  for await (const chunk of packedChunks(piece, bench)) {
    await file.write(chunk, position);
    position += chunk.length;
  }
  return { content: await digestOf(decoded(piece, bench, 'passing')), packed: position - at };
}

async function packPiece(
  file: OpenFile,
  at: Bytes,
  piece: Piece,
  step: StepOf<'compact'>,
  bench: Bench,
): Promise<Written> {
  const plain = digesting(paced(decoded(piece, bench, 'kept'), bench));
  const { codec, level } = step.compactor;
  const options = { level, pool: bench.pool, signal: bench.signal };
  let position = at;
  for await (const chunk of codecNamed(codec).encode(plain.chunks, options)) {
    await file.write(chunk, position);
    position += chunk.length;
    bench.progress(step, plain.bytes, position);
  }
  return { content: plain.digest(), packed: position - at };
}

function packedChunks({ source, from, to }: Piece, { signal }: Bench): AsyncIterable<Uint8Array> {
  return chunksOf(source.file, { from, until: to, signal });
}

/** Chunks that are the taker's to keep, or that hold only until the next is asked for. */
function decoded(piece: Piece, bench: Bench, chunks: 'kept' | 'passing'): AsyncIterable<Uint8Array> {
  const codec = codecNamed(piece.source.source.codec);
  return codec.decode(packedChunks(piece, bench), bench.signal, { passing: chunks === 'passing' });
}

/** What a source holds, as an index would say it: decoded, not only read. */
export async function sourceParts(source: OpenSource, bench: Bench): Promise<readonly JoinedPart[]> {
  const parts: JoinedPart[] = [];
  for (const piece of await piecesOf(source)) {
    const { bytes, sha256 } = await digestOf(decoded(piece, bench, 'passing'));
    const { rotated, modified, dated } = piece.said;
    parts.push({ rotated, modified, dated, plain: bytes, packed: piece.to - piece.from, sha256 });
  }
  return parts;
}

/**
 * The parts of a joined archive, proven: its index fits its length, and read from end to end as any
 * zcat or zstd reads it, it holds each generation byte for byte as the index says. null: it does not.
 */
export async function provenParts(
  file: OpenFile,
  size: Bytes,
  codecName: JoinedCodec,
  bench: Bench,
): Promise<readonly JoinedPart[] | null> {
  const index = await indexOf(file, size);
  if (index === null) return null;
  const codec = codecNamed(codecName);
  try {
    return (await holdsParts(file, size, codec, index.parts, bench)) ? index.parts : null;
  } catch (error) {
    if (error instanceof CodecError) return null;
    throw error;
  }
}

async function holdsParts(
  file: OpenFile,
  size: Bytes,
  codec: Codec,
  parts: readonly JoinedPart[],
  { signal }: Bench,
): Promise<boolean> {
  let part = 0;
  let hash = createHash('sha256');
  let left = parts[0]?.plain ?? 0;
  const isEnded = (): boolean => {
    while (part < parts.length && left === 0) {
      if (hash.digest('hex') !== parts[part]?.sha256) return false;
      part += 1;
      hash = createHash('sha256');
      left = parts[part]?.plain ?? 0;
    }
    return true;
  };
  if (!isEnded()) return false;
  const packed = chunksOf(file, { from: 0, until: size, signal });
  for await (const chunk of codec.decode(packed, signal, { passing: true })) {
    for (let from = 0; from < chunk.length; ) {
      if (part === parts.length) return false;
      const taken = chunk.subarray(from, from + left);
      hash.update(taken);
      from += taken.length;
      left -= taken.length;
      if (!isEnded()) return false;
    }
  }
  return part === parts.length;
}

function isEqual(a: JoinedPart, b: JoinedPart | undefined): boolean {
  return b !== undefined && a.plain === b.plain && a.sha256 === b.sha256 && a.rotated === b.rotated;
}

function damagedArchive(step: StepOf<'compact'>): Trouble {
  return new Trouble({
    code: 'EDAMAGED',
    path: step.to,
    message: `what was written to ${showPath(step.to)} does not decode to what was joined`,
    hint: 'the archives are kept as they are; look at the kernel log and the memory of this machine',
  });
}
