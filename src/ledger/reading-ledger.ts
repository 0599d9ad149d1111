// The ledger of those who only look: plan, report, status. It writes nothing anywhere, works beside a
// running service and on a read-only mount, and takes a record that it cannot read for an empty one,
// saying so (rulings 25).

import type { State } from '../plan/state.ts';
import type { EpochMs } from '../units/duration.ts';
import type { FileId } from '../units/identity.ts';
import { lastingId } from '../units/identity.ts';
import type { Path } from '../units/path.ts';
import { isTrouble, type Trouble } from '../world/trouble.ts';
import type { World } from '../world/world.ts';
import {
  copyInMemory,
  type Database,
  memoryDatabase,
  openDatabase,
  resultOf,
  troubleOf,
} from './database.ts';
import type { History } from './history.ts';
import type { Ledger, OpenPlan } from './ledger.ts';
import {
  type ArchiveDigest,
  readClosed,
  readDigest,
  readHistory,
  readState,
  readUnfinished,
} from './read-record.ts';
import { isShort } from './reserve.ts';
import { checkFormat, checkWhole, createTables, migrate, recordFormat } from './schema.ts';
import { dangerOf, noFile, placesIn } from './state-folder.ts';

/** Also tells what archives hold, for whoever compares them with it. */
export interface ArchiveRecord {
  /** null: not known, or the file system tells files apart by inode alone, which is used again. */
  digestOf(file: FileId): ArchiveDigest | null;
}

export async function readingLedger(folder: Path, world: World): Promise<Ledger & ArchiveRecord> {
  const record = placesIn(folder).record;
  const opened = openQuietly(folder, record, world);
  const short = opened.database === null || opened.problem !== null ? false : await isShort(folder, world);
  return new ReadingLedger(record, folder, world, opened, short);
}

interface Opened {
  /** null: there is no record, or it cannot be read. */
  readonly database: Database | null;
  readonly atRest: boolean;
  readonly problem: string | null;
}

class ReadingLedger implements Ledger, ArchiveRecord {
  readonly short: boolean;
  readonly #record: Path;
  readonly #folder: Path;
  readonly #world: World;
  #opened: Opened;
  #database: Database;
  #state: State | null = null;

  constructor(record: Path, folder: Path, world: World, opened: Opened, short: boolean) {
    this.#record = record;
    this.#folder = folder;
    this.#world = world;
    this.#opened = opened;
    this.#database = opened.database ?? emptyRecord();
    this.short = short;
  }

  get problem(): string | null {
    return this.#opened.problem;
  }

  /** Once read it stays: all that one command shows is as of one moment. */
  state(): State {
    this.#state ??= this.#read(readState);
    return this.#state;
  }

  unfinished(): readonly OpenPlan[] {
    return this.#read(readUnfinished).map(({ plan, outcomes }) => ({ plan, outcomes }));
  }

  closed(id: string): EpochMs | null {
    return this.#read(database => readClosed(database, id));
  }

  history(from: EpochMs, until: EpochMs): History {
    return this.#read(database => readHistory(database, from, until));
  }

  digestOf(file: FileId): ArchiveDigest | null {
    const id = lastingId(file);
    return id.endsWith(':none') ? null : this.#read(database => readDigest(database, id));
  }

  async open(): Promise<void> {
    throw new Error('internal: this ledger was opened for reading');
  }

  async record(): Promise<void> {
    throw new Error('internal: this ledger was opened for reading');
  }

  async close(): Promise<void> {
    throw new Error('internal: this ledger was opened for reading');
  }

  async addSamples(): Promise<void> {
    throw new Error('internal: this ledger was opened for reading');
  }

  async end(): Promise<void> {
    if (this.#database.isOpen) this.#database.close();
  }

  #read<T>(query: (database: Database) => T): T {
    // Opened as one at rest, and a service has begun to write since: look again, beside it.
    if (this.#opened.atRest && hasWal(this.#record, this.#world)) this.#openAnew();
    try {
      return query(this.#database);
    } catch (error) {
      if (resultOf(error) === null) throw error;
      this.#database.close();
      this.#opened = {
        database: null,
        atRest: false,
        problem: troubleOf(error, 'read', this.#record).message,
      };
      this.#database = emptyRecord();
      return query(this.#database);
    }
  }

  #openAnew(): void {
    this.#database.close();
    this.#opened = openQuietly(this.#folder, this.#record, this.#world);
    this.#database = this.#opened.database ?? emptyRecord();
  }
}

function openQuietly(folder: Path, record: Path, world: World): Opened {
  let database: Database | null = null;
  try {
    const danger = dangerOf(folder, world, 'for reading');
    if (danger !== null) return unreadable(danger);
    const seen = world.disk.look.stat(record);
    if (seen === null) return { database: null, atRest: false, problem: null };
    for (const side of ['', '-journal', '-wal', '-shm']) {
      const stranger = noFile(record + side, world.disk.look.stat(record + side));
      if (stranger !== null) return unreadable(stranger);
    }
    const atRest = !hasWal(record, world);
    database = openDatabase(record, { by: atRest ? 'at rest' : 'beside a writer' });
    const format = checkFormat(database, record);
    checkWhole(database, seen.size, record);
    if (format < recordFormat) database = carriedOver(database, format);
    return { database, atRest: atRest && format === recordFormat, problem: null };
  } catch (error) {
    if (database?.isOpen) database.close();
    if (isTrouble(error)) return unreadable(error);
    return unreadable(troubleOf(error, 'read', record));
  }
}

function unreadable(trouble: Trouble): Opened {
  return { database: null, atRest: false, problem: trouble.message };
}

function hasWal(record: Path, world: World): boolean {
  return world.disk.look.stat(`${record}-wal`) !== null;
}

/** A record of an older format: a copy in memory is carried over, since the file must stay as it is. */
function carriedOver(database: Database, format: number): Database {
  const copy = copyInMemory(database);
  database.close();
  migrate(copy, format);
  return copy;
}

function emptyRecord(): Database {
  const database = memoryDatabase();
  createTables(database);
  return database;
}
