// The disk refuses one call after the other, with every errno that matters: nothing is lost, the
// source of what failed is as it was, and no temporary file stays.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { gunzipSync, zstdDecompressSync } from 'node:zlib';
import { memoryLedger } from '../../src/ledger/open-ledger.ts';
import { isTrouble } from '../../src/world/trouble.ts';
import { failure, watchedWorld } from '../rig/crashing-world.ts';
import { apply, aSite, world } from '../rig/plans.ts';
import { foundTree, type TempTree } from '../rig/temp-tree.ts';
import { thePlan, theTree } from './rotation.ts';

/** Every line that stands anywhere in the tree, archives opened. */
function linesIn(tree: TempTree): Set<string> {
  const files = Object.keys(foundTree(tree.folder)).filter(name => !name.endsWith('/'));
  const texts = files.map(name => {
    const bytes = readFileSync(tree.path(name));
    if (name.endsWith('.zst')) return zstdDecompressSync(bytes).toString();
    return (name.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString();
  });
  return new Set(texts.join('').split('\n'));
}

/** What the plan is to keep: a.log.9 is deleted and d.log is rotated to nothing. */
function kept(lines: Set<string>): Set<string> {
  return new Set([...lines].filter(line => !line.startsWith('a9 ') && !line.startsWith('d ')));
}

test('any single call that fails costs no line and leaves no temporary file', async () => {
  const codes = ['ENOSPC', 'EIO', 'EACCES', 'EROFS', 'EMFILE'];
  const calls = await countCalls();
  const check = async (call: number): Promise<void> => {
    using tree = theTree();
    const before = kept(linesIn(tree));
    const code = codes[call % codes.length] ?? 'EIO';
    let failed = '';
    const failing = watchedWorld(
      world,
      (name, number) => {
        if (number !== call) return;
        failed = name;
        throw failure(code);
      },
      'all',
    );
    const ledger = memoryLedger();
    const { complete, outcomes } = await apply(thePlan(tree, 'without'), aSite({ world: failing, ledger }));
    const where = `${code} at call ${call}, ${failed}`;
    assert.deepEqual(kept(linesIn(tree)), before, where);
    // What could not be taken back either is left open, for the next round.
    const [open] = ledger.unfinished();
    assert.equal(complete, open === undefined, where);
    if (open !== undefined) assert.ok((await apply(open, aSite({ ledger }))).complete, where);
    assert.deepEqual(kept(linesIn(tree)), before, where);
    const left = Object.keys(foundTree(tree.folder)).filter(name => name.includes('.logmill-'));
    assert.deepEqual(left, [], where);
    const all = [...outcomes.values()].map(outcome => outcome.result);
    assert.ok(
      // A new log that cannot be named one way is named another, and where links are refused a file is renamed.
      all.includes('failed') || failed === '' || ['unlink', 'stat', 'move', 'link'].includes(failed),
      `${where}: ${all}`,
    );
  };
  const waiting = Array.from({ length: calls }, (_, n) => n + 1);
  const worker = async (): Promise<void> => {
    for (let call = waiting.shift(); call !== undefined; call = waiting.shift()) await check(call);
  };
  await Promise.all([worker(), worker(), worker(), worker()]);
});

test('a disk that is full for good fails the steps that need space and does those that free it', async () => {
  using tree = theTree();
  const before = kept(linesIn(tree));
  const full = watchedWorld(world, name => {
    if (name === 'write') throw failure('ENOSPC');
  });
  const { results, outcomes } = await apply(thePlan(tree, 'without'), aSite({ world: full }));
  assert.deepEqual(results.filter(result => result === 'failed').length, 2, 'one compression, one copy');
  assert.equal(outcomes.get(13)?.result, 'done', 'emptying what is not to be kept needs no space');
  assert.deepEqual(kept(linesIn(tree)), before);
  const failed = outcomes.get(7);
  assert.ok(failed?.result === 'failed' && failed.code === 'ENOSPC' && !isTrouble(failed));
});

async function countCalls(): Promise<number> {
  using tree = theTree();
  let calls = 0;
  const counting = watchedWorld(
    world,
    () => {
      calls += 1;
    },
    'all',
  );
  await apply(thePlan(tree, 'without'), aSite({ world: counting }));
  return calls;
}
