import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CodecError } from '../../src/codec/codec.ts';
import { gzip, gzipHeader, gzipTrailer } from '../../src/codec/gzip.ts';
import { filter, gather, hasProgram, logText, MiB, noise, pack, randomFrom, unpack } from './material.ts';

const gzipMissing = !hasProgram('gzip') && 'gzip is not installed';

test('gzip(1) reads what logmill writes, as one member', { skip: gzipMissing }, async () => {
  for (const plain of [Buffer.alloc(0), Buffer.from('a\n'), logText(3 * MiB + 1), noise(MiB + 7)]) {
    const packed = await pack(gzip, plain);
    assert.ok((await filter('gzip', ['-dc'], packed)).equals(plain));
    await filter('gzip', ['-t'], packed);
  }
});

test('logmill reads what gzip(1) writes, joined too', { skip: gzipMissing }, async () => {
  const plain = logText(MiB + 100);
  const [fast, best] = [await filter('gzip', ['-1'], plain), await filter('gzip', ['-9n'], plain)];
  assert.ok((await unpack(gzip, Buffer.concat([fast, best]))).equals(Buffer.concat([plain, plain])));
});

test('blocks refer to what stands before them: many are as small as one stream', {
  skip: gzipMissing,
}, async () => {
  const plain = logText(4 * MiB);
  const [ours, theirs] = [await pack(gzip, plain, 6), await filter('gzip', ['-6n'], plain)];
  assert.ok(ours.length <= theirs.length * 1.005, `${ours.length} and ${theirs.length}`);
});

test('level 6 is never larger than gzip -6, on ids, on even text, on short numbers, and on mixes with noise', {
  skip: gzipMissing,
}, async () => {
  const [text, random] = [logText(3 * MiB), noise(3 * MiB)];
  const mixes = [Buffer.concat([text, random]), Buffer.concat([random, text])];
  for (const plain of [logText(6 * MiB), evenText(6 * MiB), prices(6 * MiB), ...mixes]) {
    const [ours, theirs] = [await pack(gzip, plain, 6), await filter('gzip', ['-6n'], plain)];
    assert.ok(ours.length <= theirs.length, `${ours.length} and ${theirs.length}`);
    assert.ok((await filter('gzip', ['-dc'], ours)).equals(plain));
  }
});

test('what cannot be packed is stored', async () => {
  const plain = noise(3 * MiB + 5);
  const packed = await pack(gzip, plain, 6);
  assert.ok(packed.length < plain.length + 18 + 4 * 90, `${packed.length - plain.length} more`);
  assert.ok((await unpack(gzip, packed)).equals(plain));
});

test('a block stored between others is where it belongs', async () => {
  const plain = Buffer.concat([logText(MiB), noise(2 * MiB), logText(MiB + 9)]);
  assert.ok((await unpack(gzip, await pack(gzip, plain, 9))).equals(plain));
});

test('a log that changes its character is searched anew', { skip: gzipMissing }, async () => {
  const plain = Buffer.concat([logText(16 * MiB), prices(8 * MiB)]);
  const [ours, theirs] = [
    await pack(gzip, plain, 6),
    await filter('gzip', ['-6n'], plain.subarray(16 * MiB)),
  ];
  const first = await pack(gzip, plain.subarray(0, 16 * MiB), 6);
  assert.ok(
    ours.length - first.length <= theirs.length,
    `${ours.length - first.length} and ${theirs.length}`,
  );
});

/** Ticks of a market: numbers that share two or three digits with those before, which a quick search leaves alone. */
function prices(size: number): Buffer {
  const random = randomFrom(11);
  const last = [67421.5, 3512.8, 148.22, 0.5211];
  const move = (at: number) => {
    last[at] = (last[at] ?? 1) * (1 + (random() - 0.5) * 0.0004);
    return (last[at] ?? 1).toFixed(2);
  };
  const lines: string[] = [];
  for (let length = 0, now = 1_780_000_000_000; length < size; ) {
    now += random() * 40;
    const at = Math.floor(random() * last.length);
    const line = `${new Date(now).toISOString()} DEBUG tick S${at} last=${move(at)} bid=${move(at)} ask=${move(at)}\n`;
    lines.push(line);
    length += line.length;
  }
  return Buffer.from(lines.join('').slice(0, size));
}

/** Few words over and over: here the quick search would give away some percent. */
function evenText(size: number): Buffer {
  const random = randomFrom(7);
  const words = [
    'session opened',
    'session closed',
    'for user root',
    'by (uid=0)',
    'from 10.0.0.',
    'port 22',
  ];
  let text = '';
  for (let line = 0; text.length < size; line += 1) {
    const some = Array.from({ length: 5 }, () => words[Math.floor(random() * words.length)]);
    text += `Jun ${(line >> 12) % 30} sshd(pam_unix)[${line >> 4}]: ${some.join(' ')}${Math.floor(random() * 40)}\n`;
  }
  return Buffer.from(text.slice(0, size));
}

test('a small file is one chunk, and as small as with full-sized states', async () => {
  const plain = logText(900);
  const chunks = await Array.fromAsync(
    gzip.encode([plain], { level: 6, pool: { size: 1, run: work => work() } }),
  );
  assert.equal(chunks.length, 1);
  const { gzip: whole } = await import('node:zlib');
  const theirs = await new Promise<Buffer>((resolve, reject) =>
    whole(plain, (error, packed) => (error ? reject(error) : resolve(packed))),
  );
  assert.ok((chunks[0]?.length ?? 0) <= theirs.length * 1.03, `${chunks[0]?.length} and ${theirs.length}`);
});

test('zero bytes to the end are padding; anything behind them is an error', async () => {
  const plain = logText(3000);
  const packed = await pack(gzip, plain);
  const zeros = Buffer.alloc(600_000);
  assert.ok((await unpack(gzip, Buffer.concat([packed, zeros]))).equals(plain));
  assert.ok((await gather(gzip.decode([packed, zeros.subarray(0, 1), zeros]))).equals(plain));
  const isAt = (error: unknown) => error instanceof CodecError && error.at === packed.length + zeros.length;
  await assert.rejects(unpack(gzip, Buffer.concat([packed, zeros, Buffer.from('x')])), isAt);
  await assert.rejects(gather(gzip.decode([packed, zeros, packed])), isAt);
  const early = Buffer.concat([packed, Buffer.from([0, 0, 7]), zeros]);
  await assert.rejects(
    gather(gzip.decode([early, zeros])),
    error => error instanceof CodecError && error.at === packed.length + 2,
  );
});

test('the header tells no time and no name, so equal content makes equal archives', () => {
  assert.equal(Buffer.from(gzipHeader(6)).toString('hex'), '1f8b0800000000000003');
  assert.equal(gzipHeader(9)[8], 2);
});

test('the length in the trailer is counted modulo 2^32', () => {
  const trailer = Buffer.from(gzipTrailer({ crc: 0xfedcba98, bytes: 2 ** 32 * 17 + 5 }));
  assert.equal(trailer.readUInt32LE(0), 0xfedcba98);
  assert.equal(trailer.readUInt32LE(4), 5);
});
