// The one door to node:sqlite: opens databases by path to the byte, and turns SQLite's results into
// Trouble with words. What stands in them is schema.ts's and rows.ts's.

import { DatabaseSync, type StatementSync } from 'node:sqlite';
import { type Path, showPath } from '../units/path.ts';
import { pathToBytes } from '../world/paths.ts';
import { Trouble } from '../world/trouble.ts';

export type Database = DatabaseSync;
export type Statement = StatementSync;

/**
 * How a file is opened.
 *
 * - for writing: created where missing, with the permission bits of `likeFile`. SQLite itself makes
 *   the file: had we opened it through node:fs, closing that descriptor could drop our locks
 *   (rulings 26).
 * - beside a writer: plainly read-only; the shared memory of the WAL is read and never written.
 * - at rest: no -wal stands beside it, so SQLite is told that nothing changes; it then makes no side
 *   files, which is what lets it read from a read-only mount.
 */
export type Access =
  | { readonly by: 'for writing'; readonly likeFile: Path }
  | { readonly by: 'beside a writer' }
  | { readonly by: 'at rest' };

/** @throws SQLite's errors; see `troubleOf` */
export function openDatabase(path: Path, access: Access): Database {
  const busyMs = access.by === 'for writing' ? 0 : 2_000;
  return new DatabaseSync(locationOf(path, access), {
    readOnly: access.by !== 'for writing',
    timeout: busyMs,
  });
}

/** A database that lives and dies with its connection. */
export function memoryDatabase(): Database {
  return new DatabaseSync(':memory:');
}

/** All of it as it is now, what still stands in the WAL included, away from the file. */
export function copyInMemory(database: Database): Database {
  const bytes = database.serialize();
  // The header's format numbers say WAL, which a database in memory has none of (fileformat2, 1.3.3).
  bytes[18] = 1;
  bytes[19] = 1;
  const copy = memoryDatabase();
  copy.deserialize(bytes);
  return copy;
}

/** Runs `work` in one transaction; whatever it throws is thrown on once nothing of it stands. */
export function inTransaction<T>(database: Database, work: () => T): T {
  database.exec('BEGIN IMMEDIATE');
  try {
    const result = work();
    database.exec('COMMIT');
    return result;
  } catch (error) {
    // A full disk has SQLite roll back by itself; a second ROLLBACK would then be an error.
    if (database.isTransaction) database.exec('ROLLBACK');
    throw error;
  }
}

/** SQLite's result code without its extension; null for errors that are not SQLite's. */
export function resultOf(error: unknown): number | null {
  const code = (error as { errcode?: unknown } | null)?.errcode;
  return typeof code === 'number' ? code : null;
}

/**
 * Whether a write failed in a way that a full disk makes. SQLite says FULL for ENOSPC on a write, but
 * IOERR for a used-up quota and where shared memory or a file's size could not grow, and CANTOPEN
 * where a side file could not be made.
 */
export function isFull(error: unknown): boolean {
  const result = resultOf(error);
  if (result === null) return false;
  return (
    (result & 0xff) === full ||
    result === ioWrite ||
    result === ioTruncate ||
    result === ioShmSize ||
    result === ioFsync
  );
}

export function isBusy(error: unknown): boolean {
  return ((resultOf(error) ?? 0) & 0xff) === busy;
}

/** The file or a side file of it could not be opened or made. */
export function isUnopened(error: unknown): boolean {
  return ((resultOf(error) ?? 0) & 0xff) === cannotOpen;
}

export function isDamage(error: unknown): boolean {
  const primary = (resultOf(error) ?? 0) & 0xff;
  return primary === corrupt || primary === notADatabase;
}

/** SQLite's error about `path` as Trouble; anything else is thrown on. */
export function troubleOf(error: unknown, verb: string, path: Path): Trouble {
  if (error instanceof Trouble) return error;
  const result = resultOf(error);
  if (result === null) throw error;
  if (isDamage(error)) return damaged(path, (error as Error).message, error);
  const [code, reason, hint] = isFull(error) ? spaceWords : (words[result & 0xff] ?? otherWords);
  return new Trouble({
    code,
    path,
    message: `cannot ${verb} ${showPath(path)}: ${reason} (${code}, SQLite ${result})`,
    hint,
    cause: error,
  });
}

/** A record that is not whole: its fix is always to move it aside, side files and all. */
export function damaged(path: Path, found: string, cause?: unknown): Trouble {
  return new Trouble({
    code: 'EDAMAGED',
    path,
    message: `the record ${showPath(path)} is damaged: ${found}`,
    hint: `keep it for a look and start anew: move ${showPath(path)} aside together with the files that begin with its name`,
    cause,
  });
}

const busy = 5;
const corrupt = 11;
const full = 13;
const cannotOpen = 14;
const notADatabase = 26;
const ioWrite = 778;
const ioFsync = 1034;
const ioTruncate = 1546;
const ioShmSize = 4874;

type Words = readonly [code: string, reason: string, hint: string | null];
const spaceWords: Words = [
  'ENOSPC',
  'no space left on the file system',
  'free some space there, or put the state folder elsewhere with --state-dir',
];
const otherWords: Words = ['EIO', 'the database gave up', null];
const words: Readonly<Record<number, Words>> = {
  3: ['EACCES', 'permission denied', 'run logmill as the owner of the state folder'],
  [busy]: ['EBUSY', 'another program holds it', null],
  8: [
    'EROFS',
    'it cannot be written',
    'under systemd, add the state folder to StateDirectory or ReadWritePaths',
  ],
  10: ['EIO', 'the device reported an error', 'look at the kernel log: the disk may be failing'],
  [cannotOpen]: ['EACCES', 'it cannot be opened', 'look at who may read and write it and its folder'],
  15: ['EIO', 'locking does not work there', 'put the state folder on a local file system with --state-dir'],
  22: ['EFBIG', 'files cannot be that large there', null],
};

function locationOf(path: Path, access: Access): string {
  const query = {
    'for writing': () => (access.by === 'for writing' ? `mode=rwc&modeof=${escaped(access.likeFile)}` : ''),
    'beside a writer': () => 'mode=ro&readonly_shm=1',
    'at rest': () => 'mode=ro&immutable=1',
  }[access.by]();
  return `file://${escaped(path)}?${query}`;
}

/** Every byte that is not plain as %XX: SQLite's URI decodes them, so a name is exact to the byte. */
function escaped(path: Path): string {
  let text = '';
  for (const byte of pathToBytes(path)) {
    text += plain.has(byte) ? String.fromCharCode(byte) : `%${byte.toString(16).padStart(2, '0')}`;
  }
  return text;
}

const plain = new Set(
  [...'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789/._-'].map(c => c.charCodeAt(0)),
);
