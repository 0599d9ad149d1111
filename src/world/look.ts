// The synchronous eyes: names, stats and the first bytes of files, as fast as Node can (a stat takes 2
// to 3 µs). Nothing here changes anything, and nothing blocks on a FIFO or wakes a device.

import {
  closeSync,
  constants,
  type Dirent,
  fstatSync,
  lstatSync,
  openSync,
  readdirSync,
  readSync,
  realpathSync,
  statSync,
} from 'node:fs';
import type { Bytes } from '../units/bytes.ts';
import { join, type Path } from '../units/path.ts';
import { fileStatOf, glanceOf } from './file-stat.ts';
import { isDoubtful, pathFromBytes, systemPath } from './paths.ts';
import { refusal, troubleFrom } from './trouble.ts';
import type { FileKind, FileStat, Glance, Look } from './world.ts';

export const look: Look = { names, entries, stat, glance, statThrough, real, head, piece, pieces, text };

function names(folder: Path): string[] {
  return attempt('read', folder, () => {
    const found = readdirSync(systemPath(folder));
    // Decoding to strings is twice as fast as to Buffers; where it may have lost a byte, once more.
    if (!found.some(isDoubtful)) return found;
    return readdirSync(systemPath(folder), 'buffer').map(pathFromBytes);
  });
}

function entries(folder: Path): { name: string; kind: FileKind }[] {
  return attempt('read', folder, () => {
    try {
      const found = readdirSync(systemPath(folder), { withFileTypes: true });
      const all: { name: string; kind: FileKind }[] = [];
      for (const entry of found) {
        if (isDoubtful(entry.name)) break;
        all.push({ name: entry.name, kind: kindOf(entry) });
      }
      if (all.length === found.length) return all;
      return readdirSync(systemPath(folder), { withFileTypes: true, encoding: 'buffer' }).map(entry => ({
        name: pathFromBytes(entry.name),
        kind: kindOf(entry),
      }));
    } catch (error) {
      // On a file system that tells no types Node stats each name, and fails if one has gone meanwhile.
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT' || stat(folder) === null) throw error;
      return entriesByStat(folder);
    }
  });
}

function entriesByStat(folder: Path): { name: string; kind: FileKind }[] {
  return names(folder).flatMap(name => {
    const found = stat(join(folder, name));
    return found === null ? [] : [{ name, kind: found.kind }];
  });
}

function stat(path: Path): FileStat | null {
  try {
    const stats = lstatSync(systemPath(path), throughBigints);
    return stats === undefined ? null : fileStatOf(stats);
  } catch (error) {
    return nothingThere(error, path);
  }
}

function glance(path: Path): Glance | null {
  try {
    const stats = lstatSync(systemPath(path), ofNothing);
    return stats === undefined ? null : glanceOf(stats);
  } catch (error) {
    return nothingThere(error, path);
  }
}

function statThrough(path: Path): FileStat | null {
  try {
    const stats = statSync(systemPath(path), throughBigints);
    return stats === undefined ? null : fileStatOf(stats);
  } catch (error) {
    return nothingThere(error, path);
  }
}

const ofNothing = { throwIfNoEntry: false } as const;
const throughBigints = { bigint: true, ...ofNothing } as const;

function nothingThere(error: unknown, path: Path): null {
  // A file stands where the path has a folder: nothing can be under that name.
  if ((error as NodeJS.ErrnoException).code === 'ENOTDIR') return null;
  throw troubleFrom(error, 'look at', path);
}

function real(path: Path): Path {
  return attempt('resolve', path, () => {
    const found = realpathSync.native(systemPath(path));
    return isDoubtful(found) ? pathFromBytes(realpathSync.native(systemPath(path), 'buffer')) : found;
  });
}

function head(path: Path, limit: Bytes): Buffer {
  return piece(path, 0, limit);
}

function piece(path: Path, position: Bytes, length: Bytes): Buffer {
  return reading(path, (fd, size) => pieceOf(fd, size, position, length));
}

function pieces(path: Path, positions: readonly Bytes[], length: Bytes): readonly Buffer[] {
  return reading(path, (fd, size) => positions.map(position => pieceOf(fd, size, position, length)));
}

function pieceOf(fd: number, size: Bytes, position: Bytes, length: Bytes): Buffer {
  const into = Buffer.allocUnsafe(Math.max(0, Math.min(length, size - position)));
  return into.subarray(0, readFully(fd, into, position));
}

/** With a regular file opened, and its size. */
function reading<T>(path: Path, act: (fd: number, size: Bytes) => T): T {
  return attempt('read', path, () => {
    const before = stat(path);
    if (before === null) throw refusal('ENOENT', 'read', path);
    mustBeRegular(before, path);
    const fd = openUnnoticed(systemPath(path), flags | constants.O_NOFOLLOW);
    try {
      return act(fd, mustBeRegular(fileStatOf(fstatSync(fd, { bigint: true })), path).size);
    } finally {
      closeSync(fd);
    }
  });
}

function text(path: Path, limit: Bytes): { bytes: Buffer; stat: FileStat } {
  return attempt('read', path, () => {
    const before = statThrough(path);
    if (before === null) throw refusal('ENOENT', 'read', path);
    mustBeRegular(before, path);
    const fd = openSync(systemPath(path), flags);
    try {
      const found = mustBeRegular(fileStatOf(fstatSync(fd, { bigint: true })), path);
      if (found.size > limit) throw refusal('EFBIG', 'read', path);
      return { bytes: readWhole(fd, found.size, limit, path), stat: found };
    } finally {
      closeSync(fd);
    }
  });
}

/** A look leaves no trace in atime where there is a way to look so (Linux), and for the owner only. */
function openUnnoticed(path: string | Buffer, how: number): number {
  try {
    return openSync(path, how | constants.O_NOATIME);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EPERM') throw error;
    return openSync(path, how);
  }
}

// Regular files are never kept waiting by O_NONBLOCK; a FIFO put in their place is opened without waiting
// for its writer.
const flags = constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY;

/** Looked at before opening too: to open some devices is to act on them, and a FIFO's writer would notice. */
function mustBeRegular(found: FileStat, path: Path): FileStat {
  if (found.kind === 'link') throw refusal('ELOOP', 'read', path);
  if (found.kind !== 'file') throw refusal('ENOTREG', 'read', path);
  return found;
}

function readFully(fd: number, into: Buffer, position: Bytes): number {
  let filled = 0;
  while (filled < into.length) {
    const got = readSync(fd, into, filled, into.length - filled, position + filled);
    if (got === 0) break;
    filled += got;
  }
  return filled;
}

/** To its end and not to its size: it may be growing, and files of procfs say 0. */
function readWhole(fd: number, size: Bytes, limit: Bytes, path: Path): Buffer {
  const pieces: Buffer[] = [];
  let total = 0;
  for (;;) {
    const into = Buffer.allocUnsafe(total === 0 ? Math.min(size, limit) + 1 : 65_536);
    const got = readFully(fd, into, total);
    pieces.push(into.subarray(0, got));
    total += got;
    if (total > limit) throw refusal('EFBIG', 'read', path);
    if (got < into.length) return Buffer.concat(pieces);
  }
}

function kindOf(entry: Dirent<string> | Dirent<Buffer>): FileKind {
  if (entry.isFile()) return 'file';
  if (entry.isDirectory()) return 'folder';
  if (entry.isSymbolicLink()) return 'link';
  if (entry.isFIFO()) return 'fifo';
  return entry.isSocket() ? 'socket' : 'device';
}

function attempt<T>(verb: string, path: Path, act: () => T): T {
  try {
    return act();
  } catch (error) {
    throw troubleFrom(error, verb, path);
  }
}
