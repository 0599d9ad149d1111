// The first look: which files are logs, whose they are, and what stands in their way.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chmodSync, chownSync, linkSync, mkdirSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { test } from 'node:test';
import type { LogSet } from '../../src/logs/log-set.ts';
import { observeLogs } from '../../src/observe/log-sets.ts';
import { builtInPolicy } from '../../src/policy/resolve.ts';
import { aPolicy } from '../rig/policy.ts';
import { bytesOf, tempTree } from '../rig/temp-tree.ts';
import { watchedWorld } from './watched-world.ts';

const nonce = 'a1b2c3';
const namesOf = (logSets: readonly LogSet[]) =>
  logSets.map(({ path }) => path.slice(path.lastIndexOf('/') + 1));

test('a pattern gives its logs in order, each as it lies on the disk', async () => {
  using tree = tempTree({ 'b.log': 'two', 'a.log': 'one', 'c.txt': 'no log', sub: { 'd.log': 'below' } });
  const { world } = watchedWorld();
  const policy = aPolicy('rotate 3', { pattern: `${tree.folder}/*.log` });
  const seen = await observeLogs(world, [policy], { nonce });
  assert.deepEqual(namesOf(seen.logSets), ['a.log', 'b.log']);
  const [first] = seen.logSets;
  assert.equal(first?.live?.size, 3);
  assert.equal(first?.live?.id, null, 'which file it is is asked only where something is due');
  assert.equal(first?.obstacle, null);
  assert.equal(first?.generationsSeen, false);
  assert.equal(seen.nonce, nonce);
  assert.equal(seen.folders.get(tree.folder)?.id, world.disk.look.stat(tree.folder)?.id);
  assert.deepEqual(seen.troubles, []);
});

test('where nothing but logs lies, nothing is kept of any, and that is known at once', async () => {
  using tree = tempTree({
    alone: { 'a.log': '', 'b.log': '', below: { 'x.txt': '' } },
    rotated: { 'a.log': '', 'b.log': '', 'a.log.1': '' },
    named: { 'away.log.1': '' },
    half: { 'a.log': '', '.logmill-1-0-a': '' },
  });
  const policies = [
    aPolicy('rotate 3', { pattern: tree.path('*/[a-z].log') }),
    aPolicy('rotate 3', { pattern: tree.path('named/away.log') }),
    aPolicy('rotate 3', { pattern: tree.path('*/none*.log') }),
  ];
  const { logSets } = await observeLogs(watchedWorld().world, policies, { nonce });
  assert.deepEqual(
    logSets
      .filter(({ live }) => live !== null)
      .map(({ path, generationsSeen }) => [path.slice(tree.folder.length + 1), generationsSeen]),
    [
      ['alone/a.log', true],
      ['alone/b.log', true],
      ['half/a.log', false],
      ['rotated/a.log', false],
      ['rotated/b.log', false],
    ],
  );
  assert.equal(logSets.find(({ path }) => path.endsWith('away.log'))?.generationsSeen, false);
});

test('the observation holds the moment, the zone, the boot and the host', async () => {
  const { world } = watchedWorld({ now: () => 1_700_000_000_000, host: { name: 'box', boot: 'b1' } });
  const seen = await observeLogs(world, [], { nonce });
  assert.deepEqual([seen.at, seen.zone, seen.host, seen.boot], [1_700_000_000_000, 'UTC', 'box', 'b1']);
});

test('with only, just those logs are looked at, and only the folders that lead to them', async () => {
  using tree = tempTree({
    a: { 'x.log': '', 'y.log': '', 'y.log.1': '' },
    b: { 'z.log': '' },
    c: { deep: { 'x.log': '' } },
  });
  const { world, counts } = watchedWorld();
  const policies = ['*/*.log', '*/*/*.log', 'b/*.log'].map(pattern =>
    aPolicy('rotate 3', { pattern: tree.path(pattern) }),
  );
  const seen = await observeLogs(world, policies, { nonce, only: new Set([tree.path('a/y.log')]) });
  assert.deepEqual(namesOf(seen.logSets), ['y.log']);
  assert.equal(counts.stats, 1);
  assert.deepEqual(counts.readings, [tree.folder, tree.path('a')]);
  const wide = [...policies, aPolicy('rotate 3\nolddir /archive', { pattern: tree.path('none/*.log') })];
  const again = await observeLogs(world, wide, { nonce, only: new Set([tree.path('a/y.log')]) });
  assert.deepEqual(namesOf(again.logSets), ['y.log']);
  assert.ok(counts.readings.length > 4, 'where an olddir gathers from many folders, all are read');
});

test('a generation that is asked for is none the more a log', async () => {
  using tree = tempTree({ 'app.log': '', 'app.log.1': '' });
  const { world } = watchedWorld();
  const policy = aPolicy('rotate 3', { pattern: tree.path('*') });
  const seen = await observeLogs(world, [policy], { nonce, only: new Set([tree.path('app.log.1')]) });
  assert.deepEqual(seen.logSets, []);
});

test('what was kept of a log, archives and half-made files are no logs, also for a pattern that matches all', async () => {
  using tree = tempTree({
    'app.log': '',
    'app.log.1': '',
    'app.log.2.gz': '',
    'app.log-20260101': '',
    'other.gz': '',
    '.logmill-5f3a-1': '',
    'worker.1': '',
    'worker.2': '',
  });
  const { world } = watchedWorld();
  const policies = [aPolicy('rotate 3', { pattern: `${tree.folder}/* ${tree.folder}/.l*` })];
  const seen = await observeLogs(world, policies, { nonce });
  assert.deepEqual(namesOf(seen.logSets), ['app.log', 'worker.1', 'worker.2']);
  const later = await observeLogs(world, policies, { nonce, known: new Set([tree.path('worker')]) });
  assert.deepEqual(namesOf(later.logSets), ['app.log'], 'worker is known as a log that is away');
});

test('a generation that a policy names is told, and left alone', async () => {
  using tree = tempTree({ 'app.log': '', 'app.log.1': '' });
  const { world } = watchedWorld();
  const pattern = `${tree.folder}/app.log ${tree.folder}/app.log.1`;
  const seen = await observeLogs(world, [aPolicy('rotate 3', { pattern })], { nonce });
  assert.deepEqual(namesOf(seen.logSets), ['app.log']);
  assert.deepEqual(
    seen.troubles.map(({ code }) => code),
    ['EGENERATION'],
  );
});

test('each name reaches the look and comes back as it is, whatever its bytes', async () => {
  const hostile = [
    'two words.log',
    'line\nbreak.log',
    `quote"'.log`,
    'byte\udcff.log',
    'ümläut.log',
    '-rf.log',
    '[a]*?.log',
    '$(id).log',
  ];
  using tree = tempTree(Object.fromEntries(hostile.map(name => [name, name])));
  const { world } = watchedWorld();
  const seen = await observeLogs(world, [aPolicy('rotate 3', { pattern: `${tree.folder}/*.log` })], {
    nonce,
  });
  assert.deepEqual(namesOf(seen.logSets).sort(), hostile.toSorted());
  for (const { path, live, obstacle } of seen.logSets) {
    assert.equal(obstacle, null, path);
    assert.equal(live?.size, statSync(bytesOf(path)).size, path);
  }
});

test('each obstacle is told by its kind, with words that name what is there', async () => {
  using tree = tempTree({
    'link.log': { link: '/etc/passwd' },
    'gone.log': { link: '/nowhere' },
    'twice.log': 'x',
    'other-name': { hardLink: 'twice.log' },
    'good.log': 'x',
    'folder.log': { inside: '' },
  });
  assert.equal(spawnSync('mkfifo', [tree.path('fifo.log')]).status, 0);
  const server = createServer().listen(tree.path('socket.log'));
  server.unref();
  await new Promise(resolve => server.once('listening', resolve));
  const { world } = watchedWorld();
  const kindOf = async (name: string, body = 'rotate 3') => {
    const seen = await observeLogs(world, [aPolicy(body, { pattern: tree.path(name) })], { nonce });
    const [logSet] = seen.logSets;
    return [logSet?.obstacle?.kind ?? null, logSet?.live !== null && logSet !== undefined];
  };
  const table: readonly [name: string, body: string, kind: string | null, isThere: boolean][] = [
    ['good.log', 'rotate 3', null, true],
    ['link.log', 'rotate 3', 'link', false],
    ['gone.log', 'rotate 3', 'link', false],
    ['fifo.log', 'rotate 3', 'not-a-file', false],
    ['socket.log', 'rotate 3', 'not-a-file', false],
    ['folder.log', 'rotate 3', 'not-a-file', false],
    ['twice.log', 'rotate 3', 'hard-linked', true],
    ['twice.log', 'rotate 3\nallowhardlink', null, true],
    ['absent.log', 'rotate 3', 'missing', false],
    ['absent.log', 'rotate 3\nmissingok', null, false],
    ['no-folder/absent.log', 'rotate 3', 'missing', false],
    ['no-folder/*.log', 'rotate 3', 'missing', false],
    ['*.none', 'rotate 3', 'missing', false],
  ];
  for (const [name, body, kind, isThere] of table) {
    assert.deepEqual(await kindOf(name, body), [kind, isThere], `${name} with ${body}`);
  }
  await new Promise(resolve => server.close(resolve));
});

test('a pattern without a match is no log at all where missingok is said', async () => {
  using tree = tempTree();
  const { world } = watchedWorld();
  const policy = aPolicy('rotate 3\nmissingok', { pattern: tree.path('*.log') });
  const seen = await observeLogs(world, [policy], { nonce });
  assert.deepEqual([seen.logSets, seen.troubles], [[], []]);
});

test('root does not work where others can write, unless su says as whom', async () => {
  using tree = tempTree({ open: { 'a.log': '' }, group: { 'a.log': '' }, closed: { 'a.log': '' } });
  chmodSync(tree.path('open'), 0o1777);
  chmodSync(tree.path('group'), 0o775);
  if (process.getuid?.() === 0) chownSync(tree.path('group'), 0, 12345);
  const seenBy = async (uid: number, body: string) => {
    const { world } = watchedWorld({ host: { uid } });
    const policy = aPolicy(body, { pattern: `${tree.folder}/*/a.log` });
    const { logSets } = await observeLogs(world, [policy], { nonce });
    return Object.fromEntries(
      logSets.map(({ folder, obstacle }) => [folder.slice(tree.folder.length + 1), obstacle?.kind ?? null]),
    );
  };
  assert.deepEqual(await seenBy(0, 'rotate 3'), {
    closed: null,
    group: 'insecure-folder',
    open: 'insecure-folder',
  });
  assert.deepEqual(await seenBy(0, 'rotate 3\nsu :1000 :1000'), { closed: null, group: null, open: null });
  assert.deepEqual(await seenBy(1000, 'rotate 3'), { closed: null, group: null, open: null });
});

test('a second name that a move has given is no obstacle, one that a person gave is', async () => {
  using tree = tempTree({ 'moving.log': 'x', 'shared.log': 'x' });
  linkSync(tree.path('moving.log'), tree.path('moving.log.1'));
  linkSync(tree.path('shared.log'), tree.path('copy-for-me'));
  const { world } = watchedWorld();
  const seen = await observeLogs(world, [aPolicy('rotate 3', { pattern: tree.path('*.log') })], { nonce });
  assert.deepEqual(
    seen.logSets.map(({ obstacle }) => obstacle?.kind ?? null),
    [null, 'hard-linked'],
  );
});

test('a folder reached through a link is seen where it really is', async () => {
  using tree = tempTree({ real: { 'a.log': 'x' } });
  symlinkSync('real', tree.path('alias'));
  const { world } = watchedWorld();
  const seen = await observeLogs(world, [aPolicy('rotate 3', { pattern: tree.path('alias/*.log') })], {
    nonce,
  });
  assert.deepEqual(
    seen.logSets.map(({ path }) => path),
    [tree.path('alias/a.log')],
  );
  assert.equal(seen.folders.get(tree.path('alias'))?.real, tree.path('real'));
});

test('an olddir that is still to be made is a folder without identity', async () => {
  using tree = tempTree({ 'a.log': 'x' });
  const { world } = watchedWorld();
  const policy = aPolicy('rotate 3\nolddir old\ncreateolddir', { pattern: tree.path('a.log') });
  const seen = await observeLogs(world, [policy], { nonce });
  assert.equal(seen.logSets[0]?.folder, tree.path('old'));
  assert.equal(seen.folders.get(tree.path('old'))?.id, null);
});

test('a log that two policies name is served by the first, and the second is told', async () => {
  using tree = tempTree({ 'a.log': '', 'b.log': '' });
  const { world } = watchedWorld();
  const first = aPolicy('rotate 3', { pattern: tree.path('a.log'), file: '/etc/logmill/first.conf' });
  const second = aPolicy('rotate 9', { pattern: tree.path('*.log'), file: '/etc/logmill/second.conf' });
  const seen = await observeLogs(world, [first, second], { nonce });
  assert.deepEqual(
    seen.logSets.map(({ policy }) => policy.name),
    ['first', 'second'],
  );
  assert.deepEqual(namesOf(seen.logSets), ['a.log', 'b.log']);
  assert.equal(seen.troubles.length, 1);
  assert.equal(seen.troubles[0]?.policy, 'second');
  assert.match(seen.troubles[0]?.message ?? '', /second\.conf:1:1 .*a\.log already belongs to 'first'/);
});

test('the record, its folder and our own log are never logs, by identity', async () => {
  using tree = tempTree({ 'a.log': '', 'own.log': '', state: { 'lock.log': '' } });
  const { world } = watchedWorld();
  const idOf = (name: string) => world.disk.look.stat(tree.path(name))?.id ?? '';
  const policy = aPolicy('rotate 3', { pattern: `${tree.folder}/*.log ${tree.folder}/*/*.log` });
  const never = { files: new Set([idOf('own.log')]), folders: new Set([idOf('state')]) };
  const seen = await observeLogs(world, [policy], { nonce, never });
  assert.deepEqual(namesOf(seen.logSets), ['a.log']);
});

test('the built-in policy takes text files, below the folder only when asked, and follows no link', async () => {
  using tree = tempTree({
    'app.log': 'hello\n',
    messages: 'no extension\n',
    empty: '',
    'colours.log': '\u001b[32mgreen\u001b[0m ümläut\n',
    'latin1.log': Buffer.from(`${'plain words, and now and then '.repeat(40)}\xe4\n`, 'latin1'),
    'image.bin': Buffer.from([0x89, 0x50, 0, 1, 2, 3]),
    'noise.bin': Buffer.from(Array.from({ length: 2000 }, (_, at) => ((at * 7919) % 255) + 1)),
    'app.log.1': 'old\n',
    '.hidden': 'x\n',
    out: { link: '/etc' },
    'out.log': { link: '/etc/passwd' },
    sub: { 'deep.log': 'x\n' },
  });
  const { world } = watchedWorld();
  const here = ['app.log', 'colours.log', 'empty', 'latin1.log', 'messages'];
  const flat = await observeLogs(world, [builtInPolicy(tree.folder, { recursive: false })], { nonce });
  assert.deepEqual(namesOf(flat.logSets), here);
  const deep = await observeLogs(world, [builtInPolicy(tree.folder, { recursive: true })], { nonce });
  assert.deepEqual(namesOf(deep.logSets), [...here, 'deep.log']);
});

test('an unreadable folder is told, and the other logs are seen', {
  skip: process.getuid?.() === 0 && 'root may read all',
}, async () => {
  using tree = tempTree({ shut: { 'a.log': '' }, open: { 'b.log': '' } });
  chmodSync(tree.path('shut'), 0o000);
  const { world } = watchedWorld();
  const policies = ['shut', 'open'].map(name => aPolicy('rotate 3', { pattern: tree.path(`${name}/*.log`) }));
  const seen = await observeLogs(world, policies, { nonce });
  chmodSync(tree.path('shut'), 0o700);
  assert.deepEqual(
    namesOf(seen.logSets).filter(name => !name.includes('*')),
    ['b.log'],
  );
  assert.ok(seen.troubles.some(({ code }) => code === 'EACCES'));
});

test('each folder is read once for a whole look, however many patterns name it', async () => {
  using tree = tempTree();
  for (let folder = 0; folder < 20; folder += 1) {
    mkdirSync(tree.path(`f${folder}`));
    for (const name of ['a.log', 'b.log', 'c.txt']) writeFileSync(tree.path(`f${folder}/${name}`), '');
  }
  const { world, counts } = watchedWorld();
  const policies = [
    aPolicy('rotate 3', { pattern: tree.path('*/*.log') }),
    aPolicy('rotate 3', { pattern: tree.path('*/*.txt') }),
    ...[0, 1, 2].map(at => aPolicy('rotate 3\nmissingok', { pattern: tree.path(`f${at}/*.none`) })),
  ];
  const seen = await observeLogs(world, policies, { nonce });
  assert.equal(seen.logSets.length, 60);
  assert.equal(counts.readings.length, 21, 'twenty folders and the one above them');
  assert.equal(counts.stats, 63, 'a log each, and the three patterns that stand for themselves');
});

test('the event loop turns while many logs are looked at', async () => {
  using tree = tempTree(Object.fromEntries(Array.from({ length: 2000 }, (_, at) => [`${at}.log`, ''])));
  let now = 0;
  const { world } = watchedWorld({ now: () => (now += 4) });
  let turns = 0;
  let done = false;
  const count = () => {
    turns += 1;
    if (!done) setImmediate(count);
  };
  setImmediate(count);
  await observeLogs(world, [aPolicy('rotate 3', { pattern: tree.path('*.log') })], { nonce });
  done = true;
  assert.ok(turns >= 10, `${turns} turns`);
});
