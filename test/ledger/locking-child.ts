// Locks a folder, says `locked`, and waits to be killed.

import { lockFolder } from '../../src/ledger/folder-lock.ts';
import { thisMachine } from '../../src/world/this-machine.ts';

await lockFolder('11:100:8', thisMachine(), process.argv[2]);
process.stdout.write('locked\n');
setInterval(() => {}, 60_000);
