// Names that somebody else took first: of the record and its side files, of the joined archive; devices
// in a log's place; and a name too long to have generations.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync } from 'node:fs';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { runWatched } from '../rig/calls.ts';
import { foundTree, type TempTree, tempTree } from '../rig/temp-tree.ts';

const asRoot = process.getuid?.() === 0 ? false : 'only root makes devices';
const text = 'a line of a log that is worth keeping\n'.repeat(200);

function treeWith(logs: Parameters<typeof tempTree>[0], body = 'rotate 3\ncompress\ncreate'): TempTree {
  const tree = tempTree({
    ...(logs === undefined ? {} : { logs }),
    victim: { secret: { content: text, mode: 0o600 } },
  });
  tree.plant({ 'p.conf': `"${tree.folder}/logs/*.log" {\nsize 1k\n${body}\n}\n` });
  return tree;
}

const apply = (tree: TempTree) =>
  runWatched(['apply', 'p.conf', '--state-dir', 'state'], { cwd: tree.folder });

for (const name of ['record.db', 'record.db-wal', 'record.db-journal', 'lock', 'pid', 'reserve']) {
  for (const kind of ['link', 'folder', 'fifo'] as const) {
    test(`a ${kind} that waits at the record's ${name} is neither followed nor written to`, async () => {
      using tree = treeWith({ 'a.log': text });
      mkdirSync(tree.path('state'), { mode: 0o700 });
      const path = tree.path(`state/${name}`);
      if (kind === 'link') symlinkSync('../victim/secret', path);
      else if (kind === 'folder') mkdirSync(path);
      else spawnSync('mkfifo', [path]);
      const victim = foundTree(tree.path('victim'));
      const ran = await apply(tree);
      assert.equal(ran.signal, null, ran.stderr);
      assert.deepEqual(foundTree(tree.path('victim')), victim);
      assert.doesNotMatch(ran.stderr, /internal|^ {4}at /m);
      // Either it is told and nothing done, or the name was not needed and all was.
      if (ran.code === 0) assert.ok(existsSync(tree.path('logs/a.log.1.gz')));
      else {
        assert.match(ran.stderr, /state/);
        assert.equal(readFileSync(tree.path('logs/a.log'), 'utf8'), text);
      }
    });
  }
}

for (const name of ['record.db', 'record.db-wal', 'record.db-shm', 'record.db-journal'])
  test(`a FIFO that waits at the record's ${name} keeps no reader waiting`, async () => {
    using tree = treeWith({ 'a.log': text });
    assert.equal((await apply(tree)).code, 0);
    rmSync(tree.path(`state/${name}`), { force: true });
    spawnSync('mkfifo', [tree.path(`state/${name}`)]);
    const ran = await runWatched(['report', '--state-dir', 'state'], { cwd: tree.folder });
    assert.deepEqual([ran.signal, ran.code], [null, 78], ran.stderr);
    assert.match(ran.stderr, /is a fifo/);
  });

test("devices in a log's place and where its generations go are left alone", { skip: asRoot }, async t => {
  using tree = treeWith({ 'good.log': text, 'taken.log': text });
  for (const [name, minor] of [
    ['null.log', '3'],
    ['taken.log.1.gz', '5'],
  ] as const)
    if (spawnSync('mknod', [tree.path(`logs/${name}`), 'c', '1', minor]).status !== 0)
      return t.skip('no devices can be made here');
  const ran = await apply(tree);
  assert.equal(ran.signal, null, ran.stderr);
  assert.ok(existsSync(tree.path('logs/good.log.1.gz')), ran.stdout + ran.stderr);
  for (const name of ['null.log', 'taken.log.1.gz'])
    assert.ok(statSync(tree.path(`logs/${name}`)).isCharacterDevice());
  const kept = readdirSync(tree.path('logs')).filter(name => /^taken\.log(?:\.\d)?$/.test(name));
  assert.ok(kept.some(name => readFileSync(tree.path(`logs/${name}`), 'utf8') === text));
});

test('a link that waits at the name of a joined archive is neither followed nor replaced', async () => {
  const day = (n: number) => ({ content: gzipSync(`${n}\n`), mtime: 1_600_000_000_000 + n * 86_400_000 });
  using tree = treeWith(
    { 'a.log': 'live\n', 'a.log.1.gz': day(2), 'a.log.2.gz': day(1) },
    'rotate 9\ncompress\ncreate\ncompact weekly',
  );
  symlinkSync('../victim/secret', tree.path('logs/a.log-2020-W38.zst'));
  const victim = foundTree(tree.path('victim'));
  const ran = await apply(tree);
  assert.equal(ran.signal, null, ran.stderr);
  assert.deepEqual(foundTree(tree.path('victim')), victim);
  for (const name of ['a.log.1.gz', 'a.log.2.gz'])
    assert.ok(existsSync(tree.path(`logs/${name}`)), ran.stdout);
});

test('a log whose name leaves no room for a number is told of and stays, and others are served', async () => {
  const long = `${'n'.repeat(251)}.log`;
  using tree = treeWith({ [long]: text, 'good.log': text });
  const ran = await apply(tree);
  assert.equal(ran.code, 3, ran.stdout + ran.stderr);
  assert.match(ran.stdout + ran.stderr, /ENAMETOOLONG/);
  assert.equal(readFileSync(tree.path(`logs/${long}`), 'utf8'), text);
  assert.ok(existsSync(tree.path('logs/good.log.1.gz')));
  assert.deepEqual(
    readdirSync(tree.path('logs')).filter(name => name.startsWith('.logmill-')),
    [],
  );
});
