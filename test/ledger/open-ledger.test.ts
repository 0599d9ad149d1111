// The record on a real disk: durable, refused when it is not to be trusted, read without a trace.

import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { after, test } from 'node:test';
import { openLedger } from '../../src/ledger/open-ledger.ts';
import { thisMachine } from '../../src/world/this-machine.ts';
import { isTrouble, type Trouble } from '../../src/world/trouble.ts';
import { aPlan, august, compressing, deleting, done, ref, rotating, tempFolder } from './rig.ts';

const world = thisMachine();
const folders: string[] = [];
const asRoot = process.getuid?.() === 0;

function aFolder(): string {
  const folder = tempFolder();
  folders.push(folder);
  return folder;
}

after(() => {
  for (const folder of folders) fs.rmSync(folder, { recursive: true, force: true });
});

const log = '/var/log/a.log';
const plan = aPlan({
  steps: [
    rotating(1, log, '11:100:8', 1000),
    compressing(2, log, ref({ path: `${log}.1`, madeBy: 1 }), 240),
    deleting(3, log, ref({ path: `${log}.9.gz`, id: '7:70:8', size: 50 })),
  ],
});

async function recorded(state: string): Promise<void> {
  const ledger = await openLedger(state, 'for writing', world);
  await ledger.open(plan);
  await ledger.record(plan, 1, done(1000, 1000, { made: '11:100:8' }), august);
  await ledger.record(plan, 2, done(1000, 250, { made: '12:200:8', plain: 1000 }), august + 1);
  await ledger.end();
}

/** Every file with size, mtime and content: what reading must leave as it is. (As root, SQLite sets a -wal's owner to what it is.) */
function snapshot(folder: string): string[] {
  return fs
    .readdirSync(folder)
    .sort()
    .map(name => {
      const stat = fs.statSync(path.join(folder, name), { bigint: true });
      const digest = spawnSync('cksum', [path.join(folder, name)], { encoding: 'utf8' }).stdout;
      return `${name} ${stat.size} ${stat.mtimeNs} ${digest}`;
    });
}

async function troubleOf(work: Promise<unknown>): Promise<Trouble> {
  try {
    await work;
  } catch (error) {
    if (isTrouble(error)) return error;
    throw error;
  }
  throw new Error('it was accepted');
}

test('what was recorded is there after closing and opening again', async () => {
  const state = path.join(aFolder(), 'deep', 'state');
  await recorded(state);
  const ledger = await openLedger(state, 'for writing', world);
  const [open] = ledger.unfinished();
  assert.deepEqual(open?.plan, plan);
  assert.deepEqual([...(open?.outcomes.keys() ?? [])], [1, 2]);
  assert.deepEqual(open?.outcomes.get(2), done(1000, 250, { made: '12:200:8', plain: 1000 }));
  assert.deepEqual([...ledger.state().logs], [[log, { rotated: august }]]);
  assert.deepEqual([...ledger.state().rotations], [['12:200', august]]);
  await ledger.end();
});

test('the folder is 0700, its files 0600, and the last clean end leaves no side files', async () => {
  const state = path.join(aFolder(), 'state');
  await recorded(state);
  assert.equal(fs.statSync(state).mode & 0o777, 0o700);
  assert.deepEqual(fs.readdirSync(state).sort(), ['lock', 'pid', 'record.db', 'reserve']);
  for (const name of fs.readdirSync(state))
    assert.equal(fs.statSync(path.join(state, name)).mode & 0o777, 0o600, name);
  const database = new DatabaseSync(path.join(state, 'record.db'), { readOnly: true });
  assert.deepEqual({ ...database.prepare('PRAGMA journal_mode').get() }, { journal_mode: 'delete' });
  database.close();
});

test('a record in a folder whose name is not UTF-8 opens, byte for byte', async () => {
  const folder = aFolder();
  const state = `${folder}/st\udcffate`;
  await recorded(state);
  const names = fs.readdirSync(folder, 'buffer').map(name => name.toString('latin1'));
  assert.deepEqual(names, ['st\u00ffate']);
});

test('a second logmill is refused with the pid of the first', async () => {
  const state = path.join(aFolder(), 'state');
  const first = await openLedger(state, 'for writing', world);
  const trouble = await troubleOf(openLedger(state, 'for writing', world));
  assert.equal(trouble.code, 'ELOCKED');
  assert.match(trouble.message, new RegExp(`pid ${process.pid}\\b`));
  await first.end();
  await (await openLedger(state, 'for writing', world)).end();
});

test('reading a record at rest changes nothing, not even a time', async () => {
  const state = path.join(aFolder(), 'state');
  await recorded(state);
  const before = snapshot(state);
  const ledger = await openLedger(state, 'for reading', world);
  assert.equal(ledger.problem, null);
  assert.equal(ledger.unfinished().length, 1);
  assert.equal(ledger.history(0, august + 10).steps.length, 2);
  await ledger.end();
  assert.deepEqual(snapshot(state), before);
});

test('reading where there is no state folder makes none', async () => {
  const folder = aFolder();
  const ledger = await openLedger(path.join(folder, 'state'), 'for reading', world);
  assert.equal(ledger.problem, null);
  assert.equal(ledger.state().logs.size, 0);
  await ledger.end();
  assert.deepEqual(fs.readdirSync(folder), []);
});

test('a reader beside a running service sees what it has recorded, and writes nothing', async () => {
  const state = path.join(aFolder(), 'state');
  await recorded(state);
  await besideChild(state, 3, async () => {
    const before = snapshot(state);
    const reader = await openLedger(state, 'for reading', world);
    assert.equal(reader.problem, null);
    assert.equal(reader.unfinished()[0]?.outcomes.size, 3);
    await reader.end();
    assert.deepEqual(snapshot(state), before);
  });
});

test('an open reader sees what is recorded after it was opened', async () => {
  const state = path.join(aFolder(), 'state');
  const service = await openLedger(state, 'for writing', world);
  await service.open(plan);
  const reader = await openLedger(state, 'for reading', world);
  assert.equal(reader.unfinished()[0]?.outcomes.size, 0);
  await service.record(plan, 1, done(1000, 1000, { made: '11:100:8' }), august);
  assert.equal(reader.unfinished()[0]?.outcomes.size, 1);
  await reader.end();
  await service.end();
});

test('a reader that opened a record at rest sees what a service started since has recorded', async () => {
  const state = path.join(aFolder(), 'state');
  await recorded(state);
  const reader = await openLedger(state, 'for reading', world);
  const service = await openLedger(state, 'for writing', world);
  await service.record(plan, 3, done(50, 0), august + 2);
  assert.equal(reader.unfinished()[0]?.outcomes.size, 3);
  await reader.end();
  await service.end();
});

test('a reader on a read-only mount reads the record at rest, and one that a crash has left', {
  skip: !asRoot && 'mounting needs root',
}, async t => {
  const state = path.join(aFolder(), 'state');
  const mount = aFolder();
  await recorded(state);
  if (spawnSync('mount', ['--bind', state, mount]).status !== 0)
    return t.skip('bind mounts are not allowed here');
  try {
    assert.equal(spawnSync('mount', ['-o', 'remount,ro,bind', mount]).status, 0);
    const rest = await openLedger(mount, 'for reading', world);
    assert.equal(rest.problem, null);
    assert.equal(rest.unfinished()[0]?.outcomes.size, 2);
    await rest.end();
    await killedAfter(state, 3);
    assert.ok(fs.existsSync(path.join(mount, 'record.db-wal')));
    const crashed = await openLedger(mount, 'for reading', world);
    assert.equal(crashed.problem, null);
    assert.equal(crashed.unfinished()[0]?.outcomes.size, 3);
    await crashed.end();
  } finally {
    spawnSync('umount', [mount]);
  }
});

/** A child that records step `step` of the open plan and says so; then it is killed. */
async function killedAfter(state: string, step: number): Promise<void> {
  await besideChild(state, step, async () => {});
}

async function besideChild(state: string, step: number, work: () => Promise<void>): Promise<void> {
  const child = spawn(
    process.execPath,
    [path.join(import.meta.dirname, 'recording-child.ts'), state, String(step)],
    {
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  );
  const ended = new Promise(resolve => child.once('exit', resolve));
  try {
    const [said] = await once(child.stdout, 'data');
    assert.equal(String(said), 'recorded\n');
    await work();
  } finally {
    child.kill('SIGKILL');
    await ended;
  }
}

test('what record() resolved for is there after SIGKILL, and the lock is free', async () => {
  const state = path.join(aFolder(), 'state');
  await recorded(state);
  await killedAfter(state, 3);
  const ledger = await openLedger(state, 'for writing', world);
  assert.deepEqual([...(ledger.unfinished()[0]?.outcomes.keys() ?? [])], [1, 2, 3]);
  await ledger.close(plan, august + 5);
  assert.equal(ledger.unfinished().length, 0);
  assert.equal(ledger.closed(plan.id), august + 5);
  await ledger.end();
});

test('a record of a newer logmill is refused when writing and said when reading', async () => {
  const state = path.join(aFolder(), 'state');
  await recorded(state);
  const database = new DatabaseSync(path.join(state, 'record.db'));
  database.exec('PRAGMA user_version = 99');
  database.close();
  const trouble = await troubleOf(openLedger(state, 'for writing', world));
  assert.equal(trouble.code, 'ENEWER');
  assert.match(trouble.message, /its format is 99, and this logmill knows up to 3$/);
  const reader = await openLedger(state, 'for reading', world);
  assert.match(reader.problem ?? '', /newer logmill/);
  assert.equal(reader.state().logs.size, 0);
  await reader.end();
});

for (const [damage, ruin] of [
  ['overwritten', (file: string) => fs.writeFileSync(file, 'x'.repeat(9000))],
  ['emptied', (file: string) => fs.truncateSync(file, 0)],
  ['cut short', (file: string) => fs.truncateSync(file, 8192)],
  [
    'another database',
    (file: string) => {
      fs.rmSync(file);
      const other = new DatabaseSync(file);
      other.exec('CREATE TABLE t (a)');
      other.close();
    },
  ],
  [
    'holed',
    (file: string) => {
      const descriptor = fs.openSync(file, 'r+');
      fs.writeSync(descriptor, Buffer.alloc(fs.fstatSync(descriptor).size - 4096, 0x5a), 0, undefined, 4096);
      fs.closeSync(descriptor);
    },
  ],
] as const) {
  test(`a record that was ${damage} is refused when writing, and read as empty with a word on it`, async () => {
    const state = path.join(aFolder(), 'state');
    await recorded(state);
    ruin(path.join(state, 'record.db'));
    const before = snapshot(state);
    const reader = await openLedger(state, 'for reading', world);
    assert.match(reader.problem ?? '', /record\.db is damaged: /);
    assert.equal(reader.state().logs.size, 0);
    assert.equal(reader.history(0, august * 2).steps.length, 0);
    await reader.end();
    assert.deepEqual(snapshot(state), before);
    const trouble = await troubleOf(openLedger(state, 'for writing', world));
    assert.equal(trouble.code, 'EDAMAGED');
    assert.match(trouble.message, /record\.db is damaged: /);
    assert.match(trouble.hint ?? '', /move .*record\.db aside/);
    // Refusing must not hold the lock, and moving it aside must help.
    fs.renameSync(path.join(state, 'record.db'), path.join(state, 'kept'));
    await (await openLedger(state, 'for writing', world)).end();
  });
}

test('a log of commits without its record is not taken for a first start', async () => {
  const state = path.join(aFolder(), 'state');
  await recorded(state);
  await killedAfter(state, 3);
  fs.rmSync(path.join(state, 'record.db'));
  assert.equal((await troubleOf(openLedger(state, 'for writing', world))).code, 'EDAMAGED');
});

test('a making that was cut off is made again', async () => {
  const state = path.join(aFolder(), 'state');
  fs.mkdirSync(state, { mode: 0o700 });
  fs.writeFileSync(path.join(state, 'record.new'), 'half');
  await recorded(state);
  assert.ok(!fs.existsSync(path.join(state, 'record.new')));
});

for (const [what, make, reason] of [
  [
    'a link',
    (state: string) => {
      fs.mkdirSync(`${state}.real`);
      fs.symlinkSync(`${state}.real`, state);
    },
    /symbolic link/,
  ],
  [
    'writable by others',
    (state: string) => {
      fs.mkdirSync(state);
      fs.chmodSync(state, 0o777);
    },
    /others can write/,
  ],
  ['a file', (state: string) => fs.writeFileSync(state, ''), /it is a file/],
] as const) {
  test(`a state folder that is ${what} is refused`, async () => {
    const state = path.join(aFolder(), 'state');
    make(state);
    const trouble = await troubleOf(openLedger(`${state}/`, 'for writing', world));
    assert.equal(trouble.code, 'EUNSAFE');
    assert.match(trouble.message, reason);
    assert.match((await openLedger(state, 'for reading', world)).problem ?? '', reason);
  });
}

test('a state folder of another user is refused', {
  skip: !asRoot && 'giving a folder away needs root',
}, async () => {
  const state = path.join(aFolder(), 'state');
  fs.mkdirSync(state, { mode: 0o700 });
  fs.chownSync(state, 12345, 12345);
  assert.match((await troubleOf(openLedger(state, 'for writing', world))).message, /belongs to user 12345/);
});

test('a full state folder: the reserve is given up, what is recorded stands, and it is filled again', {
  skip: !asRoot && 'mounting needs root',
}, async t => {
  const mount = aFolder();
  if (spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=24m,mode=0700', 'tmpfs', mount]).status !== 0)
    return t.skip('tmpfs cannot be mounted here');
  try {
    const ledger = await openLedger(mount, 'for writing', world);
    assert.equal(ledger.short, false);
    const filler = path.join(mount, 'filler');
    fill(filler);
    const big = aPlan({
      id: 'big',
      steps: Array.from({ length: 500 }, (_, index) =>
        rotating(index + 1, `/var/log/${index}`, `${index}:1:8`),
      ),
    });
    await ledger.open(big);
    await Promise.all(big.steps.map(step => ledger.record(big, step.id, done(100, 100), august)));
    assert.equal(ledger.short, true);
    assert.ok(!fs.existsSync(path.join(mount, 'reserve')));
    assert.equal(ledger.unfinished()[0]?.outcomes.size, 500);
    const reader = await openLedger(mount, 'for reading', world);
    assert.equal(reader.short, true);
    await reader.end();
    // With the reserve gone too it is said, and nothing is half there.
    fill(filler);
    const more = aPlan({ id: 'more', steps: big.steps.slice(0, 400) });
    assert.equal((await troubleOf(ledger.open(more))).code, 'ENOSPC');
    assert.equal(ledger.unfinished().length, 1);
    fs.rmSync(filler);
    await ledger.close(big, august);
    assert.equal(ledger.short, false);
    assert.equal(fs.statSync(path.join(mount, 'reserve')).blocks * 512, (24 << 20) / 16);
    fill(filler);
    await ledger.end();
    const again = await openLedger(mount, 'for writing', world);
    assert.equal(again.closed('big'), august);
    await again.end();
  } finally {
    spawnSync('umount', [mount]);
  }
});

/** Writes until not a byte more goes in. */
function fill(file: string): void {
  const descriptor = fs.openSync(file, 'a');
  for (let size = 1 << 20; size >= 1; ) {
    try {
      fs.writeSync(descriptor, Buffer.alloc(size, 1));
    } catch {
      size >>= 1;
    }
  }
  fs.closeSync(descriptor);
}
