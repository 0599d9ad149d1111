// Rounds of one log, each by another policy: compression switched, delayed and failing, scripts that fail, a
// daemon that makes its log anew in the middle, and all of it on one date. No generation is overwritten:
// every line of every round is there, once.

import assert from 'node:assert/strict';
import { appendFileSync } from 'node:fs';
import { test } from 'node:test';
import { linesOf, standing } from '../crash/shapes.ts';
import { runTool } from '../rig/run-tool.ts';
import { tempTree } from '../rig/temp-tree.ts';

const bodies: readonly string[] = [
  'compress\ncreate',
  'compress\ndelaycompress\ncreate',
  'nocompress\ncreate',
  'compress\ncreate',
  'compress\ncompresscmd /bin/false\ncompressext .gz\ncreate',
  'compress\ndelaycompress\ncreate\npostrotate\nexit 1\nendscript',
  'compress\ncreate\nprerotate\nexit 1\nendscript',
  'compress\ncompresscmd zstd\ncompressext .zst\ncreate',
  'compress\ncopytruncate\ntruncatewith tail',
  'compress\nnocreate\npostrotate\necho made anew while rotating >> "@LOG@"\nendscript',
  'compress\ncreate\nprerotate\ncat "@LOG@" > "@LOG@.side" && mv "@LOG@.side" "@LOG@"\nendscript',
  'nocompress\nrenamecopy\ncreate',
  'compress\ncreate',
];

const ways: readonly (readonly [name: string, naming: string, args: readonly string[]])[] = [
  ['natively', 'dateext', ['apply', 'p.conf', '--state-dir', 'state']],
  ['by the door', 'nodateext', ['logrotate', '-f', '-s', 'status', 'p.conf']],
];

for (const [name, naming, args] of ways) {
  test(`whatever fails, is switched or made anew, no generation is overwritten: ${naming}, ${name}`, async () => {
    using tree = tempTree({ logs: { 'a.log': '' } });
    const log = tree.path('logs/a.log');
    const wanted = ['made anew while rotating'];
    for (const [round, body] of bodies.entries()) {
      const text = linesOf(`round ${round}`, 50);
      appendFileSync(log, text);
      wanted.push(...text.trim().split('\n'));
      const policy = `"${log}" {\nsize 1k\nrotate 99\n${naming}\n${body.replaceAll('@LOG@', log)}\n}\n`;
      tree.plant({ 'p.conf': policy });
      const ran = await runTool([...args], { cwd: tree.folder });
      const { files } = standing(tree.path('logs'));
      const found = Object.values(files).flatMap(file => file.text.split('\n').filter(Boolean));
      const there = found.includes('made anew while rotating') ? wanted : wanted.slice(1);
      assert.deepEqual(
        found.sort(),
        [...there].sort(),
        `round ${round}, ${body}\n${ran.stdout}${ran.stderr}`,
      );
    }
  });
}
