// Against the real grep: the same question to both, over generations that are cut anywhere and packed
// in any way. Seeded: what fails once fails again (LOGMILL_GREP_CASES=N for more of them).

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { hasProgram, randomFrom } from '../codec/material.ts';
import { runTool } from '../rig/run-tool.ts';
import { tempTree } from '../rig/temp-tree.ts';

const alone = { LOGMILL_POLICIES: '', XDG_CONFIG_HOME: '/nonexistent', HOME: '/nonexistent' };
const cases = Number(process.env.LOGMILL_GREP_CASES ?? 40);

/** Where both understand the same: `$` stands before a return here, grep's dot takes no NUL, and its words may hold other letters than ASCII's. */
const expressions = [
  'a',
  'ab',
  'abc',
  '^a',
  'c$',
  '^$',
  'a|cb',
  'a.c',
  'b.*a',
  '[ab]+c',
  '[^b]c',
  '(a|b)c{2,3}',
  '(ab)+',
  'x?b',
  'é',
  'É.',
  'bca|acb|cba',
  '\\bab',
  'ab\\b',
  '\\.',
  '',
];
const texts = ['a', 'b.c', '[a]', 'é', 'abca', '*', 'A'];

interface Case {
  readonly args: readonly string[];
  readonly pieces: readonly string[];
  readonly isOneFile: boolean;
}

function caseOf(seed: number): Case {
  const random = randomFrom(seed);
  const below = (limit: number) => Math.floor(random() * limit);
  const one = <T>(from: readonly T[]): T => from[below(from.length)] as T;
  const isFixed = below(4) === 0;
  const pattern = one(isFixed ? texts : expressions);
  const letters = ['a', 'b', 'c', 'A', ' ', '.'];
  if (!/\.|\[\^|\$/.test(pattern)) letters.push('\0', '\r');
  if (!pattern.includes('\\b')) letters.push('é');
  const lines = Array.from({ length: below(60) }, () =>
    Array.from({ length: below(9) }, () => one(letters)).join(''),
  );
  const text = lines.join('\n') + (lines.length > 0 && below(4) > 0 ? '\n' : '');
  const isOneFile = below(3) === 0;
  const cuts = isOneFile
    ? []
    : Array.from({ length: below(4) }, () => below(text.length + 1)).sort((a, b) => a - b);
  const pieces = [0, ...cuts].map((from, index) => text.slice(from, cuts[index] ?? text.length));
  // grep looks at no file where nothing can match, and then does not count either.
  const flags = ['-i', ...(pattern === '' ? [] : ['-v']), ...(isOneFile ? ['-n'] : [])].filter(
    () => below(3) === 0,
  );
  const form = one([
    [],
    [],
    ['-c'],
    ['-l'],
    ['-A', String(below(4))],
    ['-B', String(below(4))],
    ['-C', '1'],
    ['-A', '2', '-B', '1'],
  ]);
  const isListed = form[0] === '-l';
  const names = isOneFile ? one([[], ['-H'], ['-h']]) : [];
  const args = [
    ...(isFixed ? ['-F'] : []),
    ...flags,
    ...(isListed && !isOneFile ? ['-c'] : form),
    ...names,
    '--',
    pattern,
  ];
  return { args, pieces, isOneFile };
}

function planted(pieces: readonly string[]): Record<string, string | Uint8Array> {
  const packers = [gzipSync, zstdCompressSync, (text: string) => text];
  const extensions = ['.gz', '.zst', ''];
  const files: Record<string, string | Uint8Array> = { 'app.log': pieces.at(-1) ?? '' };
  for (const [index, piece] of pieces.slice(0, -1).entries()) {
    const number = pieces.length - 1 - index;
    files[`app.log.${number}${extensions[index % 3]}`] = (packers[index % 3] as typeof gzipSync)(piece);
  }
  return files;
}

test(`${cases} questions are answered as grep answers them`, { skip: !hasProgram('grep') }, async () => {
  for (let seed = 1; seed <= cases; seed += 1) {
    const { args, pieces, isOneFile } = caseOf(seed);
    using tree = tempTree({ ...planted(pieces), joined: pieces.join('') });
    const log = tree.path('app.log');
    const ours = await runTool(['grep', ...args, log], { cwd: tree.folder, env: alone });
    const asked = isOneFile ? log : tree.path('joined');
    const theirs = spawnSync('grep', ['-a', ...(args.includes('-F') ? [] : ['-E']), ...args, asked], {
      encoding: 'utf8',
      env: { LC_ALL: 'C.UTF-8' },
    });
    const what = `seed ${seed}: grep ${args.join(' ')} over ${JSON.stringify(pieces)}`;
    assert.deepEqual([ours.stdout, ours.code], [theirs.stdout, theirs.status], what);
  }
});
