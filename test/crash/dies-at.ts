// A process that applies a plan with a real record and kills itself at one act:
// node dies-at.ts STATE-FOLDER PLAN-FILE ACT

import { readFileSync } from 'node:fs';
import { applyPlan } from '../../src/apply/apply-plan.ts';
import { makePool } from '../../src/codec/pool.ts';
import { openLedger } from '../../src/ledger/open-ledger.ts';
import type { Plan } from '../../src/plan/plan.ts';
import { thisMachine } from '../../src/world/this-machine.ts';
import { watchedWorld } from '../rig/crashing-world.ts';

const [state = '', planFile = '', act = '0'] = process.argv.slice(2);
const plan: Plan = JSON.parse(readFileSync(planFile, 'utf8'));
const world = thisMachine();
const ledger = await openLedger(state, 'for writing', world);
const dying = watchedWorld(world, (_, number) => {
  if (number === Number(act)) process.kill(process.pid, 'SIGKILL');
});
const site = { world: dying, ledger, pool: makePool(2), scripts: (digest: string) => digest };
await applyPlan({ plan, outcomes: new Map() }, site, { tell: () => {} });
await ledger.end();
