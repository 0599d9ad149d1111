// What stands before a damage is given whole, however slowly it is taken.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { brotliCompressSync, constants, gzipSync, zstdCompressSync } from 'node:zlib';
import { type Salvaged, salvage } from '../../src/codec/salvage.ts';
import { logText, MiB } from './material.ts';

/** Some bytes that an archive gives before its first hole, taken as slowly as nobody would. */
async function beforeHole(archive: Uint8Array, name: 'gzip' | 'brotli' | 'zstd'): Promise<Buffer> {
  const given: Uint8Array[] = [];
  const read = async function* (from: number) {
    yield archive.subarray(from);
  };
  for await (const one of salvage(name, read) as AsyncIterable<Salvaged>) {
    if (one.kind === 'hole') break;
    given.push(one.bytes);
    for (let turns = 0; turns < 20; turns += 1) await turn();
  }
  return Buffer.concat(given);
}

test('a slow reader gets every byte of the member before the damaged one', async () => {
  const text = logText(MiB / 4);
  const first = gzipSync(text);
  const archive = Buffer.concat([first, gzipSync(text)]);
  archive.fill(0xff, first.length + 3000, first.length + 3100);
  const given = await beforeHole(archive, 'gzip');
  assert.ok(given.length > text.length, `${given.length}`);
  assert.deepEqual(given.subarray(0, text.length), Buffer.from(text));
});

test('a slow reader gets what a cut archive holds, up to the last kilobyte', async () => {
  const text = logText(MiB / 4);
  const packed = brotliCompressSync(text);
  const cut = packed.subarray(0, packed.length >> 1);
  const given = await beforeHole(cut, 'brotli');
  assert.deepEqual(given, Buffer.from(text.subarray(0, given.length)));
  assert.ok(given.length > text.length / 4, `${given.length} of ${text.length}`);
});

test('a zstd frame that is cut, or goes on as none can, gives every block before that', async () => {
  const text = logText(MiB / 2);
  // Of one block each 128 KiB: three are whole.
  const packed = Buffer.from(zstdCompressSync(text));
  const cut = packed.subarray(0, Math.floor(packed.length * 0.9));
  const spoilt = Buffer.concat([cut, Buffer.alloc(1000, 0xff), packed]);
  const expected = text.subarray(0, 384 * 1024);
  for (const archive of [cut, spoilt]) {
    const given = await beforeHole(archive, 'zstd');
    assert.equal(given.length, expected.length);
    assert.ok(given.equals(expected));
  }
});

async function allOf(
  archive: Uint8Array,
  name: 'gzip' | 'zstd' | 'brotli',
): Promise<readonly (string | number)[]> {
  const given: (string | number)[] = [];
  const read = async function* (from: number) {
    yield archive.subarray(from);
  };
  for await (const one of salvage(name, read) as AsyncIterable<Salvaged>)
    if (one.kind === 'hole') given.push(one.at);
    else if (typeof given.at(-1) === 'string') given.push(`${given.pop()}${Buffer.from(one.bytes)}`);
    else given.push(Buffer.from(one.bytes).toString());
  return given;
}

test('however little stands before a damage, it is given, and so is what stands behind it', async () => {
  const [one, two] = [gzipSync('one\n'), gzipSync('two\n')];
  // The first byte may yet be one of a head.
  const at = one.length + 1;
  assert.deepEqual(await allOf(Buffer.concat([one, Buffer.from('no archive')]), 'gzip'), ['one\n', at]);
  assert.deepEqual(await allOf(Buffer.concat([one, Buffer.from('no archive'), two]), 'gzip'), [
    'one\n',
    at,
    'two\n',
  ]);
  const torn = Buffer.from(gzipSync(logText(3000), { level: 0 }));
  torn[torn.length - 8] = (torn.at(-8) ?? 0) ^ 1;
  assert.deepEqual((await allOf(torn, 'gzip')).at(0), logText(3000).toString());
  const frame = Buffer.from(zstdCompressSync('three\n', { params: { [constants.ZSTD_c_checksumFlag]: 1 } }));
  frame[frame.length - 1] = (frame.at(-1) ?? 0) ^ 1;
  assert.deepEqual(await allOf(Buffer.concat([frame, zstdCompressSync('four\n')]), 'zstd'), [
    'three\n',
    0,
    'four\n',
  ]);
});
