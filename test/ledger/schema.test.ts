// Formats of the record: carried over step by step, in one transaction, or refused.

import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { copyInMemory, memoryDatabase, openDatabase } from '../../src/ledger/database.ts';
import { checkFormat, createTables, migrate, recordFormat, setDurable } from '../../src/ledger/schema.ts';
import { isTrouble } from '../../src/world/trouble.ts';
import { tempFolder } from './rig.ts';

test('an older record is carried over through every format in between', () => {
  const database = memoryDatabase();
  database.exec('CREATE TABLE t (a); PRAGMA user_version = 1');
  migrate(
    database,
    1,
    [
      { from: 2, sql: 'INSERT INTO t (b) VALUES (7)' },
      { from: 1, sql: 'ALTER TABLE t ADD COLUMN b' },
    ],
    3,
  );
  assert.equal(database.prepare('SELECT b FROM t').get()?.b, 7);
  assert.equal(database.prepare('PRAGMA user_version').get()?.user_version, 3);
});

test('carrying over that fails leaves the record as it was', () => {
  const database = memoryDatabase();
  database.exec('CREATE TABLE t (a); PRAGMA user_version = 1');
  const steps = [
    { from: 1, sql: 'ALTER TABLE t ADD COLUMN b' },
    { from: 2, sql: 'INSERT INTO none VALUES (1)' },
  ];
  assert.throws(() => migrate(database, 1, steps, 3), /no such table/);
  assert.equal(database.prepare('PRAGMA user_version').get()?.user_version, 1);
  assert.throws(() => database.prepare('SELECT b FROM t'), /no such column/);
});

test('our own record has our format, and another database is said to be none', () => {
  const ours = memoryDatabase();
  createTables(ours);
  assert.equal(checkFormat(ours, '/state/record.db'), recordFormat);
  assert.throws(
    () => checkFormat(memoryDatabase(), '/state/record.db'),
    error => isTrouble(error, 'EDAMAGED'),
  );
});

test('a copy in memory holds what still stands in the WAL, and can be written to', () => {
  const folder = tempFolder();
  try {
    fs.writeFileSync(path.join(folder, 'pid'), '', { mode: 0o600 });
    const database = openDatabase(path.join(folder, 'record.db'), {
      by: 'for writing',
      likeFile: path.join(folder, 'pid'),
    });
    createTables(database);
    setDurable(database);
    database.exec("INSERT INTO generation (file, rotated) VALUES ('1:1', 5)");
    assert.ok(fs.statSync(path.join(folder, 'record.db-wal')).size > 0);
    const copy = copyInMemory(database);
    copy.exec("INSERT INTO generation (file, rotated) VALUES ('2:1', 6)");
    assert.equal(copy.prepare('SELECT count(*) AS n FROM generation').get()?.n, 2);
    assert.equal(database.prepare('SELECT count(*) AS n FROM generation').get()?.n, 1);
    database.close();
  } finally {
    fs.rmSync(folder, { recursive: true });
  }
});

test('a commit is durable: synchronous is full, and on macOS the drive is told too', () => {
  const database = memoryDatabase();
  setDurable(database);
  assert.equal(database.prepare('PRAGMA synchronous').get()?.synchronous, 2);
  assert.equal(database.prepare('PRAGMA fullfsync').get()?.fullfsync, 1);
  assert.equal(database.prepare('PRAGMA checkpoint_fullfsync').get()?.checkpoint_fullfsync, 1);
});
