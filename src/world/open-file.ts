// A regular file held open. Everything here goes by the descriptor: whoever moves or replaces the
// name meanwhile changes nothing.

import { constants, fstatSync, ftruncateSync, lstatSync, readSync, writeSync } from 'node:fs';
import { type FileHandle, open, unlink } from 'node:fs/promises';
import type { Bytes } from '../units/bytes.ts';
import type { EpochMs } from '../units/duration.ts';
import type { FileId } from '../units/identity.ts';
import type { Path } from '../units/path.ts';
import { cloneInto } from './clone.ts';
import { fallocate } from './fallocate.ts';
import { fileStatOf } from './file-stat.ts';
import { refusal, troubleFrom } from './trouble.ts';
import type { FileStat, OpenFile, Owner } from './world.ts';

export type Access = 'read' | 'write' | 'append';

/** @param at what the system is asked for; @param path what a person is told */
export async function openExisting(
  at: string | Buffer,
  path: Path,
  access: Access,
  reach: 'by handle' | 'by path' = 'by handle',
): Promise<OpenFile> {
  try {
    // Looked at first, for opening a FIFO or a device is noticed at its other end; and again by
    // handle, for only that is certain.
    mustBeRegular(fileStatOf(lstatSync(at, { bigint: true })), path);
    const handle = await open(at, modes[access] | safely);
    try {
      const found = mustBeRegular(fileStatOf(fstatSync(handle.fd, { bigint: true })), path);
      return new FileByHandle(handle, path, found, access, reach);
    } catch (error) {
      await handle.close();
      throw error;
    }
  } catch (error) {
    throw isNoFile(error) ? refusal('ENOTREG', 'open', path) : troubleFrom(error, 'open', path);
  }
}

/**
 * A new file, ours alone until owner and mode are set. When they cannot be, it is taken away again, so that
 * the step can be repeated.
 */
export async function createNew(
  at: string | Buffer,
  path: Path,
  mode: number,
  owner?: Owner,
  reach: 'by handle' | 'by path' = 'by handle',
): Promise<OpenFile> {
  try {
    const handle = await open(at, modes.write | constants.O_CREAT | constants.O_EXCL | safely, 0o600);
    try {
      const found = fileStatOf(fstatSync(handle.fd, { bigint: true }));
      await dress(handle, owner, mode & 0o777, found);
      return new FileByHandle(handle, path, found, 'write', reach);
    } catch (error) {
      await takeBack(handle, at);
      throw error;
    }
  } catch (error) {
    throw troubleFrom(error, 'create', path);
  }
}

/** Owner first: chown takes set-id bits away, and bits for a group must not be another group's meanwhile. */
async function dress(
  handle: FileHandle,
  owner: Owner | undefined,
  mode: number | undefined,
  now: FileStat,
): Promise<void> {
  if (owner !== undefined) await giveTo(handle, owner, now);
  if (mode !== undefined && mode !== now.mode) await handle.chmod(mode);
}

const modes: Readonly<Record<Access, number>> = {
  read: constants.O_RDONLY,
  // Who truncates also reads what he is about to cut.
  write: constants.O_RDWR,
  append: constants.O_RDWR | constants.O_APPEND,
};
const safely = constants.O_NOFOLLOW | constants.O_NONBLOCK | constants.O_NOCTTY;

class FileByHandle implements OpenFile {
  readonly id: FileId;
  readonly fd: number;
  readonly #handle: FileHandle;
  readonly #path: Path;
  readonly #access: Access;
  readonly #reach: 'by handle' | 'by path';
  /** Where writing without a position goes on: never over what is there. */
  #end: Bytes;
  #closed = false;

  constructor(
    handle: FileHandle,
    path: Path,
    found: FileStat,
    access: Access,
    reach: 'by handle' | 'by path',
  ) {
    this.id = found.id;
    this.fd = handle.fd;
    this.#handle = handle;
    this.#path = path;
    this.#access = access;
    this.#reach = reach;
    this.#end = found.size;
  }

  stat(): Promise<FileStat> {
    return this.#attempt('look at', async () => fileStatOf(fstatSync(this.#openFd(), { bigint: true })));
  }

  statNow(): FileStat {
    return this.#attemptNow('look at', () => fileStatOf(fstatSync(this.#openFd(), { bigint: true })));
  }

  read(into: Uint8Array, position: Bytes): Promise<number> {
    return this.#attempt(
      'read',
      async () => (await this.#handle.read(into, 0, into.length, position)).bytesRead,
    );
  }

  readNow(into: Uint8Array, position: Bytes): number {
    return this.#attemptNow('read', () => readSync(this.#openFd(), into, 0, into.length, position));
  }

  write(from: Uint8Array, position?: Bytes): Promise<void> {
    return this.#attempt('write to', async () => {
      const start = position ?? this.#end;
      let done = 0;
      while (done < from.length) {
        const at = this.#access === 'append' ? null : start + done;
        done += mustMove(
          (await this.#handle.write(from, done, from.length - done, at)).bytesWritten,
          this.#path,
        );
        this.#end = Math.max(this.#end, start + done);
      }
    });
  }

  writeNow(from: Uint8Array, position: Bytes): void {
    this.#attemptNow('write to', () => {
      let done = 0;
      while (done < from.length) {
        const at = this.#access === 'append' ? null : position + done;
        done += mustMove(writeSync(this.#openFd(), from, done, from.length - done, at), this.#path);
        this.#end = Math.max(this.#end, position + done);
      }
    });
  }

  cloneFrom(source: OpenFile): Promise<boolean> {
    return this.#attempt('copy into', async () => {
      const isCloned = await cloneInto(this.#openFd(), source.fd, this.#reach);
      if (isCloned) this.#end = fstatSync(this.#openFd()).size;
      return isCloned;
    });
  }

  truncate(size: Bytes): Promise<void> {
    return this.#attempt('truncate', async () => {
      await this.#handle.truncate(size);
      this.#end = size;
    });
  }

  truncateNow(size: Bytes): void {
    this.#attemptNow('truncate', () => ftruncateSync(this.#openFd(), size));
    this.#end = size;
  }

  collapse(length: Bytes): Promise<void> {
    return this.#attempt('cut off the beginning of', async () => {
      await fallocate(this.#openFd(), ['--collapse-range', 0, length], this.#path, this.#reach);
      this.#end = Math.max(0, this.#end - length);
    });
  }

  punch(from: Bytes, until: Bytes): Promise<void> {
    return this.#attempt('punch a hole into', () =>
      fallocate(this.#openFd(), ['--punch-hole', from, until - from], this.#path, this.#reach),
    );
  }

  setAttributes(wanted: {
    mode?: number;
    owner?: Owner;
    accessed?: EpochMs;
    modified?: EpochMs;
  }): Promise<void> {
    return this.#attempt('set the attributes of', async () => {
      const { mode, owner, accessed, modified } = wanted;
      const isPlain = mode === undefined && owner === undefined;
      if (isPlain && accessed !== undefined && modified !== undefined)
        return this.#handle.utimes(accessed / 1000, modified / 1000);
      const now = fileStatOf(fstatSync(this.#openFd(), { bigint: true }));
      await dress(this.#handle, owner, mode === undefined ? undefined : mode & 0o777, now);
      if (accessed === undefined && modified === undefined) return;
      await this.#handle.utimes((accessed ?? now.accessed) / 1000, (modified ?? now.modified) / 1000);
    });
  }

  sync(): Promise<void> {
    return this.#attempt('sync', () => this.#handle.sync());
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await this.#attempt('close', () => this.#handle.close());
  }

  /** The number may be another file's once this one is closed. */
  #openFd(): number {
    if (this.#closed) throw new Error(`internal: ${this.#path} is used after it was closed`);
    return this.fd;
  }

  async #attempt<T>(verb: string, act: () => Promise<T>): Promise<T> {
    try {
      return await act();
    } catch (error) {
      throw troubleFrom(error, verb, this.#path);
    }
  }

  #attemptNow<T>(verb: string, act: () => T): T {
    try {
      return act();
    } catch (error) {
      throw troubleFrom(error, verb, this.#path);
    }
  }
}

function mustBeRegular(found: FileStat, path: Path): FileStat {
  if (found.kind === 'link') throw refusal('ELOOP', 'open', path);
  if (found.kind !== 'file') throw refusal('ENOTREG', 'open', path);
  return found;
}

/** What opening a FIFO, a socket or a folder for writing gives, where one took the file's place just now. */
function isNoFile(error: unknown): boolean {
  const { code } = error as NodeJS.ErrnoException;
  return code === 'ENXIO' || code === 'EISDIR' || code === 'EOPNOTSUPP';
}

/** A write that moves nothing and reports nothing would be tried for ever. */
function mustMove(written: number, path: Path): number {
  if (written > 0) return written;
  throw refusal('EIO', 'write to', path);
}

/**
 * "Where we may": root gives to anyone, others only to a group of theirs. That it may not is no trouble
 * here, since who archives another's log by group right has no choice. `seen` spares a look just made.
 */
export async function giveTo(handle: FileHandle, owner: Owner, seen?: FileStat): Promise<void> {
  const now = seen ?? fileStatOf(fstatSync(handle.fd, { bigint: true }));
  if (now.uid === owner.uid && now.gid === owner.gid) return;
  const isRoot = process.geteuid?.() === 0;
  if (!isRoot && now.gid === owner.gid) return;
  try {
    await handle.chown(isRoot ? owner.uid : now.uid, owner.gid);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EPERM') throw error;
  }
}

async function takeBack(handle: FileHandle, at: string | Buffer): Promise<void> {
  const ours = fileStatOf(fstatSync(handle.fd, { bigint: true })).id;
  await handle.close();
  const there = fileStatOf(lstatSync(at, { bigint: true })).id;
  if (there === ours) await unlink(at);
}
