// logrotate's state file: what it says, and that no byte of another log's entry is lost on the way.

import assert from 'node:assert/strict';
import {
  chmodSync,
  lstatSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import fc from 'fast-check';
import {
  firstSeenDate,
  formatState,
  momentOfDate,
  parseState,
  prune,
  stateDate,
} from '../../src/ledger/logrotate-state.ts';
import { openStateFile, readState } from '../../src/ledger/logrotate-state-file.ts';
import { thisMachine } from '../../src/world/this-machine.ts';
import { isTrouble } from '../../src/world/trouble.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'logmill-state-'));
after(() => rmSync(folder, { recursive: true, force: true }));
const place = (name: string): string => path.join(folder, name);
const world = thisMachine();

const top = 'logrotate state -- version 2\n';
const dated = (line: string): (string | undefined)[] => [...parseState(top + line).entries].flat();

for (const [line, expected] of [
  ['"/a.log" 2026-11-22-3:4:5', ['/a.log', '2026-11-22-3:4:5']],
  ['/a.log 2026-11-22', ['/a.log', '2026-11-22-0:0:0']],
  ['"/a b" 2026-11-22-3', ['/a b', '2026-11-22-3:0:0']],
  [`'/it"s' 2026-1-2-03:04:05`, ['/it"s', '2026-1-2-3:4:5']],
  ['"/q\\"q" 2026-1-2-3:4:5', ['/q"q', '2026-1-2-3:4:5']],
  ['"/b\\\\n" 2026-1-2-3:4:5', ['/b\\n', '2026-1-2-3:4:5']],
  ['"/l\\nl" 2026-1-2-3:4:5', ['/l\nl', '2026-1-2-3:4:5']],
  ['"/a" 2026-1-2-3:4:5x', ['/a', '2026-1-2-3:4:5']],
  ['"/a" 2026-1-2-3:4:5:6', ['/a', '2026-1-2-3:4:5']],
  ['"/a" 2026-1-2-3:', ['/a', '2026-1-2-3:0:0']],
  ['"/a" 2026-1-2T3:4', ['/a', '2026-1-2-0:0:0']],
  ['"/never" 1900-1-1-0:0:0', ['/never', '1900-1-1-0:0:0']],
  ['"/a" 2026-1-2-3:4:5\n\n  \n', ['/a', '2026-1-2-3:4:5']],
] as const) {
  test(`the line ${JSON.stringify(line)} is read`, () => assert.deepEqual(dated(line), expected));
}

for (const line of [
  'rubbish',
  '"/a"',
  '"/a" 2026-1-2-3:4:5 more',
  '"/a" 1969-1-1',
  '"/a" 2101-1-1',
  '"/a" 2026-13-1',
  '"/a" 2026-0-1',
  '"/a" 2026-1-32',
  '"/a" 2026-1-1234567890',
  '"/a" 2026-1-1-24:0:0',
  '"/a" 2026-1-1-0:60:0',
  '"/a" 2026-1',
  '"/a" tomorrow',
  '"" 2026-1-1',
]) {
  test(`the bad line ${line} costs itself and no other`, () => {
    const read = parseState(`${top}"/x" 2026-1-1-0:0:0\n${line}\n"/y" 2026-1-1-0:0:0\n`);
    assert.deepEqual(read.badLines, [3]);
    assert.deepEqual([...read.entries.keys()], ['/x', '/y']);
  });
}

test('version 1 and an empty file are good; another first line is told, and its entries hold', () => {
  assert.equal(parseState('logrotate state -- version 1\n"/a" 2026-1-1\n').entries.size, 1);
  assert.equal(parseState('').goodTop, true);
  const read = parseState('hello\n"/a" 2026-1-1\n');
  assert.deepEqual([read.goodTop, read.badLines, read.entries.size], [false, [1], 1]);
});

test('whatever a path holds, writing and reading gives it back', () => {
  const paths = fc.string({
    minLength: 1,
    unit: fc.constantFrom('/', 'a', ' ', '"', "'", '\\', '\n', '\t', '[', '\udc80', 'é'),
  });
  fc.assert(
    fc.property(paths, name => {
      const entries = new Map([[name, '2026-11-22-3:4:5']]);
      assert.deepEqual(new Map(parseState(formatState({ entries })).entries), entries);
    }),
  );
});

test('moments are local time without padding, and first sight is the hour', () => {
  const at = Date.UTC(2026, 0, 2, 3, 4, 5);
  assert.equal(stateDate(at, 'UTC'), '2026-1-2-3:4:5');
  assert.equal(firstSeenDate(at, 'UTC'), '2026-1-2-3:0:0');
  assert.equal(momentOfDate('2026-1-2-3:4:5', 'UTC'), at);
});

test('an entry goes when it is over a year old and its log is not there', () => {
  const now = Date.UTC(2026, 10, 22);
  const entries = new Map([
    ['/old gone', '2025-11-1-0:0:0'],
    ['/old there', '2020-1-1-0:0:0'],
    ['/young gone', '2025-12-1-0:0:0'],
  ]);
  prune({ entries }, one => one === '/old there', now, 'UTC');
  assert.deepEqual([...entries.keys()], ['/old there', '/young gone']);
});

test('200,000 entries are read and written within a few seconds', () => {
  const entries = new Map<string, string>();
  for (let index = 0; index < 200_000; index += 1)
    entries.set(`/var/log/some/folder/log-${index}.log`, `2026-11-${1 + (index % 28)}-3:4:5`);
  const began = performance.now();
  assert.equal(parseState(formatState({ entries })).entries.size, 200_000);
  assert.ok(performance.now() - began < 4000);
});

test('the state file is made, replaced whole, keeps its mode and is never for others to read', async () => {
  const state = place('status');
  const file = await openStateFile(world, state, 'skip');
  assert.equal(statSync(state).mode & 0o777, 0o640);
  chmodSync(state, 0o664);
  writeFileSync(`${state}.tmp`, 'left over');
  await file.write({ entries: new Map([['/a', '2026-1-1-0:0:0']]) });
  await file.close();
  assert.equal(readFileSync(state, 'utf8'), `${top}"/a" 2026-1-1-0:0:0\n`);
  assert.equal(statSync(state).mode & 0o777, 0o660);
  assert.equal(readState(world, state)?.entries.size, 1);
});

test('a file that says all that is to be written is only touched, any other is written anew', async () => {
  const entry = '"/a" 2026-1-1-0:0:0\n';
  const cases: readonly (readonly [text: string, mode: number, isTouched: boolean])[] = [
    [top + entry, 0o640, true],
    [`${top}${entry}"/with \\"quotes\\"" 2026-1-1-0:0:0\n`, 0o640, false],
    [top + entry, 0o644, false],
    [top + entry.trimEnd(), 0o640, false],
    [`${top}"/a" 2026-01-1-0:0:0\n`, 0o640, false],
    [top + entry + entry, 0o640, false],
    [`${top}\n${entry}`, 0o640, false],
    [`${top}${entry}nonsense\n`, 0o640, false],
    [`logrotate state -- version 1\n${entry}`, 0o640, false],
    ['', 0o640, false],
  ];
  for (const [text, mode, isTouched] of cases) {
    const state = place('touched');
    writeFileSync(state, text);
    chmodSync(state, mode);
    utimesSync(state, 1, 1);
    const before = statSync(state);
    const read = readState(world, state);
    assert.ok(read !== null);
    const file = await openStateFile(world, state, 'skip');
    await file.write(read);
    await file.close();
    assert.equal(readFileSync(state, 'utf8'), formatState(read), text);
    assert.equal(statSync(state).ino === before.ino, isTouched, text);
    assert.ok(statSync(state).mtimeMs > before.mtimeMs, text);
  }
});

test('an entry that was added or dropped is written', async () => {
  const state = place('changed');
  for (const change of [
    (entries: Map<string, string>) => entries.set('/b', '2026-1-1-0:0:0'),
    (entries: Map<string, string>) => entries.set('/a', '2026-1-2-0:0:0'),
    (entries: Map<string, string>) => entries.delete('/a'),
  ]) {
    writeFileSync(state, `${top}"/a" 2026-1-1-0:0:0\n`);
    const read = readState(world, state);
    assert.ok(read !== null);
    change(read.entries);
    const file = await openStateFile(world, state, 'skip');
    await file.write(read);
    await file.close();
    assert.equal(readFileSync(state, 'utf8'), formatState(read));
  }
});

test('a link is read through, and replaced by a file', async () => {
  writeFileSync(place('real'), `${top}"/a" 2026-1-1-0:0:0\n`);
  symlinkSync('real', place('link'));
  assert.equal(readState(world, place('link'))?.entries.size, 1);
  const file = await openStateFile(world, place('link'), 'skip');
  await file.write({ entries: new Map() });
  await file.close();
  assert.equal(lstatSync(place('link')).isSymbolicLink(), false);
  assert.equal(readFileSync(place('real'), 'utf8').length > top.length, true);
});

const hasFlock = (await world.shell.run({ program: 'flock', args: ['--version'], limit: 5000 })).exit === 0;

test('a lock is held, also on the file that replaces the first one, until it is closed', {
  skip: hasFlock ? false : 'no flock(1) here',
}, async () => {
  const state = place('locked');
  const first = await openStateFile(world, state, 'at once');
  assert.equal(first.lock, 'held');
  await assert.rejects(openStateFile(world, state, 'at once'), error => isTrouble(error, 'ELOCKED'));
  await first.write({ entries: new Map() });
  await assert.rejects(openStateFile(world, state, 'at once'), error => isTrouble(error, 'ELOCKED'));
  const waiting = openStateFile(world, state, 'wait');
  await first.close();
  const second = await waiting;
  assert.equal(second.lock, 'held');
  await second.close();
});

test('a state file that everybody can read is not locked: anybody could hold that lock', async () => {
  const state = place('readable');
  writeFileSync(state, top);
  chmodSync(state, 0o644);
  const file = await openStateFile(world, state, 'at once');
  assert.equal(file.lock, 'world-readable');
  await file.close();
});
