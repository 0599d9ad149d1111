// `logmill verify`: what the record says is compared, damage is named, and what can be saved is.

import assert from 'node:assert/strict';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { brotliCompressSync, gzipSync, zstdCompressSync } from 'node:zlib';
import { codecNamed } from '../../src/codec/codecs.ts';
import { logText, MiB, pack } from '../codec/material.ts';
import { runTool } from '../rig/run-tool.ts';
import { tempTree } from '../rig/temp-tree.ts';

function envOf(folder: string, policies = '') {
  return {
    LOGMILL_POLICIES: policies,
    XDG_CONFIG_HOME: '/nonexistent',
    HOME: '/nonexistent',
    LOGMILL_STATE_DIR: `${folder}/state`,
  };
}

const linesIn = (text: string | Buffer): number => text.toString().split('\n').length - 1;

test('an archive that logmill made is compared with the record, also when it was replaced by another that decodes', async () => {
  using tree = tempTree({ logs: { 'a.log': logText(50_000), 'b.log': logText(60_000, 2) } });
  tree.plant({ 'p.conf': `${tree.folder}/logs/*.log {\n    size 1k\n    rotate 3\n    compress\n}\n` });
  const env = envOf(tree.folder, tree.path('p.conf'));
  const applied = await runTool(['apply'], { env });
  assert.equal(applied.code, 0, applied.stderr);
  const whole = await runTool(['verify'], { env });
  assert.equal(whole.code, 0, whole.stdout + whole.stderr);
  assert.equal(whole.stdout.match(/as it was put in/g)?.length, 2, whole.stdout);
  // In place, so that it stays the file that the record knows.
  writeFileSync(tree.path('logs/a.log.1.gz'), gzipSync('something else\n'));
  const changed = await runTool(['verify', '--json'], { env });
  assert.equal(changed.code, 1);
  const { archives } = JSON.parse(changed.stdout);
  const problems = Object.fromEntries(
    archives.map((one: { path: string; problem: string | null }) => [one.path.slice(-10), one.problem]),
  );
  assert.deepEqual(problems, {
    'a.log.1.gz': 'it holds 15 bytes, and 50000 were put in',
    'b.log.1.gz': null,
  });
});

test('damage is named with its place, and what can be saved is written into new files', async () => {
  const text = logText(3 * MiB);
  const zst = Buffer.from(await pack(codecNamed('zstd'), text));
  zst.fill(0xff, Math.floor(zst.length / 2), Math.floor(zst.length / 2) + 20);
  const members = [
    gzipSync(text.subarray(0, MiB)),
    gzipSync(text.subarray(MiB, 2 * MiB)),
    gzipSync(text.subarray(2 * MiB)),
  ];
  const gz = Buffer.concat(members);
  gz.fill(0xff, (members[0]?.length ?? 0) + 5000, (members[0]?.length ?? 0) + 5100);
  using tree = tempTree({
    'app.log.1.zst': zst,
    'app.log.2.gz': gz,
    'app.log.3.br': brotliCompressSync(text.subarray(0, MiB)).subarray(0, 20_000),
    'app.log.4.gz': gzipSync('whole\n'),
    'app.log.5.zst': zstdCompressSync(''),
    saved: { 'app.log.1.salvaged': 'here before\n' },
  });
  const options = { cwd: tree.folder, env: envOf(tree.folder) };
  const named = await runTool(['verify', 'app.log'], options);
  assert.equal(named.code, 1);
  assert.match(named.stdout, /2 of 5 archives are whole/);
  assert.equal(named.stdout.match(/\(at byte [\d,]+\); [\d,]+ lines can be saved/g)?.length, 3, named.stdout);
  assert.match(named.stderr, /--salvage DIR/);
  const saved = await runTool(['verify', 'app.log', '--salvage', 'saved', '--json'], options);
  assert.equal(saved.code, 1);
  assert.deepEqual(readdirSync(tree.path('saved')).sort(), [
    'app.log.1.salvaged',
    'app.log.1.salvaged.2',
    'app.log.2.salvaged',
    'app.log.3.salvaged',
  ]);
  assert.equal(readFileSync(tree.path('saved/app.log.1.salvaged'), 'utf8'), 'here before\n');
  const lines = new Set(text.toString().split('\n'));
  const fromZstd = readFileSync(tree.path('saved/app.log.1.salvaged.2'), 'utf8');
  // Two frames of three are whole, and of the damaged one what decodes is kept too.
  const isRight = fromZstd.split('\n').filter(line => lines.has(line)).length;
  assert.ok(isRight > (linesIn(text) * 3) / 5, `${isRight} of ${linesIn(text)}`);
  const fromGzip = readFileSync(tree.path('saved/app.log.2.salvaged'), 'utf8');
  assert.ok(
    fromGzip.startsWith(text.subarray(0, MiB).toString()) &&
      fromGzip.endsWith(text.subarray(2 * MiB + 200).toString()),
  );
});

test('an archive cut between two frames is seen where its maker left a sign', async () => {
  const zst = await pack(codecNamed('zstd'), logText(3 * MiB));
  const frame = zst.indexOf(Buffer.of(0x28, 0xb5, 0x2f, 0xfd), 4);
  using tree = tempTree({ 'app.log.1.zst': zst.subarray(0, frame) });
  const ran = await runTool(['verify', 'app.log'], { cwd: tree.folder, env: envOf(tree.folder) });
  assert.equal(ran.code, 1);
  assert.match(ran.stdout, /its seek table is missing/);
});

test('with no log named and no policy at hand, that is said', async () => {
  using tree = tempTree();
  const ran = await runTool(['verify'], { cwd: tree.folder, env: envOf(tree.folder) });
  assert.equal(ran.code, 64);
  assert.match(ran.stderr, /no log is named/);
});
