// Archives that other programs have packed: read through these programs, each by the real binary.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { hasProgram } from '../codec/material.ts';
import { runTool } from '../rig/run-tool.ts';
import { tempTree } from '../rig/temp-tree.ts';

const alone = { LOGMILL_POLICIES: '', XDG_CONFIG_HOME: '/nonexistent', HOME: '/nonexistent' };

const packers: readonly (readonly [extension: string, program: string, args: readonly string[]])[] = [
  ['.xz', 'xz', ['-c']],
  ['.lzma', 'xz', ['-c', '--format=lzma']],
  ['.bz2', 'bzip2', ['-c']],
  ['.lz4', 'lz4', ['-c']],
];

function packedBy(program: string, args: readonly string[], text: string): Uint8Array {
  const { stdout, status } = spawnSync(program, args, { input: text });
  assert.equal(status, 0);
  return stdout;
}

const dayText = (day: number) =>
  Array.from({ length: 500 }, (_, index) => `2026-01-0${day} 10:00:00 line ${day * 1000 + index}\n`).join('');

for (const [extension, program, args] of packers) {
  test(`${extension} is read through ${program}`, { skip: !hasProgram(program) }, async () => {
    const packed = packedBy(program, args, dayText(2));
    const name = `app.log.1${extension}`;
    using tree = tempTree({
      'app.log.2.gz': gzipSync(dayText(1)),
      [name]: packed,
      'app.log': dayText(3),
      alone: packed,
    });
    const run = (...words: readonly string[]) =>
      runTool(words, { cwd: tree.folder, env: { ...alone, LOGMILL_STATE_DIR: tree.path('state') } });
    assert.equal((await run('cat', 'app.log')).stdout, dayText(1) + dayText(2) + dayText(3));
    assert.equal((await run('cat', 'alone')).stdout, dayText(2));
    assert.equal((await run('grep', '-c', '^2026.*7$', 'app.log')).stdout, '150\n');
    const since = await run('cat', 'app.log', '--since', '2026-01-02', '--until', '2026-01-02');
    assert.equal(since.stdout, dayText(2));
    const verified = await run('verify', 'app.log');
    assert.deepEqual([verified.code, /2 of 2 archives are whole/.test(verified.stdout)], [0, true]);
    assert.match((await run('ls', '--long', 'app.log')).stdout, new RegExp(`${name} .*  500  `));
  });
}

test('a torn one is damaged, and given up to there', { skip: !hasProgram('xz') }, async () => {
  const packed = packedBy('xz', ['-c'], dayText(1).repeat(40));
  using tree = tempTree({ 'app.log.1.xz': packed.subarray(0, -30), 'app.log': 'live line\n' });
  const env = { ...alone, LOGMILL_STATE_DIR: tree.path('state') };
  const given = await runTool(['cat', 'app.log'], { cwd: tree.folder, env });
  assert.equal(given.code, 3);
  assert.match(given.stderr, /app\.log\.1\.xz: xz: \(stdin\): Unexpected end of input/);
  assert.match(given.stdout, /^2026-01-01 10:00:00 line 1000\n[\s\S]*\nlive line\n$/);
  const verified = await runTool(['verify', 'app.log'], { cwd: tree.folder, env });
  assert.deepEqual([verified.code, /damaged .*Unexpected end/.test(verified.stdout)], [1, true]);
});

test('without its program an archive is named and left unread, and the rest is read', async () => {
  using tree = tempTree({
    'app.log': 'an error\n',
    'app.log.1.gz': gzipSync('old error\n'),
    'app.log.2.xz': Buffer.concat([Buffer.from('fd377a585a00', 'hex'), Buffer.from('whatever xz writes')]),
    empty: {},
  });
  const env = { ...alone, PATH: tree.path('empty'), LOGMILL_STATE_DIR: tree.path('state') };
  for (const [words, code, stdout] of [
    [['cat', 'app.log'], 3, 'old error\nan error\n'],
    [['grep', 'error', 'app.log'], 2, 'old error\nan error\n'],
    [['verify', 'app.log'], 3, null],
    [['ls', '--long', 'app.log'], 3, null],
  ] as const) {
    const ran = await runTool(words, { cwd: tree.folder, env });
    assert.equal(ran.code, code, words[0]);
    assert.match(ran.stdout + ran.stderr, /packed by xz, and the program xz is not on this machine/);
    if (stdout !== null) assert.equal(ran.stdout, stdout);
  }
  const { stdout } = await runTool(['verify', '--json', 'app.log'], { cwd: tree.folder, env });
  assert.deepEqual(JSON.parse(stdout).notRead, [tree.path('app.log.2.xz')]);
});
