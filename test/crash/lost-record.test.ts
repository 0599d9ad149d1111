// The record is lost after a stop: nothing remembers what was half made. It is known by its name and
// age, and taken away; what only looks like it, or may be the only copy of something, stays.

import assert from 'node:assert/strict';
import { readdirSync, readFileSync, renameSync, rmSync, symlinkSync, utimesSync } from 'node:fs';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { readTemporary } from '../../src/logs/temporary.ts';
import { noShim, runWatched } from '../rig/calls.ts';
import { tempTree } from '../rig/temp-tree.ts';
import { linesOf } from './shapes.ts';

const args = ['apply', 'p.conf', '--state-dir', 'state'];
const body = 'size 2k\nrotate 3\ncompress\ncreate\nolddir old\ncreateolddir';
const long = new Date(1_600_000_000_000);

test('what a stopped run has left is taken away once it is old, though its record is gone', {
  skip: noShim,
}, async () => {
  using tree = tempTree({ logs: { 'a.log': linesOf('a', 300) } });
  tree.plant({ 'p.conf': `"${tree.folder}/logs/a.log" {\n${body}\n}\n` });
  const under = [tree.path('logs')];
  const killed = await runWatched(args, { cwd: tree.folder }, { under, ops: 'write', at: 1, act: 'kill' });
  assert.equal(killed.signal, 'SIGKILL');
  rmSync(tree.path('state'), { recursive: true });
  const folder = tree.path('logs/old');
  const [left = ''] = readdirSync(folder).filter(name => name.startsWith('.logmill-'));
  assert.ok(readTemporary(left) !== null, left);

  const young = await runWatched(args, { cwd: tree.folder });
  assert.equal(young.code, 0, young.stdout + young.stderr);
  assert.ok(readdirSync(folder).includes(left), 'somebody may be at work on it');

  const aged = left.replace(/-\d{8}T/, '-20200913T');
  renameSync(`${folder}/${left}`, `${folder}/${aged}`);
  utimesSync(`${folder}/${aged}`, long, long);
  const later = await runWatched(args, { cwd: tree.folder });
  assert.equal(later.code, 0, later.stdout + later.stderr);
  assert.match(later.stdout, /delete/);
  assert.deepEqual(readdirSync(folder), ['a.log.1.gz']);
});

test('what only has such a name stays, and what was set aside is shown to a person', async () => {
  const name = '.logmill-20200913T120000Z-5f3a9c0d';
  using tree = tempTree({
    victim: 'a secret',
    logs: {
      'a.log': linesOf('a', 1),
      [`${name}-1`]: { content: 'written to just now' },
      [`${name}-2-mine`]: { content: 'mine', mtime: long.getTime() },
      [`${name}-3`]: { inside: 'a folder' },
      [`${name}-4-aside`]: { content: 'the only one', mtime: long.getTime() },
      '.logmill-notes': { content: 'mine', mtime: long.getTime() },
    },
  });
  symlinkSync('../victim', tree.path(`logs/${name}-5`));
  tree.plant({ 'p.conf': `"${tree.folder}/logs/a.log" {\n${body}\n}\n` });
  const before = readdirSync(tree.path('logs')).sort();
  const ran = await runWatched(args, { cwd: tree.folder });
  assert.equal(ran.code, 3, ran.stdout + ran.stderr);
  assert.match(ran.stderr, /-4-aside: it was set aside by a run that was stopped/);
  assert.deepEqual(readdirSync(tree.path('logs')).sort(), before);
});

test('parts of a generation that was compressed from its tail are kept, read, and said', async () => {
  const [text, half] = [linesOf('a1', 300), 9000];
  const packed = gzipSync(text.slice(half));
  const part = `a.log.1.logmill-tail-${half}-${text.length}-${packed.length}.gz`;
  using tree = tempTree({ logs: { 'a.log': linesOf('a', 300) } });
  tree.plant({
    logs: { 'a.log.1': text.slice(0, half), [part]: packed },
    'p.conf': `"${tree.folder}/logs/*.log" {\nsize 2k\nrotate 1\ncompress\ncreate\n}\n`,
  });
  const names = ['a.log', 'a.log.1', part];
  const contents = () => names.map(name => readFileSync(tree.path(`logs/${name}`), 'latin1'));
  const before = contents();
  for (const name of ['a.log.1', part]) utimesSync(tree.path(`logs/${name}`), long, long);
  const ran = await runWatched(args, { cwd: tree.folder });
  assert.equal(ran.code, 3, ran.stdout + ran.stderr);
  assert.match(ran.stdout + ran.stderr, /a\.log\.1 is being compressed from its end/);
  assert.deepEqual(contents(), before);
  const cat = await runWatched(['cat', tree.path('logs/a.log')], { cwd: tree.folder });
  assert.equal(cat.stdout, text + linesOf('a', 300));
});
