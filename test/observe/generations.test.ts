// The second look: what was kept of a log, who writes to what, and how much room there is.

import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import type { Observation } from '../../src/logs/log-set.ts';
import { observeGenerations } from '../../src/observe/generations.ts';
import { observeLogs } from '../../src/observe/log-sets.ts';
import { emptyState, type State } from '../../src/plan/state.ts';
import type { Policy } from '../../src/policy/policy.ts';
import type { Census, FileKind, FileStat, Look, World } from '../../src/world/world.ts';
import { aPolicy } from '../rig/policy.ts';
import { tempTree } from '../rig/temp-tree.ts';
import { watchedWorld } from './watched-world.ts';

const nonce = 'a1b2c3';
const day = (text: string) => Date.parse(`${text}T00:00:00Z`);

async function lookTwice(
  world: World,
  policies: readonly Policy[],
  state: State = emptyState,
): Promise<Observation> {
  return observeGenerations(
    world,
    await observeLogs(world, policies, { nonce }),
    'all',
    state,
    'with writers',
  );
}

function generationsOf(seen: Observation, at = 0): string[] {
  return (seen.logSets[at]?.generations ?? []).map(({ path }) => path.slice(path.lastIndexOf('/') + 1));
}

test('generations come newest first, with their marks and what they are packed with', async () => {
  using tree = tempTree({
    'app.log': 'live',
    'app.log.1': 'one',
    'app.log.2.gz': 'two',
    'app.log.10.zst': 'ten',
    'app.log.3.bz2': 'three',
    'app.log.old': 'not one',
    'application.log.1': 'of another',
  });
  const { world } = watchedWorld();
  const seen = await lookTwice(world, [aPolicy('rotate 5\ncompress', { pattern: tree.path('app.log') })]);
  const [logSet] = seen.logSets;
  assert.deepEqual(generationsOf(seen), ['app.log.1', 'app.log.2.gz', 'app.log.3.bz2', 'app.log.10.zst']);
  assert.deepEqual(
    logSet?.generations.map(({ codec }) => codec),
    [null, 'gzip', 'foreign', 'zstd'],
  );
  assert.deepEqual(
    logSet?.generations.map(({ size }) => size),
    [3, 3, 5, 3],
  );
  assert.equal(logSet?.generationsSeen, true);
});

test('the rotation is known from the record, else from the date in the name, else from the mtime', async () => {
  using tree = tempTree({
    'app.log': '',
    'app.log-20260103': { content: 'a', mtime: day('2026-02-01') },
    'app.log-20260102': { content: 'b', mtime: day('2026-02-01') },
    'app.log.7': { content: 'c', mtime: day('2025-11-01') },
  });
  const { world } = watchedWorld();
  const id = world.disk.look.stat(tree.path('app.log-20260102'))?.id ?? '';
  const state: State = {
    ...emptyState,
    rotations: new Map([[id.slice(0, id.lastIndexOf(':')), day('2026-01-02') + 5000]]),
  };
  const policy = aPolicy('daily\ndateext\nrotate 5', { pattern: tree.path('app.log') });
  const seen = await lookTwice(world, [policy], state);
  assert.deepEqual(
    seen.logSets[0]?.generations.map(({ rotated }) => rotated),
    [day('2026-01-03'), day('2026-01-02') + 5000, day('2025-11-01')],
  );
});

test('without the record a number and a date of one day stand in the order in which they were written', async () => {
  const hour = 3_600_000;
  using tree = tempTree({
    'app.log': '',
    'app.log-20260102': { content: 'c', mtime: day('2026-01-02') + 15 * hour },
    'app.log.1': { content: 'b', mtime: day('2026-01-02') + 10 * hour },
    'app.log-20260101': { content: 'a', mtime: day('2026-02-01') },
  });
  const { world } = watchedWorld();
  const seen = await lookTwice(world, [aPolicy('rotate 5\ndateext', { pattern: tree.path('app.log') })]);
  assert.deepEqual(generationsOf(seen), ['app.log-20260102', 'app.log.1', 'app.log-20260101']);
});

test('only the logs that are asked for are looked at again', async () => {
  using tree = tempTree({ 'a.log': '', 'a.log.1': '', 'b.log': '', 'b.log.1': '' });
  const { world } = watchedWorld();
  const first = await observeLogs(world, [aPolicy('rotate 5', { pattern: tree.path('*.log') })], { nonce });
  const asked = { logs: new Set([tree.path('b.log')]), due: new Set<string>() };
  const seen = await observeGenerations(world, first, asked, emptyState, 'with writers');
  assert.deepEqual(
    seen.logSets.map(({ generationsSeen }) => generationsSeen),
    [false, true],
  );
  assert.deepEqual([generationsOf(seen, 0), generationsOf(seen, 1)], [[], ['b.log.1']]);
});

test('what is due is seen as the file it is, also when it has grown, gone or become a link meanwhile', async () => {
  using tree = tempTree({ 'a.log': '', 'b.log': '', 'c.log': '', 'd.log': '' });
  const { world } = watchedWorld();
  const first = await observeLogs(world, [aPolicy('rotate 5', { pattern: tree.path('*.log') })], { nonce });
  assert.ok(
    first.logSets.every(({ live }) => live?.id === null),
    'nobody has asked yet',
  );
  writeFileSync(tree.path('a.log'), 'more');
  rmSync(tree.path('b.log'));
  rmSync(tree.path('c.log'));
  symlinkSync(tree.path('a.log'), tree.path('c.log'));
  const logs = new Set(first.logSets.map(({ path }) => path));
  const due = new Set(['a.log', 'b.log', 'c.log'].map(name => tree.path(name)));
  const { logSets } = await observeGenerations(world, first, { logs, due }, emptyState, 'with writers');
  const [a, b, c, d] = logSets;
  assert.deepEqual([a?.live?.id, a?.live?.size], [world.disk.look.stat(tree.path('a.log'))?.id, 4]);
  assert.deepEqual([b?.live, b?.obstacle?.kind], [null, 'missing']);
  assert.deepEqual([c?.live, c?.obstacle?.kind], [null, 'link']);
  assert.equal(d?.live?.id, null, 'of what is not due nobody asks');
});

test('a log that is looked at alone gets what is its own, not what belongs to a neighbour', async () => {
  using tree = tempTree({ app: '', 'app.log': '', 'app.log.1': '', 'app.1': '' });
  const { world } = watchedWorld();
  const policies = [aPolicy('rotate 5', { pattern: tree.path('app*') })];
  const first = await observeLogs(world, policies, { nonce, only: new Set([tree.path('app')]) });
  const seen = await observeGenerations(world, first, 'all', emptyState, 'with writers');
  assert.deepEqual(
    seen.logSets.map(({ path }) => path),
    [tree.path('app')],
  );
  assert.deepEqual(generationsOf(seen), ['app.1']);
});

test('generations are looked for in olddir, and a folder under such a name is taken, not a generation', async () => {
  using tree = tempTree({
    'app.log': '',
    'app.log.1': 'elsewhere',
    old: { 'app.log.2': 'x', 'app.log.1': {} },
  });
  const { world } = watchedWorld();
  const seen = await lookTwice(world, [aPolicy('rotate 5\nolddir old', { pattern: tree.path('app.log') })]);
  assert.deepEqual(
    seen.logSets[0]?.generations.map(({ path }) => path),
    [tree.path('old/app.log.2')],
  );
  assert.deepEqual([...(seen.logSets[0]?.taken ?? [])], ['app.log.1']);
});

test('a link under the name of a generation is never followed', async () => {
  using tree = tempTree({ 'app.log': '', 'app.log.1': { link: '/etc/passwd' }, 'app.log.2': 'x' });
  const { world } = watchedWorld();
  const seen = await lookTwice(world, [aPolicy('rotate 5', { pattern: tree.path('app.log') })]);
  assert.deepEqual(generationsOf(seen), ['app.log.2']);
  assert.ok(seen.logSets[0]?.taken.has('app.log.1'));
});

test('a folder that was replaced between the two looks is an obstacle, and nothing in it is seen', async () => {
  using tree = tempTree({ logs: { 'app.log': 'x' }, evil: { 'app.log': 'y', 'app.log.1': 'precious' } });
  const { world } = watchedWorld();
  const first = await observeLogs(world, [aPolicy('rotate 1', { pattern: tree.path('logs/app.log') })], {
    nonce,
  });
  renameSync(tree.path('logs'), tree.path('gone'));
  symlinkSync('evil', tree.path('logs'));
  const seen = await observeGenerations(world, first, 'all', emptyState, 'with writers');
  assert.equal(seen.logSets[0]?.obstacle?.kind, 'unreadable');
  assert.match(seen.logSets[0]?.obstacle?.words ?? '', /is not the folder it was a moment ago/);
  assert.deepEqual(generationsOf(seen), []);
});

test('the second look reads a folder again only when it has changed', async () => {
  using tree = tempTree({ quiet: { 'a.log': '', 'a.log.1': '' }, busy: { 'b.log': '' } });
  const { world, counts } = watchedWorld();
  const first = await observeLogs(world, [aPolicy('rotate 5', { pattern: tree.path('*/*.log') })], { nonce });
  counts.readings.length = 0;
  // Past the grain of the clock that stamps folders, so that the change shows.
  const before = world.disk.look.stat(tree.path('busy'))?.modified;
  do writeFileSync(tree.path('busy/b.log.1'), '', { flag: 'w' });
  while (world.disk.look.stat(tree.path('busy'))?.modified === before);
  const seen = await observeGenerations(world, first, 'all', emptyState, 'with writers');
  assert.deepEqual(counts.readings, [tree.path('busy')]);
  assert.deepEqual([generationsOf(seen, 0), generationsOf(seen, 1)], [['b.log.1'], ['a.log.1']]);
});

test('10,000 logs with three generations each are seen with one reading a folder and one stat a file, two of what is due', async () => {
  const { world, counts } = watchedWorld({
    look: inventedFolders(100, 100, ['', '.1', '.2.gz', '.3.gz']),
    census: () => ({ complete: true, blind: null, holders: new Map() }),
  });
  const policy = aPolicy('size 10M\nrotate 5\ncompress', { pattern: '/logs/*/*' });
  const seen = await lookTwice(world, [policy]);
  assert.equal(seen.logSets.length, 10_000);
  assert.ok(seen.logSets.every(({ generations }) => generations.length === 3));
  assert.equal(counts.readings.length, 101, 'a hundred folders and the one above them');
  assert.equal(counts.stats, 50_000);
  assert.equal(counts.censuses, 1);
});

/** /logs/fN/sM.log with what `ends` add, empty files all of them: as many as would take long to make. */
function inventedFolders(folders: number, logs: number, ends: readonly string[]): Partial<Look> {
  const stat = (path: string, kind: FileKind): FileStat => ({
    id: `${[...path].reduce((sum, character) => (sum * 31 + character.charCodeAt(0)) % 2 ** 40, 7)}:1:1`,
    kind,
    size: 0,
    allocated: 0,
    modified: 0,
    accessed: 0,
    mode: kind === 'file' ? 0o644 : 0o755,
    uid: 0,
    gid: 0,
    links: 1,
  });
  const range = (length: number) => Array.from({ length }, (_, at) => at);
  const files = range(logs).flatMap(log =>
    ends.map(end => ({ name: `s${log}.log${end}`, kind: 'file' as const })),
  );
  const above = range(folders).map(folder => ({ name: `f${folder}`, kind: 'folder' as const }));
  const entries: Look['entries'] = folder => (folder.replace(/\/$/, '') === '/logs' ? above : files);
  return {
    entries,
    names: folder => entries(folder).map(({ name }) => name),
    stat: path => stat(path, 'file'),
    glance: path => stat(path, 'file'),
    statThrough: path => stat(path, 'folder'),
    real: path => path,
  };
}

test('who writes to a log and who still holds its newest generation is seen, by descriptor', async t => {
  using tree = tempTree({ 'app.log': '', 'app.log.1': 'x', 'free.log': '' });
  const child = await writerOf(tree.path('app.log'), tree.path('app.log.1'));
  t.after(() => child.kill('SIGKILL'));
  const { world } = watchedWorld();
  const seen = await lookTwice(world, [
    aPolicy('rotate 5\ncompress\ncopytruncate', { pattern: tree.path('*.log') }),
  ]);
  const [app, free] = seen.logSets;
  assert.deepEqual(
    app?.writers?.map(({ pid, append }) => [pid, append]),
    [[child.pid, true]],
  );
  const id = app?.generations[0]?.id ?? '';
  assert.deepEqual(
    app?.held.get(id)?.map(({ pid, append }) => [pid, append]),
    [[child.pid, false]],
  );
  // Whether nobody is known depends on what this process may see (rulings 13); a writer it is not.
  assert.ok(free?.writers === null || free?.writers.length === 0);
});

/** A process that appends to `log` and still holds `kept` as a writer without O_APPEND. */
async function writerOf(log: string, kept: string): Promise<ChildProcess> {
  const script = `const fs = require('fs'); fs.openSync(process.argv[1], 'a'); fs.openSync(process.argv[2], 'r+');
    process.stdout.write('open'); setInterval(() => {}, 1e6);`;
  const child = spawn(process.execPath, ['-e', script, log, kept], { stdio: ['ignore', 'pipe', 'inherit'] });
  await new Promise(resolve => child.stdout.once('data', resolve));
  return child;
}

test('an incomplete census leaves unknown what it did not see; a complete one says nobody', async () => {
  using tree = tempTree({ 'app.log': 'x' });
  const policy = aPolicy('rotate 5\ncopytruncate', { pattern: tree.path('app.log') });
  const census = (complete: boolean): Census => ({
    complete,
    blind: complete ? null : 'of a namespace',
    holders: new Map(),
  });
  const writersWhen = async (complete: boolean) => {
    const { world } = watchedWorld({ census: () => census(complete) });
    return (await lookTwice(world, [policy])).logSets[0]?.writers;
  };
  assert.deepEqual([await writersWhen(true), await writersWhen(false)], [[], null]);
});

test('no census is made where nobody asks who writes', async () => {
  using tree = tempTree({ 'app.log': 'x', 'app.log.1': 'y' });
  const { world, counts } = watchedWorld();
  await lookTwice(world, [aPolicy('rotate 5', { pattern: tree.path('app.log') })]);
  assert.equal(counts.censuses, 0);
});

test('the room on the file system is told, and whether it can collapse a range', async () => {
  using tree = tempTree({ 'app.log': 'x' });
  const { world } = watchedWorld();
  const policies = [aPolicy('rotate 5', { pattern: tree.path('app.log') })];
  const types: readonly [type: number, collapses: boolean | null][] = [
    [0xef53, true],
    [0x58465342, true],
    [0x794c7630, null],
    [0x01021994, false],
  ];
  for (const [type, collapses] of types) {
    const space = async () => ({ free: 1000, size: 5000, type, blockSize: 4096, readOnly: false });
    const seen = await lookTwice({ ...world, disk: { ...world.disk, space } }, policies);
    const folder = seen.folders.get(tree.folder);
    assert.deepEqual([folder?.free, folder?.collapses], [1000, collapses]);
  }
});
