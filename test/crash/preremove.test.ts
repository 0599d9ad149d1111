// A preremove that fails keeps the plain file beside its archive. The log goes on being rotated, and the
// pair counts as one generation, so that it never pushes another one out.

import assert from 'node:assert/strict';
import { appendFileSync, readdirSync } from 'node:fs';
import { test } from 'node:test';
import { runTool } from '../rig/run-tool.ts';
import { tempTree } from '../rig/temp-tree.ts';
import { countLines, linesOf, standing } from './shapes.ts';

test('while preremove fails the log is rotated and nothing goes; once it succeeds the count holds again', async () => {
  using tree = tempTree({ logs: { 'a.log': linesOf('a', 100), 'a.log.1': linesOf('a1', 100) } });
  const body = `size 2k\nrotate 2\ncompress\ncreate\npreremove\ntest -e "${tree.path('allowed')}"\nendscript`;
  tree.plant({ 'p.conf': `"${tree.path('logs/a.log')}" {\n${body}\n}\n` });
  const apply = () => runTool(['apply', 'p.conf', '--state-dir', 'state'], { cwd: tree.folder });
  const lines = () => [...countLines(standing(tree.path('logs')).streams).keys()].length;

  assert.equal((await apply()).code, 3);
  for (const round of [1, 2]) {
    appendFileSync(tree.path('logs/a.log'), linesOf(`more ${round}`, 100));
    const failed = await apply();
    assert.equal(failed.code, 3, failed.stdout + failed.stderr);
    assert.match(failed.stdout, /preremove .*exited with 1/);
    assert.equal(lines(), 200 + round * 100);
  }

  tree.plant({ allowed: '' });
  appendFileSync(tree.path('logs/a.log'), linesOf('more 3', 100));
  const good = await apply();
  assert.doesNotMatch(good.stdout, /preremove .*exited/);
  // Of each of the two generations that rotate 2 keeps there is an archive, and no line of them is missing.
  const kept = readdirSync(tree.path('logs')).filter(name => name.endsWith('.gz'));
  assert.deepEqual(kept.sort(), ['a.log.1.gz', 'a.log.2.gz']);
  assert.equal(lines(), 200);
});
