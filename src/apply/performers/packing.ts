// Packs a file, by a codec in process or by the program that the policy names, and proves it: what was
// written is read back and decoded; by a codec byte by byte against the source, a large file while it is packed, a
// small one afterwards; by a program by length and SHA-256. Synced in any case. Names nothing and deletes nothing.

import { type Codec, CodecError, type Level } from '../../codec/codec.ts';
import { codecNamed, codecOfExtension, codecStarting } from '../../codec/codecs.ts';
import { type Digest, digestOf, digestOfWhole } from '../../codec/digest.ts';
import { freeMemory } from '../../codec/free-memory.ts';
import type { StepOf } from '../../plan/plan.ts';
import type { Compressor } from '../../policy/policy.ts';
import type { Bytes } from '../../units/bytes.ts';
import { showPath } from '../../units/path.ts';
import { Trouble } from '../../world/trouble.ts';
import type { OpenFile } from '../../world/world.ts';
import { dressLike, originOf } from '../acls.ts';
import { type Bench, Interrupted } from '../bench.ts';
import { type Counting, chunksOf, counting, paced, passingChunks, readFully, sameAs } from '../contents.ts';
import { Growing } from '../growing.ts';

export interface Job {
  readonly source: OpenFile;
  /** Where what is packed begins, by a codec in process only; not said: at 0. */
  readonly from?: Bytes;
  /** Where it ends. */
  readonly size: Bytes;
  /** The empty archive, open for writing (and so for reading). */
  readonly file: OpenFile;
}

export interface Packed {
  readonly content: Digest;
  /** What a program had to say, and whether its work could be verified. */
  readonly said: string | null;
}

/**
 * @returns what the source held, which the archive is proven to hold
 * @throws Trouble EPROGRAM, EDAMAGED; whatever the disk does; Interrupted
 */
export async function pack(job: Job, step: StepOf<'compress'>, bench: Bench): Promise<Packed> {
  const { compressor } = step;
  if (compressor.by === 'program') return packByProgram(job, step, bench);
  const { whole } = codecNamed(compressor.codec);
  const content =
    whole !== undefined && job.size - (job.from ?? 0) <= smallTo
      ? await packSmall(job, { ...whole, level: compressor.level }, step, bench)
      : await encodeProven(job, codecNamed(compressor.codec), step, bench);
  return { content, said: null };
}

/** Of whole files in memory there may be many at once. */
const smallTo: Bytes = 64 * 1024;

type Whole = NonNullable<Codec['whole']> & { readonly level: Level };

/** A small file, in one piece: packed, read back, decoded, and compared. */
async function packSmall(
  job: Job,
  { pack, unpack, level }: Whole,
  step: StepOf<'compress'>,
  bench: Bench,
): Promise<Digest> {
  const { source, from = 0, size: until, file } = job;
  const { pool, signal } = bench;
  const plain = await wholeOf(source, from, until);
  await pool.pace?.(plain.length, signal);
  const packed = await pool.run(() => pack(plain, level), plain.length, signal);
  await file.write(packed, 0);
  bench.progress(step, plain.length, packed.length);
  await seal(job, step, bench);
  if (signal.aborted) throw new Interrupted();
  const { size } = await file.stat();
  const held = await heldOf(unpack(await wholeOf(file, 0, size), plain.length));
  if (held === 'damaged' || !plain.equals(held)) throw damaged(step);
  return digestOfWhole(plain);
}

/** Shorter where the file ends before. */
async function wholeOf(file: OpenFile, from: Bytes, until: Bytes): Promise<Buffer> {
  const bytes = Buffer.allocUnsafe(Math.max(0, until - from));
  return bytes.subarray(0, await readFully(file, bytes, from));
}

async function packByProgram(job: Job, step: StepOf<'compress'>, bench: Bench): Promise<Packed> {
  const packed = await runProgram(job, step, bench);
  await seal(job, step, bench);
  const { size } = await job.file.stat();
  const expected = packed.content.bytes;
  const { compressor } = step;
  const held = await decodedContent(job.file, { size, compressor, signal: bench.signal, expected });
  if (held === 'foreign')
    return { ...packed, said: [packed.said, unverified(compressor)].filter(Boolean).join('\n') };
  if (held === 'damaged' || held.bytes !== packed.content.bytes || held.sha256 !== packed.content.sha256)
    throw damaged(step);
  return packed;
}

async function seal({ file }: Job, step: StepOf<'compress'>, bench: Bench): Promise<void> {
  const { mode, uid, gid } = step.made;
  await file.setAttributes({ mode: mode & 0o777, owner: { uid, gid } });
  await dressLike(originOf(step.file, bench.steps), file, bench);
  await file.sync();
}

function damaged(step: StepOf<'compress'>): Trouble {
  return new Trouble({
    code: 'EDAMAGED',
    path: step.to,
    message: `what was written to ${showPath(step.to)} does not decode to ${showPath(step.file.path)}`,
    hint: 'the plain file is kept; look at the kernel log and the memory of this machine',
  });
}

/**
 * A larger file: while it is packed, what was written is read back, decoded, and compared with the
 * source byte by byte. The source has just been read then, so that the disk is not asked for it twice.
 */
async function encodeProven(job: Job, codec: Codec, step: StepOf<'compress'>, bench: Bench): Promise<Digest> {
  const { source, from = 0, file } = job;
  const growing = new Growing();
  const decoded = codec.decode(growing.chunksOf(file), bench.signal, { passing: true });
  const proof = heldIn(sameAs(source, from, decoded));
  // Marks a rejection as seen: it is met below.
  proof.catch(() => undefined);
  const plain = counting(plainOf(job, bench));
  try {
    await writePacked(job, plain, step, bench, size => growing.reach(size));
    growing.end();
  } catch (error) {
    growing.fail(error);
    await Promise.allSettled([proof]);
    throw error;
  }
  const held = await proof;
  if (held === 'damaged' || held.bytes !== plain.bytes) throw damaged(step);
  await seal(job, step, bench);
  return held;
}

function plainOf({ source, from = 0, size: until }: Job, bench: Bench): AsyncIterable<Uint8Array> {
  return paced(chunksOf(source, { from, until, signal: bench.signal }), bench);
}

async function writePacked(
  { from = 0, size: until, file }: Job,
  plain: Counting,
  step: StepOf<'compress'>,
  bench: Bench,
  tell: (written: Bytes) => void,
): Promise<void> {
  if (step.compressor.by !== 'codec') throw new Error(`internal: step ${step.id} names no codec`);
  const { codec, level } = step.compressor;
  const options = { level, size: until - from, pool: bench.pool, signal: bench.signal, given: true };
  let written = 0;
  for await (const chunk of codecNamed(codec).encode(plain.chunks, options)) {
    await file.write(chunk, written);
    written += chunk.length;
    freeMemory(chunk);
    tell(written);
    bench.progress(step, plain.bytes, written);
  }
}

async function runProgram(
  { source, size, file }: Job,
  step: StepOf<'compress'>,
  bench: Bench,
): Promise<Packed> {
  if (step.compressor.by !== 'program') throw new Error(`internal: step ${step.id} names no program`);
  const { program, args } = step.compressor;
  const finished = await bench.world.shell.run({
    program,
    args,
    stdin: source.fd,
    stdout: file.fd,
    environment: { LOGROTATE_COMPRESSED_FILENAME: step.file.path },
    limit: null,
    signal: bench.signal,
  });
  if (finished.ended === 'stopped') throw new Interrupted();
  const said = finished.stderr.trim();
  if (finished.exit !== 0) {
    const how =
      finished.killedBy === null ? `exited with ${finished.exit}` : `was killed by ${finished.killedBy}`;
    const told = finished.ended === 'not started' ? 'could not be started' : how;
    throw new Trouble({
      code: 'EPROGRAM',
      path: step.file.path,
      message: `${program} ${told}${said === '' ? '' : `: ${said.split('\n').at(-1)}`}`,
      hint: 'the plain file is kept',
    });
  }
  const content = await digestOf(passingChunks(source, { from: 0, until: size, signal: bench.signal }));
  if (content.bytes > 0 && (await file.stat()).size === 0) {
    throw new Trouble({
      code: 'EPROGRAM',
      path: step.file.path,
      message: `${program} wrote nothing`,
      hint: 'the plain file is kept',
    });
  }
  return { content, said: said === '' ? null : said };
}

export interface Decoding {
  /** Of the archive. */
  readonly size: Bytes;
  readonly compressor: Compressor;
  readonly signal: AbortSignal;
  /** How many plain bytes it should hold, where that is known. */
  readonly expected?: Bytes;
}

/** What an archive decodes to; damaged: not to its end; foreign: it is in no format of ours. */
export type Held = Digest | 'damaged' | 'foreign';

export async function decodedContent(
  archive: OpenFile,
  { size, compressor, signal, expected }: Decoding,
): Promise<Held> {
  const codec = await codecOf(archive, compressor);
  if (codec === null) return 'foreign';
  const taker = { passing: true, ...(expected === undefined ? {} : { plain: expected }) };
  return heldIn(codec.decode(chunksOf(archive, { from: 0, until: size, signal }), signal, taker));
}

function heldIn(decoded: AsyncIterable<Uint8Array>): Promise<Digest | 'damaged'> {
  return heldOf(digestOf(decoded));
}

async function heldOf<T>(decoding: Promise<T>): Promise<T | 'damaged'> {
  try {
    return await decoding;
  } catch (error) {
    if (error instanceof CodecError) return 'damaged';
    throw error;
  }
}

/** A program's output is known by its first bytes, or where a format has no mark by its extension. */
async function codecOf(archive: OpenFile, compressor: Compressor): Promise<Codec | null> {
  if (compressor.by === 'codec') return codecNamed(compressor.codec);
  const head = Buffer.alloc(16);
  const count = await archive.read(head, 0);
  return codecStarting(head.subarray(0, count)) ?? codecOfExtension(compressor.extension);
}

function unverified(compressor: Compressor): string {
  const name = compressor.by === 'program' ? compressor.program : compressor.codec;
  return `not verified: what ${name} writes cannot be decoded here`;
}
