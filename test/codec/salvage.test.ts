// What stands before a damage is given whole, however slowly it is taken.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import { type Salvaged, salvage } from '../../src/codec/salvage.ts';
import { logText, MiB } from './material.ts';

/** Some bytes that an archive gives before its first hole, taken as slowly as nobody would. */
async function beforeHole(archive: Uint8Array, name: 'gzip' | 'brotli'): Promise<Buffer> {
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
