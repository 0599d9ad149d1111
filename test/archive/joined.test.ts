// Joined archives read back: every byte once and in order, also while compaction is between naming
// the joined archive and removing what it was made of.

import assert from 'node:assert/strict';
import { copyFileSync, readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { joined, readLog } from '../../src/archive/read-log.ts';
import { readIndex } from '../../src/codec/joined.ts';
import { lastingId } from '../../src/units/identity.ts';
import { age, aTree, at, contentOf, planIn, wholeOf } from '../apply/joined.ts';
import { apply, seen, world } from '../rig/plans.ts';
import type { TempTree } from '../rig/temp-tree.ts';

async function readBack(tree: TempTree, policy: string): Promise<Buffer> {
  const [log] = (await planIn(tree, policy)).expected;
  assert.ok(log);
  const chunks: Uint8Array[] = [];
  for await (const chunk of joined(readLog(log, world.disk))) chunks.push(chunk);
  return Buffer.concat(chunks);
}

const all = Buffer.concat([wholeOf(12), contentOf(0)]);

for (const codec of ['zstd', 'gzip'])
  test(`a log with archives joined by ${codec} reads as before`, async () => {
    using tree = aTree();
    const policy = `rotate -1\ncompact weekly\ncompactcmd ${codec}`;
    await apply((await planIn(tree, policy)).plan);
    assert.deepEqual(await readBack(tree, policy), all);
  });

test('sources that still stand beside their joined archive are not read twice', async () => {
  using tree = aTree();
  using aside = aTree();
  const policy = 'rotate -1\ncompact weekly';
  await apply((await planIn(tree, policy)).plan);
  for (const number of [7, 9, 12]) {
    const name = `a.log.${number}.gz`;
    copyFileSync(aside.path(name), tree.path(name));
    age(tree.path(name), number);
  }
  assert.deepEqual(await readBack(tree, 'rotate -1'), all);
});

test('nor are they by whoever has no record of when they were rotated', async () => {
  using tree = aTree();
  using aside = aTree();
  const minute = 60_000;
  const rotations = new Map(
    [...Array(12).keys()].map(index => {
      const { id, modified } = seen(tree.path(`a.log.${index + 1}.gz`));
      return [lastingId(id ?? ''), (modified ?? 0) + minute] as const;
    }),
  );
  await apply((await planIn(tree, 'rotate -1\ncompact weekly', at + minute, rotations)).plan);
  for (const number of [7, 9, 12]) {
    const name = `a.log.${number}.gz`;
    copyFileSync(aside.path(name), tree.path(name));
    age(tree.path(name), number);
  }
  assert.ok((await readBack(tree, 'rotate -1')).equals(all));
});

test('of two joined archives the one that holds less is not read', async () => {
  using tree = aTree();
  await apply((await planIn(tree, 'rotate -1\ncompact weekly')).plan);
  const whole = readFileSync(tree.path('a.log-2026-W46.zst'));
  await apply((await planIn(tree, 'rotate 9')).plan);
  const second = tree.path('a.log-2026-W46.2.zst');
  writeFileSync(second, whole);
  age(second, 7);
  assert.deepEqual(await readBack(tree, 'rotate -1'), all);
});

test('one that is cut off between two generations is damaged, not shorter', async () => {
  using tree = aTree();
  await apply((await planIn(tree, 'rotate -1\ncompact weekly')).plan);
  const path = tree.path('a.log-2026-W46.zst');
  const index = readIndex(readFileSync(path));
  assert.ok(index !== null && 'parts' in index);
  truncateSync(path, statSync(path).size - (index.parts.at(-1)?.packed ?? 0));
  await assert.rejects(readBack(tree, 'rotate -1'), { code: 'EDAMAGED' });
});
