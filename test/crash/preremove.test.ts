// A preremove that fails keeps the plain file beside its archive. Until it succeeds nothing more is done with
// that log: counted twice, the pair would push another generation out.

import assert from 'node:assert/strict';
import { appendFileSync, readdirSync } from 'node:fs';
import { test } from 'node:test';
import { runTool } from '../rig/run-tool.ts';
import { tempTree } from '../rig/temp-tree.ts';
import { countLines, linesOf, standing } from './shapes.ts';

test('while preremove fails no other generation goes, and once it succeeds all is put right', async () => {
  using tree = tempTree({ logs: { 'a.log': linesOf('a', 100), 'a.log.1': linesOf('a1', 100) } });
  const body = `size 2k\nrotate 2\ncompress\ncreate\npreremove\ntest -e "${tree.path('allowed')}"\nendscript`;
  tree.plant({ 'p.conf': `"${tree.path('logs/a.log')}" {\n${body}\n}\n` });
  const apply = () => runTool(['apply', 'p.conf', '--state-dir', 'state'], { cwd: tree.folder });
  const lines = () => [...countLines(standing(tree.path('logs')).streams).keys()].length;

  assert.equal((await apply()).code, 3);
  for (const round of [1, 2]) {
    appendFileSync(tree.path('logs/a.log'), linesOf(`more ${round}`, 100));
    const failed = await apply();
    assert.equal(failed.code, 1, failed.stdout + failed.stderr);
    assert.match(failed.stdout, /preremove .*exited with 1/);
    assert.equal(lines(), 200 + round * 100);
  }

  tree.plant({ allowed: '' });
  const good = await apply();
  assert.equal(good.code, 0, good.stdout + good.stderr);
  assert.deepEqual(readdirSync(tree.path('logs')).sort(), ['a.log', 'a.log.1.gz', 'a.log.2.gz']);
  const counts = [...countLines(standing(tree.path('logs')).streams).values()];
  // What was first is the third generation now, and goes by rotate 2.
  assert.deepEqual([counts.length, new Set(counts)], [300, new Set([1])]);
});
