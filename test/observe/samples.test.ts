// What sampling foretells, against what compressing the whole file gives.

import assert from 'node:assert/strict';
import { utimesSync } from 'node:fs';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import type { CodecName, Level } from '../../src/codec/codec.ts';
import { codecNamed } from '../../src/codec/codecs.ts';
import { makePool } from '../../src/codec/pool.ts';
import type { LogSet } from '../../src/logs/log-set.ts';
import { observeGenerations } from '../../src/observe/generations.ts';
import { observeLogs } from '../../src/observe/log-sets.ts';
import { observeSamples } from '../../src/observe/samples.ts';
import { emptyState } from '../../src/plan/state.ts';
import type { World } from '../../src/world/world.ts';
import { makeLines, serviceNames } from '../bench/demo-services.ts';
import { aPolicy } from '../rig/policy.ts';
import { tempTree } from '../rig/temp-tree.ts';
import { watchedWorld } from './watched-world.ts';

const MiB = 1_048_576;
const pool = makePool(2);
const nobody = () => ({ complete: true, blind: null, holders: new Map() });

function textOf(service: string, seed: number, size: number): string {
  const lines = makeLines(service, seed);
  const parts: string[] = [];
  for (let length = 0; length < size; ) {
    const line = lines();
    parts.push(line);
    length += line.length;
  }
  return parts.join('');
}

async function lookTwice(world: World, body: string, pattern: string): Promise<readonly LogSet[]> {
  const first = await observeLogs(world, [aPolicy(body, { pattern })], { nonce: 'x' });
  const second = await observeGenerations(world, first, 'all', emptyState, 'with writers');
  return (await observeSamples(world, second, () => true, pool)).logSets;
}

async function packedSize(text: string, codec: CodecName, level: Level): Promise<number> {
  let size = 0;
  const input = [Buffer.from(text)];
  for await (const chunk of codecNamed(codec).encode(input, { level, pool, size: text.length }))
    size += chunk.length;
  return size;
}

test('the foretold size of a folder of twelve services is within 5 % of the packed one', async t => {
  const texts = serviceNames.map((name, at) => textOf(name, at + 1, MiB + (1 + at) * 50_000));
  using tree = tempTree(Object.fromEntries(texts.map((text, at) => [`${serviceNames[at]}.log`, text])));
  const { world } = watchedWorld({ census: nobody });
  for (const [body, codec, level] of [
    ['compress', 'gzip', 6],
    ['compress\ncompresscmd zstd\ncompressoptions -1', 'zstd', 1],
  ] as const) {
    const logSets = await lookTwice(world, `rotate 5\ncopytruncate\n${body}`, tree.path('*.log'));
    const foretold = logSets.reduce<number>((sum, { live, samples }) => {
      const sample = samples.get(live?.id ?? '');
      assert.ok(sample !== undefined, `no sample of ${live?.path}`);
      return sum + (live?.size ?? 0) * sample.ratio;
    }, 0);
    const packed = (await Promise.all(texts.map(text => packedSize(text, codec, level)))).reduce(
      (sum, size) => sum + size,
      0,
    );
    t.diagnostic(`${codec} ${level}: foretold ${Math.round(foretold)}, packed ${packed}`);
    assert.ok(Math.abs(foretold / packed - 1) < 0.05, `foretold ${foretold}, packed ${packed}`);
  }
});

test('what one look reads is bounded, and the rest is estimated with a larger error', async () => {
  const text = textOf('gateway', 1, 100_000);
  using tree = tempTree(
    Object.fromEntries(
      Array.from({ length: 300 }, (_, at) => [
        `s${String(at).padStart(3, '0')}.log`,
        text.slice(0, 100_000 - at),
      ]),
    ),
  );
  const { world, counts } = watchedWorld({ census: nobody });
  const logSets = await lookTwice(world, 'rotate 5\ncompress\ncompresscmd zstd', tree.path('*.log'));
  const errors = logSets.map(({ live, samples }) => samples.get(live?.id ?? '')?.error ?? null);
  assert.ok(
    errors.every(error => error !== null),
    'each has an estimate',
  );
  assert.ok(counts.read <= 256 * 100_000, `${counts.read} bytes`);
  const [sampled = 0, estimated = 0] = [errors[0] ?? 0, errors.at(-1) ?? 0];
  assert.ok(estimated > sampled, `${estimated} for what was not sampled, ${sampled} for what was`);
});

test('a slow level samples less, so that the look stays short', async () => {
  const text = textOf('orders', 3, MiB);
  using tree = tempTree(Object.fromEntries(Array.from({ length: 12 }, (_, at) => [`s${at}.log`, text])));
  const { world, counts } = watchedWorld({ census: nobody });
  await lookTwice(world, 'rotate 5\ncompress\ncompresscmd zstd\ncompressoptions -19', tree.path('*.log'));
  assert.ok(counts.read > 0 && counts.read <= 3 * MiB, `${counts.read} bytes`);
});

test('only what will be compressed is sampled: with delaycompress not the live log, without compress nothing', async () => {
  using tree = tempTree({
    'a.log': textOf('auth', 5, 50_000),
    'a.log.1': textOf('auth', 6, 40_000),
    'a.log.2.gz': 'packed',
  });
  const { world } = watchedWorld({ census: nobody });
  const sampledBy = async (body: string) => {
    const [logSet] = await lookTwice(world, `rotate 5\n${body}`, tree.path('a.log'));
    const files = [logSet?.live, ...(logSet?.generations ?? [])];
    return files
      .filter(file => logSet?.samples.has(file?.id ?? ''))
      .map(file => file?.path.slice(tree.folder.length + 1));
  };
  assert.deepEqual(await sampledBy('compress'), ['a.log', 'a.log.1']);
  assert.deepEqual(await sampledBy('compress\ndelaycompress'), ['a.log.1']);
  // Short of room it does not wait, and neither do archives that are to be joined.
  assert.deepEqual(await sampledBy('compress\ndelaycompress\nkeepfree 1000000G'), ['a.log', 'a.log.1']);
  assert.deepEqual(await sampledBy('nocompress'), []);
});

test('short of room, archives are sampled that will be joined before their time', async () => {
  const packed = gzipSync(textOf('auth', 5, 50_000));
  using tree = tempTree({ 'a.log': '', 'a.log.1.gz': packed, 'a.log.2.gz': packed });
  const longAgo = Date.now() / 1000 - 40 * 86_400;
  for (const name of ['a.log.1.gz', 'a.log.2.gz']) utimesSync(tree.path(name), longAgo, longAgo);
  const { world } = watchedWorld({ census: nobody });
  const sampledBy = async (body: string) => {
    const [logSet] = await lookTwice(
      world,
      `rotate 5\ncompact monthly\ncompactafter 90d\n${body}`,
      tree.path('a.log'),
    );
    return logSet?.samples.size;
  };
  assert.equal(await sampledBy(''), 0);
  assert.equal(await sampledBy('keepfree 1000000G'), 2);
});

test('a program of another name is foretold by its nearest codec, and says so by its error', async () => {
  using tree = tempTree({ 'a.log': textOf('risk', 7, 300_000) });
  const { world } = watchedWorld({ census: nobody });
  const [logSet] = await lookTwice(world, 'rotate 5\ncompress\ncompresscmd xz', tree.path('a.log'));
  const sample = logSet?.samples.get(logSet.live?.id ?? '');
  assert.ok(sample !== undefined && sample.error >= 0.25 && sample.ratio > 0 && sample.ratio < 0.4);
});

test('a live log that stays is not read, and what is kept of it is', async () => {
  using tree = tempTree({
    'a.log': textOf('auth', 5, 50_000),
    'b.log': textOf('auth', 6, 60_000),
    'b.log.1': textOf('auth', 7, 30_000),
  });
  const { world, counts } = watchedWorld({ census: nobody });
  const policy = aPolicy('rotate 5\ncompress', { pattern: tree.path('*.log') });
  const first = await observeLogs(world, [policy], { nonce: 'x' });
  const second = await observeGenerations(world, first, 'all', emptyState, 'with writers');
  assert.equal(counts.read, 0);
  const third = await observeSamples(world, second, ({ path }) => path === tree.path('a.log'), pool);
  assert.deepEqual(
    third.logSets.map(({ samples }) => samples.size),
    [1, 1],
  );
  assert.ok(third.logSets[1]?.samples.has(third.logSets[1].generations[0]?.id ?? ''));
  assert.equal(
    counts.read,
    (third.logSets[0]?.live?.size ?? 0) + (third.logSets[1]?.generations[0]?.size ?? 0),
  );
});

test('archives that will be joined are foretold by unpacking one of them', async () => {
  const day = 24 * 3_600_000;
  const at = Date.UTC(2026, 10, 22, 12);
  const texts = Array.from({ length: 6 }, (_, age) => textOf('executor', age + 1, 300_000));
  // Sunday 8 November and the days before it: all of one week.
  const names = texts.map((_, age) => `app.log-202611${String(8 - age).padStart(2, '0')}.gz`);
  using tree = tempTree({
    'app.log': 'live\n',
    ...Object.fromEntries(texts.map((text, age) => [names[age], gzipSync(text)])),
  });
  for (const [age, name] of names.entries()) {
    const time = (at - (14 + age) * day) / 1000;
    utimesSync(tree.path(name), time, time);
  }
  const { world } = watchedWorld({ census: nobody });
  const body = 'daily\nrotate 30\ndateext\ncompress\ncompact weekly\ncompactafter 7d';
  const policies = [aPolicy(body, { pattern: tree.path('*.log') })];
  const first = await observeLogs(world, policies, { nonce: 'x', at });
  const second = await observeGenerations(world, first, 'all', emptyState, 'with writers');
  const { logSets } = await observeSamples(world, second, () => false, pool);
  const [log] = logSets;
  assert.equal(log?.samples.size, 6);
  let foretold = 0;
  for (const { id, size } of log?.generations ?? [])
    foretold += size * (log?.samples.get(id ?? '')?.ratio ?? 0);
  const packed = await Promise.all(texts.map(text => packedSize(text, 'zstd', 'high')));
  const whole = packed.reduce((sum, size) => sum + size, 0);
  assert.ok(Math.abs(foretold / whole - 1) < 0.1, `foretold ${foretold}, packed ${whole}`);
});
