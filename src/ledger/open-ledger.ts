// How one comes by a ledger: for writing with the single-instance lock held, for reading without a
// trace, or in memory. A record that is damaged or newer is never taken for an empty one when writing.

import { join, type Path, showPath } from '../units/path.ts';
import { isTrouble, Trouble } from '../world/trouble.ts';
import type { Folder, World } from '../world/world.ts';
import { type Database, damaged, isUnopened, memoryDatabase, openDatabase, troubleOf } from './database.ts';
import { type Lock, takeLock } from './file-lock.ts';
import type { Ledger } from './ledger.ts';
import { readingLedger } from './reading-ledger.ts';
import { type CountingLedger, recordLedger } from './record-ledger.ts';
import { makeReserve, type Reserve } from './reserve.ts';
import { checkFormat, checkWhole, createTables, migrate, setDurable } from './schema.ts';
import { names, ownFolder, placesIn } from './state-folder.ts';

/**
 * The ledger of a state folder.
 *
 * For writing it takes the single-instance lock, makes what is missing, and rejects with Trouble:
 * ELOCKED (the message names the holder's pid), EUNSAFE (the folder), EDAMAGED, ENEWER, ENOSPC.
 * For reading it changes nothing anywhere and never rejects for what it finds: `problem` says it.
 */
export async function openLedger(
  folder: Path,
  mode: 'for reading' | 'for writing',
  world: World,
): Promise<Ledger> {
  const path = folder.replace(/(?<=.)\/+$/, '');
  return mode === 'for reading' ? await readingLedger(path, world) : await openForWriting(path, world);
}

/**
 * A ledger that forgets when the process ends: for tests, and where nothing can be written.
 *
 * @param room short: nothing is begun that would have to be remembered
 */
export function memoryLedger(room: 'enough' | 'short' = 'enough'): Ledger {
  const database = memoryDatabase();
  createTables(database);
  return recordLedger({
    database,
    path: ':memory:',
    reserve: { giveUp: async () => false, fill: async () => room === 'enough' },
    short: room === 'short',
    leave: async () => {},
  });
}

/** As `openLedger` for writing, and counts its commits. */
export async function openForWriting(path: Path, world: World): Promise<CountingLedger> {
  const folder = await ownFolder(path, world);
  let lock: Lock | null = null;
  try {
    lock = await singleInstance(folder, world);
    const reserve = await makeReserve(folder, world);
    const database = await withReserve(reserve, () => openRecord(folder, world));
    const short = !(await reserve.fill());
    const held = lock;
    return recordLedger({
      database,
      path: join(path, names.record),
      reserve,
      short,
      leave: async () => {
        await held.release(folder);
        await folder.close();
      },
    });
  } catch (error) {
    await lock?.release(folder);
    await folder.close();
    throw error;
  }
}

async function singleInstance(folder: Folder, world: World): Promise<Lock> {
  const lock = await takeLock(folder, names.lock, names.pid, world);
  if (!('heldBy' in lock)) return lock;
  const who = lock.heldBy === null ? 'another logmill' : `another logmill (pid ${lock.heldBy})`;
  throw new Trouble({
    code: 'ELOCKED',
    path: folder.path,
    message: `${who} works with the state folder ${showPath(folder.path)}`,
    hint: 'wait until it is done, or give another state folder with --state-dir',
  });
}

/** Opening needs side files of its own: on a full disk the reserve pays for them. */
async function withReserve(reserve: Reserve, open: () => Promise<Database>): Promise<Database> {
  try {
    return await open();
  } catch (error) {
    if (!isTrouble(error, 'ENOSPC', 'EDQUOT') || !(await reserve.giveUp())) throw error;
    return await open();
  }
}

async function openRecord(folder: Folder, world: World): Promise<Database> {
  const places = placesIn(folder.path);
  if ((await folder.stat(names.record)) === null) await createRecord(folder);
  else await clearFresh(folder);
  let database: Database | null = null;
  try {
    database = openDatabase(places.record, { by: 'for writing', likeFile: places.pid });
    migrate(database, checkFormat(database, places.record));
    checkWhole(database, (await folder.stat(names.record))?.size ?? 0, places.record);
    setDurable(database);
    // Of an opening that was cut off: nothing of such a plan was done.
    database.exec(
      'DELETE FROM step WHERE plan IN (SELECT key FROM plan WHERE opened = 0); DELETE FROM plan WHERE opened = 0',
    );
    return database;
  } catch (error) {
    database?.close();
    if (await lacksInodes(error, folder, world)) throw noInodes(places.record, error);
    throw troubleOf(error, 'open', places.record);
  }
}

/** SQLite does not say why a side file could not be made. */
async function lacksInodes(error: unknown, { path }: Folder, world: World): Promise<boolean> {
  return isUnopened(error) && (await world.disk.space(path)).inodes === 0;
}

function noInodes(path: Path, cause: unknown): Trouble {
  return new Trouble({
    code: 'ENOSPC',
    path,
    message: `cannot open ${showPath(path)}: its file system can hold no more files (ENOSPC)`,
    hint: 'remove some files there, or put the state folder elsewhere with --state-dir',
    cause,
  });
}

/**
 * Makes the record whole under another name and moves it to its own: under its own name it is never
 * empty, so that an empty one is known for damage.
 */
async function createRecord(folder: Folder): Promise<void> {
  const places = placesIn(folder.path);
  if ((await folder.stat(`${names.record}-wal`)) !== null)
    throw damaged(places.record, `${names.record}-wal is there without ${names.record}`);
  await clearFresh(folder);
  let database: Database | null = null;
  try {
    database = openDatabase(places.fresh, { by: 'for writing', likeFile: places.pid });
    createTables(database);
    database.close();
  } catch (error) {
    if (database?.isOpen) database.close();
    throw troubleOf(error, 'make', places.fresh);
  }
  await folder.move(names.fresh, folder, names.record);
  await folder.sync();
}

/** What a stop while the record was made has left: half a one, or the other name of the whole one. */
async function clearFresh(folder: Folder): Promise<void> {
  for (const left of [names.fresh, `${names.fresh}-journal`])
    if ((await folder.stat(left)) !== null) await folder.unlink(left);
}
