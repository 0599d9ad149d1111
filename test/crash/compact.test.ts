// The power goes at every act of joining archives and of cutting one: the same plan is applied again,
// and no byte of what was to stay is lost or doubled.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { applyPlan } from '../../src/apply/apply-plan.ts';
import { memoryLedger } from '../../src/ledger/open-ledger.ts';
import { aTree, names, planIn, readByOthers, wholeOf } from '../apply/joined.ts';
import { mortalMachine } from '../rig/mortal-machine.ts';
import { apply, aSite, world } from '../rig/plans.ts';
import type { TempTree } from '../rig/temp-tree.ts';
import { savings } from './rotation.ts';

interface Case {
  readonly policy: string;
  /** What is applied before, undisturbed. */
  readonly before?: string;
  /** The oldest generation that stays. */
  readonly oldest: number;
}

const cases: Readonly<Record<string, Case>> = {
  'joined with zstd': { policy: 'rotate -1\ncompact weekly', oldest: 9 },
  'joined with gzip': { policy: 'rotate -1\ncompact weekly\ncompactcmd gzip', oldest: 9 },
  'cut at the front': { before: 'rotate -1\ncompact weekly', policy: 'rotate 7\ncompact weekly', oldest: 7 },
  'joined once more': {
    before: 'rotate -1\ncompact daily',
    policy: 'rotate -1\ncompact weekly',
    oldest: 9,
  },
  'with shred': { policy: 'rotate -1\ncompact weekly\nshred', oldest: 9 },
};

// Each act of the first, and of the others every third, each from another one on: they share most acts.
for (const [index, [what, { policy, before, oldest }]] of Object.entries(cases).entries()) {
  const [first, stride] = index === 0 ? [1, 1] : [1 + (index % 3), 3];
  test(`the power goes at ${stride === 1 ? 'any act' : 'acts all over'}: ${what}`, async () => {
    const undisturbed = await whole(policy, before);
    for (let act = first; act <= undisturbed.acts; act += stride) {
      using tree = await prepared(before);
      const ledger = memoryLedger();
      const { plan } = await planIn(tree, policy);
      const machine = mortalMachine(world, act);
      const site = aSite({ world: machine.world, ledger: machine.ledger(ledger) });
      await Promise.race([machine.death, applyPlan({ plan, outcomes: new Map() }, site, { tell: () => {} })]);
      await new Promise(resolve => setImmediate(resolve));
      await machine.bury();
      const where = `cut at act ${act}, ${machine.acts.at(-1) ?? ''}`;
      if (ledger.closed(plan.id) === null) {
        const open = ledger.unfinished()[0] ?? { plan, outcomes: new Map() };
        const { outcomes, complete } = await apply(open, aSite({ ledger }));
        assert.ok(complete, where);
        assert.deepEqual(savings(outcomes), undisturbed.savings, where);
      }
      assert.deepEqual(names(tree), undisturbed.names, where);
      assert.deepEqual(readByOthers(await planIn(tree, policy)), wholeOf(oldest), where);
    }
  });
}

async function prepared(before: string | undefined): Promise<TempTree> {
  const tree = aTree(() => 'gz', 9);
  if (before !== undefined) await apply((await planIn(tree, before)).plan);
  return tree;
}

async function whole(policy: string, before: string | undefined) {
  using tree = await prepared(before);
  const machine = mortalMachine(world, Number.POSITIVE_INFINITY);
  const ledger = machine.ledger(memoryLedger());
  const { plan } = await planIn(tree, policy);
  assert.ok(plan.steps.length > 0);
  const { outcomes, complete, results } = await apply(plan, aSite({ world: machine.world, ledger }));
  assert.ok(complete);
  assert.deepEqual(new Set(results), new Set(['done']), JSON.stringify([...outcomes]));
  return { acts: machine.acts.length, names: names(tree), savings: savings(outcomes) };
}
