// A cold generation is compressed from its tail, where source and parts hold each half of the lines: the
// power goes before any act, any call fails, once or from then on, and every line is still there; the
// same plan applied again ends as if nothing had been. A spread of the acts and calls; every one of them
// with `node test/crash/from-tail.test.ts --all`.

import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync, statSync, utimesSync } from 'node:fs';
import { test } from 'node:test';
import { gunzipSync, zstdDecompressSync } from 'node:zlib';
import { applyPlan } from '../../src/apply/apply-plan.ts';
import type { Ledger } from '../../src/ledger/ledger.ts';
import { memoryLedger } from '../../src/ledger/open-ledger.ts';
import { readTailPart } from '../../src/logs/tail-parts.ts';
import type { Plan } from '../../src/plan/plan.ts';
import type { World } from '../../src/world/world.ts';
import { failure, watchedWorld } from '../rig/crashing-world.ts';
import { mortalMachine } from '../rig/mortal-machine.ts';

import { aPlan, apply, aSite, gzip, made, seen, world, zstd } from '../rig/plans.ts';
import { type TempTree, tempTree } from '../rig/temp-tree.ts';
import { savings } from './rotation.ts';
import { linesOf } from './shapes.ts';

const KiB = 1024;
const text = linesOf('a1', 3000);
const old = 1_600_000_000;
const all = process.argv.includes('--all');

/** From the first on to that at which nothing happened any more; how many there are. */
async function spread(
  step: number,
  first: number,
  isReached: (at: number) => Promise<boolean>,
): Promise<number> {
  let at = all ? 1 : first;
  while (await isReached(at)) at += all ? 1 : step;
  return at;
}

type Packer = typeof gzip | typeof zstd;

function theTree(): TempTree {
  const tree = tempTree({ 'a.log': 'live\n', 'a.log.1': { content: text, mode: 0o640 } });
  utimesSync(tree.path('a.log.1'), old, old);
  return tree;
}

function thePlan(tree: TempTree, compressor: Packer): Plan {
  const file = seen(tree.path('a.log.1'));
  const to = tree.path(`a.log.1${compressor.extension}`);
  const fromTail = { part: 48 * KiB, extra: 1024 * KiB };
  return aPlan(tree.folder, [
    { kind: 'compress', file, to, compressor, made, predicted: null, wait: 0, fromTail },
  ]);
}

function decode(bytes: Buffer, compressor: Packer): Buffer {
  return compressor === gzip ? gunzipSync(bytes) : zstdDecompressSync(bytes);
}

/** Whatever has been done so far, each byte stands in the source, in a part that is whole, or in the archive. */
function nothingLost(tree: TempTree, compressor: Packer, where: string): void {
  const archive = tree.path(`a.log.1${compressor.extension}`);
  if (existsSync(archive)) {
    assert.equal(decode(readFileSync(archive), compressor).toString(), text, where);
    return;
  }
  const whole = Buffer.alloc(text.length);
  for (const name of readdirSync(tree.folder)) {
    const part = readTailPart(name);
    if (part === null) continue;
    const bytes = readFileSync(tree.path(name)).subarray(0, part.packed);
    // A file has two names for a moment, and of these the longer says what is in it.
    const plain = decode(bytes, compressor);
    assert.equal(plain.length, part.until - part.from, where);
    plain.copy(whole, part.from);
  }
  if (existsSync(tree.path('a.log.1'))) readFileSync(tree.path('a.log.1')).copy(whole);
  assert.ok(whole.equals(Buffer.from(text)), `${where}: lines are lost`);
}

/** Only the log and the archive, with what the archive holds and what it looks like. */
function ended(tree: TempTree, compressor: Packer, where: string): void {
  const archive = `a.log.1${compressor.extension}`;
  assert.deepEqual(readdirSync(tree.folder).sort(), ['a.log', archive], where);
  assert.equal(decode(readFileSync(tree.path(archive)), compressor).toString(), text, where);
  const { mode, mtimeMs } = statSync(tree.path(archive));
  assert.deepEqual([mode & 0o777, mtimeMs], [0o640, old * 1000], where);
}

async function applyOn(inner: World, plan: Plan, ledger: Ledger): Promise<void> {
  const open = ledger.unfinished().find(one => one.plan.id === plan.id) ?? { plan, outcomes: new Map() };
  await applyPlan(open, aSite({ world: inner, ledger }), { tell: () => {} });
}

/** Cuts the power at each of these acts in turn. */
async function stoppedAt(cuts: readonly number[], compressor: Packer): Promise<boolean> {
  using tree = theTree();
  const ledger = memoryLedger();
  const plan = thePlan(tree, compressor);
  let where = 'stopped';
  let cutAtAll = false;
  for (const cut of cuts) {
    if (ledger.closed(plan.id) !== null) break;
    const machine = mortalMachine(world, cut);
    await Promise.race([machine.death, applyOn(machine.world, plan, machine.ledger(ledger))]);
    await machine.bury();
    cutAtAll ||= machine.acts.length >= cut;
    where += ` at act ${cut}, ${machine.acts.at(-1)};`;
    nothingLost(tree, compressor, where);
  }
  if (ledger.closed(plan.id) === null) {
    const open = ledger.unfinished()[0] ?? { plan, outcomes: new Map() };
    const { outcomes, complete } = await apply(open, aSite({ ledger }));
    assert.ok(complete, `${where} ${JSON.stringify([...outcomes])}`);
    const size = statSync(tree.path(`a.log.1${compressor.extension}`)).size;
    assert.deepEqual(savings(outcomes), { 1: [text.length, size] }, where);
  }
  ended(tree, compressor, where);
  return cutAtAll;
}

for (const compressor of [gzip, zstd]) {
  test(`${compressor.codec}: the power goes at any act, and nothing is lost or left`, async () => {
    const first = compressor === gzip ? 1 : 3;
    const acts = await spread(6, first, act => stoppedAt([act], compressor));
    assert.ok(acts > 45, `only ${acts} acts`);
  });
}

test('the power goes again and again while it is gone on with', async () => {
  for (let act = 3; act < 50; act += all ? 1 : 8) await stoppedAt([act, 4, 9, 2], gzip);
});

/** Fails call `at` with `code`; with `lasting` also each later one. */
async function failingAt(at: number, code: string, lasting: boolean): Promise<boolean> {
  using tree = theTree();
  const ledger = memoryLedger();
  const plan = thePlan(tree, gzip);
  let failed = 'nothing';
  const failing = watchedWorld(
    world,
    (name, number) => {
      if (number !== at && !(lasting && number > at)) return;
      failed = failed === 'nothing' ? name : failed;
      throw failure(code);
    },
    'all',
  );
  await applyOn(failing, plan, ledger);
  const where = `${code}${lasting ? ' from' : ' at'} call ${at}, ${failed}`;
  nothingLost(tree, gzip, where);
  // What had begun nothing has failed for good, and the next plan begins anew.
  const isOver = ledger.closed(plan.id) !== null;
  const next = isOver && existsSync(tree.path('a.log.1')) ? thePlan(tree, gzip) : plan;
  const open = ledger.unfinished()[0] ?? { plan: next, outcomes: new Map() };
  if (!isOver || next !== plan) {
    const { outcomes, complete } = await apply(open, aSite({ ledger }));
    assert.ok(complete, `${where} ${JSON.stringify([...outcomes])}`);
  }
  ended(tree, gzip, where);
  return failed !== 'nothing';
}

for (const [code, lasting, first] of [
  ['EIO', false, 1],
  ['EIO', true, 4],
  ['ENOSPC', false, 7],
  ['ENOSPC', true, 10],
] as const) {
  test(`any call fails with ${code}${lasting ? ', and all after it' : ''}: nothing is lost or left`, async () => {
    const calls = await spread(13, first, at => failingAt(at, code, lasting));
    assert.ok(calls > 80, `only ${calls} calls`);
  });
}
