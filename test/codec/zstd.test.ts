import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CodecError } from '../../src/codec/codec.ts';
import { zstd } from '../../src/codec/zstd.ts';
import { filter, gather, hasProgram, logText, MiB, noise, pack, unpack } from './material.ts';

const zstdMissing = !hasProgram('zstd') && 'zstd is not installed';

/** Offsets at which something begins: frames and the seek table behind them, read from the table. */
function bordersOf(packed: Buffer): number[] {
  assert.equal(packed.readUInt32LE(packed.length - 4), 0x8f92eab1);
  const count = packed.readUInt32LE(packed.length - 9);
  const entries = packed.length - 9 - count * 8;
  const borders = [0];
  for (let index = 0; index < count; index += 1) {
    borders.push((borders.at(-1) as number) + packed.readUInt32LE(entries + index * 8));
  }
  return borders;
}

test('zstd(1) reads what logmill writes and finds its checksums', { skip: zstdMissing }, async () => {
  for (const plain of [Buffer.alloc(0), Buffer.from('a\n'), logText(3 * MiB + 1), noise(2 * MiB)]) {
    const packed = await pack(zstd, plain);
    assert.ok((await filter('zstd', ['-dcq'], packed)).equals(plain));
    const damaged = Buffer.from(packed);
    const inChecksum = plain.length > MiB ? (bordersOf(packed)[1] as number) - 1 : packed.length - 1;
    damaged[inChecksum] = (damaged[inChecksum] as number) ^ 1;
    await assert.rejects(filter('zstd', ['-tq'], damaged), /checksum/i);
  }
});

test('logmill reads what zstd(1) writes: one large frame, long windows, joined', {
  skip: zstdMissing,
}, async () => {
  const plain = logText(5 * MiB);
  const [fast, long] = [
    await filter('zstd', ['-1q'], plain),
    await filter('zstd', ['-3q', '--long=25', '--no-check'], plain),
  ];
  assert.ok((await unpack(zstd, fast)).equals(plain));
  const joined = Buffer.concat([fast, await pack(zstd, plain), long]);
  assert.ok((await unpack(zstd, joined)).equals(Buffer.concat([plain, plain, plain])));
  await assert.rejects(unpack(zstd, Buffer.concat([fast, Buffer.from('junk')])), CodecError);
  for (const end of [1, 7, 100, MiB / 4, fast.length - 1])
    await assert.rejects(unpack(zstd, fast.subarray(0, end)), CodecError);
});

test('the seek table names each frame, and a file of one block needs none', async () => {
  const packed = await pack(zstd, logText(2 * MiB + 9));
  const borders = bordersOf(packed);
  assert.equal(borders.length, 4);
  for (const border of borders.slice(0, 3)) assert.equal(packed.readUInt32LE(border), 0xfd2fb528);
  assert.equal(packed.readUInt32LE(borders[3] as number), 0x184d2a5e);
  const small = await pack(zstd, logText(MiB));
  assert.notEqual(small.readUInt32LE(small.length - 4), 0x8f92eab1);
});

test('a frame found through the seek table is decoded by itself', { skip: zstdMissing }, async () => {
  const plain = logText(3 * MiB);
  const packed = await pack(zstd, plain);
  const [, second, third] = bordersOf(packed);
  assert.ok(
    (await filter('zstd', ['-dcq'], packed.subarray(second, third))).equals(plain.subarray(MiB, 2 * MiB)),
  );
});

test('cut exactly between two frames it is an error, also where another archive follows', async () => {
  const packed = await pack(zstd, logText(3 * MiB + 9));
  const whole = await pack(zstd, logText(2 * MiB, 2));
  const small = await pack(zstd, logText(500, 3));
  for (const border of bordersOf(packed).slice(1)) {
    const cut = packed.subarray(0, border);
    await assert.rejects(unpack(zstd, cut), CodecError, `cut at ${border}`);
    await assert.rejects(unpack(zstd, Buffer.concat([cut, whole])), CodecError);
    await assert.rejects(unpack(zstd, Buffer.concat([cut, small])), CodecError);
    await assert.rejects(unpack(zstd, Buffer.concat([small, cut])), CodecError);
  }
});

test('a frame taken out of the middle is an error', async () => {
  const packed = await pack(zstd, logText(3 * MiB + 9));
  const [, second, third] = bordersOf(packed);
  const without = Buffer.concat([packed.subarray(0, second), packed.subarray(third)]);
  await assert.rejects(unpack(zstd, without), /seek table do not agree/);
});

test('what stands before a damaged frame is given out, and the place is named', async () => {
  const plain = logText(4 * MiB);
  const packed = await pack(zstd, plain);
  const third = bordersOf(packed)[2] as number;
  packed[third + 5000] = (packed[third + 5000] as number) ^ 0x10;
  const got: Uint8Array[] = [];
  const read = async () => {
    for await (const chunk of zstd.decode([packed])) got.push(chunk);
  };
  await assert.rejects(read(), error => error instanceof CodecError && error.at === third);
  assert.ok(Buffer.concat(got).equals(plain.subarray(0, 2 * MiB)));
});

test('skippable frames of others are skipped, wherever they stand', async () => {
  const plain = logText(1000);
  const packed = await pack(zstd, plain);
  const skippable = Buffer.concat([
    Buffer.from('502a4d18', 'hex'),
    Buffer.from([5, 0, 0, 0]),
    Buffer.from('hello'),
  ]);
  assert.ok(zstd.startsLike(skippable));
  assert.ok(
    (await unpack(zstd, Buffer.concat([skippable, packed, skippable, packed]))).equals(
      Buffer.concat([plain, plain]),
    ),
  );
  await assert.rejects(unpack(zstd, Buffer.concat([packed, skippable.subarray(0, 10)])), CodecError);
});

test('level -1 lies between levels -2 and 1, though node takes it for "not said"', async () => {
  const plain = logText(MiB);
  const [below, minusOne, one] = [
    await pack(zstd, plain, -2),
    await pack(zstd, plain, -1),
    await pack(zstd, plain, 1),
  ];
  assert.ok(minusOne.length < below.length && one.length < minusOne.length);
});

test('a frame that claims a small size and goes on for ever costs no memory', async () => {
  const head = Buffer.from('28b52ffd200a', 'hex');
  let given = 0;
  function* blocks() {
    yield head;
    const empty = Buffer.alloc(3 * 10_000);
    for (; given < 72 * MiB; given += empty.length) yield empty;
  }
  const before = process.memoryUsage().rss;
  await assert.rejects(gather(zstd.decode(blocks())), CodecError);
  assert.ok(process.memoryUsage().rss - before < 40 * MiB);
});
