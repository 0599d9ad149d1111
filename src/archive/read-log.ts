// A whole log set as one stream, oldest generation first and the live log last: joined, the parts
// are every byte that is still there, each once. Finding lines in it is search.ts's affair.

import { CodecError, type Taker } from '../codec/codec.ts';
import { digestOf } from '../codec/digest.ts';
import type { Generation, LogSet, Mark, SeenFile } from '../logs/log-set.ts';
import type { Bytes } from '../units/bytes.ts';
import type { EpochMs } from '../units/duration.ts';
import type { FileId } from '../units/identity.ts';
import { showPath } from '../units/path.ts';
import { Trouble } from '../world/trouble.ts';
import type { Disk, OpenFile } from '../world/world.ts';
import { joinedIndex } from './entries.ts';
import { ForeignError } from './foreign.ts';
import { type Archive, openArchive, passing, type Reading } from './open-archive.ts';
import { changed, openSeen } from './open-seen.ts';
import { readBytes } from './read-bytes.ts';

export interface LogPart {
  readonly file: SeenFile;
  /** null: the live log. */
  readonly mark: Mark | null;
  /** Plain bytes; to be taken before the next part is asked for. */
  readonly chunks: AsyncIterable<Uint8Array>;
}

/** What of a log set is read. */
export type Readable = Pick<LogSet, 'live' | 'generations'>;

/** One file of a log that was opened, and can be read any number of times until the log is closed. */
export interface OpenPart {
  readonly file: SeenFile;
  /** null: the live log. */
  readonly mark: Mark | null;
  /** A moment shortly after its last line: its rotation, or when it was last written to. */
  readonly near: EpochMs;
  /** What it holds, by its first bytes. Trouble EDAMAGED where that cannot be told. */
  archive(): Promise<Archive>;
  /** Its plain bytes. Trouble EDAMAGED where it cannot be decoded. */
  plain(signal?: AbortSignal, taker?: Taker): AsyncIterable<Uint8Array>;
}

export interface OpenLog {
  /** Oldest first. */
  readonly parts: readonly OpenPart[];
  close(): Promise<void>;
}

/**
 * All files are opened before the first byte is given, the live log first: a rotation that comes
 * between is noticed by identity (Trouble ESTALE), one that comes later changes nothing, since
 * open files stay whole. The live log is read up to its size at that moment.
 */
export async function openLog(
  log: Readable,
  disk: Disk,
  reading: Reading & { readonly signal?: AbortSignal | undefined } = {},
): Promise<OpenLog> {
  const { signal } = reading;
  const opened: Opened[] = [];
  const close = async () => {
    await Promise.all(opened.map(one => one.file.close()));
  };
  try {
    if (log.live !== null) opened.push(await openOne(disk, log.live, null));
    for (const generation of onceEach(log)) opened.push(await openOne(disk, generation, generation));
    const twins: Twins = {
      plain: opened.filter(({ generation }) => generation?.codec === null),
      joined: opened.filter(({ generation }) => generation?.inside !== undefined),
    };
    const parts: OpenPart[] = [];
    for (const one of opened.toReversed()) {
      signal?.throwIfAborted();
      if (!(await hasTwin(one, twins, signal))) parts.push(partOf({ ...one, reading }));
    }
    return { parts, close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** Moving is to link and then to unlink: in between, and after a stop there, a file has both its names. */
function onceEach({ live, generations }: Readable): readonly Generation[] {
  const seen = new Set<FileId>(live?.id ? [live.id] : []);
  return generations.filter(({ id }) => {
    const isSecond = id !== null && seen.has(id);
    if (id !== null) seen.add(id);
    return !isSecond;
  });
}

function partOf(one: Opened): OpenPart {
  const { generation, seen } = one;
  return {
    file: seen,
    mark: generation?.mark ?? null,
    near: generation === null ? seen.modified : Math.max(generation.rotated, seen.modified),
    archive: async () => {
      try {
        return await openArchive(one.file, generation?.codec ?? null, one.reading);
      } catch (error) {
        throw damageIn(seen, error);
      }
    },
    plain: (signal, taker) => bytesOf(one, signal, taker),
  };
}

/**
 * The parts of a log, oldest first, opened as `openLog` does.
 *
 * @throws Trouble EDAMAGED with the file's name where an archive cannot be decoded; ESTALE where
 *   the live log was truncated while it was read
 */
export async function* readLog(
  log: Readable,
  disk: Disk,
  signal?: AbortSignal,
): AsyncGenerator<LogPart, void, undefined> {
  const opened = await openLog(log, disk, { signal });
  try {
    for (const part of opened.parts) {
      signal?.throwIfAborted();
      yield { file: part.file, mark: part.mark, chunks: part.plain(signal) };
    }
  } finally {
    await opened.close();
  }
}

/** The parts' bytes as one stream. */
export async function* joined(parts: AsyncIterable<LogPart>): AsyncGenerator<Uint8Array, void, undefined> {
  for await (const part of parts) yield* part.chunks;
}

interface Opened {
  readonly seen: SeenFile;
  readonly generation: Generation | null;
  readonly file: OpenFile;
  readonly size: Bytes;
  /** Where what it holds begins, and how; of the live log only. */
  readonly from: Bytes;
  readonly head: Buffer;
  readonly reading?: Reading;
}

async function openOne(disk: Disk, seen: SeenFile, generation: Generation | null): Promise<Opened> {
  const file = await openSeen(disk, seen);
  const { size, allocated } = await file.stat();
  // A log that is punched begins with a hole, whose bytes are in its generations.
  const from = generation === null && allocated < size ? await endOfHole(file, size) : 0;
  const head = generation === null ? await headAt(file, from) : Buffer.alloc(0);
  return { seen, generation, file, size, from, head };
}

async function headAt(file: OpenFile, from: Bytes): Promise<Buffer> {
  const head = Buffer.alloc(4096);
  return head.subarray(0, await file.read(head, from));
}

/** Holes read as NUL up to the very byte; one that is shorter than a block is none. */
async function endOfHole(file: OpenFile, size: Bytes): Promise<Bytes> {
  const first = (await headAt(file, 0)).findIndex(byte => byte !== 0);
  if (first >= 0) return first;
  let at = 0;
  for await (const chunk of readBytes(file, { to: size })) {
    const end = chunk.findIndex(byte => byte !== 0);
    if (end >= 0) return at + end;
    at += chunk.length;
  }
  return at;
}

async function* bytesOf(
  one: Opened,
  signal: AbortSignal | undefined,
  taker: Taker | undefined,
): AsyncGenerator<Uint8Array, void, undefined> {
  try {
    if (one.generation === null) yield* liveBytes(one, signal);
    else yield* wholeOf(await openArchive(one.file, one.generation.codec, one.reading), signal, taker);
  } catch (error) {
    throw damageIn(one.seen, error);
  }
}

/** A joined archive that was cut off between two generations decodes as if nothing were missing. */
async function* wholeOf(
  archive: Archive,
  signal: AbortSignal | undefined,
  taker: Taker | undefined,
): AsyncGenerator<Uint8Array, void, undefined> {
  yield* archive.plain(signal, taker);
  const index = await joinedIndex(archive);
  if (index !== null && index.size > archive.packed)
    throw new CodecError('it ends early: generations that its index names are missing', archive.packed);
}

async function* liveBytes(
  one: Opened,
  signal: AbortSignal | undefined,
): AsyncGenerator<Uint8Array, void, undefined> {
  await mustBegin(one);
  let read = one.from;
  for await (const chunk of readBytes(one.file, {
    from: one.from,
    to: one.size,
    signal,
    whenRead: one.reading?.whenRead,
  })) {
    read += chunk.length;
    yield chunk;
  }
  if (read < one.size) throw changed(one.seen, 'was truncated while it was read');
  await mustBegin(one);
}

/** Emptied and filled again, or cut off at its beginning, it is no longer what follows its generations. */
async function mustBegin(one: Opened): Promise<void> {
  const { file, from, head, seen } = one;
  const now = await headAt(file, from);
  if (!now.subarray(0, head.length).equals(head)) throw changed(seen, 'was rotated while it was read');
}

/** The error with the file's name on it, where it is a codec's. */
export function damageIn(seen: SeenFile, error: unknown): unknown {
  if (!(error instanceof CodecError)) return error;
  const isForeign = error instanceof ForeignError;
  const where = error.at === null ? '' : ` (at byte ${error.at})`;
  return new Trouble({
    code: 'EDAMAGED',
    path: seen.path,
    message: `cannot decode ${showPath(seen.path)}: ${error.message}${where}`,
    hint: isForeign
      ? 'it is kept and counted; install the program, or unpack the file elsewhere, to have it read'
      : 'what stands before that place was read; restore the file from a backup if there is one',
    cause: error,
  });
}

export function isDamage(error: unknown): error is Trouble {
  return error instanceof Trouble && error.code === 'EDAMAGED';
}

/** What may hold the same as an archive. */
interface Twins {
  readonly plain: readonly Opened[];
  readonly joined: readonly Opened[];
}

/**
 * Whether an archive only repeats its plain generation, which is still there: so it is between
 * naming the archive and removing the plain file. Equal marks alone do not say so; after a change
 * of policy the two may be different generations, and both are read.
 */
async function hasTwin(one: Opened, twins: Twins, signal: AbortSignal | undefined): Promise<boolean> {
  const { generation } = one;
  if (generation === null || generation.codec === null) return false;
  if (await isJoined(one, twins.joined, signal)) return true;
  const plain = twins.plain.find(
    other => other.generation !== null && sameMark(other.generation.mark, generation.mark),
  );
  if (plain === undefined) return false;
  const archive = await archiveOf(one);
  if (archive === null || archive.codec === null) return false;
  const kept = await digestOf(readBytes(plain.file, { to: plain.size, signal }));
  return kept.sha256 === (await digestOrNull(archive, signal));
}

/** Whether a joined archive that is there holds all of it: so it is until compaction has removed its sources. */
async function isJoined(
  one: Opened,
  others: readonly Opened[],
  signal: AbortSignal | undefined,
): Promise<boolean> {
  const { generation } = one;
  if (generation === null) return false;
  const { rotated, modified, inside } = generation;
  for (const other of others) {
    const held = other === one ? undefined : other.generation?.inside;
    if (held === undefined) continue;
    if (inside === undefined) {
      // Without the record only the date of the last writing tells: an archive keeps it, and its index too.
      const alike = held.filter(part => part.rotated === rotated || part.modified === modified);
      const archive = alike.length === 0 ? null : await archiveOf(one);
      const digest = archive === null ? null : await digestOrNull(archive, signal);
      if (digest !== null && alike.some(part => part.sha256 === digest)) return true;
      continue;
    }
    const known = new Set(held.map(part => `${part.rotated} ${part.sha256}`));
    const isOlder = held.length > inside.length || others.indexOf(other) < others.indexOf(one);
    if (isOlder && inside.every(part => known.has(`${part.rotated} ${part.sha256}`))) return true;
  }
  return false;
}

async function archiveOf(one: Opened): Promise<Archive | null> {
  try {
    return await openArchive(one.file, one.generation?.codec ?? null);
  } catch (error) {
    if (error instanceof CodecError) return null;
    throw error;
  }
}

async function digestOrNull(archive: Archive, signal: AbortSignal | undefined): Promise<string | null> {
  try {
    return (await digestOf(archive.plain(signal, passing))).sha256;
  } catch (error) {
    if (error instanceof CodecError) return null;
    throw error;
  }
}

function sameMark(a: Mark, b: Mark): boolean {
  if (a.by === 'number') return b.by === 'number' && a.number === b.number;
  return b.by === 'date' && a.text === b.text && a.again === b.again;
}
