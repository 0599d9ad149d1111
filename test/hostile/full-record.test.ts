// The record's disk is full: what cannot be written down is not begun, what frees space is done, and
// once there is room the next round makes good what was put off (rulings 28).

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statfsSync,
  statSync,
  writeFileSync,
} from 'node:fs';
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
  assert.equal(statSync(tree.path('small/state/reserve')).size, 1 << 20, 'a sixteenth');

  // Without its reserve, as after a round that had to give it up, and with no room for another.
  rmSync(tree.path('small/state/reserve'));
  const { bavail, bsize } = statfsSync(tree.path('small'));
  writeFileSync(tree.path('small/ballast'), Buffer.alloc(bavail * bsize - (1 << 20)));
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
  assert.equal(statSync(tree.path('small/state/reserve')).size, 1 << 20, 'the reserve is filled again');
});

test('where STATE, record and logs have no inodes left the door shifts nothing, and later all is made good', {
  skip,
}, async t => {
  const tree = tempTree({ small: {} });
  const options = 'size=8M,nr_inodes=40,mode=755';
  const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', options, 'tmpfs', tree.path('small')]);
  t.after(() => {
    spawnSync('umount', ['-l', tree.path('small')]);
    tree.remove();
  });
  if (mounted.status !== 0) return t.skip('no tmpfs can be mounted here');
  const policy = `"${tree.folder}/small/logs/a.log" {\nsize 1k\nrotate 3\ncreate\n}\n`;
  tree.plant({ small: { logs: { 'a.log': text } }, 'p.conf': policy });
  const door = () => runWatched(['logrotate', '-s', 'small/status', 'p.conf'], { cwd: tree.folder });
  const logs = () => readdirSync(tree.path('small/logs')).sort();
  const refused = async () => {
    const short = await door();
    assert.equal(short.code, 1, short.stderr);
    assert.match(short.stderr, /small\/status\.logmill.*no more files \(ENOSPC\)/);
  };
  const fill = () => {
    const { ffree } = statfsSync(tree.path('small'));
    for (let n = 0; n < ffree; n += 1) writeFileSync(tree.path(`small/fill-${n}`), '');
  };
  const empty = () => {
    for (const name of readdirSync(tree.path('small')))
      if (name.startsWith('fill')) rmSync(tree.path(`small/${name}`));
  };

  assert.equal((await door()).code, 0);
  tree.plant({ small: { logs: { 'a.log': `next ${text}` } } });
  fill();
  for (const _ of [1, 2]) await refused();
  assert.deepEqual(logs(), ['a.log', 'a.log.1'], 'old logs are where they were');
  empty();
  // As where only logrotate was before: STATE and no record.
  rmSync(tree.path('small/status.logmill'), { recursive: true });
  mkdirSync(tree.path('small/status.logmill'), { mode: 0o700 });
  fill();
  const first = await door();
  assert.equal(first.code, 1, first.stderr);
  assert.match(first.stderr, /ENOSPC/);
  assert.deepEqual(logs(), ['a.log', 'a.log.1'], 'old logs are where they were');
  empty();
  const good = await door();
  assert.equal(good.code, 0, good.stderr);
  assert.deepEqual(logs(), ['a.log', 'a.log.1', 'a.log.2']);
  assert.equal(readFileSync(tree.path('small/logs/a.log.1'), 'utf8'), `next ${text}`);
});
