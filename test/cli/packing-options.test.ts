// What a person may ask of packing: how fast, in how little memory.

import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { runTool } from '../rig/run-tool.ts';
import { aTempFolder, lines } from './rig.ts';

test('--small packs the same bytes, and its scripts do not see how', async t => {
  const text = lines(3 * 1024 * 1024);
  const policy = '"logs/*.log" {\n size 1k\n rotate 2\n compress\n postrotate\n env > said\n endscript\n}\n';
  const folder = aTempFolder(t, { logs: { 'a.log': text }, 'p.conf': policy });
  const ran = await runTool(['apply', 'p.conf', '--small', '--state-dir', 'state'], { cwd: folder });
  assert.equal(ran.code, 0, ran.stderr);
  assert.equal(ran.stderr, '');
  assert.equal(gunzipSync(readFileSync(`${folder}/logs/a.log.1.gz`)).toString(), text);
  assert.ok(existsSync(`${folder}/said`));
  assert.doesNotMatch(readFileSync(`${folder}/said`, 'utf8'), /MALLOC_ARENA_MAX/);
});

test('there are threads for all cores and for files, and scripts do not see how many', {
  skip: process.platform !== 'linux' && 'threads are counted in /proc',
}, async t => {
  const script = 'env > said\n cat /proc/$PPID/task/*/comm > threads';
  const policy = `"logs/*.log" {\n size 1k\n rotate 2\n compress\n postrotate\n ${script}\n endscript\n}\n`;
  const folder = aTempFolder(t, { logs: { 'a.log': lines(200_000) }, 'p.conf': policy });
  const ran = await runTool(['apply', 'p.conf', '--state-dir', 'state'], { cwd: folder });
  assert.equal(ran.code, 0, ran.stderr);
  const threads = readFileSync(`${folder}/threads`, 'utf8').split('\n');
  assert.equal(threads.filter(name => name === 'libuv-worker').length, availableParallelism() + 4);
  assert.doesNotMatch(readFileSync(`${folder}/said`, 'utf8'), /UV_THREADPOOL_SIZE/);
});

test('--max-rate takes a size, and says what it wants in place of anything else', async t => {
  const text = lines(200_000);
  const policy = '"logs/*.log" {\n size 1k\n rotate 2\n compress\n}\n';
  const folder = aTempFolder(t, { logs: { 'a.log': text }, 'p.conf': policy });
  const wrong = await runTool(['apply', 'p.conf', '--max-rate', 'fast', '--state-dir', 'state'], {
    cwd: folder,
  });
  assert.equal(wrong.code, 64);
  assert.match(wrong.stderr, /'fast' is not a rate .*50M/);
  const ran = await runTool(['apply', 'p.conf', '--max-rate', '50M', '--state-dir', 'state'], {
    cwd: folder,
  });
  assert.equal(ran.code, 0, ran.stderr);
  assert.equal(gunzipSync(readFileSync(`${folder}/logs/a.log.1.gz`)).toString(), text);
});
