// Ticks of cron expressions, both ways.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { lastTick, nextTick } from '../../src/plan/ticks.ts';
import { at, zone } from '../rig/build.ts';

const table: readonly (readonly [
  expression: string,
  from: string,
  last: string | null,
  next: string | null,
])[] = [
  ['0 3 * * *', '2026-11-22 08:30', '2026-11-22 03:00', '2026-11-23 03:00'],
  ['0 3 * * *', '2026-11-22 03:00', '2026-11-22 03:00', '2026-11-22 03:00'],
  ['*/15 * * * *', '2026-11-22 08:31', '2026-11-22 08:30', '2026-11-22 08:45'],
  ['10 0 3 * * *', '2026-11-22 03:00:09', '2026-11-21 03:00:10', '2026-11-22 03:00:10'],
  ['30 4 1,15 * 5', '2026-11-22 08:30', '2026-11-20 04:30', '2026-11-27 04:30'],
  ['0 0 * * sun', '2026-11-25 08:30', '2026-11-22 00:00', '2026-11-29 00:00'],
  ['0 0 * * 7', '2026-11-25 08:30', '2026-11-22 00:00', '2026-11-29 00:00'],
  ['0 12 1 jan-mar *', '2026-11-22 08:30', '2026-03-01 12:00', '2027-01-01 12:00'],
  ['0 0 29 2 *', '2026-11-22 08:30', '2024-02-29 00:00', '2028-02-29 00:00'],
  ['@weekly', '2026-11-25 08:30', '2026-11-22 00:00', '2026-11-29 00:00'],
  ['61 * * * *', '2026-11-22 08:30', null, null],
  ['every day', '2026-11-22 08:30', null, null],
];

for (const [expression, from, last, next] of table) {
  test(`${expression} at ${from}`, () => {
    assert.equal(lastTick(expression, at(from), zone), last === null ? null : at(last));
    assert.equal(nextTick(expression, at(from), zone), next === null ? null : at(next));
  });
}
