// Law 6: the power goes before each act on the disk and around each record, the same plan is
// applied again, and all is as if nothing had happened.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { applyPlan } from '../../src/apply/apply-plan.ts';
import type { Ledger } from '../../src/ledger/ledger.ts';
import { memoryLedger } from '../../src/ledger/open-ledger.ts';
import type { Plan } from '../../src/plan/plan.ts';
import { mortalMachine } from '../rig/mortal-machine.ts';
import { apply, aSite, world } from '../rig/plans.ts';
import { lasting, savings, thePlan, theTree } from './rotation.ts';

interface End {
  readonly tree: Record<string, unknown>;
  readonly savings: Record<number, unknown>;
}

const undisturbed = await whenUndisturbed();

async function whenUndisturbed(): Promise<End & { readonly acts: number }> {
  using tree = theTree();
  const machine = mortalMachine(world, Number.POSITIVE_INFINITY);
  const site = aSite({ world: machine.world, ledger: machine.ledger(memoryLedger()) });
  const { outcomes, complete, results } = await apply(thePlan(tree, 'without'), site);
  assert.ok(complete);
  assert.deepEqual(new Set(results), new Set(['done']), JSON.stringify([...outcomes]));
  return { tree: lasting(tree), savings: savings(outcomes), acts: machine.acts.length };
}

/** Applies the plan, or what is open of it, until the given act; what that act was. */
async function applyUntil(act: number, plan: Plan, ledger: Ledger): Promise<string> {
  const machine = mortalMachine(world, act);
  const site = aSite({ world: machine.world, ledger: machine.ledger(ledger) });
  const open = ledger.unfinished().find(one => one.plan.id === plan.id) ?? { plan, outcomes: new Map() };
  await Promise.race([machine.death, applyPlan(open, site, { tell: () => {} })]);
  await machine.bury();
  return machine.acts.at(-1) ?? 'the start';
}

async function finish(plan: Plan, ledger: Ledger): Promise<Awaited<ReturnType<typeof apply>>> {
  const open = ledger.unfinished().find(one => one.plan.id === plan.id) ?? { plan, outcomes: new Map() };
  return apply(open, aSite({ ledger }));
}

/** A few at a time: most of the time goes into waiting for syncs. */
async function eachOf<T>(all: readonly T[], check: (one: T) => Promise<void>): Promise<void> {
  const waiting = [...all];
  const worker = async (): Promise<void> => {
    for (let one = waiting.shift(); one !== undefined; one = waiting.shift()) await check(one);
  };
  await Promise.all([worker(), worker(), worker(), worker()]);
}

/** Cuts the power at each of these acts in turn, and then lets the plan be finished. */
async function stoppedAt(cuts: readonly number[]): Promise<void> {
  using tree = theTree();
  const ledger = memoryLedger();
  const plan = thePlan(tree, 'without');
  let where = 'stopped';
  for (const cut of cuts)
    if (ledger.closed(plan.id) === null) where += ` at act ${cut}, ${await applyUntil(cut, plan, ledger)};`;
  if (ledger.closed(plan.id) === null) {
    const { outcomes, complete } = await finish(plan, ledger);
    assert.ok(complete, where);
    assert.deepEqual(savings(outcomes), undisturbed.savings, where);
  }
  assert.deepEqual(lasting(tree), undisturbed.tree, where);
}

test('the power goes at any act: applied again, tree and savings are as undisturbed', async () => {
  await eachOf(
    Array.from({ length: undisturbed.acts }, (_, n) => [n + 1]),
    stoppedAt,
  );
});

test('the power goes again, and once more, while the plan is being finished', async () => {
  const firsts = Array.from({ length: Math.floor(undisturbed.acts / 8) }, (_, n) => 8 * n + 3);
  await eachOf(
    firsts.flatMap(first => [
      [first, 2, 3],
      [first, 7, 5],
    ]),
    stoppedAt,
  );
});
