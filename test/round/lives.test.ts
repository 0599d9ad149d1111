// Policies that nobody has thought of: lives of logs under settings drawn from a seed. More of them, or others:
// node test/round/lives.test.ts --lives 300 --seed 5000

import { test } from 'node:test';
import { parseArgs } from 'node:util';
import { live } from './a-life.ts';

const { values } = parseArgs({
  options: { lives: { type: 'string', default: '16' }, seed: { type: 'string', default: '1' } },
  strict: false,
});
const lives = Number(values.lives);
const first = Number(values.seed);

for (let seed = first; seed < first + lives; seed += 1) {
  test(`a log under policies of seed ${seed}: every byte once, but for what retention lets go`, () =>
    live(seed, 25));
}
