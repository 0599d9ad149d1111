// What programs get that are not ours: the mailer names as they are, to the byte, and a program under su
// nothing of root.

import assert from 'node:assert/strict';
import { chmodSync, chownSync, existsSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { runWatched } from '../rig/calls.ts';
import { bytesOf, type TempTree, tempTree, textOf } from '../rig/temp-tree.ts';

const text = 'a line of a log that is worth keeping\n'.repeat(200);
const nobody = 65_534;

function apply(tree: TempTree) {
  const env = { PATH: `${tree.path('bin')}:${process.env.PATH}` };
  return runWatched(['apply', 'p.conf', '--state-dir', 'state'], { cwd: tree.folder, env });
}

const names = [
  'new\nline.log',
  'quote\'"`.log',
  '$(touch pwned).log',
  ';touch pwned;.log',
  '-rf.log',
  '*.log',
  `${'n'.repeat(240)}.log`,
  'byte\udcff.log',
];

test('names that a shell would obey reach the mailer as they are, to the byte, and the letter is the log', async () => {
  using tree = tempTree({
    logs: Object.fromEntries(
      names.flatMap((name, n) => [
        [name, text],
        [`${name}.1`, `letter ${n}\n`],
      ]),
    ),
  });
  tree.plant({
    bin: {
      mail: {
        content: `#!/bin/sh\nprintf '%s\\0' "$@" >> '${tree.path('sent')}'\ncat >> '${tree.path('text')}'\n`,
        mode: 0o755,
      },
    },
    'p.conf': `"${tree.folder}/logs/*.log" {\nsize 1k\nrotate 1\nmail me@example.org\ncreate\n}\n`,
  });
  const ran = await apply(tree);
  assert.equal(ran.code, 0, ran.stdout + ran.stderr);
  const sent = textOf(readFileSync(tree.path('sent')))
    .split('\0')
    .filter(Boolean);
  const letters = Array.from({ length: sent.length / 3 }, (_, n) => sent.slice(3 * n, 3 * n + 3));
  assert.deepEqual(
    letters.map(([, subject]) => subject).sort(),
    names.map(name => `${tree.folder}/logs/${name}.2`).sort(),
  );
  for (const [option, , address] of letters) assert.deepEqual([option, address], ['-s', 'me@example.org']);
  const got = readFileSync(tree.path('text'), 'utf8').trim().split('\n').sort();
  assert.deepEqual(got, names.map((_, n) => `letter ${n}`).sort());
  assert.ok(!existsSync(tree.path('pwned')) && !existsSync(tree.path('logs/pwned')));
  for (const name of names) assert.ok(existsSync(bytesOf(`${tree.folder}/logs/${name}.1`)));
});

test('a program under su has nothing of root: no group, no capability, no descriptor', {
  skip: process.getuid?.() === 0 && process.platform === 'linux' ? false : 'root gives up its rights here',
}, async () => {
  using tree = tempTree({
    logs: { 'a.log': { content: text, uid: nobody, gid: nobody } },
    seen: { content: '', mode: 0o666 },
  });
  chmodSync(tree.folder, 0o755);
  chownSync(tree.path('logs'), nobody, nobody);
  chmodSync(tree.path('logs'), 0o777);
  tree.plant({
    packer: {
      content: `#!/bin/sh\n{ grep -E '^(Uid|Gid|Groups|CapEff|CapPrm):' /proc/self/status; ls -l /proc/$$/fd; } >> '${tree.path('seen')}'\nexec gzip\n`,
      mode: 0o755,
    },
    'p.conf': `"${tree.folder}/logs/a.log" {\nsu nobody nogroup\nsize 1k\nrotate 1\ncompress\ncompresscmd ${tree.path('packer')}\ncompressext .gz\ncreate\n}\n`,
  });
  const ran = await apply(tree);
  assert.equal(ran.code, 0, ran.stdout + ran.stderr);
  assert.ok(existsSync(tree.path('logs/a.log.1.gz')));
  const seen = readFileSync(tree.path('seen'), 'utf8');
  assert.match(seen, /^Uid:\s+65534\s+65534\s+65534\s+65534$/m);
  assert.match(seen, /^Gid:\s+65534\s+65534\s+65534\s+65534$/m);
  assert.match(seen, /^Groups:\s*(?:65534)?\s*$/m);
  assert.match(seen, /^CapPrm:\s+0+$/m);
  assert.match(seen, /^CapEff:\s+0+$/m);
  assert.doesNotMatch(seen, /-> .*\/(?:state|p\.conf)/);
});

test('a plan under su has a name of its own, that nobody can guess', {
  skip: process.getuid?.() === 0 ? false : 'root gives up its rights here',
}, async () => {
  using tree = tempTree({ logs: { 'a.log': { content: text, uid: nobody, gid: nobody } } });
  chmodSync(tree.folder, 0o755);
  tree.plant({ 'p.conf': `"${tree.folder}/logs/a.log" {\nsu nobody :${nobody}\nsize 1k\nrotate 1\n}\n` });
  const plan = async (): Promise<string> => {
    const args = ['plan', 'p.conf', '--json', '--state-dir', 'state'];
    const ran = await runWatched(args, { cwd: tree.folder });
    assert.equal(ran.code, 0, ran.stdout + ran.stderr);
    return JSON.parse(ran.stdout).plan.id;
  };
  const ids = [await plan(), await plan()].map(id => id.split('-')[1] ?? '');
  for (const nonce of ids) assert.match(nonce, /^[0-9a-f]{12}$/);
  assert.notEqual(ids[0], ids[1]);
});
