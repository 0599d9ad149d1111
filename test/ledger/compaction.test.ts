// What joining archives adds to the sums: what became smaller, apart from what was compressed, and
// what was cut off counts as deleted.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { noSums, type StepRow, sumsOf } from '../../src/ledger/history.ts';
import { sampleRow } from '../../src/ledger/sample-row.ts';
import { aLogSet, day, now } from '../rig/build.ts';

function row(more: Partial<StepRow>): StepRow {
  const nothing = { apparent: 0, allocated: 0 };
  return {
    at: now,
    plan: 'p',
    step: 1,
    policy: 'web',
    log: '/a.log',
    kind: 'compact',
    rotates: false,
    heir: null,
    late: 0,
    result: 'done',
    path: null,
    to: null,
    before: nothing,
    after: nothing,
    predicted: null,
    took: 0,
    why: '',
    message: null,
    verified: null,
    window: null,
    ...more,
  };
}

const bytes = (apparent: number) => ({ apparent, allocated: apparent });

const sums: readonly (readonly [
  what: string,
  rows: readonly Partial<StepRow>[],
  compacted: number,
  deleted: number,
])[] = [
  ['joined', [{ before: bytes(1000), after: bytes(700) }], 300, 0],
  ['cut at the front', [{ before: bytes(1000), after: bytes(600), late: 390 }], 10, 390],
  ['joined and cut at once', [{ before: bytes(1500), after: bytes(900), late: 200 }], 400, 200],
  [
    'sources left to their deletions',
    [
      { before: bytes(1000), after: bytes(1700) },
      { kind: 'delete', heir: 'joined', before: bytes(400) },
      { kind: 'delete', heir: 'joined', before: bytes(600) },
    ],
    300,
    0,
  ],
  ['failed', [{ before: bytes(1000), after: bytes(700), result: 'stale' }], 0, 0],
];

for (const [what, rows, compacted, deleted] of sums)
  test(`${what}: ${compacted} bytes joined away, ${deleted} deleted`, () => {
    const found = rows
      .map(one => sumsOf(row(one)))
      .reduce(
        (a, b) => ({ ...noSums, compacted: a.compacted + b.compacted, deleted: a.deleted + b.deleted }),
        noSums,
      );
    assert.deepEqual([found.compacted, found.deleted], [compacted, deleted]);
  });

test('a sample counts the generations in joined archives, and says since when the log can be read', () => {
  const generations = ['a.log.1.gz 9 1', 'a.log-2026-10.zst 50 34,33,32'];
  const sample = sampleRow(aLogSet({ generations }), now);
  assert.equal(sample.generations, 4);
  assert.equal(sample.oldest, now - 34 * day);
  assert.equal(sampleRow(aLogSet(), now).oldest, null);
});
