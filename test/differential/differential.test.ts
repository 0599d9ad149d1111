// The door beside logrotate 3.21 over cases from one seed: 60 by default, 300 on a machine that
// checks a change (CI is set). What may differ is in lawful.ts by name.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { differences } from '../../src/cli/logrotate/differences.ts';
import { differential, showFailure, showTally } from './differential.ts';
import { missingHere } from './doors.ts';
import { lawful } from './lawful.ts';

const cases = process.env.CI === undefined || process.env.CI === '' ? 60 : 300;
const seed = 20_261_122;

test(`${cases} cases from seed ${seed} end as with logrotate, or differ by name`, {
  skip: missingHere() ?? false,
}, async t => {
  const tally = await differential({ cases, seed, shrunk: 1 });
  t.diagnostic(showTally(tally));
  assert.equal(tally.failures.length, 0, tally.failures.map(showFailure).join('\n\n'));
});

test('nothing is explained but by a row of the table of differences', () => {
  const rows = new Set(differences.map(({ name }) => name));
  assert.deepEqual(
    lawful.filter(({ name }) => !rows.has(name)),
    [],
  );
});
