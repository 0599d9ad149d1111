// File systems that are really full, of bytes or of inodes: nothing is lost or doubled, what failed is
// named with its reason, and once there is room the next plain round does what was to be done.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readdirSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { type TestContext, test } from 'node:test';
import { linesOf, type Standing, standing } from '../crash/shapes.ts';
import { runWatched, type Watched } from '../rig/calls.ts';
import { type TempTree, tempTree } from '../rig/temp-tree.ts';

const skip = process.getuid?.() === 0 && process.platform === 'linux' ? false : 'mounts a tmpfs';

type Shortage = 'bytes' | 'inodes';
type Door = 'native' | 'door';

const bodies: readonly (readonly [body: string, shortage: Shortage, door: Door])[] = [
  ['rotate 5\ncompress\ncreate', 'bytes', 'native'],
  ['rotate 5\ncopytruncate\ncompress', 'bytes', 'native'],
  ['rotate 5\ncompress\ncreate\ncompact daily', 'bytes', 'native'],
  ['rotate 5\nrenamecopy\ncompress\ncreate', 'bytes', 'native'],
  ['rotate 5\ncopytruncate\ncompress', 'bytes', 'door'],
  ['rotate 5\ncompress\ncreate', 'inodes', 'native'],
  ['rotate 5\nolddir old\ncreateolddir 0750\ncompress\ncreate', 'inodes', 'native'],
  ['rotate 5\ncopytruncate\ncompress\ndelaycompress', 'inodes', 'native'],
  ['rotate 5\ncompress\ncreate', 'inodes', 'door'],
];

for (const [body, shortage, door] of bodies) {
  const name = `${body.replaceAll('\n', ', ')} (${door})`;
  test(`where there are no ${shortage} left nothing is lost, and later all is made good: ${name}`, {
    skip,
  }, async t => {
    const tree = smallDisk(t, body);
    if (tree === null) return t.skip('no tmpfs can be mounted here');
    const lines = linesIn(standing(tree.path('logs')));
    fill(tree, shortage);
    const short = await go(tree, door);
    const told = short.stdout + short.stderr;
    assert.ok(short.code === 1 || short.code === 3, `${short.code} ${told}`);
    assert.match(told, /logs\/(?:a\.log|old|\.logmill-).*no space left.*ENOSPC/);
    empty(tree);
    assert.equal(linesIn(standing(tree.path('logs'))), lines, told);

    const good = await go(tree, door);
    assert.equal(good.code, 0, good.stdout + good.stderr);
    const after = standing(tree.path('logs'));
    assert.equal(linesIn(after), lines, good.stdout + good.stderr);
    assert.deepEqual(after.strangers, []);
    assert.equal(after.files['a.log']?.text, '', 'the log is rotated');
  });
}

test('where there are no inodes left a log that needs none for its new name is rotated all the same', {
  skip,
}, async t => {
  const tree = smallDisk(t, 'rotate 5\nnocreate');
  if (tree === null) return t.skip('no tmpfs can be mounted here');
  const before = standing(tree.path('logs'));
  fill(tree, 'inodes');
  const ran = await go(tree, 'native');
  assert.equal(ran.code, 0, ran.stdout + ran.stderr);
  empty(tree);
  const after = standing(tree.path('logs'));
  assert.deepEqual(Object.keys(after.files).sort(), ['a.log.1', 'a.log.2', 'a.log.3']);
  assert.deepEqual(after.streams, before.streams);
});

/** Of all files, one that is on its way (a.log.tmp) included. */
function linesIn({ files }: Standing): string {
  return Object.values(files)
    .flatMap(({ text }) => text.split('\n'))
    .filter(Boolean)
    .sort()
    .join('\n');
}

function smallDisk(t: TestContext, body: string): TempTree | null {
  const tree = tempTree({ logs: {} });
  const options = 'size=2m,nr_inodes=64,mode=755';
  const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', options, 'tmpfs', tree.path('logs')]);
  t.after(() => {
    spawnSync('umount', ['-l', tree.path('logs')]);
    tree.remove();
  });
  if (mounted.status !== 0) return null;
  tree.plant({
    logs: { 'a.log': linesOf('a', 12_000), 'a.log.1': linesOf('a1', 3000), 'a.log.2': linesOf('a2', 3000) },
    'p.conf': `"${tree.folder}/logs/a.log" {\nsize 1k\n${body}\n}\n`,
  });
  return tree;
}

function fill(tree: TempTree, shortage: Shortage): void {
  const { bavail, bsize, ffree } = statfsSync(tree.path('logs'));
  if (shortage === 'bytes') writeFileSync(tree.path('logs/fill'), Buffer.alloc((bavail - 2) * bsize));
  else for (let n = 0; n < ffree; n += 1) writeFileSync(tree.path(`logs/fill-${n}`), '');
}

function empty(tree: TempTree): void {
  for (const name of readdirSync(tree.path('logs')))
    if (name.startsWith('fill')) rmSync(tree.path(`logs/${name}`));
}

function go(tree: TempTree, door: Door): Promise<Watched> {
  const args =
    door === 'door' ? ['logrotate', '-s', 'status', 'p.conf'] : ['apply', 'p.conf', '--state-dir', 'state'];
  return runWatched(args, { cwd: tree.folder });
}
