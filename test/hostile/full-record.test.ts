// The record's disk is full: what cannot be written down is not begun, what frees space is done, and
// once there is room the next round makes good what was put off (rulings 28).

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, rmSync, statfsSync, statSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { runWatched } from '../rig/calls.ts';
import { tempTree } from '../rig/temp-tree.ts';

const skip = process.getuid?.() === 0 && process.platform === 'linux' ? false : 'mounts a tmpfs';
const text = 'a line of a log that is worth keeping\n'.repeat(200);

test('on a full state disk nothing is rotated, old generations are compressed and deleted, and later all is made good', {
  skip,
}, async t => {
  const tree = tempTree({ logs: { 'a.log': text } });
  mkdirSync(tree.path('small'));
  const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=16M', 'tmpfs', tree.path('small')]);
  t.after(() => {
    spawnSync('umount', ['-l', tree.path('small')]);
    tree.remove();
  });
  if (mounted.status !== 0) return t.skip('no tmpfs can be mounted here');
  tree.plant({ 'p.conf': `"${tree.folder}/logs/a.log" {\nsize 1k\nrotate 2\ncompress\ncreate\n}\n` });
  const apply = () => runWatched(['apply', 'p.conf', '--state-dir', 'small/state'], { cwd: tree.folder });

  assert.equal((await apply()).code, 0);
  assert.equal(statSync(tree.path('small/state/reserve')).size, 4 << 20);

  // Without its reserve, as after a round that had to give it up, and with no room for another.
  rmSync(tree.path('small/state/reserve'));
  const { bavail, bsize } = statfsSync(tree.path('small'));
  writeFileSync(tree.path('small/ballast'), Buffer.alloc(bavail * bsize - (3 << 20)));
  tree.plant({ logs: { 'a.log': text, 'a.log.2': text, 'a.log.9': text } });
  const short = await apply();
  assert.equal(short.code, 3, short.stdout + short.stderr);
  assert.match(short.stderr, /a\.log.*ENOSPC/);
  assert.equal(statSync(tree.path('logs/a.log')).size, text.length, 'the live log stays where it is');
  assert.ok(existsSync(tree.path('logs/a.log.2.gz')), 'what is plain is compressed');
  assert.ok(!existsSync(tree.path('logs/a.log.9')), 'what retention let go is deleted');

  rmSync(tree.path('small/ballast'));
  const good = await apply();
  assert.equal(good.code, 0, good.stdout + good.stderr);
  assert.equal(statSync(tree.path('logs/a.log')).size, 0);
  assert.equal(statSync(tree.path('small/state/reserve')).size, 4 << 20, 'the reserve is filled again');
});
