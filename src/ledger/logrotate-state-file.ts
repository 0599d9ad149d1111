// Where logrotate's state file lies and who may have it: its lock, which a running logrotate honours
// and is honoured by, and its replacement in one rename. What stands in it is logrotate-state.ts's.

import { folderOf, join, nameOf, type Path, showPath } from '../units/path.ts';
import { pathFromBytes, pathToBytes } from '../world/paths.ts';
import { isTrouble, Trouble } from '../world/trouble.ts';
import type { FileStat, Folder, OpenFile, World } from '../world/world.ts';
import {
  formatState,
  type LogrotateState,
  parseState,
  StateEntries,
  type StateRead,
} from './logrotate-state.ts';

/** `at once` fails while another holds the lock, `wait` waits for it, `skip` takes none. */
export type StateLock = 'at once' | 'wait' | 'skip';

export interface StateFile {
  /** What the lock came to. */
  readonly lock: 'held' | 'skipped' | 'world-readable' | 'not to be had here';
  /**
   * A file that says just that already is only touched: whoever watches its time sees the run.
   *
   * @throws Trouble when it cannot be written; the old one is then as it was
   */
  write(state: LogrotateState): Promise<void>;
  /** The lock is given up. */
  close(): Promise<void>;
}

/** Nothing larger is a state file: 200,000 logs take 20 MB. */
const largest = 1024 * 1024 * 1024;

/**
 * What the file says; null when there is none.
 *
 * @throws Trouble when it cannot be read
 */
export function readState(world: World, path: Path): StateRead | null {
  if (world.disk.look.statThrough(path) === null) return null;
  return parseState(pathFromBytes(world.disk.look.text(path, largest).bytes));
}

/**
 * Opens the state file, created when it is missing, and takes its lock.
 *
 * @param signal ends the wait for a lock
 * @throws Trouble ELOCKED when another holds it; whatever else keeps it from being opened
 */
export async function openStateFile(
  world: World,
  path: Path,
  lock: StateLock,
  signal?: AbortSignal,
): Promise<StateFile> {
  const folderPath = world.disk.look.real(folderOf(path));
  const folder = await world.disk.openFolder(folderPath);
  try {
    const { file, locked } = await openAndLock(world, path, folder, lock, signal);
    return stateFileOf({ world, path, folder, locks: locked === 'held' }, file, locked);
  } catch (error) {
    await folder.close();
    throw error;
  }
}

type Locked = StateFile['lock'];

/**
 * A lock on a file that was replaced meanwhile locks nobody out: it is taken again, on the file that
 * stands there now (logrotate goes on with the old one).
 */
async function openAndLock(
  world: World,
  path: Path,
  folder: Folder,
  lock: StateLock,
  signal: AbortSignal | undefined,
): Promise<{ readonly file: OpenFile; readonly locked: Locked }> {
  for (;;) {
    const file = await openOrCreate(world, path, folder);
    try {
      const locked = await lockOf(world, path, file, lock, signal);
      const there = world.disk.look.statThrough(path);
      if (locked !== 'held' || there?.id === file.id) return { file, locked };
    } catch (error) {
      await file.close();
      throw error;
    }
    await file.close();
  }
}

async function openOrCreate(world: World, path: Path, folder: Folder): Promise<OpenFile> {
  const name = nameOf(path);
  const found = await folder.stat(name);
  if (found === null) {
    try {
      return await folder.create(name, 0o640);
    } catch (error) {
      if (!isTrouble(error, 'EEXIST')) throw error;
      return openOrCreate(world, path, folder);
    }
  }
  if (found.kind !== 'link') return folder.open(name, 'write');
  // A link is followed for reading and locking, and replaced by a file, as logrotate does.
  const real = world.disk.look.real(path);
  const other = await world.disk.openFolder(folderOf(real));
  try {
    return await other.open(nameOf(real), 'write');
  } finally {
    await other.close();
  }
}

async function lockOf(
  world: World,
  path: Path,
  file: OpenFile,
  lock: StateLock,
  signal: AbortSignal | undefined,
): Promise<Locked> {
  if (lock === 'skip') return 'skipped';
  if (((await file.stat()).mode & 0o004) !== 0) return 'world-readable';
  return flock(world, path, file, lock, signal);
}

/**
 * flock(2), which Node lacks, taken by flock(1) on our own descriptor: the lock belongs to the open
 * file, and stays ours when the program has ended.
 */
async function flock(
  world: World,
  path: Path,
  file: OpenFile,
  lock: 'at once' | 'wait',
  signal?: AbortSignal,
): Promise<Locked> {
  const args = lock === 'wait' ? ['0'] : ['-n', '0'];
  const finished = await world.shell.run({
    program: 'flock',
    args,
    stdin: file.fd,
    limit: null,
    ...(signal && { signal }),
  });
  if (finished.exit === 0) return 'held';
  if (finished.ended === 'not started') return 'not to be had here';
  if (finished.exit === 1 && lock === 'at once') {
    throw new Trouble({ code: 'ELOCKED', path, message: `state file ${showPath(path)} is already locked` });
  }
  throw new Trouble({
    code: 'ENOLCK',
    path,
    message: `error acquiring lock on state file ${showPath(path)}: ${finished.output.trim() || finished.ended}`,
  });
}

interface Place {
  readonly world: World;
  readonly path: Path;
  readonly folder: Folder;
  /** Each new file is locked before it takes the old one's place. */
  readonly locks: boolean;
}

function stateFileOf(place: Place, first: OpenFile, lock: Locked): StateFile {
  let current = first;
  return {
    lock,
    async write(state) {
      if (saysAlready(place, state, current) && (await touch(place, current))) return;
      const next = await writeBeside(place, state);
      const old = current;
      current = next;
      await old.close();
    },
    async close() {
      await current.close();
      await place.folder.close();
    },
  };
}

/** Whether the file at hand is the one that the state was read from, and would come out the same. */
function saysAlready({ world, path }: Place, state: LogrotateState, file: OpenFile): boolean {
  if (!(state.entries instanceof StateEntries) || state.entries.differs) return false;
  const there = world.disk.look.stat(path);
  return there?.kind === 'file' && there.id === file.id && there.mode === (there.mode & writtenMode);
}

/** false: it may be written by us, but belongs to somebody else. */
async function touch({ world }: Place, file: OpenFile): Promise<boolean> {
  const now = world.clock.now();
  try {
    await file.setAttributes({ accessed: now, modified: now });
    return true;
  } catch (error) {
    if (!isTrouble(error, 'EPERM')) throw error;
    return false;
  }
}

/** Never for others to read: whoever can read it can lock it, and so stop every rotation. */
const writtenMode = 0o772;

/** `STATE.tmp`, as logrotate names it: whole and on the disk before it is named STATE. */
async function writeBeside(place: Place, state: LogrotateState): Promise<OpenFile> {
  const { world, path, folder, locks } = place;
  const name = nameOf(path);
  const temporary = `${name}.tmp`;
  const old = world.disk.look.statThrough(path);
  if (old !== null && old.kind !== 'file') {
    throw new Trouble({
      code: 'ENOTREG',
      path,
      message: `${showPath(path)} is not a regular file, so the state is not written`,
    });
  }
  if ((await folder.stat(temporary)) !== null) await folder.unlink(temporary);
  const file = await folder.create(temporary, 0o600);
  try {
    await fill(file, state, old);
    if (locks) await flock(world, join(folder.path, temporary), file, 'at once');
    await folder.replace(temporary, name);
    await folder.sync();
    return file;
  } catch (error) {
    await file.close();
    throw error;
  }
}

async function fill(file: OpenFile, state: LogrotateState, old: FileStat | null): Promise<void> {
  await file.write(pathToBytes(formatState(state)), 0);
  const owner = old === null ? {} : { owner: { uid: old.uid, gid: old.gid } };
  await file.setAttributes({ mode: (old?.mode ?? 0o640) & writtenMode, ...owner });
  await file.sync();
}
