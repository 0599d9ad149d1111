// What others may have put where root rotates: things that are no files, links and folders at every
// name, open folders and policies, names made to be taken for something else. The tests that a CVE of
// logrotate stands behind are named by it.

import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { test } from 'node:test';
import { createGzip } from 'node:zlib';
import { runWatched, type Watched } from '../rig/calls.ts';
import {
  bytesOf,
  contentsOf,
  foundTree,
  type PlantedTree,
  type TempTree,
  tempTree,
  textOf,
} from '../rig/temp-tree.ts';

const asRoot = process.getuid?.() === 0 ? false : 'root is attacked here';
const text = 'a line of a log that is worth keeping\n'.repeat(200);
const nobody = 65_534;

function treeWith(logs: PlantedTree, body = 'rotate 3\ncompress\ncreate', pattern = '*.log'): TempTree {
  const tree = tempTree({ logs, victim: { secret: { content: `secret ${text}`, mode: 0o600 } } });
  tree.plant({ 'p.conf': `"${tree.folder}/logs/${pattern}" {\nsize 1k\n${body}\n}\n` });
  return tree;
}

function apply(tree: TempTree, more: readonly string[] = []): Promise<Watched> {
  return runWatched(['apply', 'p.conf', '--state-dir', 'state', ...more], { cwd: tree.folder });
}

test("a link, a folder, a FIFO, a socket and a hard link in a log's place are left alone, and others are served", async () => {
  using tree = treeWith({
    'link.log': { link: '../victim/secret' },
    'hard.log': { hardLink: 'victim/secret' },
    'folder.log': { inside: text },
    'good.log': text,
  });
  spawnSync('mkfifo', [tree.path('logs/fifo.log')]);
  const server = createServer().listen(tree.path('logs/socket.log'));
  await new Promise(resolve => server.once('listening', resolve));
  const victim = foundTree(tree.path('victim'));
  const ran = await apply(tree);
  server.close();
  assert.equal(ran.signal, null, ran.stderr);
  assert.deepEqual(foundTree(tree.path('victim')), victim);
  assert.ok(existsSync(tree.path('logs/good.log.1.gz')), ran.stdout + ran.stderr);
  const made = readdirSync(tree.path('logs')).filter(name =>
    /(?:link|hard|folder|fifo|socket)\.log\./.test(name),
  );
  assert.deepEqual(made, []);
});

for (const name of ['a.log.1', 'a.log.1.gz', 'a.log.2', 'a.log-20261122']) {
  for (const kind of ['link', 'folder', 'fifo'] as const) {
    test(`CVE-2011-1548: a ${kind} that waits at ${name} is neither followed nor replaced`, async () => {
      using tree = treeWith({ 'a.log': text });
      if (kind === 'link') symlinkSync('../victim/secret', tree.path(`logs/${name}`));
      else if (kind === 'folder') mkdirSync(tree.path(`logs/${name}`));
      else spawnSync('mkfifo', [tree.path(`logs/${name}`)]);
      const victim = foundTree(tree.path('victim'));
      const planted = statSync(tree.path(`logs/${name}`)).ino;
      const ran = await apply(tree);
      assert.equal(ran.signal, null, ran.stderr);
      assert.deepEqual(foundTree(tree.path('victim')), victim);
      assert.equal(statSync(tree.path(`logs/${name}`)).ino, planted, 'what stood there stands there');
      const lines = Object.entries(contentsOf(tree.path('logs'))).filter(([, content]) => content === text);
      const archive =
        existsSync(tree.path('logs/a.log.1.gz')) &&
        statSync(tree.path('logs/a.log.1.gz')).isFile() &&
        name !== 'a.log.1.gz';
      assert.ok(lines.length === 1 || archive, ran.stdout + ran.stderr);
    });
  }
}

test('CVE-2011-1549, CVE-2011-1550: a folder that others can write to is refused without su, and the fix is named', {
  skip: asRoot,
}, async () => {
  for (const [mode, group] of [
    [0o777, 0],
    [0o1777, 0],
    [0o775, nobody],
  ] as const) {
    using tree = treeWith({ 'a.log': text });
    chownSync(tree.path('logs'), 0, group);
    chmodSync(tree.path('logs'), mode);
    const ran = await apply(tree);
    assert.equal(ran.code, 4, ran.stdout + ran.stderr);
    assert.match(ran.stderr, /chmod [go]-w .*su USER GROUP/);
    assert.deepEqual(contentsOf(tree.path('logs')), { 'a.log': text });
  }
});

test("a policy that others can write, or that is not root's, is refused by root", {
  skip: asRoot,
}, async () => {
  for (const spoil of [
    (path: string) => chmodSync(path, 0o666),
    (path: string) => chmodSync(path, 0o664),
    (path: string) => chownSync(path, nobody, nobody),
  ]) {
    using tree = treeWith({ 'a.log': text });
    spoil(tree.path('p.conf'));
    const ran = await apply(tree);
    assert.equal(ran.code, 78, ran.stderr);
    assert.match(ran.stderr, /hint: ch(?:mod|own)/);
    assert.deepEqual(contentsOf(tree.path('logs')), { 'a.log': text });
  }
});

test("a state folder that is a link, another's, or open to others is refused; ours is 0700 with 0600 in it", {
  skip: asRoot,
}, async () => {
  const spoils = [
    (path: string, tree: TempTree) => symlinkSync(tree.path('victim'), path),
    (path: string) => {
      mkdirSync(path);
      chownSync(path, nobody, nobody);
    },
    (path: string) => {
      mkdirSync(path);
      chmodSync(path, 0o777);
    },
  ];
  for (const spoil of spoils) {
    using tree = treeWith({ 'a.log': text });
    spoil(tree.path('state'), tree);
    const ran = await apply(tree);
    assert.notEqual(ran.code, 0, ran.stderr);
    assert.deepEqual(readdirSync(tree.path('victim')), ['secret']);
    assert.deepEqual(contentsOf(tree.path('logs')), { 'a.log': text });
  }
  using tree = treeWith({ 'a.log': text });
  assert.equal((await apply(tree)).code, 0);
  assert.equal(statSync(tree.path('state')).mode & 0o777, 0o700);
  for (const name of readdirSync(tree.path('state')))
    assert.equal(statSync(tree.path(`state/${name}`)).mode & 0o777, 0o600, name);
});

test('CVE-2022-1348: nobody else can read the state file of the logrotate door, or lock it', async () => {
  using tree = treeWith({ 'a.log': text });
  const ran = await runWatched(['logrotate', '-s', 'status', 'p.conf'], { cwd: tree.folder });
  assert.equal(ran.code, 0, ran.stderr);
  assert.equal(statSync(tree.path('status')).mode & 0o007, 0);
});

const oddNames = [
  'new\nline.log',
  'quote\'"`.log',
  '$(touch pwned).log',
  ';touch pwned;.log',
  '-rf.log',
  '*.log',
  'back\\slash.log',
  'esc\u001b[31m.log',
  `${'n'.repeat(240)}.log`,
  'byte\udcff.log',
];

test('CVE-2011-1154: names that a shell would obey reach scripts as they are, to the byte, and shred runs no shell', async () => {
  using tree = tempTree({ logs: Object.fromEntries(oddNames.map(name => [name, text])) });
  const script = `postrotate\nprintf '%s\\0' "$1" >> "${tree.folder}/ran"\nendscript`;
  tree.plant({
    'p.conf': `"${tree.folder}/logs/*.log" {\nsize 1k\nrotate 1\nshred\nshredcycles 1\ncompress\ncreate\n${script}\n}\n`,
  });
  const ran = await apply(tree);
  assert.equal(ran.code, 0, ran.stdout + ran.stderr);
  const given = textOf(readFileSync(tree.path('ran')))
    .split('\0')
    .filter(Boolean)
    .sort();
  assert.deepEqual(given, oddNames.map(name => `${tree.folder}/logs/${name}`).sort());
  assert.ok(!existsSync(tree.path('pwned')) && !existsSync(tree.path('logs/pwned')));
  assert.doesNotMatch(ran.stdout + ran.stderr, /[\u0000-\u0009\u000b-\u001f]/);
  assert.ok(
    (ran.stdout + ran.stderr).split('\n').every(line => !line.startsWith('line.log')),
    'no line is forged',
  );
  for (const name of oddNames)
    assert.ok(existsSync(bytesOf(`${tree.folder}/logs/${name}.1.gz`)), JSON.stringify(name));
});

test('CVE-2011-1155: a name with a newline or a backslash does not damage the state file of the door', async () => {
  using tree = treeWith({ 'new\nline.log': text, 'back\\slash.log': text, 'a.log': text });
  const args = ['logrotate', '-s', 'status', 'p.conf'];
  const first = await runWatched(args, { cwd: tree.folder });
  writeFileSync(tree.path('logs/a.log'), text);
  const second = await runWatched(args, { cwd: tree.folder });
  assert.equal(second.code, 0, first.stderr + second.stderr);
  assert.ok(existsSync(tree.path('logs/a.log.2.gz')), second.stderr);
});

test('CVE-2011-1098: an archive and a new log are never more open than the log, and carry no set-id bits', async () => {
  using tree = treeWith({
    'a.log': { content: text, mode: 0o600 },
    'b.log': { content: text, mode: 0o6755 },
  });
  assert.equal((await apply(tree)).code, 0);
  assert.equal(statSync(tree.path('logs/a.log.1.gz')).mode & 0o7777, 0o600);
  assert.equal(statSync(tree.path('logs/a.log')).mode & 0o7777, 0o600);
  assert.equal(statSync(tree.path('logs/b.log.1.gz')).mode & 0o7777, 0o755);
  assert.equal(statSync(tree.path('logs/b.log')).mode & 0o7777, 0o755);
});

test('a policy of 4 GiB and a policy that is a FIFO are refused at once', async () => {
  using tree = treeWith({ 'a.log': text });
  truncateSync(tree.path('p.conf'), 4 * 1024 ** 3);
  const ran = await apply(tree);
  assert.equal(ran.code, 78, ran.stderr);
  assert.match(ran.stderr, /16 MiB/);
  spawnSync('mkfifo', [tree.path('fifo.conf')]);
  const fifo = await runWatched(['apply', 'fifo.conf', '--state-dir', 'state'], { cwd: tree.folder });
  assert.equal(fifo.code, 78, fifo.stderr);
});

test('a folder of policies that includes itself, or holds a FIFO, is told at once, natively and by the door', async () => {
  using tree = treeWith({ 'a.log': text });
  tree.plant({ 'p.conf': `include ${tree.folder}/d\n`, d: { '1.conf': `include ${tree.folder}/d\n` } });
  const ways = [
    ['apply', 'p.conf', '--state-dir', 'state'],
    ['logrotate', '-s', 'status', 'p.conf'],
  ];
  for (const way of ways) {
    const ran = await runWatched(way, { cwd: tree.folder });
    assert.ok(ran.signal === null && ran.code !== 0, ran.stderr);
    assert.match(ran.stderr, /includes? (?:itself|.*d)/);
  }
  tree.plant({ d: { '1.conf': `"${tree.folder}/logs/a.log" {\nsize 1k\nrotate 4294967296\n}\n` } });
  spawnSync('mkfifo', [tree.path('d/2.conf')]);
  for (const way of ways) {
    const ran = await runWatched(way, { cwd: tree.folder });
    assert.equal(ran.signal, null, ran.stderr);
    assert.match(ran.stderr, /4294967296/);
    assert.deepEqual(contentsOf(tree.path('logs')), { 'a.log': text });
  }
});

test('a gzip bomb among the archives is read through in little memory', {
  skip: process.platform === 'linux' ? false : 'reads /proc',
}, async () => {
  using tree = treeWith({ 'a.log': text });
  const bomb = createGzip({ level: 9 });
  const chunks: Buffer[] = [];
  bomb.on('data', chunk => chunks.push(chunk));
  const zeros = Buffer.alloc(1 << 20);
  for (let n = 0; n < 120; n += 1)
    if (!bomb.write(zeros)) await new Promise(resolve => bomb.once('drain', resolve));
  await new Promise<void>(resolve => bomb.once('end', resolve).end());
  writeFileSync(tree.path('logs/a.log.1.gz'), Buffer.concat(chunks));
  const program = process.env.LOGMILL_PROGRAM ?? join(import.meta.dirname, '../../src/bin.cjs');
  for (const command of ['verify', 'cat']) {
    const child = spawn(process.execPath, [program, command, 'logs/a.log'], {
      cwd: tree.folder,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let [most, bytes] = [0, 0];
    child.stdout.on('data', chunk => {
      bytes += chunk.length;
      const file = `/proc/${child.pid}/status`;
      const status = existsSync(file) && child.exitCode === null ? readFileSync(file, 'utf8') : '';
      most = Math.max(most, Number(/VmHWM:\s+(\d+)/.exec(status)?.[1] ?? 0));
    });
    child.stderr.resume();
    await new Promise(resolve => child.once('close', resolve));
    if (command === 'cat') assert.equal(bytes, 120 * (1 << 20) + text.length);
    assert.ok(most < 350_000, `${command} took ${most} KiB`);
  }
});
