import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatDuration, parseDuration } from '../../src/units/duration.ts';

const hour = 3_600_000;
const day = 24 * hour;

test('a length of time is read with its unit', () => {
  const cases: readonly [string, number | null][] = [
    ['90s', 90_000],
    ['15m', 900_000],
    ['24h', day],
    ['7d', 7 * day],
    ['4w', 28 * day],
    ['1d12h', 36 * hour],
    ['1w2d3h4m5s', 9 * day + 3 * hour + 245_000],
    ['0s', 0],
    ['', null],
    ['7', null],
    ['d', null],
    ['12h1d', null],
    ['1d1d', null],
    ['1.5h', null],
    ['-1d', null],
    ['1 d', null],
    ['1y', null],
    ['1D', null],
    ['99999999999999w', null],
  ];
  for (const [text, expected] of cases) assert.equal(parseDuration(text), expected, `'${text}'`);
});

test('a length of time is shown in at most two units', () => {
  const cases: readonly [number, string][] = [
    [0, '0 ms'],
    [0.4, '0.4 ms'],
    [0.97, '1 ms'],
    [38.2, '38 ms'],
    [999.6, '1 s'],
    [1_400, '1.4 s'],
    [9_970, '10 s'],
    [27_000, '27 s'],
    [59_600, '1 min'],
    [200_000, '3 min 20 s'],
    [hour - 100, '1 h'],
    [2 * hour + 300_000, '2 h 5 min'],
    [day - 10_000, '1 d'],
    [3 * day, '3 d'],
    [6 * day + 2 * hour, '6 d 2 h'],
    [-27_000, '-27 s'],
  ];
  for (const [ms, expected] of cases) assert.equal(formatDuration(ms), expected);
});
