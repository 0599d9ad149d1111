// Records a step of the open plan, says `recorded`, and waits to be killed.

import { openLedger } from '../../src/ledger/open-ledger.ts';
import { thisMachine } from '../../src/world/this-machine.ts';
import { august, done } from './rig.ts';

const [state = '', step = ''] = process.argv.slice(2);
const ledger = await openLedger(state, 'for writing', thisMachine());
const [open] = ledger.unfinished();
if (open === undefined) throw new Error('internal: no plan is open');
await ledger.record(open.plan, Number(step), done(50, 0), august + 2);
process.stdout.write('recorded\n');
setInterval(() => {}, 60_000);
