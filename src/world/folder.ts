// A folder held open, and acts on single names in it. On Linux each act goes through
// /proc/self/fd/N/NAME, which leads into the folder that was opened whatever has happened to its path
// (tried: open, lstat, link, rename, unlink). Elsewhere it goes by the path, and the path is compared with
// the open folder before the act and after it. Looks at a name are synchronous: they take a microsecond or
// two, and ten times that as a job of the pool; a log that is rotated and packed is looked at some twenty times.

import type { BigIntStats } from 'node:fs';
import { constants, fstatSync, lstatSync } from 'node:fs';
import { type FileHandle, link, open, readdir, rename, unlink } from 'node:fs/promises';
import type { FileId } from '../units/identity.ts';
import { sameFile } from '../units/identity.ts';
import { join, type Path } from '../units/path.ts';
import { fileStatOf } from './file-stat.ts';
import { createNew, openExisting } from './open-file.ts';
import { isDoubtful, pathFromBytes, systemPath } from './paths.ts';
import { refusal, troubleFrom } from './trouble.ts';
import type { FileStat, Folder, OpenFile, Owner } from './world.ts';

/** How names are reached: through the descriptor, or by path with checks before and after. */
export type Reach = 'by handle' | 'by path';

/** Opens a folder, a link in its last component not followed: Trouble ELOOP, ENOTDIR, or ESTALE. */
export async function openFolder(
  path: Path,
  reach: Reach,
  expected?: { readonly id: FileId; readonly sameBoot: boolean },
): Promise<Folder> {
  // With a slash at its end the path would be followed through a link.
  const plain = path.replace(/(?<=[^/])\/+$/, '');
  try {
    const handle = await open(systemPath(plain), folderFlags);
    try {
      const found = fileStatOf(fstatSync(handle.fd, { bigint: true }));
      if (expected !== undefined && !sameFile(found.id, expected.id, expected.sameBoot)) {
        throw refusal('ESTALE', 'open', plain);
      }
      return new OpenedFolder(handle, plain, found.id, reach);
    } catch (error) {
      await handle.close();
      throw error;
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOTDIR' && isLink(plain)) {
      throw refusal('ELOOP', 'open', plain);
    }
    throw troubleFrom(error, 'open', plain);
  }
}

const folderFlags = constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW | constants.O_NONBLOCK;

/** Linux says ENOTDIR for a link when asked for a folder. */
function isLink(path: Path): boolean {
  try {
    return lstatSync(systemPath(path)).isSymbolicLink();
  } catch (error) {
    throw troubleFrom(error, 'open', path);
  }
}

class OpenedFolder implements Folder {
  readonly path: Path;
  readonly id: FileId;
  readonly #handle: FileHandle;
  readonly #reach: Reach;
  #acts = 0;
  #idle: (() => void) | null = null;
  #closed = false;

  constructor(handle: FileHandle, path: Path, id: FileId, reach: Reach) {
    this.path = path;
    this.id = id;
    this.#handle = handle;
    this.#reach = reach;
  }

  names(): Promise<string[]> {
    return this.#act('read', this.path, async () => {
      const at = this.#whole();
      const found = await readdir(at);
      if (!found.some(isDoubtful)) return found;
      return (await readdir(at, { encoding: 'buffer' })).map(pathFromBytes);
    });
  }

  stat(name: string): Promise<FileStat | null> {
    return this.#act('look at', join(this.path, name), async () => this.#look(name));
  }

  open(name: string, access: 'read' | 'write' | 'append'): Promise<OpenFile> {
    const path = join(this.path, name);
    return this.#opening('open', path, () => openExisting(this.#at(name), path, access, this.#reach));
  }

  create(name: string, mode: number, owner?: Owner): Promise<OpenFile> {
    const path = join(this.path, name);
    return this.#opening('create', path, () => createNew(this.#at(name), path, mode, owner, this.#reach));
  }

  link(name: string, to: Folder, toName: string): Promise<void> {
    const target = opened(to);
    return this.#act('link', join(this.path, name), () =>
      target.#act('create', join(to.path, toName), async () => {
        const source = this.#mustBeRegular('link', name);
        await this.#linkTo(name, source, target, toName);
      }),
    );
  }

  move(name: string, to: Folder, toName: string): Promise<void> {
    const target = opened(to);
    return this.#act('move', join(this.path, name), () =>
      target.#act('move to', join(to.path, toName), () => this.#move(name, target, toName)),
    );
  }

  unlink(name: string): Promise<void> {
    return this.#act('delete', join(this.path, name), () => unlink(this.#at(name)));
  }

  replace(name: string, toName: string): Promise<void> {
    return this.#act('rename', join(this.path, name), () => rename(this.#at(name), this.#at(toName)));
  }

  sync(): Promise<void> {
    return this.#act('sync', this.path, async () => {
      try {
        await this.#handle.sync();
      } catch (error) {
        // Some network file systems sync no folders, and then there is nothing that could be lost.
        if (!['EINVAL', 'ENOTSUP', 'EOPNOTSUPP'].includes(codeOf(error))) throw error;
      }
    });
  }

  /** Waits for acts under way: the descriptor's number must not become another folder's beneath them. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    if (this.#acts > 0)
      await new Promise<void>(resolve => {
        this.#idle = resolve;
      });
    await this.#handle.close();
  }

  async #move(name: string, target: OpenedFolder, toName: string): Promise<void> {
    if (target.id === this.id && name === toName) return;
    const source = this.#mustBeRegular('move', name);
    try {
      await this.#linkTo(name, source, target, toName);
    } catch (error) {
      const code = codeOf(error);
      if (code === 'EEXIST') return this.#finishMove(name, source, target, toName);
      if (!refusesLinks.has(code)) throw error;
      return this.#rename(name, source, target, toName);
    }
    try {
      await this.#dropSource(name, source);
    } catch (error) {
      await this.#takeBackLink(name, source, target, toName);
      throw error;
    }
  }

  /** A link of this very file: on macOS link(2) follows links, and a name can change hands just before. */
  async #linkTo(name: string, source: FileStat, target: OpenedFolder, toName: string): Promise<void> {
    await link(this.#at(name), target.#at(toName));
    let landed: FileStat | null;
    try {
      landed = target.#look(toName);
    } catch (error) {
      await this.#takeBackLink(name, source, target, toName);
      throw error;
    }
    if (landed?.id === source.id) return;
    if (landed !== null) await unlink(target.#at(toName));
    throw refusal('ESTALE', 'link', join(this.path, name));
  }

  /**
   * A move that failed half way leaves one name, so that it can be made again. Only while the old name
   * is there beyond doubt: else the new one may be the only one left.
   */
  async #takeBackLink(name: string, source: FileStat, target: OpenedFolder, toName: string): Promise<void> {
    try {
      const [old, made] = [this.#look(name), target.#look(toName)];
      if (old?.id === source.id && made?.id === source.id && old.links > 1) await unlink(target.#at(toName));
    } catch (error) {
      // What went wrong first is what is told.
      if (codeOf(error) === '') throw error;
    }
  }

  /** The target's name is taken: by this very file after an earlier stop, or by another. */
  async #finishMove(name: string, source: FileStat, target: OpenedFolder, toName: string): Promise<void> {
    const taken = target.#look(toName);
    if (taken?.id !== source.id) throw refusal('EEXIST', 'move to', join(target.path, toName));
    // One name in two spellings (A.log, a.log) where the file system takes them for one: there is
    // only one name, and to unlink it would delete the file.
    if (taken.links < 2 || !(await this.#areTwoNames(name, target, toName))) {
      return rename(this.#at(name), target.#at(toName));
    }
    await this.#dropSource(name, source);
  }

  async #areTwoNames(name: string, target: OpenedFolder, toName: string): Promise<boolean> {
    if (target.id !== this.id) return true;
    const names = new Set((await readdir(this.#whole(), { encoding: 'buffer' })).map(pathFromBytes));
    return names.has(name) && names.has(toName);
  }

  /** Where links are refused. Nothing can make a rename refuse a taken name, so it is looked at just before. */
  async #rename(name: string, source: FileStat, target: OpenedFolder, toName: string): Promise<void> {
    const path = join(target.path, toName);
    if (target.#look(toName) !== null) throw refusal('EEXIST', 'move to', path);
    await rename(this.#at(name), target.#at(toName));
    const landed = target.#look(toName);
    if (landed?.id !== source.id) throw refusal('ESTALE', 'move', join(this.path, name));
  }

  /** A new file that a writer has made under the old name meanwhile is left alone. */
  async #dropSource(name: string, source: FileStat): Promise<void> {
    // Looked at twice: taken for gone by mistake, the file would stay under both names.
    const there = this.#look(name) ?? this.#look(name);
    if (there?.id === source.id) await unlink(this.#at(name));
  }

  #mustBeRegular(verb: string, name: string): FileStat {
    const found = this.#look(name);
    const path = join(this.path, name);
    if (found === null) throw refusal('ENOENT', verb, path);
    if (found.kind === 'link') throw refusal('ELOOP', verb, path);
    if (found.kind !== 'file') throw refusal('ENOTREG', verb, path);
    return found;
  }

  #look(name: string): FileStat | null {
    // That there is nothing is no error, of which Node would make one with its stack.
    const found = lstatSync(this.#at(name), { bigint: true, throwIfNoEntry: false });
    return found === undefined ? null : fileStatOf(found);
  }

  #at(name: string): string | Buffer {
    if (name === '' || name === '.' || name === '..' || /[/\0]/.test(name)) {
      throw new Error(`internal: '${name}' is not a name in ${this.path}`);
    }
    return systemPath(join(this.#base(), name));
  }

  #whole(): string | Buffer {
    return systemPath(`${this.#base()}/`);
  }

  #base(): Path {
    return this.#reach === 'by handle' ? `/proc/self/fd/${this.#handle.fd}` : this.path;
  }

  async #act<T>(verb: string, path: Path, act: () => Promise<T>): Promise<T> {
    if (this.#closed) throw new Error(`internal: ${this.path} is used after it was closed`);
    this.#acts += 1;
    try {
      this.#mustBeHere(verb, path);
      const done = await act();
      this.#mustBeHere(verb, path);
      return done;
    } catch (error) {
      throw troubleFrom(error, verb, path);
    } finally {
      this.#acts -= 1;
      if (this.#acts === 0) this.#idle?.();
    }
  }

  /** What was opened is given away only once the folder proves to be the same afterwards. */
  async #opening(verb: string, path: Path, act: () => Promise<OpenFile>): Promise<OpenFile> {
    let file: OpenFile | null = null;
    try {
      return await this.#act(verb, path, async () => {
        file = await act();
        return file;
      });
    } catch (error) {
      await (file as OpenFile | null)?.close();
      throw error;
    }
  }

  /** By handle there is nothing to check: that is its use. */
  #mustBeHere(verb: string, path: Path): void {
    if (this.#reach === 'by handle') return;
    let stats: BigIntStats;
    try {
      stats = lstatSync(systemPath(this.path), { bigint: true });
    } catch (error) {
      if (codeOf(error) === 'ENOENT') throw refusal('ESTALE', verb, path);
      throw error;
    }
    if (fileStatOf(stats).id !== this.id) throw refusal('ESTALE', verb, path);
  }
}

// Other owner under protected_hardlinks, too many links, a file system without links (FAT, some FUSE), or
// one that counts a link as an inode (tmpfs) and has none left: a rename needs none.
const refusesLinks: ReadonlySet<string> = new Set([
  'EPERM',
  'EMLINK',
  'ENOTSUP',
  'EOPNOTSUPP',
  'ENOSYS',
  'ENOSPC',
  'EDQUOT',
]);

function opened(folder: Folder): OpenedFolder {
  if (folder instanceof OpenedFolder) return folder;
  throw new Error(`internal: ${folder.path} was not opened on this disk`);
}

function codeOf(error: unknown): string {
  return String((error as NodeJS.ErrnoException)?.code ?? '');
}
