// `logmill grep`: the real program, and its exit codes as grep has them.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { codecNamed } from '../../src/codec/codecs.ts';
import { hasProgram, logText, MiB, pack } from '../codec/material.ts';
import { runTool } from '../rig/run-tool.ts';
import { tempTree } from '../rig/temp-tree.ts';

const alone = { LOGMILL_POLICIES: '', XDG_CONFIG_HOME: '/nonexistent', HOME: '/nonexistent' };

const kept = {
  'app.log.2.gz': gzipSync('one error\ntwo\nthree err'),
  'app.log.1.zst': zstdCompressSync('or at the border\nfour\n'),
  'app.log': 'five\nsix ERROR (final)\n',
  'web.log': 'GET / 500 error\n',
};

test('lines are told as grep tells them', async () => {
  using tree = tempTree(kept);
  const file = (name: string) => `${tree.folder}/${name}`;
  const cases: readonly (readonly [args: readonly string[], out: string, code: number])[] = [
    [['error', 'app.log'], 'one error\nthree error at the border\n', 0],
    [['-i', 'error', 'app.log'], 'one error\nthree error at the border\nsix ERROR (final)\n', 0],
    [['-n', '^f', 'app.log'], '1:four\n1:five\n', 0],
    [['-v', 'e', 'app.log'], 'two\nfour\nsix ERROR (final)\n', 0],
    [['-c', 'error', 'app.log'], '2\n', 0],
    [['-c', 'error', 'app.log', 'web.log'], 'app.log:2\nweb.log:1\n', 0],
    [['-F', '(final)', 'app.log'], 'six ERROR (final)\n', 0],
    [['-F', '.', 'app.log'], '', 1],
    [['-l', '[a-z0-9] e', 'app.log', 'web.log'], `${file('app.log.2.gz')}\n${file('web.log')}\n`, 0],
    [['-hi', 'ERROR$|500', 'app.log', 'web.log'], 'one error\nGET / 500 error\n', 0],
    [['-Hn', 'border', 'app.log'], `${file('app.log.2.gz')}:3:three error at the border\n`, 0],
    [['-nA1', 'three', 'app.log'], '3:three error at the border\n1-four\n', 0],
    [['-B1', 'five', 'app.log'], 'four\nfive\n', 0],
    [['-C1', 'one|six', 'app.log'], 'one error\ntwo\n--\nfive\nsix ERROR (final)\n', 0],
    [['nothing', 'app.log'], '', 1],
  ];
  for (const [args, out, code] of cases) {
    const ran = await runTool(['grep', ...args], { cwd: tree.folder, env: alone });
    assert.deepEqual([ran.stdout, ran.code, ran.stderr], [out, code, ''], args.join(' '));
  }
});

test('what cannot be searched is said, the rest is searched, and the exit is 2', async () => {
  using tree = tempTree({ ...kept, 'bad.log.1.gz': gzipSync('x').subarray(0, 12), 'bad.log': 'an error\n' });
  const options = { cwd: tree.folder, env: alone };
  const missing = await runTool(['grep', 'error', 'no.log', 'web.log'], options);
  assert.deepEqual([missing.stdout, missing.code], [`${tree.folder}/web.log:GET / 500 error\n`, 2]);
  const damaged = await runTool(['grep', 'error', 'bad.log'], options);
  assert.deepEqual([damaged.stdout, damaged.code], ['an error\n', 2]);
  assert.match(damaged.stderr, /bad\.log\.1\.gz: the gzip data ends in the middle/);
  const expression = await runTool(['grep', 'a(', 'web.log'], options);
  assert.equal(expression.code, 64);
  assert.match(expression.stderr, /'a\(' is not a regular expression/);
});

test('on a terminal matches are painted, and JSON tells file, line and text', async () => {
  using tree = tempTree(kept);
  const env = { ...alone, FORCE_COLOR: '1', TERM: 'xterm' };
  const painted = await runTool(['grep', '-n', 'error', 'app.log'], { cwd: tree.folder, env });
  assert.match(painted.stdout, /^\x1b\[32m1\x1b\[0m\x1b\[36m:\x1b\[0mone \x1b\[1;31merror\x1b\[0m\n/);
  const json = await runTool(['grep', '--json', 'error', 'web.log'], { cwd: tree.folder, env: alone });
  assert.deepEqual(JSON.parse(json.stdout), {
    file: `${tree.folder}/web.log`,
    line: 1,
    matched: true,
    text: 'GET / 500 error',
  });
});

/** 12 MiB over five days, in frames of 1 MiB: most of it need not be read for an hour of it. */
const long = logText(12 * MiB);

test('an asked time is found in archives that can be entered anywhere, and in those that cannot', async () => {
  const cut = long.lastIndexOf('\n', 11 * MiB) + 1;
  const middle =
    long
      .subarray(6 * MiB, 6 * MiB + 2000)
      .toString()
      .split('\n')[5] ?? '';
  const since = middle.slice(0, 24);
  const until = new Date(Date.parse(since) + 60_000).toISOString();
  const expected = long
    .toString()
    .split('\n')
    .filter(line => line.slice(0, 24) >= since && line.slice(0, 24) <= until && line.includes('filled'));
  assert.ok(expected.length > 5);
  const members = Array.from({ length: 11 }, (_, index) =>
    gzipSync(long.subarray(index * MiB, Math.min(cut, (index + 1) * MiB))),
  );
  const packed: Readonly<Record<string, Uint8Array>> = {
    'app.log.1.zst': await pack(codecNamed('zstd'), long.subarray(0, cut)),
    'app.log.1': long.subarray(0, cut),
    'app.log.1.gz': Buffer.concat([...members, gzipSync(long.subarray(11 * MiB, Math.max(cut, 11 * MiB)))]),
  };
  for (const [name, bytes] of Object.entries(packed)) {
    using tree = tempTree({ [name]: bytes, 'app.log': long.subarray(cut) });
    const options = { cwd: tree.folder, env: alone };
    const found = await runTool(['grep', 'filled', 'app.log', '--since', since, '--until', until], options);
    assert.deepEqual(found.stdout.trimEnd().split('\n'), expected, name);
    const given = await runTool(['cat', 'app.log', '--since', since, '--until', until], options);
    assert.deepEqual(
      given.stdout.split('\n').filter(line => line.includes('filled')),
      expected,
      name,
    );
  }
});

test('grep itself finds the same', { skip: !hasProgram('grep') }, async () => {
  const text = long.subarray(0, MiB);
  using tree = tempTree({
    'app.log.2.gz': gzipSync(text.subarray(0, 400_000)),
    'app.log.1.zst': zstdCompressSync(text.subarray(400_000, 800_001)),
    'app.log': text.subarray(800_001),
  });
  for (const args of [
    ['-c', 'order [0-9a-f]*77'],
    ['-vc', 'filled'],
    ['-C2', 'price=1.*7$'],
    ['-iA1', 'FILLED PRICE=9999'],
  ]) {
    const ran = await runTool(['grep', ...args, 'app.log'], { cwd: tree.folder, env: alone });
    const plain = spawnSync('grep', ['-aE', ...args], {
      input: text,
      encoding: 'latin1',
      env: { LC_ALL: 'C' },
    });
    assert.equal(ran.stdout, plain.stdout, args.join(' '));
  }
});

test('a line is searched in less memory than it is long', async () => {
  const piece = gzipSync(Buffer.alloc(64 * MiB, 'x'), { level: 1 });
  const members = 8;
  using tree = tempTree({
    'app.log.1.gz': Buffer.concat([...Array<Buffer>(members).fill(piece), gzipSync('needle\nnext needle\n')]),
  });
  const program = `
    process.argv = [process.argv[0], 'logmill', 'grep', '-c', 'needle', 'app.log'];
    const { runProgram } = await import(${JSON.stringify(`${import.meta.dirname}/../../src/cli/program.ts`)});
    const code = await runProgram(process.argv.slice(2));
    console.log(code, process.resourceUsage().maxRSS * 1024);
  `;
  const ran = spawnSync(process.execPath, ['--input-type=module', '-e', program], {
    cwd: tree.folder,
    encoding: 'utf8',
    env: { ...process.env, ...alone },
  });
  const [found, rest] = ran.stdout.trim().split('\n');
  assert.equal(found, '2', ran.stderr);
  const [code, memory] = (rest ?? '').split(' ').map(Number);
  assert.equal(code, 0);
  assert.ok((memory ?? Infinity) < members * 64 * MiB, `${memory} bytes`);
});
