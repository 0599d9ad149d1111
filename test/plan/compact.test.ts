// Which archives are joined, when, and under which name; and what retention makes of them.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  aFolder,
  aLogSet,
  day,
  GiB,
  type LogSetOptions,
  now,
  outline,
  type PlanOptions,
  planFor,
} from '../rig/build.ts';

/** A quiet day: nothing is due, and only what is left of earlier rotations is seen to. */
function tidied(policy: string, options: LogSetOptions = {}, plan: PlanOptions = {}): string[] {
  const planning = planFor([aLogSet({ policy: `size 1G\ncompress\n${policy}`, ...options })], plan);
  return outline(planning);
}

const archives = (from: number, to: number, ending = '.gz'): string[] =>
  Array.from({ length: to - from + 1 }, (_, index) => `a.log.${from + index}${ending}`);

const weeks = 'rotate -1\ncompact weekly';

test('archives of a past week become one once all of them are a week old', () => {
  // Today is Sunday 22 November: week 46 ended a week ago, week 47 ends tonight.
  assert.deepEqual(tidied(weeks, { generations: archives(1, 14) }), [
    'compact a.log.13.gz + a.log.12.gz + a.log.11.gz + a.log.10.gz + a.log.9.gz + a.log.8.gz + a.log.7.gz > a.log-2026-W46.zst',
  ]);
});

test('a period is left until its youngest is old enough, so that it is joined once', () => {
  assert.deepEqual(tidied(`${weeks}\ncompactafter 8d`, { generations: archives(1, 13) }), []);
  assert.deepEqual(tidied(`${weeks}\ncompactafter 1h`, { generations: archives(1, 6) }), []);
});

const periods: readonly (readonly [
  policy: string,
  generations: readonly string[],
  expected: readonly string[],
])[] = [
  [
    'compact daily',
    ['a.log.1.gz 9 1', 'a.log.2.gz 9 9.1', 'a.log.3.gz 9 9.2', 'a.log.4.gz 9 10'],
    ['compact a.log.3.gz + a.log.2.gz > a.log-2026-11-13.zst'],
  ],
  [
    'compact monthly',
    ['a.log.1.gz 9 1', 'a.log.2.gz 9 30', 'a.log.3.gz 9 31', 'a.log.4.gz 9 60'],
    ['compact a.log.3.gz + a.log.2.gz > a.log-2026-10.zst'],
  ],
  [
    'compact monthly\ndateext',
    ['a.log-20261122.gz', 'a.log-20261002.gz', 'a.log-20261001.gz'],
    ['compact a.log-20261001.gz + a.log-20261002.gz > a.log-2026-10.zst'],
  ],
  // ISO week 1 of 2026 began in 2025.
  [
    'compact weekly\ndateext',
    ['a.log-20261122', 'a.log-20260101.gz', 'a.log-20251230.gz'],
    [
      'compress a.log-20261122 > a.log-20261122.gz',
      'compact a.log-20251230.gz + a.log-20260101.gz > a.log-2026-W01.zst',
    ],
  ],
  [
    'compact monthly\ncompactcmd gzip',
    ['a.log.1.gz 9 1', 'a.log.2.gz 9 30', 'a.log.3.zst 9 31'],
    ['compact a.log.3.zst + a.log.2.gz > a.log-2026-10.gz'],
  ],
  [
    'compact monthly\nextension .log',
    ['a.1.log.gz 9 1', 'a.2.log.gz 9 30', 'a.3.log.gz 9 31'],
    ['compact a.3.log.gz + a.2.log.gz > a-2026-10.log.zst'],
  ],
  // A dateformat that writes days as joined archives are named: the last one's name is taken over.
  [
    'compact daily\ndateext\ndateformat -%Y-%m-%d',
    ['a.log-2026-11-22.gz', 'a.log-2026-11-02.zst', 'a.log-2026-11-02.2.zst'],
    ['compact a.log-2026-11-02.zst + a.log-2026-11-02.2.zst > a.log-2026-11-02.zst'],
  ],
  // One alone stays as it is.
  ['compact monthly', ['a.log.1.gz 9 1', 'a.log.2.gz 9 30', 'a.log.3.gz 9 60'], []],
];

for (const [policy, generations, expected] of periods)
  test(`${policy.replaceAll('\n', ', ')}: ${expected.join('; ') || 'nothing is joined'}`, () => {
    assert.deepEqual(tidied(`rotate -1\n${policy}`, { generations }), expected);
  });

const month = 'rotate -1\ncompact monthly';

const apart: readonly (readonly [why: string, options: LogSetOptions, policy?: string])[] = [
  ['the newest generation is never joined', { generations: ['a.log.1.gz 9 30', 'a.log.2.gz 9 31'] }],
  [
    'a plain one parts its neighbours',
    {
      generations: ['a.log.1.gz 9 1', 'a.log.2.gz 9 30', 'a.log.3 9 31', 'a.log.4.gz 9 32'],
      held: ['a.log.3'],
    },
  ],
  [
    'a foreign archive parts its neighbours',
    { generations: ['a.log.1.gz 9 1', 'a.log.2.gz 9 30', 'a.log.3.xz 9 31', 'a.log.4.gz 9 32'] },
  ],
  [
    'one without the other is no pair',
    { generations: ['a.log.1.gz 9 1', 'a.log.2.gz 9 30', 'a.log.3.bz2 9 31'] },
  ],
  // By its time .2 is older than what stands behind it by number: joined, they would be read before it.
  [
    'an order that a joined archive would not keep',
    { generations: ['a.log.1.gz 9 1', 'a.log.2.gz 9 60', 'a.log.3.gz 9 33', 'a.log.4.gz 9 34'] },
  ],
];

for (const [why, options, policy = month] of apart)
  test(why, () => assert.deepEqual(tidied(policy, options), []));

test('what comes late into a period is joined to its archive, which keeps its name', () => {
  const generations = ['a.log.1.gz 9 1', 'a.log.2.gz 9 30', 'a.log-2026-10.zst 50 33,32'];
  assert.deepEqual(tidied(month, { generations }), [
    'compact a.log-2026-10.zst + a.log.2.gz > a.log-2026-10.zst',
  ]);
});

test('with shred or preremove no archive is replaced in place: each goes by a deletion of its own', () => {
  const generations = ['a.log.1.gz 9 1', 'a.log.2.gz 9 30', 'a.log-2026-10.zst 50 33,32'];
  assert.deepEqual(tidied(`${month}\nshred`, { generations }), [
    'compact a.log-2026-10.zst + a.log.2.gz > a.log-2026-10.2.zst',
    'delete a.log-2026-10.zst',
    'delete a.log.2.gz',
  ]);
});

test('rotate counts the generations inside, and those beyond it are cut off the front', () => {
  const generations = ['a.log.1.gz 9 1', 'a.log.2.gz 9 2', 'a.log-2026-10.zst 50 34,33,32,31,30'];
  const planning = planFor([aLogSet({ policy: 'size 1G\nrotate 4', generations })]);
  assert.deepEqual(outline(planning), ['compact a.log-2026-10.zst[3:] > a.log-2026-10.zst']);
  assert.equal(planning.plan.steps[0]?.why.text, '7th of 4');
  assert.deepEqual(
    planning.expected[0]?.generations.at(-1)?.inside?.map(({ rotated }) => rotated),
    [now - 31 * day, now - 30 * day],
  );
});

test('a joined archive of which nothing stays is deleted', () => {
  const generations = ['a.log.1.gz 9 1', 'a.log.2.gz 9 2', 'a.log-2026-10.zst 50 34,33'];
  assert.deepEqual(tidied('rotate 2\ncompact monthly', { generations }), ['delete a.log-2026-10.zst']);
});

test('maxage and keepfor count each generation inside by its own times', () => {
  const generations = ['a.log.1.gz 9 1', 'a.log-2026-10.zst 50 34,33,32,31.5,30'];
  assert.deepEqual(tidied('rotate -1\nmaxage 31', { generations }), [
    'compact a.log-2026-10.zst[3:] > a.log-2026-10.zst',
  ]);
  assert.deepEqual(tidied('rotate 1\nkeepfor 33d', { generations }), [
    'compact a.log-2026-10.zst[2:] > a.log-2026-10.zst',
  ]);
});

test('what is joined and what is cut off go in one step', () => {
  const generations = ['a.log.1.gz 9 1', 'a.log.2.gz 9 30', 'a.log-2026-10.zst 50 34,33,32'];
  assert.deepEqual(tidied('rotate 4\ncompact monthly', { generations }), [
    'compact a.log-2026-10.zst[1:] + a.log.2.gz > a.log-2026-10.zst',
  ]);
});

test('left-over plain generations are compressed and joined in one plan', () => {
  const generations = ['a.log.1.gz 9 1', 'a.log.2 9 30', 'a.log.3 9 31'];
  const planning = planFor([aLogSet({ policy: `size 1G\ncompress\n${month}`, generations, ratio: 0.1 })]);
  assert.deepEqual(outline(planning), [
    'compress a.log.2 > a.log.2.gz',
    'compress a.log.3 > a.log.3.gz',
    'compact a.log.3.gz + a.log.2.gz > a.log-2026-10.zst',
  ]);
  assert.deepEqual(planning.plan.steps[2]?.after, [1, 2]);
});

test('a rotation shifts first, and joins what it has shifted', () => {
  const generations = ['a.log.1.gz 9 1', 'a.log.2.gz 9 30', 'a.log.3.gz 9 31'];
  const planning = planFor([aLogSet({ policy: `daily\ncreate\ncompress\n${month}`, generations })]);
  assert.equal(outline(planning).at(-1), 'compact a.log.4.gz + a.log.3.gz > a.log-2026-10.zst');
});

test('short of room, archives are made early, it is said, and nothing is deleted for it', () => {
  const generations = ['a.log.1 900', 'a.log.2.gz 9 7', 'a.log.3.gz 9 8'];
  const policy = 'rotate -1\ndelaycompress\ncompact weekly\ncompactafter 30d\nkeepfree 10%';
  const roomy = { folders: [aFolder('/var/log/app', { free: 20 * GiB, size: 100 * GiB })] };
  const short = { folders: [aFolder('/var/log/app', { free: 9 * GiB, size: 100 * GiB })] };
  assert.deepEqual(tidied(policy, { generations }, roomy), []);
  assert.deepEqual(tidied(policy, { generations }, short), [
    'compress a.log.1 > a.log.1.gz',
    'compact a.log.3.gz + a.log.2.gz > a.log-2026-W46.zst',
  ]);
  const { warnings } = planFor([aLogSet({ policy: `size 1G\ncompress\n${policy}`, generations })], short);
  assert.match(warnings[0]?.message ?? '', /9\.00 GiB free, and keepfree wants 10\.0 GiB/);
});

test('a log that its program rotates is never touched, and what it numbers leaves its numbering', () => {
  const generations = ['a.log.1 900 1', 'a.log.2 900 2', 'a.log.3.gz 9 3'];
  const options = { generations, live: 2 * GiB };
  assert.deepEqual(
    outline(planFor([aLogSet({ policy: 'daily\nrotate 5\ncompress\nleavelive', ...options })])),
    ['compress a.log.2 > a.log-202611200830.gz', 'compress a.log.1 > a.log-202611210830.gz'],
  );
  const forced = planFor([aLogSet({ policy: 'daily\nrotate 5\nleavelive', ...options })], { forced: 'all' });
  assert.deepEqual(outline(forced), []);
});

test('leftovers of others are generations: supervisord, Docker, pm2, dated ones, foreign archives', () => {
  const generations = [
    ...archives(1, 10, ''),
    'a.log-20261101.xz',
    'a__2026-10-01_00-00-00.log',
    'a.log-20260901.bz2',
  ];
  const planning = planFor([aLogSet({ policy: 'size 1G\nrotate 12', generations })]);
  assert.deepEqual(outline(planning), ['delete a.log-20260901.bz2']);
  const docker = aLogSet({
    path: '/var/lib/docker/c/c-json.log',
    policy: 'size 1G\nrotate 1\nleavelive',
    generations: ['c-json.log.1', 'c-json.log.2.gz'],
  });
  assert.deepEqual(outline(planFor([docker])), ['delete c-json.log.2.gz']);
});
