// Figures that must add up, and forms that must not break, whatever was recorded.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { DayRow, History, StepRow } from '../../src/ledger/history.ts';
import { addSums, noSums, type Sums, sumsOf } from '../../src/ledger/history.ts';
import { formats } from '../../src/report/formats.ts';
import { reports } from '../../src/report/reports.ts';
import type { Look, Meaning, Row, Table } from '../../src/report/table.ts';
import { bar, gather, spark, widthOf } from '../../src/report/write-value.ts';
import { aHistory, aStep, august, dayMs, space } from './rig.ts';

const plain: Look = { width: 100, unicode: true, paint: (_, text) => text };

function aHistoryOf(
  steps: readonly StepRow[],
  days: readonly DayRow[] = [],
  fields: Partial<History> = {},
): History {
  return { from: august, until: august + 60 * dayMs, steps, days, samples: [], rounds: [], ...fields };
}

function savingsOf(history: History): readonly [policies: Table, logs: Table, balance: Table] {
  const [policies, logs, balance] = reports.savings.make({
    history,
    zone: 'Europe/Berlin',
    at: history.until,
  });
  assert.ok(policies && logs && balance);
  return [policies, logs, balance];
}

function figure(table: Table, key: string): number {
  return Number(table.figures.find(each => each.key === key)?.value);
}

function sumOf(rows: readonly Row[], key: string): number {
  return rows.reduce((sum, row) => sum + Number(row[key]), 0);
}

const aSize = fc.integer({ min: 0, max: 1e10 });
const aStepRow = fc
  .record({
    kind: fc.constantFrom('move', 'compress', 'delete', 'copy', 'truncate', 'script', 'adopt'),
    result: fc.constantFrom('done', 'already', 'failed', 'stale', 'skipped', 'deferred', 'refused'),
    policy: fc.constantFrom('web', 'app', 'db'),
    log: fc.constantFrom('/a', '/b', '/c', null),
    rotates: fc.boolean(),
    before: aSize,
    after: aSize,
    day: fc.double({ min: 0, max: 59, noNaN: true }),
    predicted: fc.option(aSize),
  })
  .map(({ before, after, day, ...row }) =>
    aStep({ ...row, before: space(before), after: space(after), at: august + Math.floor(day * dayMs) }),
  );
const someSteps = fc.array(aStepRow, { maxLength: 40 }).map(steps => steps.sort((a, b) => a.at - b.at));
const aDayRow = fc
  .record({
    day: fc.nat(20),
    written: aSize,
    deleted: aSize,
    compressedFrom: aSize,
    compressedTo: aSize,
    rotations: fc.nat(5),
  })
  .map((row): DayRow => ({ ...noSums, ...row, day: august + row.day * dayMs, policy: 'web', log: '/a' }));
const someDays = fc.array(aDayRow, { maxLength: 10 });

test('figures, policies, logs, days and the record all come to the same sums', () => {
  fc.assert(
    fc.property(someSteps, someDays, (steps, days) => {
      const expected = [...steps.map(sumsOf), ...days].reduce<Sums>(addSums, noSums);
      const [policies, logs, balance] = savingsOf(aHistoryOf(steps, days));
      const saved = expected.compressedFrom - expected.compressedTo + expected.deleted;
      assert.equal(figure(policies, 'written'), expected.written);
      assert.equal(figure(policies, 'compressed_away'), expected.compressedFrom - expected.compressedTo);
      assert.equal(figure(policies, 'deleted'), expected.deleted);
      assert.equal(figure(policies, 'saved'), saved);
      assert.equal(sumOf(policies.rows, 'written'), expected.written);
      assert.equal(sumOf(policies.rows, 'saved'), saved);
      assert.equal(policies.total?.rotations, expected.rotations);
      assert.equal(sumOf(balance.rows, 'expected'), expected.written - saved);
      const sections = steps
        .filter(({ log }) => log === null)
        .map(sumsOf)
        .reduce(addSums, noSums);
      assert.equal(sumOf(logs.rows, 'written') + sections.written, expected.written);
      assert.equal(
        policies.chart?.days.reduce((sum, { first }) => sum + first, 0),
        expected.written,
      );
      assert.equal(
        policies.chart?.days.reduce((sum, { second }) => sum + second, 0),
        expected.compressedTo,
      );
    }),
  );
});

test('no format throws, says NaN or breaks its width, whatever was recorded', () => {
  fc.assert(
    fc.property(
      someSteps,
      someDays,
      fc.constantFrom(40, 60, 80, 100, 200),
      fc.boolean(),
      (steps, days, width, unicode) => {
        const asked = { history: aHistoryOf(steps, days), zone: 'UTC', at: august };
        for (const { make } of Object.values(reports))
          for (const format of Object.values(formats)) {
            const written = format(make(asked), { ...plain, width, unicode });
            assert.doesNotMatch(written, /NaN|Infinity|undefined|\[object/);
          }
        const text = formats.text(reports.savings.make(asked), { ...plain, width, unicode });
        for (const line of text.split('\n'))
          assert.ok(widthOf(line) <= width, `${widthOf(line)} of ${width}: ${line}`);
        if (!unicode) assert.match(text, /^[\x20-\x7e\n]*$/);
      },
    ),
    { numRuns: 60 },
  );
});

test('an empty record makes a whole report', () => {
  const asked = { history: { ...aHistoryOf([]), from: 0 }, zone: 'UTC', at: august };
  for (const { make } of Object.values(reports))
    assert.match(formats.text(make(asked), plain), /nothing in this time/);
});

test('what the balance expects is what was last seen when nobody else touched the files', () => {
  const steps = [
    aStep({ kind: 'move', rotates: true, before: space(1000), after: space(1000) }),
    aStep({ kind: 'compress', before: space(1000), after: space(100), verified: 1000 }),
    aStep({ kind: 'delete', before: space(40) }),
  ];
  const sample = {
    policy: 'web',
    log: '/var/log/web/access.log',
    live: 7,
    plain: 0,
    allocated: 0,
    generations: 1,
    oldest: null,
  };
  const samples = [
    { ...sample, at: august - 1, compressed: 40 },
    { ...sample, at: august + 1, compressed: 100 },
  ];
  const [row] = savingsOf(aHistoryOf(steps, [], { samples }))[2].rows;
  assert.deepEqual(row, {
    policy: 'web',
    before: 40,
    written: 1000,
    compressed_away: 900,
    deleted: 40,
    expected: 100,
    found: 100,
    difference: 0,
  });
});

test('colour only paints: without it the text is the same', () => {
  const tables = reports.savings.make(aHistory());
  const paint = (meaning: Meaning, text: string): string =>
    text === '' ? '' : `\u001b[${meaning.length}m${text}\u001b[0m`;
  const coloured = formats.text(tables, { ...plain, paint });
  assert.equal(
    coloured.replace(/\u001b\[\d+m/g, '').replace(/ +$/gm, ''),
    formats.text(tables, plain).replace(/ +$/gm, ''),
  );
});

test('a name can forge neither a line, a colour, a formula nor markup', () => {
  const evil = '=cmd()\n\u001b[31m|<b>`';
  const steps = [
    aStep({
      kind: 'move',
      rotates: true,
      policy: evil,
      log: evil,
      path: evil,
      to: evil,
      why: evil,
      before: space(5),
    }),
  ];
  const asked = { history: aHistoryOf(steps), zone: 'UTC', at: august };
  for (const { make } of [reports.savings, reports.rotations]) {
    const tables = make(asked);
    for (const format of [formats.text, formats.csv, formats.markdown])
      assert.ok(!format(tables, plain).includes('\u001b'));
    assert.doesNotMatch(formats.csv(tables, plain), /(^|,)"?=/m);
    assert.doesNotMatch(formats.markdown(tables, plain), /<b>/);
    assert.equal(JSON.parse(formats.json(tables, plain)).tables.length, tables.length);
  }
});

test('a bar has its width, shows the smallest part, and is full only when all is there', () => {
  const way = { zone: 'UTC', unicode: true, barWidth: 12 };
  const cases: readonly (readonly [number, string, string])[] = [
    [0, '▕··········▏', '[..........]'],
    [0.0001, '▕▏·········▏', '[#.........]'],
    [0.5, '▕█████·····▏', '[#####.....]'],
    [0.56, '▕█████▋····▏', '[######....]'],
    [0.9999, '▕█████████▉▏', '[#########.]'],
    [1, '▕██████████▏', '[##########]'],
    [7, '▕██████████▏', '[##########]'],
    [-1, '▕··········▏', '[..........]'],
  ];
  for (const [share, blocks, letters] of cases) {
    assert.equal(bar(share, way), blocks);
    assert.equal(bar(share, { ...way, unicode: false }), letters);
  }
});

test('gathering loses nothing, and a sparkline never grows beyond its width', () => {
  fc.assert(
    fc.property(
      fc.array(fc.nat(1e6), { maxLength: 900 }),
      fc.integer({ min: 1, max: 60 }),
      (values, places) => {
        const sums = gather(values, places);
        assert.ok(sums.length <= places);
        assert.equal(
          sums.reduce((a, b) => a + b, 0),
          values.reduce((a, b) => a + b, 0),
        );
        assert.equal(
          [...spark(values, { zone: 'UTC', unicode: true, barWidth: places })].length,
          sums.length,
        );
      },
    ),
  );
});
