import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import type { Bench } from '../../src/apply/bench.ts';
import { Interrupted } from '../../src/apply/bench.ts';
import { pack } from '../../src/apply/performers/packing.ts';
import type { CodecName } from '../../src/codec/codec.ts';
import { codecNamed } from '../../src/codec/codecs.ts';
import { makePool } from '../../src/codec/pool.ts';
import type { StepOf } from '../../src/plan/plan.ts';
import { logText, MiB, unpack } from '../codec/material.ts';
import { memoryFile } from './memory-file.ts';

const names: readonly CodecName[] = ['gzip', 'zstd', 'brotli'];

function stepBy(codec: CodecName): StepOf<'compress'> {
  const compressor = { by: 'codec', codec, level: 'fast', extension: codecNamed(codec).extension };
  const step = { id: 1, to: '/logs/a.log.1.x', file: { path: '/logs/a.log.1' }, made: {}, compressor };
  // What a step holds besides tells where its files stand, and these stand in memory.
  return step as unknown as StepOf<'compress'>;
}

function aBench(signal = new AbortController().signal): Bench {
  const bench = {
    pool: makePool(3),
    signal,
    steps: new Map(),
    acls: new Map(),
    progress: () => undefined,
  };
  return bench as unknown as Bench;
}

for (const name of names) {
  for (const size of [1000, 3 * MiB + 17]) {
    test(`${name}: ${size} bytes are packed, and their digest is that of the source`, async () => {
      const plain = logText(size);
      const file = memoryFile(Buffer.alloc(0));
      const { content } = await pack({ source: memoryFile(plain), size, file }, stepBy(name), aBench());
      assert.equal(content.bytes, size);
      assert.equal(content.sha256, createHash('sha256').update(plain).digest('hex'));
      assert.ok((await unpack(codecNamed(name), file.content())).equals(plain));
    });

    test(`${name}: an archive of ${size} bytes that reads back otherwise is damaged`, async () => {
      const file = memoryFile(Buffer.alloc(0));
      const read = file.read;
      file.read = async (into, position) => {
        const count = await read(into, position);
        if (position === 0) into[Math.floor(count / 2)] = (into[Math.floor(count / 2)] ?? 0) ^ 4;
        return count;
      };
      const job = { source: memoryFile(logText(size)), size, file };
      await assert.rejects(pack(job, stepBy(name), aBench()), { code: 'EDAMAGED' });
    });
  }

  test(`${name}: a part of a source is packed from where it begins`, async () => {
    const plain = logText(4 * MiB);
    const file = memoryFile(Buffer.alloc(0));
    const job = { source: memoryFile(plain), from: 1234, size: 3 * MiB, file };
    const { content } = await pack(job, stepBy(name), aBench());
    assert.equal(content.bytes, 3 * MiB - 1234);
    assert.ok((await unpack(codecNamed(name), file.content())).equals(plain.subarray(1234, 3 * MiB)));
  });

  test(`${name}: an archive that lacks its end is damaged`, async () => {
    const file = memoryFile(Buffer.alloc(0));
    const write = file.write;
    file.write = (from, position) => write(from.subarray(0, from.length - 1), position);
    const job = { source: memoryFile(logText(3 * MiB)), size: 3 * MiB, file };
    await assert.rejects(pack(job, stepBy(name), aBench()), { code: 'EDAMAGED' });
  });

  test(`${name}: a source that holds other bytes when it is compared does not go`, async () => {
    const source = memoryFile(logText(3 * MiB));
    const read = source.read;
    const seen = new Set<number>();
    source.read = async (into, position) => {
      const count = await read(into, position);
      if (seen.has(2 * MiB) && position + count > 2 * MiB) into[count - 1] = (into[count - 1] ?? 0) ^ 1;
      seen.add(position);
      return count;
    };
    const job = { source, size: 3 * MiB, file: memoryFile(Buffer.alloc(0)) };
    await assert.rejects(pack(job, stepBy(name), aBench()), { code: 'EDAMAGED' });
  });

  test(`${name}: it can be stopped in the middle`, async () => {
    const stop = new AbortController();
    const source = memoryFile(logText(8 * MiB));
    const read = source.read;
    source.read = async (into, position) => {
      if (position >= 4 * MiB) stop.abort(new Interrupted());
      return read(into, position);
    };
    const job = { source, size: 8 * MiB, file: memoryFile(Buffer.alloc(0)) };
    await assert.rejects(pack(job, stepBy(name), aBench(stop.signal)), Interrupted);
  });
}
