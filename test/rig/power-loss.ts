// What a power cut may leave: of each file only what was synced, of each folder only the names that were
// synced, or any mixture of that with what came later. The files stay the same ones (every one has a
// second link outside until the cut), so that a plan knows them again.

import {
  existsSync,
  fstatSync,
  linkSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import type { FileStat, Folder, OpenFile, World } from '../../src/world/world.ts';
import { insides } from './crashing-world.ts';

/**
 * names: whether changes of names that were not synced have come through; mixed: up to any one of them, in each
 * folder for itself. (In the order in which they were made: so says every journal.) data: of contents that were not
 * synced, all, none, or their length alone with NULs in their place. mixed: each as a dice falls.
 */
export interface Loss {
  readonly names: 'old' | 'new' | 'mixed';
  readonly data: 'old' | 'new' | 'zeros' | 'mixed';
}

export interface PowerLine extends Disposable {
  /** Wraps a world whose acts below the folder are to be forgotten. */
  readonly world: World;
  /** Once nobody works there any more. */
  cut(loss: Loss, dice: () => number): void;
}

interface Content {
  readonly bytes: Buffer;
  readonly modified: number;
}

type Entries = ReadonlyMap<string, string>;

export function powerLine(inner: World, root: string): PowerLine {
  const attic = mkdtempSync(`${root}-attic-`);
  const contents = new Map<string, Content>();
  /** The names of each folder as they were synced, and after each change since. */
  const folders = new Map<string, Entries[]>();

  /** The inode; it is held on to from now on. null: another lane has taken the name away in this very moment. */
  function keep(path: string): string | null {
    try {
      const inode = String(lstatSync(path).ino);
      if (!existsSync(join(attic, inode))) linkSync(path, join(attic, inode));
      return inode;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
      return null;
    }
  }

  function contentOf(inode: string): Content {
    const path = join(attic, inode);
    return { bytes: readFileSync(path), modified: statSync(path).mtimeMs };
  }

  function entriesOf(folder: string): Map<string, string> {
    const found = readdirSync(folder, { withFileTypes: true });
    const entries = new Map<string, string>();
    for (const one of found) {
      const inode = one.isDirectory() ? 'folder' : keep(join(folder, one.name));
      if (inode !== null) entries.set(one.name, inode);
    }
    return entries;
  }

  for (const folder of foldersBelow(root)) {
    const entries = entriesOf(folder);
    folders.set(folder, [entries]);
    for (const inode of entries.values()) if (inode !== 'folder') contents.set(inode, contentOf(inode));
  }

  const inodeOf = (file: OpenFile): string => String(fstatSync(file.fd).ino);

  function wrapFile(file: OpenFile): OpenFile {
    const sync = async (): Promise<void> => {
      const inode = inodeOf(file);
      const before = contentOf(inode);
      await file.sync();
      contents.set(inode, before);
    };
    // Our hold on it is nobody's second name.
    const alone = (found: FileStat): FileStat => ({ ...found, links: found.links - 1 });
    return overlaid(file, {
      sync,
      stat: async () => alone(await file.stat()),
      statNow: () => alone(file.statNow()),
    });
  }

  function note(...changed: readonly Folder[]): void {
    for (const { path } of changed) folders.set(path, [...(folders.get(path) ?? []), entriesOf(path)]);
  }

  function wrapFolder(folder: Folder): Folder {
    const wrapped = overlaid(folder, {
      sync: async () => {
        const { length } = folders.get(folder.path) ?? [];
        const before = entriesOf(folder.path);
        await folder.sync();
        folders.set(folder.path, [before, ...(folders.get(folder.path) ?? []).slice(length)]);
      },
      open: async (name, access) => wrapFile(await folder.open(name, access)),
      create: async (name, mode, owner) => {
        const file = await folder.create(name, mode, owner);
        note(folder);
        return wrapFile(file);
      },
      link: async (name, to, toName) => {
        await folder.link(name, insides.get(to) ?? to, toName);
        note(to);
      },
      move: async (name, to, toName) => {
        await folder.move(name, insides.get(to) ?? to, toName);
        note(to, folder);
      },
      unlink: async name => {
        await folder.unlink(name);
        note(folder);
      },
      replace: async (name, toName) => {
        await folder.replace(name, toName);
        note(folder);
      },
    });
    insides.set(wrapped, folder);
    return wrapped;
  }

  const disk: World['disk'] = {
    ...inner.disk,
    openFolder: async (path, expected) => wrapFolder(await inner.disk.openFolder(path, expected)),
  };

  function cutNames(folder: string, loss: Loss, dice: () => number): void {
    const states = folders.get(folder) ?? [];
    const at = { old: 0, new: states.length - 1, mixed: Math.floor(dice() * states.length) }[loss.names];
    const [then, now] = [
      loss.names === 'new' ? entriesOf(folder) : (states[at] ?? new Map()),
      entriesOf(folder),
    ];
    for (const name of new Set([...then.keys(), ...now.keys()])) {
      const [wanted, current] = [then.get(name), now.get(name)];
      if (wanted === current) continue;
      const path = join(folder, name);
      if (current !== undefined) rmSync(path, { recursive: true });
      if (wanted === 'folder') mkdirSync(path);
      else if (wanted !== undefined) linkSync(join(attic, wanted), path);
    }
  }

  function cutData(inode: string, loss: Loss, dice: () => number): void {
    const [then, now] = [contents.get(inode), contentOf(inode)];
    const old = then?.bytes ?? Buffer.alloc(0);
    const how =
      loss.data === 'mixed' ? (['old', 'new', 'zeros'] as const)[Math.floor(dice() * 3)] : loss.data;
    if (how === 'new' || old.equals(now.bytes)) return;
    const rest = how === 'zeros' ? Buffer.alloc(Math.max(0, now.bytes.length - old.length)) : Buffer.alloc(0);
    const path = join(attic, inode);
    writeFileSync(path, Buffer.concat([old, rest]));
    const time = (then ?? now).modified / 1000;
    utimesSync(path, time, time);
  }

  const remove = (): void => rmSync(attic, { recursive: true, force: true });
  return {
    world: { ...inner, disk },
    cut(loss, dice) {
      // A folder whose own name is lost goes with all that is in it.
      for (const folder of foldersBelow(root)) if (existsSync(folder)) cutNames(folder, loss, dice);
      for (const inode of readdirSync(attic)) {
        cutData(inode, loss, dice);
        unlinkSync(join(attic, inode));
      }
      remove();
    },
    [Symbol.dispose]: remove,
  };
}

function foldersBelow(root: string): string[] {
  const below = readdirSync(root, { withFileTypes: true }).filter(one => one.isDirectory());
  return [root, ...below.flatMap(one => foldersBelow(join(root, one.name)))];
}

/** `inner` with some of its methods in place of its own. */
function overlaid<T extends object>(inner: T, over: Partial<T>): T {
  return new Proxy(inner, {
    get(target, key) {
      const own: unknown = Reflect.get(over, key);
      if (own !== undefined) return own;
      const value: unknown = Reflect.get(target, key, target);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}
