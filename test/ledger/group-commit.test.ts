// Many lanes, few commits; and nobody is told before its own entry is durable.

import assert from 'node:assert/strict';
import fs from 'node:fs';
import { test } from 'node:test';
import { groupCommit } from '../../src/ledger/group-commit.ts';
import { openForWriting } from '../../src/ledger/open-ledger.ts';
import { thisMachine } from '../../src/world/this-machine.ts';
import { aPlan, august, done, rotating, tempFolder } from './rig.ts';

test('what is added in one turn goes in one commit, in order', async () => {
  const commits: (readonly number[])[] = [];
  const group = groupCommit<number>(
    async batch => void commits.push(batch),
    waiting => waiting >= 3,
  );
  await Promise.all([group.add(1), group.add(2), group.add(3)]);
  assert.deepEqual(commits, [[1, 2, 3]]);
});

test('what is added while a commit runs waits for the next', async () => {
  const commits: (readonly number[])[] = [];
  const letGo: (() => void)[] = [];
  const group = groupCommit<number>(
    batch =>
      new Promise(resolve => {
        commits.push(batch);
        letGo.push(resolve);
      }),
    () => true,
  );
  const first = group.add(1);
  while (letGo.length < 1) await new Promise(setImmediate);
  let told = false;
  const second = group.add(2).then(() => {
    told = true;
  });
  await new Promise(setImmediate);
  letGo.shift()?.();
  await first;
  assert.ok(!told);
  while (letGo.length < 1) await new Promise(setImmediate);
  letGo.shift()?.();
  await second;
  assert.deepEqual(commits, [[1], [2]]);
});

test('a commit that fails is told to all who waited for it, and to nobody after', async () => {
  let full = true;
  const group = groupCommit<number>(
    async () => {
      if (full) throw new Error('no space');
    },
    () => true,
  );
  const both = await Promise.allSettled([group.add(1), group.add(2)]);
  assert.deepEqual(
    both.map(({ status }) => status),
    ['rejected', 'rejected'],
  );
  full = false;
  await group.add(3);
});

test('draining waits for what was added last', async () => {
  const commits: number[] = [];
  const group = groupCommit<number>(
    async batch => void commits.push(...batch),
    () => false,
  );
  void group.add(1);
  await group.drained();
  assert.deepEqual(commits, [1]);
});

test('20,000 outcomes of many lanes take fewer than 1,000 commits', async () => {
  const folder = tempFolder();
  const ledger = await openForWriting(`${folder}/state`, thisMachine());
  const lanes = 5_000;
  const steps = Array.from({ length: 20_000 }, (_, index) =>
    rotating(index + 1, `/var/log/${index % lanes}.log`, `${index}:1:8`),
  );
  const large = aPlan({ steps });
  const started = performance.now();
  await ledger.open(large);
  const opened = performance.now() - started;
  const before = ledger.commits;
  // As applying does: 64 lanes at once, each waiting for its outcome before its next step.
  const byLane = [...Map.groupBy(steps, step => step.lane).values()];
  const worker = async (): Promise<void> => {
    for (let lane = byLane.pop(); lane !== undefined; lane = byLane.pop())
      for (const step of lane)
        await ledger.record(large, step.id, done(100, 100, { made: `${step.id}:1:8` }), august);
  };
  await Promise.all(Array.from({ length: 64 }, worker));
  const commits = ledger.commits - before;
  assert.ok(opened < 1_000, `opened in ${opened} ms`);
  assert.ok(commits < 1_000, `${commits} commits`);
  assert.equal(ledger.unfinished()[0]?.outcomes.size, 20_000);
  assert.equal(ledger.state().rotations.size, 20_000);
  await ledger.end();
  fs.rmSync(folder, { recursive: true });
});
