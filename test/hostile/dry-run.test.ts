// A dry run of a policy that would do everything: under the shim, with all calls counted that change
// something anywhere below the folder of the test, there is not one.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { linesOf } from '../crash/shapes.ts';
import { noShim, runWatched } from '../rig/calls.ts';
import { contentsOf, foundTree, tempTree } from '../rig/temp-tree.ts';

const old = 1_600_000_000_000;
const scripts = ['firstaction', 'prerotate', 'postrotate', 'preremove', 'lastaction']
  .map(word => `${word}\necho ${word} >> "@HERE@/ran"\nendscript`)
  .join('\n');
const body = `size 1k\nrotate 1\nmaxage 30\nmail someone@example.org\ncompress\nshred\ncreate\n${scripts}`;

const runs: readonly (readonly string[])[] = [
  ['plan', 'p.conf', '--state-dir', 'state'],
  ['plan', 'p.conf', '--state-dir', 'state', '--json'],
  ['check', 'p.conf'],
  ['logrotate', '-d', '-s', 'status', '-m', '@HERE@/bin/mail', 'p.conf'],
  ['logrotate', '-d', '-f', '-s', 'status', '-m', '@HERE@/bin/mail', 'p.conf'],
];

for (const words of runs) {
  test(`a dry run makes no call that changes anything: ${words.join(' ')}`, { skip: noShim }, async () => {
    using tree = tempTree({
      logs: {
        'a.log': linesOf('a', 100),
        'a.log.1': { content: linesOf('a1', 100), mtime: old },
        'b.log': linesOf('b', 100),
        'b.log.1': linesOf('b1', 100),
      },
      bin: { mail: { content: '#!/bin/sh\nexec cat >> "$(dirname "$0")/../mailed"\n', mode: 0o755 } },
    });
    const more = 'olddir @HERE@/logs/old\ncreateolddir 0750';
    const sections = `"@HERE@/logs/a.log" {\n${body}\n}\n"@HERE@/logs/b.log" {\n${body}\n${more}\n}\n`;
    tree.plant({ 'p.conf': sections.replaceAll('@HERE@', tree.folder) });
    const [names, contents] = [foundTree(tree.folder), contentsOf(tree.folder)];
    const args = words.map(word => word.replace('@HERE@', tree.folder));
    const ran = await runWatched(args, { cwd: tree.folder }, { under: [tree.folder], ops: 'changes' });
    assert.equal(ran.code, 0, ran.stdout + ran.stderr);
    assert.deepEqual(
      ran.calls.map(({ op, path }) => `${op} ${path}`),
      [],
    );
    assert.deepEqual([foundTree(tree.folder), contentsOf(tree.folder)], [names, contents]);
    if (words[0] !== 'check') assert.match(ran.stdout + ran.stderr, /a\.log\.1/, 'it has planned something');
  });
}
