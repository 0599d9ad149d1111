import assert from 'node:assert/strict';
import { test } from 'node:test';
import { codecNamed } from '../../src/codec/codecs.ts';
import { makePool } from '../../src/codec/pool.ts';
import { samplePieceSize, samplePieces, sampleRatio } from '../../src/codec/sample.ts';
import { logText, MiB, noise, pack } from './material.ts';

function piecesOf(bytes: Buffer): Buffer[] {
  const count = samplePieces(bytes.length);
  const step = (bytes.length - samplePieceSize) / (count - 1);
  return Array.from({ length: count }, (_, index) => {
    const at = Math.floor(index * step);
    return bytes.subarray(at, at + samplePieceSize);
  });
}

const pool = makePool(3);

for (const [codec, level] of [
  ['gzip', 6],
  ['zstd', 'fast'],
  ['zstd', 'mid'],
  ['brotli', 4],
] as const) {
  test(`${codec} ${level}: what is foretold holds within its error, and the error is small`, async () => {
    const plain = logText(5 * MiB);
    const sample = await sampleRatio(piecesOf(plain), { codec, level }, pool);
    const ratio = (await pack(codecNamed(codec), plain, level)).length / plain.length;
    assert.ok(Math.abs(sample.ratio / ratio - 1) <= sample.error, `${sample.ratio} for ${ratio}`);
    assert.ok(sample.error < 0.04, `${sample.error}`);
  });
}

test('a file of unlike parts has a large error', async () => {
  const plain = Buffer.concat([logText(2 * MiB), noise(2 * MiB)]);
  const sample = await sampleRatio(piecesOf(plain), { codec: 'zstd', level: 1 }, pool);
  assert.ok(sample.error > 0.2, `${sample.error}`);
});

test('pieces that are the whole file tell its packed size exactly', async () => {
  const plain = logText(30_000);
  const sample = await sampleRatio([plain], { codec: 'gzip', level: 6, size: plain.length }, pool);
  assert.deepEqual(sample, {
    ratio: (await pack(codecNamed('gzip'), plain, 6)).length / plain.length,
    error: 0,
  });
  assert.deepEqual(await sampleRatio([], { codec: 'gzip', level: 6 }, pool), { ratio: 1, error: 0 });
});
