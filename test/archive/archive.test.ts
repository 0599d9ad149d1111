import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import {
  appendFileSync,
  linkSync,
  mkdirSync,
  renameSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { ForeignError } from '../../src/archive/foreign.ts';
import { openArchive } from '../../src/archive/open-archive.ts';
import { openSeen } from '../../src/archive/open-seen.ts';
import { readBytes } from '../../src/archive/read-bytes.ts';
import { joined, type Readable, readLog } from '../../src/archive/read-log.ts';
import { verifyArchive, verifyLog } from '../../src/archive/verify.ts';
import { CodecError } from '../../src/codec/codec.ts';
import { thisMachine } from '../../src/world/this-machine.ts';
import { isTrouble } from '../../src/world/trouble.ts';
import type { OpenFile } from '../../src/world/world.ts';
import { logText, MiB, noise } from '../codec/material.ts';
import { tempTree } from '../rig/temp-tree.ts';
import { generation, live, packed, seen } from './a-log.ts';

const { disk } = thisMachine();

async function bytesOf(chunks: AsyncIterable<Uint8Array>): Promise<Buffer> {
  return Buffer.concat(await Array.fromAsync(chunks));
}

/** Opens a file of that content, and closes it when `use` is done. */
async function withFile<T>(content: Uint8Array, use: (file: OpenFile, at: string) => Promise<T>): Promise<T> {
  using tree = tempTree({ file: content });
  const file = await openSeen(disk, seen(disk, tree.folder, 'file'));
  try {
    return await use(file, path.join(tree.folder, 'file'));
  } finally {
    await file.close();
  }
}

test('any range of a file is read exactly, with chunks of 1 MiB', async () => {
  const content = noise(2 * MiB + 77);
  await withFile(content, async file => {
    for (const [from, to] of [
      [0, content.length],
      [0, 1],
      [5, MiB],
      [MiB, 2 * MiB],
      [100, 100],
      [content.length, content.length],
    ] as const) {
      assert.ok(
        (await bytesOf(readBytes(file, { from, to }))).equals(content.subarray(from, to)),
        `${from} to ${to}`,
      );
    }
    assert.ok((await bytesOf(readBytes(file))).equals(content));
    const lengths = (await Array.fromAsync(readBytes(file, { to: content.length }))).map(
      chunk => chunk.length,
    );
    assert.deepEqual(lengths, [MiB, MiB, 77]);
  });
});

test('reading stops when it is told to', async () => {
  await withFile(noise(3 * MiB), async file => {
    const stop = new AbortController();
    const read = async () => {
      for await (const _ of readBytes(file, { signal: stop.signal })) stop.abort(new Error('enough'));
    };
    await assert.rejects(read(), /enough/);
  });
});

test('an archive is known by its first bytes, whatever its name says', async () => {
  const plain = logText(5000);
  const names = [null, 'gzip', 'zstd'] as const;
  for (const codec of ['gzip', 'zstd'] as const) {
    await withFile(await packed(codec, plain), async file => {
      for (const named of names) {
        const archive = await openArchive(file, named);
        assert.equal(archive.codec, codec);
        assert.ok((await bytesOf(archive.plain())).equals(plain));
      }
    });
  }
  await withFile(plain, async file => {
    for (const named of names)
      assert.ok((await bytesOf((await openArchive(file, named)).plain())).equals(plain));
  });
  await withFile(await packed('brotli', plain), async file => {
    assert.ok((await bytesOf((await openArchive(file, 'brotli')).plain())).equals(plain));
  });
});

test('an archive whose beginning was lost in a crash is not taken for a plain log', async () => {
  await withFile(Buffer.alloc(4096), async file => {
    await assert.rejects(openArchive(file, 'gzip'), CodecError);
    assert.equal((await openArchive(file, null)).codec, null);
  });
  for (const named of ['gzip', 'zstd', 'brotli'] as const) {
    await withFile(Buffer.alloc(0), file => assert.rejects(openArchive(file, named), /is empty/));
  }
});

test('what others packed is named, not printed as text', async () => {
  for (const [head, name] of [
    ['fd377a585a000004', 'xz'],
    ['425a683931415926535900', 'bzip2'],
    ['425a683917724538509000000000', 'bzip2'],
    ['5d00008000ffffffffffffffff00', 'lzma'],
    ['1f9d90', 'compress'],
    ['04224d186040', 'lz4'],
    ['4c5a495001', 'lzip'],
    ['504b0304', 'zip'],
  ] as const) {
    await withFile(Buffer.from(head, 'hex'), async file => {
      const archive = await openArchive(file, null);
      assert.equal(archive.codec, name);
      await assert.rejects(bytesOf(archive.plain()), ForeignError);
    });
  }
  await withFile(Buffer.from('strange'), file => assert.rejects(openArchive(file, 'foreign'), CodecError));
});

test('a log set is read oldest first, byte for byte, whatever its generations are packed with', async () => {
  const parts = ['oldest\ncut in mid-', 'line\n', 'three\n', '', 'four without an end'].map(text =>
    Buffer.from(text),
  );
  const [one, two, three, four, five] = parts as [Buffer, Buffer, Buffer, Buffer, Buffer];
  using tree = tempTree({
    'app.log.4.gz': await packed('gzip', one),
    'app.log.3.br': await packed('brotli', two),
    'app.log.2.zst': await packed('zstd', three),
    'app.log.1': four,
    'app.log': five,
  });
  const log = {
    live: live(disk, tree.folder, 'app.log'),
    generations: [
      generation(disk, tree.folder, 'app.log.1', null),
      generation(disk, tree.folder, 'app.log.2.zst', 'zstd'),
      generation(disk, tree.folder, 'app.log.3.br', 'brotli'),
      generation(disk, tree.folder, 'app.log.4.gz', 'gzip'),
    ],
  };
  assert.equal((await bytesOf(joined(readLog(log, disk)))).toString(), Buffer.concat(parts).toString());
  const marks: (number | null)[] = [];
  for await (const part of readLog(log, disk)) {
    marks.push(part.mark?.by === 'number' ? part.mark.number : null);
    await bytesOf(part.chunks);
  }
  assert.deepEqual(marks, [4, 3, 2, 1, null]);
});

test('a log set in a folder that is reached through a link is read', async () => {
  using tree = tempTree({ real: { 'app.log': 'here\n' } });
  symlinkSync('real', path.join(tree.folder, 'link'));
  const log = { live: live(disk, path.join(tree.folder, 'link'), 'app.log'), generations: [] };
  assert.equal((await bytesOf(joined(readLog(log, disk)))).toString(), 'here\n');
});

test('a rotation before the files are open is noticed; one after it changes nothing', async () => {
  using tree = tempTree({ 'app.log': 'live\n', 'app.log.1': 'first\n' });
  const at = (name: string) => path.join(tree.folder, name);
  const log: Readable = {
    live: live(disk, tree.folder, 'app.log'),
    generations: [generation(disk, tree.folder, 'app.log.1', null)],
  };
  const reading = readLog(log, disk);
  const oldest = await reading.next();
  renameSync(at('app.log.1'), at('app.log.2'));
  renameSync(at('app.log'), at('app.log.1'));
  writeFileSync(at('app.log'), 'new\n');
  const rest = oldest.done ? [] : [await bytesOf(oldest.value.chunks), await bytesOf(joined(reading))];
  assert.equal(Buffer.concat(rest).toString(), 'first\nlive\n');
  await assert.rejects(bytesOf(joined(readLog(log, disk))), error => isTrouble(error, 'ESTALE'));
  renameSync(at('app.log.2'), at('gone'));
  renameSync(at('app.log.1'), at('gone too'));
  await assert.rejects(bytesOf(joined(readLog({ ...log, live: null }, disk))), error =>
    isTrouble(error, 'ESTALE'),
  );
});

test('a live log that grows is read up to its size at the start; one that is truncated is Trouble', async () => {
  using tree = tempTree({ 'app.log': 'one\n' });
  const log: Readable = { live: live(disk, tree.folder, 'app.log'), generations: [] };
  const parts = readLog(log, disk);
  const part = await parts.next();
  appendFileSync(path.join(tree.folder, 'app.log'), 'two\n');
  assert.equal(part.done ? '' : (await bytesOf(part.value.chunks)).toString(), 'one\n');
  await parts.return();
  const again = readLog(log, disk);
  const short = await again.next();
  truncateSync(path.join(tree.folder, 'app.log'), 2);
  await assert.rejects(
    async () => short.done || (await bytesOf(short.value.chunks)),
    error => isTrouble(error, 'ESTALE'),
  );
  await again.return();
});

test('an archive beside its plain generation is read once when it repeats it, else both are', async () => {
  const text = logText(3000);
  for (const inArchive of [text, logText(3000, 2)]) {
    using tree = tempTree({ 'app.log.1': text, 'app.log.1.gz': await packed('gzip', inArchive) });
    const generations = [
      generation(disk, tree.folder, 'app.log.1', null),
      generation(disk, tree.folder, 'app.log.1.gz', 'gzip'),
    ];
    const all = await bytesOf(joined(readLog({ live: null, generations }, disk)));
    assert.equal(all.length, inArchive === text ? text.length : 2 * text.length);
  }
});

test('a file that is on its way from one name to another is read once', async () => {
  using tree = tempTree({ 'app.log.2': 'two\n', 'app.log': 'three\n' });
  linkSync(tree.path('app.log.2'), tree.path('app.log.3'));
  linkSync(tree.path('app.log'), tree.path('app.log.1'));
  const log = {
    live: live(disk, tree.folder, 'app.log'),
    generations: ['app.log.1', 'app.log.2', 'app.log.3'].map(name =>
      generation(disk, tree.folder, name, null),
    ),
  };
  assert.equal((await bytesOf(joined(readLog(log, disk)))).toString(), 'two\nthree\n');
});

test('a damaged archive is Trouble that names the file and the place', async () => {
  const whole = await packed('gzip', logText(5000));
  using tree = tempTree({ 'app.log.1.gz': whole.subarray(0, 300) });
  const generations = [generation(disk, tree.folder, 'app.log.1.gz', 'gzip')];
  await assert.rejects(bytesOf(joined(readLog({ live: null, generations }, disk))), error => {
    return (
      isTrouble(error, 'EDAMAGED') &&
      error.message.includes('app.log.1.gz: the gzip data ends in the middle (at byte 300)')
    );
  });
});

test('an archive is whole when its plain bytes have the length and the digest that are known', async () => {
  const plain = logText(MiB + 9);
  const sha256 = createHash('sha256').update(plain).digest('hex');
  const expected = { bytes: plain.length, sha256 };
  for (const name of ['gzip', 'zstd', 'brotli'] as const) {
    await withFile(await packed(name, plain), async file => {
      const right = await verifyArchive(file, { named: name, expected });
      assert.deepEqual(right, { codec: name, isRead: true, plain: expected, compared: true, problem: null });
      const unknown = await verifyArchive(file, { named: name, expected: null });
      assert.deepEqual([unknown.compared, unknown.problem], [false, null]);
      const shorter = await verifyArchive(file, { named: name, expected: { ...expected, bytes: 5 } });
      assert.match(shorter.problem?.words ?? '', /5 were put in/);
      const other = await verifyArchive(file, { named: name, expected: { ...expected, sha256: '00' } });
      assert.match(other.problem?.words ?? '', /SHA-256/);
    });
  }
});

test('damage is the answer of a verification, with its place', async () => {
  const whole = await packed('zstd', logText(5000));
  await withFile(whole.subarray(0, 100), async file => {
    const verified = await verifyArchive(file, { named: 'zstd', expected: null });
    assert.equal(verified.plain, null);
    assert.equal(verified.problem?.at, 100);
  });
});

test('verifying a log goes on behind a generation that is damaged or gone', async () => {
  const plain = logText(2000);
  const whole = await packed('gzip', plain);
  using tree = tempTree({
    'app.log.1.gz': whole,
    'app.log.2.gz': whole.subarray(9),
    'app.log.3.gz': whole,
    'app.log.4.gz': whole,
  });
  const generations = [1, 2, 3, 4].map(number =>
    generation(disk, tree.folder, `app.log.${number}.gz`, 'gzip'),
  );
  renameSync(path.join(tree.folder, 'app.log.3.gz'), path.join(tree.folder, 'elsewhere'));
  mkdirSync(path.join(tree.folder, 'app.log.3.gz'));
  const sha256 = createHash('sha256').update(plain).digest('hex');
  const expectedOf = () => ({ bytes: plain.length, sha256 });
  const all = await Array.fromAsync(verifyLog(generations, disk, { expectedOf }));
  assert.deepEqual(
    all.map(one => one.verified.problem === null),
    [true, false, false, true],
  );
});
