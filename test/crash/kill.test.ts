// The same with a real record and a real SIGKILL: the lock is free, the record is whole, and the
// plan is found in it and finished.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { openLedger } from '../../src/ledger/open-ledger.ts';
import { watchedWorld } from '../rig/crashing-world.ts';
import { apply, aSite, world } from '../rig/plans.ts';
import { tempTree } from '../rig/temp-tree.ts';
import { lasting, savings, thePlan, theTree } from './rotation.ts';

async function whenUndisturbed() {
  using tree = theTree();
  let acts = 0;
  const counting = watchedWorld(world, () => {
    acts += 1;
  });
  const { outcomes, results } = await apply(thePlan(tree, 'with programs'), aSite({ world: counting }));
  assert.deepEqual(new Set(results), new Set(['done']), JSON.stringify([...outcomes]));
  return { tree: lasting(tree), savings: savings(outcomes), acts };
}

function endOf(args: readonly string[]): Promise<string | number | null> {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'dies-at.ts'), ...args], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  return new Promise(resolve => child.once('exit', (code, signal) => resolve(signal ?? code)));
}

test('killed with SIGKILL at acts all over a plan, it is finished from the record', async () => {
  const undisturbed = await whenUndisturbed();
  const killedAt = async (act: number): Promise<void> => {
    using tree = theTree();
    using state = tempTree({ plan: '' });
    const folder = state.path('state');
    writeFileSync(state.path('plan'), JSON.stringify(thePlan(tree, 'with programs')));
    assert.equal(await endOf([folder, state.path('plan'), String(act)]), 'SIGKILL', `act ${act}`);
    const ledger = await openLedger(folder, 'for writing', world);
    const [open] = ledger.unfinished();
    assert.ok(open, `the plan is in the record after a kill at act ${act}`);
    const { outcomes, complete } = await apply(open, aSite({ ledger }));
    await ledger.end();
    assert.ok(complete);
    assert.deepEqual(savings(outcomes), undisturbed.savings, `killed at act ${act}`);
    assert.deepEqual(lasting(tree), undisturbed.tree, `killed at act ${act}`);
  };
  const all = Array.from({ length: 8 }, (_, n) => 2 + Math.floor((n * (undisturbed.acts - 4)) / 7));
  for (let at = 0; at < all.length; at += 2) await Promise.all(all.slice(at, at + 2).map(killedAt));
});
