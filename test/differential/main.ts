// `npm run differential -- --cases N --seed S`: as many cases as one has patience for.

import { parseArgs } from 'node:util';
import { differential, showFailure, showTally } from './differential.ts';
import { missingHere } from './doors.ts';

const { values } = parseArgs({
  options: {
    cases: { type: 'string', default: '2000' },
    seed: { type: 'string', default: `${Math.floor(Date.now() / 1000) % 1_000_000}` },
    shrink: { type: 'string', default: '3' },
  },
});

const missing = missingHere();
if (missing !== null) {
  process.stderr.write(`${missing}\n  hint: apt-get install logrotate faketime acl coreutils xz-utils\n`);
  process.exit(1);
}
process.stdout.write(`seed ${values.seed}\n`);
const tally = await differential({
  cases: Number(values.cases),
  seed: Number(values.seed),
  shrunk: Number(values.shrink),
});
for (const failure of tally.failures) process.stdout.write(`${showFailure(failure)}\n\n`);
process.stdout.write(`${showTally(tally)}\n`);
process.exitCode = tally.failures.length === 0 ? 0 : 1;
