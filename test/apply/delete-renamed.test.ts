// renamecopy to another file system, under a writer that keeps the renamed log open and that no census
// shows: what it adds after the copy is in the copy before the renamed log goes.

import assert from 'node:assert/strict';
import { appendFileSync, closeSync, existsSync, openSync, readFileSync, statSync, writeSync } from 'node:fs';
import { Readable } from 'node:stream';
import { after, test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import type { ApplySite } from '../../src/apply/apply-site.ts';
import { addSums, noSums, sumsOf } from '../../src/ledger/history.ts';
import { memoryLedger } from '../../src/ledger/open-ledger.ts';
import type { Plan } from '../../src/plan/plan.ts';
import type { World } from '../../src/world/world.ts';
import { compileWriter, startWriter } from '../bench/writers.ts';
import { failure, watchedWorld } from '../rig/crashing-world.ts';
import { allThere, countLines } from '../rig/numbered-lines.ts';
import { aPlan, apply, aSite, gzip, live, made, madeBy, withParts, world } from '../rig/plans.ts';
import { contentsOf, type TempTree, tempTree } from '../rig/temp-tree.ts';

const place = tempTree();
after(() => place.remove());
const writer = compileWriter(place.folder);

/** Nobody is seen, and it is known that not everybody is. */
const blind: World = withParts({
  processes: {
    ...world.processes,
    census: async () => ({ complete: false, blind: 'the test says so', holders: new Map() }),
  },
});

/** Nobody waits, so that a test of many acts is fast. */
const hasty: World = { ...blind, clock: { ...blind.clock, wait: async () => {} } };

function renameAndCopy(tree: TempTree): Plan {
  const [log, renamed] = [tree.path('a.log'), tree.path('a.log.tmp')];
  const [copy, aside] = [tree.path('old/a.log.1'), { ...madeBy(1, tree.path('a.log.tmp')), id: null }];
  const packed = { compressor: gzip, made, predicted: null, wait: 0 };
  return aPlan(
    tree.folder,
    [
      { kind: 'move', file: live(log), to: renamed, rotates: false },
      { kind: 'create', path: log, made },
      { kind: 'copy', file: aside, to: copy, made, rotates: true, always: true, needs: [1] },
      { kind: 'delete', file: aside, shred: null, always: true, after: [3], needs: [3] },
      { kind: 'compress', file: madeBy(3, copy), to: `${copy}.gz`, ...packed },
    ],
    [tree.path('old')],
  );
}

const lines = (name: string, count: number): string =>
  Array.from({ length: count }, (_, n) => `${name} ${n}: a line that is worth keeping\n`).join('');

/** A ground whose log is held open under its old name, and written to just before the nth act on the disk. */
function writtenBefore(act: number, held: number, text: string): ApplySite {
  let written = false;
  const watched = watchedWorld(hasty, (_, number) => {
    if (number !== act || written) return;
    written = true;
    writeSync(held, text);
  });
  return aSite({ world: watched });
}

test('lines that a late writer adds before any act are in the generation, once', async () => {
  const plainActs = await actsOfOne();
  for (let act = 1; act <= plainActs; act += 1) {
    using tree = tempTree({ 'a.log': lines('early', 200), old: {} });
    const held = openSync(tree.path('a.log'), 'a');
    const plan = renameAndCopy(tree);
    const { results } = await apply(
      { ...plan, steps: plan.steps.slice(0, 4) },
      writtenBefore(act, held, lines('late', 5)),
    );
    closeSync(held);
    assert.deepEqual(results, ['done', 'done', 'done', 'done'], `act ${act}`);
    const kept = contentsOf(tree.path('old'))['a.log.1'];
    assert.equal(kept, lines('early', 200) + lines('late', 5), `lines that came before act ${act}`);
  }
});

test('a writer that goes on and on keeps the renamed log until it has ended, and then every line is there once', {
  skip: writer === null ? 'no C compiler on this machine' : false,
}, async () => {
  using tree = tempTree({ 'a.log': '', old: {} });
  const writing = startWriter(writer ?? '', tree.path('a.log'), 10_000, 'KEEP');
  const ledger = memoryLedger();
  try {
    while (statSync(tree.path('a.log')).size === 0) await new Promise(resolve => setImmediate(resolve));
    const plan = renameAndCopy(tree);
    const first = await apply(plan, aSite({ world: blind, ledger }));
    assert.deepEqual(first.results, ['done', 'done', 'done', 'deferred', 'none']);
    const lines = await writing.stop();
    const [open] = ledger.unfinished();
    assert.ok(open !== undefined);
    const second = await apply(open, aSite({ world: blind, ledger }));
    assert.deepEqual(second.results, ['done', 'done', 'done', 'done', 'done']);
    assert.deepEqual(Object.keys(contentsOf(tree.folder)).sort(), ['a.log', 'old/a.log.1.gz']);
    const unpacked = gunzipSync(readFileSync(tree.path('old/a.log.1.gz')));
    assert.deepEqual(await countLines(Readable.from([unpacked]), lines), allThere);
    const { steps } = ledger.history(0, Number.MAX_SAFE_INTEGER);
    assert.equal(steps.map(sumsOf).reduce(addSums, noSums).written, unpacked.length);
  } finally {
    writing.kill();
  }
});

test('late lines for which there is no room keep the renamed log, and the next round takes them', async () => {
  using tree = tempTree({ 'a.log': lines('early', 200), old: {} });
  const plan = renameAndCopy(tree);
  const ledger = memoryLedger();
  let copied = false;
  const full = watchedWorld(hasty, name => {
    if (!copied && existsSync(tree.path('old/a.log.1'))) {
      copied = true;
      appendFileSync(tree.path('a.log.tmp'), lines('late', 5));
    } else if (name === 'write' && copied) throw failure('ENOSPC');
  });
  const first = await apply(plan, aSite({ world: full, ledger }));
  assert.deepEqual(first.results.slice(2, 4), ['done', 'failed']);
  assert.ok(existsSync(tree.path('a.log.tmp')));
  const [open] = ledger.unfinished();
  assert.ok(open !== undefined);
  const second = await apply(open, aSite({ world: blind, ledger }));
  assert.deepEqual(second.results.slice(2), ['done', 'done', 'done']);
  const unpacked = gunzipSync(readFileSync(tree.path('old/a.log.1.gz'))).toString();
  assert.equal(unpacked, lines('early', 200) + lines('late', 5));
});

test('a copy that does not hold what the renamed log does keeps that log', async () => {
  using tree = tempTree({ 'a.log': lines('early', 200), old: {} });
  const plan = renameAndCopy(tree);
  let changed = false;
  const site = aSite({
    world: watchedWorld(hasty, name => {
      if (name !== 'unlink' && name !== 'sync') return;
      if (changed || !existsSync(tree.path('old/a.log.1'))) return;
      changed = true;
      const held = openSync(tree.path('a.log.tmp'), 'r+');
      writeSync(held, 'EARLY', 0);
      closeSync(held);
    }),
  });
  const { results } = await apply(plan, site);
  assert.deepEqual(results.slice(2), ['done', 'stale', 'skipped']);
  assert.match(readFileSync(tree.path('a.log.tmp'), 'utf8'), /^EARLY 0:/);
});

/** Up to the act that takes the renamed log away: what comes later comes too late. */
async function actsOfOne(): Promise<number> {
  using tree = tempTree({ 'a.log': lines('early', 200), old: {} });
  let last = 0;
  const site = aSite({
    world: watchedWorld(hasty, (name, number) => {
      if (name === 'unlink') last = number;
    }),
  });
  const plan = renameAndCopy(tree);
  await apply({ ...plan, steps: plan.steps.slice(0, 4) }, site);
  return last;
}
