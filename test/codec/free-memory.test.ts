import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { CodecName } from '../../src/codec/codec.ts';
import { codecNamed } from '../../src/codec/codecs.ts';
import { freeMemory, isWhole } from '../../src/codec/free-memory.ts';
import { makePool } from '../../src/codec/pool.ts';

const names: readonly CodecName[] = ['gzip', 'zstd', 'brotli'];
const pool = makePool(3);

/** Text of `size` bytes in which every line differs. */
function text(size: number): Buffer {
  const bytes = Buffer.alloc(size);
  for (let at = 0; at < size; at += 16) bytes.write(`line ${at}`.padEnd(15).concat('\n'), at, 'latin1');
  return bytes;
}

async function gathered(chunks: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const all: Buffer[] = [];
  // Copied at once: a passing chunk is gone when the next is asked for.
  for await (const chunk of chunks) all.push(Buffer.from(chunk));
  return Buffer.concat(all);
}

test('freed memory is empty at once, and small buffers are left alone', () => {
  const large = Buffer.allocUnsafeSlow(512 * 1024);
  freeMemory(large);
  assert.equal(large.length, 0);
  const small = Buffer.from('stands in the pool with others');
  freeMemory(small);
  assert.equal(small.toString(), 'stands in the pool with others');
});

test('memory is whole only where a view covers all of it', () => {
  const memory = Buffer.allocUnsafeSlow(1024);
  assert.equal(isWhole(memory), true);
  assert.equal(isWhole(memory.subarray(1)), false);
});

for (const name of names) {
  for (const size of [0, 1, 4096, 200_000, 2 ** 20, 3 * 2 ** 20 + 17]) {
    test(`${name}: ${size} bytes given away come back from passing chunks`, async () => {
      const codec = codecNamed(name);
      const plain = text(size);
      const given = pieces(plain, 2 ** 20);
      const packed = await gathered(codec.encode(given, { level: 'fast', size, pool, given: true }));
      for (const taker of [{ passing: true }, { passing: true, plain: size }, { passing: true, plain: 10 }]) {
        const back = await gathered(codec.decode([Buffer.from(packed)], undefined, taker));
        assert.ok(back.equals(plain));
      }
    });
  }
}

test('a large chunk of which a block is only a part is not freed', async () => {
  const whole = text(4 * 2 ** 20);
  const before = Buffer.from(whole);
  await gathered(codecNamed('zstd').encode([whole], { level: 'fast', pool, given: true }));
  assert.ok(whole.equals(before));
});

/** Each in memory of its own, as one reads a file. */
function pieces(plain: Buffer, size: number): Buffer[] {
  return Array.from({ length: Math.ceil(plain.length / size) }, (_, at) => {
    const piece = plain.subarray(at * size, (at + 1) * size);
    const own = Buffer.allocUnsafeSlow(piece.length);
    piece.copy(own);
    return own;
  });
}
