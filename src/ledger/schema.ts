// The record's tables and their format number. A record of an older format is carried over step by
// step; of a newer one it is refused, since its meaning cannot be guessed.

import type { Bytes } from '../units/bytes.ts';
import { type Path, showPath } from '../units/path.ts';
import { Trouble } from '../world/trouble.ts';
import { type Database, damaged, inTransaction } from './database.ts';

/** Raised with every change of the tables; `migrations` then gets a line. */
export const recordFormat = 3;

/** 'lmil' in SQLite's header, so that file(1) and we know a record from another program's database. */
const applicationId = 0x6c6d696c;

/** How the connection keeps its word: a commit is on the disk when it returns. */
export function setDurable(database: Database): void {
  // WAL where it works; on file systems without shared memory SQLite stays with its journal, which
  // is as durable and only keeps readers waiting.
  database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA busy_timeout = 1000');
  // Of effect on macOS only, where fsync(2) leaves data in the drive's cache.
  database.exec('PRAGMA fullfsync = ON; PRAGMA checkpoint_fullfsync = ON');
  // The WAL file is cut back after a large plan, so that it does not hold a full disk's last bytes.
  database.exec(`PRAGMA journal_size_limit = ${4 << 20}; PRAGMA trusted_schema = OFF`);
}

/** Makes the tables in an empty database. */
export function createTables(database: Database): void {
  inTransaction(database, () => {
    database.exec(tables);
    database.exec(`PRAGMA application_id = ${applicationId}; PRAGMA user_version = ${recordFormat}`);
  });
}

/**
 * The format of a record that was opened.
 *
 * @throws Trouble ENEWER for a record of a later logmill, EDAMAGED for a database that is no record
 */
export function checkFormat(database: Database, path: Path): number {
  const format = numberOf(database, 'PRAGMA user_version');
  if (numberOf(database, 'PRAGMA application_id') !== applicationId || format < 1)
    throw damaged(path, 'it is not a logmill record');
  if (format > recordFormat)
    throw new Trouble({
      code: 'ENEWER',
      path,
      message: `the record ${showPath(path)} was written by a newer logmill: its format is ${format}, and this logmill knows up to ${recordFormat}`,
      hint: 'use that newer logmill, or another state folder with --state-dir',
    });
  return format;
}

/**
 * SQLite's own check, as far as it costs milliseconds: of a larger record, damage is said where it is
 * met.
 *
 * @throws Trouble EDAMAGED
 */
export function checkWhole(database: Database, size: Bytes, path: Path): void {
  if (size > checkedSize) return;
  const found = database.prepare('PRAGMA quick_check(1)').get()?.quick_check;
  // A heading may stand before what was found.
  if (found !== 'ok') throw damaged(path, String(found).split('\n').at(-1) ?? '');
}

const checkedSize: Bytes = 16 << 20;

/** Carries a record over from `format` to ours, all in one transaction. */
export function migrate(
  database: Database,
  format: number,
  steps: readonly Migration[] = migrations,
  target: number = recordFormat,
): void {
  if (format >= target) return;
  inTransaction(database, () => {
    for (let from = format; from < target; from += 1) {
      const step = steps.find(candidate => candidate.from === from);
      if (step === undefined) throw new Error(`internal: no migration of the record from format ${from}`);
      database.exec(step.sql);
    }
    database.exec(`PRAGMA user_version = ${target}`);
  });
}

export interface Migration {
  /** The format it starts from; it leads to the next. */
  readonly from: number;
  readonly sql: string;
}

const archivedTable = `CREATE TABLE archived (
  file TEXT PRIMARY KEY,
  until INTEGER NOT NULL
) STRICT, WITHOUT ROWID;`;

const migrations: readonly Migration[] = [
  {
    from: 1,
    sql: `ALTER TABLE outcome ADD COLUMN compacted INTEGER NOT NULL DEFAULT 0;
      ALTER TABLE day ADD COLUMN compacted INTEGER NOT NULL DEFAULT 0;
      ALTER TABLE sample ADD COLUMN oldest REAL;
      CREATE TABLE digest (file TEXT PRIMARY KEY, bytes INTEGER NOT NULL, sha256 TEXT NOT NULL) STRICT, WITHOUT ROWID`,
  },
  { from: 2, sql: archivedTable },
];

function numberOf(database: Database, pragma: string): number {
  const row = database.prepare(pragma).get();
  return row === undefined ? 0 : Number(Object.values(row)[0]);
}

// Paths are BLOBs, exact to the byte. `step` holds the steps of open plans only: once a plan is
// closed, its outcomes carry what history needs. `digest` says what was put into an archive, for as long
// as the archive stands. `day` in outcome is the start of the outcome's day
// in the plan's zone, so that folding needs no calendar.
const tables = `
CREATE TABLE plan (
  key INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  made REAL NOT NULL,
  zone TEXT NOT NULL,
  head TEXT NOT NULL,
  opened INTEGER NOT NULL,
  closed REAL
) STRICT;
CREATE INDEX plan_open ON plan (key) WHERE closed IS NULL;
CREATE TABLE step (
  plan INTEGER NOT NULL,
  step INTEGER NOT NULL,
  body TEXT NOT NULL,
  PRIMARY KEY (plan, step)
) STRICT, WITHOUT ROWID;
CREATE TABLE outcome (
  plan INTEGER NOT NULL,
  step INTEGER NOT NULL,
  at REAL NOT NULL,
  day REAL NOT NULL,
  policy TEXT NOT NULL,
  log BLOB,
  kind TEXT NOT NULL,
  rotates INTEGER NOT NULL,
  heir TEXT,
  late INTEGER NOT NULL,
  result TEXT NOT NULL,
  path BLOB,
  target BLOB,
  before_apparent INTEGER NOT NULL,
  before_allocated INTEGER NOT NULL,
  after_apparent INTEGER NOT NULL,
  after_allocated INTEGER NOT NULL,
  foretold INTEGER,
  took REAL NOT NULL,
  why TEXT NOT NULL,
  message TEXT,
  checked INTEGER,
  window_took REAL,
  window_bytes INTEGER,
  rotations INTEGER NOT NULL,
  written INTEGER NOT NULL,
  compressed_from INTEGER NOT NULL,
  compressed_to INTEGER NOT NULL,
  deleted INTEGER NOT NULL,
  failed INTEGER NOT NULL,
  predicted INTEGER NOT NULL,
  came_to INTEGER NOT NULL,
  archives INTEGER NOT NULL,
  verified INTEGER NOT NULL,
  compacted INTEGER NOT NULL DEFAULT 0,
  body TEXT,
  PRIMARY KEY (plan, step)
) STRICT;
CREATE INDEX outcome_at ON outcome (at);
CREATE TABLE day (
  day REAL NOT NULL,
  log BLOB NOT NULL,
  policy TEXT NOT NULL,
  rotations INTEGER NOT NULL,
  written INTEGER NOT NULL,
  compressed_from INTEGER NOT NULL,
  compressed_to INTEGER NOT NULL,
  deleted INTEGER NOT NULL,
  failed INTEGER NOT NULL,
  predicted INTEGER NOT NULL,
  came_to INTEGER NOT NULL,
  archives INTEGER NOT NULL,
  verified INTEGER NOT NULL,
  compacted INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (day, log, policy)
) STRICT, WITHOUT ROWID;
CREATE TABLE sample (
  log BLOB NOT NULL,
  at REAL NOT NULL,
  policy TEXT NOT NULL,
  live INTEGER NOT NULL,
  plain INTEGER NOT NULL,
  compressed INTEGER NOT NULL,
  allocated INTEGER NOT NULL,
  generations INTEGER NOT NULL,
  oldest REAL,
  PRIMARY KEY (log, at)
) STRICT, WITHOUT ROWID;
CREATE INDEX sample_at ON sample (at);
CREATE TABLE round (
  key INTEGER PRIMARY KEY,
  at REAL NOT NULL,
  took REAL NOT NULL,
  cause TEXT NOT NULL,
  steps INTEGER NOT NULL,
  failed INTEGER NOT NULL
) STRICT;
CREATE INDEX round_at ON round (at);
CREATE TABLE log (
  path BLOB PRIMARY KEY,
  rotated REAL NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE generation (
  file TEXT PRIMARY KEY,
  rotated REAL NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE digest (
  file TEXT PRIMARY KEY,
  bytes INTEGER NOT NULL,
  sha256 TEXT NOT NULL
) STRICT, WITHOUT ROWID;
${archivedTable}
`;
