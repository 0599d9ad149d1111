// maxtotal and budget: who pays, how much, and what stays whatever they say.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Planning } from '../../src/plan/plan.ts';
import { aLogSet, GiB, type LogSetOptions, MiB, outline, planFor } from '../rig/build.ts';

function tidied(policy: string, options: LogSetOptions = {}): string[] {
  return outline(planFor([aLogSet({ policy: `size 100G\ncompress\n${policy}`, ...options })]));
}

const four = ['a.log.1.gz 400', 'a.log.2.gz 300', 'a.log.3.gz 200', 'a.log.4.gz 100'];

const maxtotals: readonly (readonly [limit: string, expected: readonly string[]])[] = [
  ['1000', []],
  ['999', ['delete a.log.4.gz']],
  ['900', ['delete a.log.4.gz']],
  ['899', ['delete a.log.4.gz', 'delete a.log.3.gz']],
  ['400', ['delete a.log.4.gz', 'delete a.log.3.gz', 'delete a.log.2.gz']],
  // The newest generation stays, however small maxtotal is.
  ['1', ['delete a.log.4.gz', 'delete a.log.3.gz', 'delete a.log.2.gz']],
];

for (const [limit, expected] of maxtotals)
  test(`maxtotal ${limit} of 1000 bytes: ${expected.length} of the oldest go`, () => {
    assert.deepEqual(tidied(`rotate -1\nmaxtotal ${limit}`, { generations: four }), expected);
  });

test('maxtotal does not count the live log, and gives its values as the reason', () => {
  const policy = 'size 100G\nmaxtotal 950';
  const { plan } = planFor([aLogSet({ policy, generations: four, live: 50 * GiB })]);
  assert.deepEqual(
    plan.steps.map(({ why }) => why.text),
    ['its generations take 1000 B, maxtotal is 950 B'],
  );
  assert.equal(plan.steps[0]?.why.directive, 'maxtotal');
});

test('keepfor holds against maxtotal, and that it does is said', () => {
  const { plan, warnings } = planFor([
    aLogSet({ policy: 'size 1G\nkeepfor 3d\nmaxtotal 500', generations: four }),
  ]);
  assert.deepEqual(
    plan.steps.map(step => step.kind),
    ['delete', 'delete'],
  );
  assert.match(warnings[0]?.message ?? '', /takes 700 B, above its maxtotal of 500 B: keepfor holds it/);
});

test('a plain generation counts as what it will be once compressed', () => {
  const generations = ['a.log.1 1000000', 'a.log.2.gz 1000'];
  assert.deepEqual(tidied('rotate -1\nmaxtotal 200000', { generations, ratio: 0.1 }), [
    'compress a.log.1 > a.log.1.gz',
  ]);
});

test('a joined archive is cut to fit', () => {
  const generations = ['a.log.1.gz 100', 'a.log-2026-10.zst 400 34,33,32,31'];
  assert.deepEqual(tidied('rotate -1\nmaxtotal 350', { generations }), [
    'compact a.log-2026-10.zst[2:] > a.log-2026-10.zst',
  ]);
  assert.deepEqual(tidied('rotate -1\nmaxtotal 150', { generations }), ['delete a.log-2026-10.zst']);
});

/** Logs of one section, each with generations of these sizes, newest first. */
function section(policy: string, sizes: readonly (readonly number[])[], live = 0): Planning {
  const logSets = sizes.map((of, index) => {
    const name = `${String.fromCharCode(97 + index)}.log`;
    const generations = of.map((size, rank) => `${name}.${rank + 1}.gz ${size} ${rank + 1}`);
    return aLogSet({ path: `/var/log/app/${name}`, policy: `size 100G\n${policy}`, generations, live });
  });
  return planFor(logSets);
}

/** How many generations stay, log by log. */
function staying({ expected }: Planning): number[] {
  return expected.map(({ generations }) => generations.length);
}

const shares: readonly (readonly [
  what: string,
  policy: string,
  sizes: readonly (readonly number[])[],
  stay: readonly number[],
])[] = [
  ['within the budget nothing goes', 'budget 100', [[50], [50]], [1, 1]],
  [
    'the larger one pays first',
    'budget 100',
    [
      [10, 10, 10, 10, 10, 10, 10, 10],
      [10, 10, 10, 10],
    ],
    [6, 4],
  ],
  [
    'two noisy ones pay alike, the quiet one nothing',
    'budget 90',
    [[10, 10, 10, 10, 10, 10], [10, 10, 10, 10, 10], [10]],
    [4, 4, 1],
  ],
  [
    'the newest of each stays, however small the budget is',
    'budget 1',
    [
      [50, 10],
      [70, 10],
    ],
    [1, 1],
  ],
  [
    'a floor in bytes stays to each',
    'budget 20\nbudgetfloor 30',
    [
      [10, 10, 10, 10, 10],
      [10, 10, 10, 10],
    ],
    [3, 3],
  ],
  ['a floor in days stays to each', 'budget 1\nbudgetfloor 2d', [[10, 10, 10, 10], [10]], [1, 1]],
  ['a floor of 60 hours keeps two days', 'budget 1\nbudgetfloor 60h', [[10, 10, 10, 10], [10]], [2, 1]],
  [
    'keepfor stays to each',
    'budget 1\nkeepfor 84h',
    [
      [10, 10, 10, 10, 10],
      [10, 10],
    ],
    [3, 2],
  ],
];

for (const [what, policy, sizes, stay] of shares)
  test(`budget: ${what}`, () => {
    assert.deepEqual(staying(section(policy, sizes)), stay);
  });

test('one of twelve logs is flooded with ten gigabytes: the quiet ones keep all, the noisy one pays', () => {
  const quiet = Array.from({ length: 14 }, () => 20 * MiB);
  const noisy = Array.from({ length: 80 }, () => 128 * MiB);
  const sizes = Array.from({ length: 12 }, (_, index) => (index === 6 ? noisy : quiet));
  const planning = section('budget 5G\nbudgetfloor 100M', sizes);
  const left = staying(planning);
  assert.deepEqual(left.toSpliced(6, 1), Array(11).fill(14));
  const bytes = planning.expected
    .flatMap(({ generations }) => generations.map(({ size }) => size))
    .reduce((a, b) => a + b);
  assert.ok(bytes <= 5 * GiB && bytes > 5 * GiB - 128 * MiB, `${bytes} bytes stay`);
  assert.equal(left[6], 15);
  // 11 quiet logs of 280 MiB leave 2040 MiB of the 5 GiB to the one that takes more.
  assert.match(
    planning.plan.steps[0]?.why.text ?? '',
    /^the section takes 13\.0 GiB, budget is 5\.00 GiB; this log takes 10\.0 GiB, its fair share is 1\.99 GiB$/,
  );
});

test('live logs count to the budget, and what cannot be held is said', () => {
  const { plan, warnings } = section(
    'budget 100',
    [
      [10, 10],
      [10, 10],
    ],
    60,
  );
  assert.equal(plan.steps.length, 2);
  assert.match(warnings[0]?.message ?? '', /takes 140 B, above its budget of 100 B: nothing more may go/);
});

test('a log of which nothing is kept yet counts to the budget all the same', () => {
  const policy = 'size 100G\nbudget 100';
  const generations = ['a.log.1.gz 30', 'a.log.2.gz 30', 'a.log.3.gz 30'];
  const young = aLogSet({ path: '/var/log/app/b.log', policy, live: 40 });
  const planning = planFor([aLogSet({ policy, live: 0, generations }), young]);
  assert.deepEqual(outline(planning), ['delete a.log.3.gz']);
  assert.match(
    planning.plan.steps[0]?.why.text ?? '',
    /^the section takes 130 B, .* its fair share is 60 B$/,
  );
});

test('once a budget is held, nothing more is to be done', () => {
  const policy = 'budget 100\nbudgetfloor 15';
  const first = section(policy, [[30, 30, 30], [20, 20, 20], [5]]);
  assert.ok(first.plan.steps.length > 0);
  const again = planFor(first.expected.map(logSet => ({ ...logSet })));
  assert.deepEqual(outline(again), []);
});

/** Sections of up to five logs: what is live of each, and the sizes of what is kept, newest first. */
const anySection = fc.record({
  budget: fc.integer({ min: 1, max: 400 }),
  floor: fc.constantFrom('', 'budgetfloor 40', 'budgetfloor 84h'),
  keepfor: fc.constantFrom('', 'keepfor 60h'),
  logs: fc.array(
    fc.record({
      live: fc.integer({ min: 0, max: 60 }),
      sizes: fc.array(fc.integer({ min: 1, max: 50 }), { maxLength: 8 }),
    }),
    { minLength: 1, maxLength: 5 },
  ),
});

test('any section: the oldest go first, whoever takes most pays, and no more than is needed', () => {
  fc.assert(
    fc.property(anySection, ({ budget, floor, keepfor, logs }) => {
      const policy = `size 100G\nbudget ${budget}\n${floor}\n${keepfor}`;
      const logSets = logs.map(({ live, sizes }, index) => {
        const name = `${String.fromCharCode(97 + index)}.log`;
        const generations = sizes.map((size, rank) => `${name}.${rank + 1}.gz ${size} ${rank + 1}`);
        return aLogSet({ path: `/var/log/app/${name}`, policy, generations, live });
      });
      const kept = logs.map(({ live, sizes }) => [live, ...sizes]);
      const sum = (of: readonly number[]): number => of.reduce((a, b) => a + b, 0);
      const mayPay = (of: readonly number[]): boolean => {
        const days = of.length - 1;
        if (days < 2 || (keepfor !== '' && days < 2.5)) return false;
        if (floor === 'budgetfloor 84h') return days >= 3.5;
        return floor === '' || sum(of.slice(1, -1)) >= 40;
      };
      while (sum(kept.flat()) > budget) {
        const [payer] = kept.filter(mayPay).sort((a, b) => sum(b) - sum(a));
        if (payer === undefined) break;
        payer.pop();
      }
      const { expected } = planFor(logSets);
      assert.deepEqual(
        expected.map(({ generations }) => generations.map(({ size }) => size)),
        kept.map(of => of.slice(1)),
      );
    }),
    { seed: 20_261_128, numRuns: 500 },
  );
});
