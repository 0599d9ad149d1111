// Small files have a way of their own through gzip: what it says of damage must be what decoding as a stream says.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { constants, gunzipSync, gzipSync } from 'node:zlib';
import { CodecError } from '../../src/codec/codec.ts';
import { gzip } from '../../src/codec/gzip.ts';
import { logText } from './material.ts';

const { whole } = gzip;
if (whole === undefined) throw new Error('gzip has no shorter way');

async function decoded(packed: Uint8Array): Promise<Buffer> {
  return Buffer.concat(await Array.fromAsync(gzip.decode([packed])));
}

for (const size of [0, 1, 17, 4096, 65_536]) {
  test(`${size} bytes packed whole are what the stream makes of them, and come back`, async () => {
    const plain = logText(size);
    const packed = await whole.pack(plain, 6);
    assert.ok(gunzipSync(packed).equals(plain));
    assert.ok(Buffer.from(await whole.unpack(packed, size)).equals(plain));
  });
}

test('more bytes than were expected are given all the same', async () => {
  const plain = logText(300_000);
  assert.ok(Buffer.from(await whole.unpack(gzipSync(plain), 10)).equals(plain));
});

const plain = logText(4096);
const packed = gzipSync(plain);
const odd: readonly (readonly [string, Buffer])[] = [
  ['two members', Buffer.concat([packed, gzipSync(Buffer.from('more'))])],
  ['an empty member behind', Buffer.concat([packed, gzipSync(Buffer.alloc(0))])],
  ['zeros behind the end', Buffer.concat([packed, Buffer.alloc(100)])],
  ['other bytes behind the end', Buffer.concat([packed, Buffer.from('rubbish')])],
  ['zeros and other bytes behind the end', Buffer.concat([packed, Buffer.alloc(5), Buffer.from('x')])],
  ['half a header behind the end', Buffer.concat([packed, packed.subarray(0, 5)])],
  ['half a member behind the end', Buffer.concat([packed, packed.subarray(0, 300)])],
  ['no end', packed.subarray(0, -1)],
  ['no trailer', packed.subarray(0, -8)],
  ['half of it', packed.subarray(0, packed.length / 2)],
  ['nothing', Buffer.alloc(0)],
  ['plain bytes', plain],
  ['a flipped bit in the middle', flipped(packed, packed.length >> 1)],
  ['a flipped bit in the sum', flipped(packed, packed.length - 8)],
  ['a flipped bit in the length', flipped(packed, packed.length - 1)],
  ['a block that was stored', gzipSync(plain, { level: constants.Z_NO_COMPRESSION })],
];

for (const [name, bytes] of odd) {
  test(`${name}: the same is said as by the stream`, async () => {
    const [a, b] = await Promise.allSettled([whole.unpack(bytes, plain.length), decoded(bytes)]);
    assert.equal(a.status, b.status);
    if (a.status === 'fulfilled' && b.status === 'fulfilled') assert.ok(b.value.equals(a.value));
    if (a.status === 'rejected' && b.status === 'rejected') {
      assert.ok(a.reason instanceof CodecError);
      assert.equal(a.reason.message, b.reason.message);
      assert.equal(a.reason.constructor, b.reason.constructor);
    }
  });
}

function flipped(bytes: Buffer, at: number): Buffer {
  const copy = Buffer.from(bytes);
  copy[at] = (copy[at] ?? 0) ^ 1;
  return copy;
}
