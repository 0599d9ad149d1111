// The power goes at any act, and takes with it what was not synced: contents, names, or some of each.
// The same plan is applied again, and all is as if nothing had happened. A spread of acts and losses
// here; all with `node test/crash/power-loss.test.ts --all`.

import assert from 'node:assert/strict';
import { utimesSync } from 'node:fs';
import { test } from 'node:test';
import { applyPlan } from '../../src/apply/apply-plan.ts';
import { memoryLedger } from '../../src/ledger/open-ledger.ts';
import type { Plan } from '../../src/plan/plan.ts';
import { mortalMachine } from '../rig/mortal-machine.ts';
import { aPlan, apply, aSite, gzip, live, made, madeBy, seen, world } from '../rig/plans.ts';
import { type Loss, powerLine } from '../rig/power-loss.ts';
import { type TempTree, tempTree } from '../rig/temp-tree.ts';
import { lasting, thePlan, theTree } from './rotation.ts';

const all = process.argv.includes('--all');

const losses: readonly Loss[] = [
  { names: 'old', data: 'old' },
  { names: 'new', data: 'old' },
  { names: 'new', data: 'zeros' },
  { names: 'old', data: 'new' },
  { names: 'mixed', data: 'mixed' },
  { names: 'mixed', data: 'mixed' },
];

const skip = process.platform === 'linux' ? false : 'holds on to files by links and /proc';

interface Case {
  readonly tree: () => TempTree;
  readonly plan: (tree: TempTree) => Plan;
}

const text = Array.from({ length: 600 }, (_, n) => `${n}: a line that is worth keeping\n`).join('');

function copyAndEmpty(method: 'collapse' | 'punch'): Case {
  const plan = (tree: TempTree): Plan => {
    const [log, copy] = [tree.path('a.log'), tree.path('a.log.1')];
    const packed = { compressor: gzip, made, predicted: null, wait: 0 };
    return aPlan(tree.folder, [
      { kind: 'copy', file: live(log), to: copy, made, rotates: true },
      { kind: 'truncate', file: live(log), copy: madeBy(1, copy), method },
      { kind: 'compress', file: madeBy(1, copy), to: `${copy}.gz`, ...packed },
    ]);
  };
  return { tree: () => tempTree({ 'a.log': text }), plan };
}

const compressedFromTail: Case = {
  tree: () => tempTree({ 'a.log.1': text }),
  plan: tree => {
    const path = tree.path('a.log.1');
    const fromTail = { part: 8192, extra: 65536 };
    const how = { compressor: gzip, made, predicted: null, wait: 0, fromTail };
    // Who reads what here is not known everywhere.
    const file = { ...seen(path), modified: 0 };
    utimesSync(path, 0, 0);
    return aPlan(tree.folder, [{ kind: 'compress', file, to: `${path}.gz`, ...how }]);
  },
};

const cases: Readonly<Record<string, Case>> = {
  'every kind of step': { tree: theTree, plan: tree => thePlan(tree, 'without') },
  'a log that is collapsed': copyAndEmpty('collapse'),
  'a log that is punched': copyAndEmpty('punch'),
  'a generation that is compressed from its tail': compressedFromTail,
};

for (const [name, one] of Object.entries(cases)) {
  test(`the power goes, and what was not synced with it: applied again, every line is there once: ${name}`, {
    skip,
  }, async t => {
    const { acts, end } = await undisturbed(one);
    let cuts = 0;
    for (let act = 1; act <= acts; act += 1) {
      for (const [index, loss] of losses.entries()) {
        if (!all && (act + index) % 20 !== 0) continue;
        cuts += 1;
        await cutAt(one, act, loss, diceOf(act * 31 + index), end);
      }
    }
    t.diagnostic(`${cuts} cuts over ${acts} acts`);
  });
}

async function undisturbed(one: Case): Promise<{ acts: number; end: unknown }> {
  using tree = one.tree();
  using power = powerLine(world, tree.folder);
  const machine = mortalMachine(power.world, Number.POSITIVE_INFINITY);
  const site = aSite({ world: machine.world, ledger: machine.ledger(memoryLedger()) });
  const { complete } = await apply(one.plan(tree), site);
  assert.ok(complete);
  return { acts: machine.acts.length, end: untimed(tree) };
}

async function cutAt(one: Case, act: number, loss: Loss, dice: () => number, end: unknown): Promise<void> {
  using tree = one.tree();
  using power = powerLine(world, tree.folder);
  const plan = one.plan(tree);
  const ledger = memoryLedger();
  const machine = mortalMachine(power.world, act);
  const site = aSite({ world: machine.world, ledger: machine.ledger(ledger) });
  await Promise.race([machine.death, applyPlan({ plan, outcomes: new Map() }, site, { tell: () => {} })]);
  await machine.bury();
  power.cut(loss, dice);
  const where = `at act ${act}, ${machine.acts.at(-1)}; names ${loss.names}, data ${loss.data}`;
  if (ledger.closed(plan.id) === null) {
    const open = ledger.unfinished()[0] ?? { plan, outcomes: new Map() };
    assert.ok((await apply(open, aSite({ ledger }))).complete, where);
  }
  assert.deepEqual(untimed(tree), end, where);
}

/** An archive's time is set after it is synced, and may be lost: it is no line. */
function untimed(tree: TempTree): unknown {
  const found = Object.entries(lasting(tree)).map(([name, one]) => [
    name,
    { ...(one as object), time: null },
  ]);
  return Object.fromEntries(found);
}

/** Even numbers from 0 to 1, the same each time (mulberry32). */
function diceOf(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
