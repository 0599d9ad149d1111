// A lock that the kernel frees when its holder dies, SIGKILL included: an exclusive SQLite
// transaction on a file that holds nothing. We never open that file ourselves, since closing any
// descriptor of it would drop the lock (rulings 26); the holder's pid stands in another file.

import { join, type Path } from '../units/path.ts';
import { isTrouble } from '../world/trouble.ts';
import type { Folder, World } from '../world/world.ts';
import { type Database, isBusy, openDatabase, troubleOf } from './database.ts';
import { touch } from './state-folder.ts';

export interface Lock {
  /** Given the folder that the lock is in. */
  readonly release: (folder: Folder) => Promise<void>;
}

export type Held = { readonly heldBy: number | null };

/**
 * Takes the lock `name` in `folder`, or says who holds it: the pid, null where it cannot be read.
 *
 * @throws Trouble where locking does not work (some network file systems)
 */
export async function takeLock(
  folder: Folder,
  name: string,
  pidName: string,
  world: World,
): Promise<Lock | Held> {
  const path = join(folder.path, name);
  await touch(folder, pidName);
  let database: Database | null = null;
  try {
    database = openDatabase(path, { by: 'for writing', likeFile: join(folder.path, pidName) });
    // In memory: a journal file would be left lying by a SIGKILL.
    database.exec('PRAGMA journal_mode = MEMORY; PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE');
  } catch (error) {
    database?.close();
    if (isBusy(error)) return { heldBy: pidIn(join(folder.path, pidName), world) };
    throw troubleOf(error, 'lock', path);
  }
  const held = database;
  // A connection that nobody refers to is closed by the garbage collector, and the lock with it.
  locks.add(held);
  await writePid(folder, pidName, `${world.host.pid}\n`);
  return {
    release: async now => {
      await writePid(now, pidName, '');
      locks.delete(held);
      held.close();
    },
  };
}

const locks = new Set<Database>();

function pidIn(path: Path, world: World): number | null {
  try {
    const text = world.disk.look.head(path, 32).toString('latin1').trim();
    return /^[1-9][0-9]*$/.test(text) ? Number(text) : null;
  } catch (error) {
    if (isTrouble(error)) return null;
    throw error;
  }
}

/** For showing only: a full disk must not keep anybody from a lock, so what goes wrong here is let be. */
async function writePid(folder: Folder, name: string, text: string): Promise<void> {
  try {
    const file = await folder.open(name, 'write');
    try {
      await file.truncate(0);
      if (text !== '') await file.write(Buffer.from(text), 0);
    } finally {
      await file.close();
    }
  } catch (error) {
    if (!isTrouble(error)) throw error;
  }
}
