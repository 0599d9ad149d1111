// Every row of the table through the same trials.

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import fc from 'fast-check';
import { type Codec, CodecError } from '../../src/codec/codec.ts';
import { codecNamed, codecOfExtension, codecStarting, codecs } from '../../src/codec/codecs.ts';
import { digesting } from '../../src/codec/digest.ts';
import { makePool } from '../../src/codec/pool.ts';
import { gather, inPieces, logText, MiB, noise, pack, randomFrom, unpack } from './material.ts';

const sizes = [0, 1, 1000, MiB - 1, MiB, MiB + 1];

for (const codec of codecs) {
  test(`${codec.name}: what was packed comes back, at sizes around a block`, async () => {
    const text = logText(MiB + 1);
    for (const size of sizes) {
      const plain = text.subarray(0, size);
      const packed = await pack(codec, plain, 'fast');
      assert.ok((await unpack(codec, packed)).equals(plain), `${size} bytes`);
    }
  });

  test(`${codec.name}: 5 MiB of text come back, and so does what cannot be packed`, async () => {
    for (const plain of [logText(5 * MiB), noise(2 * MiB + 17)]) {
      const packed = await pack(codec, plain, 'fast');
      assert.ok(packed.length < plain.length * 1.001 + 64);
      assert.ok((await unpack(codec, packed)).equals(plain));
    }
  });

  test(`${codec.name}: every level and every profile packs, and the higher profiles pack better`, async () => {
    const plain = logText(64 * 1024);
    for (let level = codec.levels.min; level <= codec.levels.max; level += 1) {
      assert.ok((await unpack(codec, await pack(codec, plain, level))).equals(plain), `level ${level}`);
    }
    const long = logText(MiB + 100);
    const [fast, high] = [await pack(codec, long, 'fast'), await pack(codec, long, 'high')];
    assert.ok(high.length < fast.length, `${high.length} and ${fast.length}`);
    assert.ok((await unpack(codec, await pack(codec, plain, 'max'))).equals(plain));
    assert.ok((await unpack(codec, await pack(codec, plain, 'mid'))).equals(plain));
  });

  test(`${codec.name}: a level out of its range is our own fault`, async () => {
    await assert.rejects(pack(codec, Buffer.from('x'), codec.levels.max + 1), /internal: .* has no level/);
    await assert.rejects(pack(codec, Buffer.from('x'), 1.5), /internal/);
  });

  test(`${codec.name}: equal bytes make equal archives, however they are handed over`, async () => {
    const plain = logText(2 * MiB + 12_345);
    const whole = await pack(codec, plain, 'fast');
    const options = { level: 'fast', pool: makePool(4) } as const;
    const pieces = inPieces(plain, randomFrom(3), 300_000);
    assert.ok((await gather(codec.encode(pieces, { ...options, size: plain.length }))).equals(whole));
  });

  test(`${codec.name}: any chunks in, any chunks back`, async () => {
    const plain = logText(MiB + 70_000);
    await fc.assert(
      fc.asyncProperty(
        fc.integer(),
        fc.integer({ min: 1, max: 400_000 }),
        fc.nat(plain.length),
        async (seed, longest, size) => {
          const random = randomFrom(seed);
          const part = plain.subarray(0, size);
          const packed = await gather(
            codec.encode(inPieces(part, random, Math.max(longest, 3000)), {
              level: 'fast',
              pool: makePool(2),
            }),
          );
          const back = await gather(
            codec.decode(inPieces(packed, random, Math.max(400, Math.floor(longest / 8)))),
          );
          assert.ok(back.equals(part));
        },
      ),
      { numRuns: 12, seed: 7 },
    );
  });

  test(`${codec.name}: cut anywhere, it is an error`, async () => {
    const packed = await pack(codec, logText(700), 'fast');
    for (let end = 0; end < packed.length; end += 1) {
      await assert.rejects(
        unpack(codec, packed.subarray(0, end)),
        CodecError,
        `cut at ${end} of ${packed.length}`,
      );
    }
  });

  test(`${codec.name}: bytes behind the end are an error, in the same chunk or a later one`, async () => {
    const packed = await pack(codec, logText(5000));
    for (const tail of [Buffer.from('x'), Buffer.from('a log line\n'), noise(MiB, 4)]) {
      const inOne = gather(codec.decode([Buffer.concat([packed, tail])]));
      await assert.rejects(inOne, CodecError);
      await assert.rejects(gather(codec.decode([packed, tail])), CodecError);
      await assert.rejects(gather(codec.decode([packed, new Uint8Array(0), tail, tail])), CodecError);
    }
  });

  test(`${codec.name}: an empty file is no archive`, async () => {
    await assert.rejects(gather(codec.decode([])), CodecError);
    await assert.rejects(unpack(codec, Buffer.from('plain text, not packed at all\n')), CodecError);
  });

  test(`${codec.name}: an abort ends packing with its reason, and the input is let go`, async () => {
    const stop = new AbortController();
    const source = endless();
    const packing = gather(
      codec.encode(source.chunks(stop), { level: 'fast', pool: makePool(2), signal: stop.signal }),
    );
    await assert.rejects(packing, /enough/);
    await source.letGo;
  });

  test(`${codec.name}: an abort gets through to an input that stalls`, async () => {
    const stop = new AbortController();
    const packing = gather(
      codec.encode(stalling(logText(3 * MiB), stop), {
        level: 'fast',
        pool: makePool(2),
        signal: stop.signal,
      }),
    );
    await assert.rejects(packing, /stalled long enough/);
    const again = new AbortController();
    const packed = await pack(codec, logText(3 * MiB), 'fast');
    const unpacking = gather(codec.decode(stalling(packed.subarray(0, -9), again), again.signal));
    await assert.rejects(unpacking, /stalled long enough/);
  });

  test(`${codec.name}: who was aborted before he began does nothing`, async () => {
    const input = (): Uint8Array[] => assert.fail('the input was asked for');
    const unasked = { [Symbol.iterator]: input } as unknown as Iterable<Uint8Array>;
    const signal = AbortSignal.abort(new Error('before'));
    await assert.rejects(
      gather(codec.encode(unasked, { level: 'fast', pool: makePool(1), signal })),
      /before/,
    );
  });

  test(`${codec.name}: an error of the input comes through as it is`, async () => {
    const broken = new Error('the disk is gone');
    async function* failing(bytes: Uint8Array) {
      yield bytes;
      throw broken;
    }
    const packed = await pack(codec, logText(3 * MiB), 'fast');
    const isIt = (error: unknown) => error === broken;
    await assert.rejects(
      gather(codec.encode(failing(logText(3 * MiB)), { level: 'fast', pool: makePool(2) })),
      isIt,
    );
    await assert.rejects(gather(codec.decode(failing(packed.subarray(0, packed.length / 2)))), isIt);
  });

  test(`${codec.name}: who stops reading leaves no work behind`, async () => {
    const pool = makePool(2);
    const stop = new AbortController();
    const source = endless();
    for await (const _ of codec.encode(source.chunks(stop), { level: 'fast', pool })) break;
    await source.letGo;
    const packed = await pack(codec, logText(2 * MiB), 'fast', pool);
    for await (const _ of codec.decode([packed])) break;
    assert.ok(packed.length > 0);
  });

  test(`${codec.name}: length and digest of the plain bytes are known when packing ends`, async () => {
    const plain = logText(MiB + 5);
    const passing = digesting([plain.subarray(0, 10), plain.subarray(10)]);
    await gather(codec.encode(passing.chunks, { level: 'fast', pool: makePool(2) }));
    assert.deepEqual(passing.digest(), {
      bytes: plain.length,
      sha256: createHash('sha256').update(plain).digest('hex'),
    });
  });

  test(`${codec.name}: a bomb is decoded as slowly as it is asked for`, async () => {
    const packed = await pack(codec, Buffer.alloc(48 * MiB), 'fast');
    let largest = 0;
    let total = 0;
    for await (const chunk of codec.decode([packed])) {
      largest = Math.max(largest, chunk.length);
      total += chunk.length;
    }
    assert.equal(total, 48 * MiB);
    assert.ok(largest <= 2 * MiB, `${largest} bytes at once`);
  });
}

for (const codec of codecs.filter(one => one.name !== 'brotli')) {
  test(`${codec.name}: a flipped bit never comes back as other bytes`, async () => {
    const plain = logText(500);
    const packed = await pack(codec, plain);
    let undetected = 0;
    for (let bit = 0; bit < packed.length * 8; bit += 1) {
      const flipped = Buffer.from(packed);
      flipped[bit >>> 3] = (flipped[bit >>> 3] as number) ^ (1 << (bit & 7));
      const back = await unpack(codec, flipped).catch(error => error);
      if (back instanceof CodecError) continue;
      assert.ok(Buffer.isBuffer(back) && back.equals(plain), `bit ${bit}: ${back}`);
      undetected += 1;
    }
    // Bits that mean nothing for the content: time and system of gzip, one unused bit of zstd.
    assert.ok(undetected < 80, `${undetected} bits`);
  });

  test(`${codec.name}: archives joined are one archive of the joined text`, async () => {
    const [first, second, third] = [logText(900), logText(MiB + 3, 2), logText(0)];
    const joined = Buffer.concat([
      await pack(codec, first),
      await pack(codec, second),
      await pack(codec, third),
      await pack(codec, second),
    ]);
    assert.ok((await unpack(codec, joined)).equals(Buffer.concat([first, second, third, second])));
  });

  test(`${codec.name}: a joined archive cut within a later part is an error`, async () => {
    const first = await pack(codec, logText(300));
    const joined = Buffer.concat([first, await pack(codec, logText(200, 2))]);
    for (let end = first.length + 1; end < joined.length; end += 1) {
      await assert.rejects(unpack(codec, joined.subarray(0, end)), CodecError, `cut at ${end}`);
    }
  });
}

test('codecs are found by name, by extension and by their first bytes', async () => {
  for (const codec of codecs) {
    assert.equal(codecNamed(codec.name), codec);
    assert.equal(codecOfExtension(codec.extension), codec);
    const { min, max, standard } = codec.levels;
    assert.ok(min <= standard && standard <= max);
    const found: Codec | null = codecStarting(await pack(codec, logText(100)));
    assert.equal(found, codec.name === 'brotli' ? null : codec);
  }
  assert.equal(codecOfExtension('.bz2'), null);
  assert.equal(codecOfExtension('gz'), null);
  for (const head of ['', '\x1f', '2026-11-22 INFO', '\x1f\x8b'])
    assert.equal(codecStarting(Buffer.from(head, 'latin1')), null);
});

/** Text for ever; aborts after some of it, and says when it was let go. */
function endless(): { chunks: (stop: AbortController) => AsyncGenerator<Uint8Array>; letGo: Promise<void> } {
  const gone = Promise.withResolvers<void>();
  const text = logText(MiB);
  async function* chunks(stop: AbortController): AsyncGenerator<Uint8Array> {
    try {
      for (let count = 0; ; count += 1) {
        if (count === 8) stop.abort(new Error('enough'));
        yield text;
      }
    } finally {
      gone.resolve();
    }
  }
  return { chunks, letGo: gone.promise };
}

/** Gives all its bytes, then never answers again; the abort comes while it is being waited for. */
function stalling(bytes: Uint8Array, stop: AbortController): AsyncIterable<Uint8Array> {
  let given = false;
  const next = (): Promise<IteratorResult<Uint8Array>> => {
    if (!given) {
      given = true;
      return Promise.resolve({ done: false, value: bytes });
    }
    setImmediate(() => stop.abort(new Error('stalled long enough')));
    return new Promise(() => undefined);
  };
  return { [Symbol.asyncIterator]: () => ({ next }) };
}
