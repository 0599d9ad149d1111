// renamecopy with a postrotate that always fails: the log is served all the same, nothing waits under
// another name for good, and a writer that has not reopened loses nothing.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { appendFileSync, closeSync, openSync, readdirSync, writeSync } from 'node:fs';
import { test } from 'node:test';
import { runTool } from '../rig/run-tool.ts';
import { tempTree } from '../rig/temp-tree.ts';
import { countLines, linesOf, standing } from './shapes.ts';

const says = 'size 2k\nrotate 9\nrenamecopy\ncreate\npostrotate\nexit 3\nendscript';

test('while postrotate fails each round keeps its generation, and nothing is left as LOG.tmp', async () => {
  using tree = tempTree({ logs: { 'a.log': linesOf('a', 100) } });
  tree.plant({ 'p.conf': `"${tree.path('logs/a.log')}" {\n${says}\n}\n` });
  for (const round of [1, 2, 3]) {
    const ran = await runTool(['apply', 'p.conf', '--state-dir', 'state'], { cwd: tree.folder });
    assert.equal(ran.code, 3, ran.stdout + ran.stderr);
    assert.match(ran.stdout, /postrotate .*exited with 3/);
    const numbers = Array.from({ length: round }, (_, n) => `a.log.${n + 1}`);
    assert.deepEqual(readdirSync(tree.path('logs')).sort(), ['a.log', ...numbers]);
    appendFileSync(tree.path('logs/a.log'), linesOf(`more ${round}`, 100));
  }
  const lines = countLines(standing(tree.path('logs')).streams);
  assert.equal(lines.size, 400);
  assert.ok([...lines.values()].every(count => count === 1));
});

test('a writer that has not reopened by the end of the round goes on in the generation', async () => {
  using tree = tempTree({ logs: { 'a.log': linesOf('a', 100) } });
  tree.plant({
    'p.conf': `"${tree.path('logs/a.log')}" {\n${says.replace('exit 3', 'true')}\n}\n`,
  });
  const late = openSync(tree.path('logs/a.log'), 'a');
  const ran = await runTool(['apply', 'p.conf', '--state-dir', 'state'], { cwd: tree.folder });
  assert.equal(ran.code, 0, ran.stdout + ran.stderr);
  writeSync(late, linesOf('late', 5));
  closeSync(late);
  assert.equal(countLines(standing(tree.path('logs')).streams).size, 105);
});

test('to another file system the log is copied once its writer has reopened, and not before', {
  skip: process.getuid?.() === 0 && process.platform === 'linux' ? false : 'mounts a tmpfs',
}, async t => {
  const tree = tempTree({ logs: { 'a.log': linesOf('a', 100), old: {} } });
  const mounted = spawnSync('mount', [
    '-t',
    'tmpfs',
    '-o',
    'size=4m,mode=755',
    'tmpfs',
    tree.path('logs/old'),
  ]);
  t.after(() => {
    spawnSync('umount', ['-l', tree.path('logs/old')]);
    tree.remove();
  });
  if (mounted.status !== 0) return t.skip('no tmpfs can be mounted here');
  const body = `${says.replace('exit 3', 'true')}\nolddir old`;
  tree.plant({ 'p.conf': `"${tree.path('logs/a.log')}" {\n${body}\n}\n` });
  const late = openSync(tree.path('logs/a.log'), 'a');
  const apply = () => runTool(['apply', 'p.conf', '--state-dir', 'state'], { cwd: tree.folder });
  const early = await apply();
  assert.match(early.stdout + early.stderr, /still writes to .*a\.log\.tmp/);
  writeSync(late, linesOf('late', 5));
  closeSync(late);
  const ran = await apply();
  assert.equal(ran.code, 0, ran.stdout + ran.stderr);
  assert.deepEqual(readdirSync(tree.path('logs')).sort(), ['a.log', 'old']);
  assert.equal(countLines(standing(tree.path('logs')).streams).size, 105);
});
