// History: what steps add up to, what is folded after 35 days, and what a wrong clock cannot do.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { addSums, noSums, type StepRow, type Sums, sumsOf } from '../../src/ledger/history.ts';
import type { Ledger } from '../../src/ledger/ledger.ts';
import { memoryLedger } from '../../src/ledger/open-ledger.ts';
import type { Outcome } from '../../src/ledger/outcome.ts';
import type { Step } from '../../src/plan/plan.ts';
import { isTrouble } from '../../src/world/trouble.ts';
import {
  aPlan,
  august,
  base,
  compressing,
  dayMs,
  deleting,
  done,
  failed,
  made,
  ref,
  rotating,
} from './rig.ts';

const log = '/var/log/a.log';
const everything = [0, 8e14] as const;

async function recorded(
  ledger: Ledger,
  id: string,
  at: number,
  zone: string,
  steps: readonly (readonly [Step, Outcome])[],
): Promise<void> {
  const plan = aPlan({ id, made: at, zone, steps: steps.map(([step]) => step) });
  await ledger.open(plan);
  await Promise.all(steps.map(([step, outcome]) => ledger.record(plan, step.id, outcome, at)));
  await ledger.close(plan, at);
}

async function rowsOf(steps: readonly (readonly [Step, Outcome])[]): Promise<readonly StepRow[]> {
  const ledger = memoryLedger();
  await recorded(ledger, 'plan-1', august, 'UTC', steps);
  const { steps: rows } = ledger.history(...everything);
  await ledger.end();
  return rows;
}

function total(rows: readonly StepRow[]): Sums {
  return rows.reduce((sum, row) => addSums(sum, sumsOf(row)), noSums);
}

test('a rotation, its compression and an old deletion are told apart', async () => {
  const rows = await rowsOf([
    [rotating(1, log, '11:100:8'), done(1000, 1000, { made: '11:100:8' })],
    [
      compressing(2, log, ref({ path: `${log}.1`, madeBy: 1 }), 200),
      done(1000, 250, { made: '12:1:8', plain: 1000 }),
    ],
    [deleting(3, log, ref({ path: `${log}.9.gz`, id: '9:9:8' })), done(70, 0)],
    [compressing(4, log, ref({ path: `${log}.2`, id: '13:1:8' })), failed],
  ]);
  assert.deepEqual(total(rows), {
    rotations: 1,
    written: 1000,
    compressedFrom: 1000,
    compressedTo: 250,
    deleted: 70,
    failed: 1,
    predicted: 200,
    cameTo: 250,
    archives: 1,
    verified: 1,
    compacted: 0,
  });
  assert.equal(rows[3]?.message, 'cannot move');
  assert.equal(rows[1]?.to, `${log}.1.gz`);
});

test('an archive whose plain file a later step deletes saves only once that is gone', async () => {
  const plain = ref({ path: `${log}.1`, id: '11:100:8' });
  const made = [compressing(1, log, plain), done(1000, 1250, { made: '12:1:8', plain: 1000 })] as const;
  const gone = deleting(2, log, plain);
  const half = total(await rowsOf([made, [gone, failed]]));
  assert.equal(half.compressedFrom - half.compressedTo, -250);
  const whole = total(await rowsOf([made, [gone, done(1000, 0)]]));
  assert.deepEqual([whole.compressedFrom, whole.compressedTo, whole.deleted], [1000, 250, 0]);
});

test('a copy counts what it holds, its late bytes too, and deleting what was copied is no saving', async () => {
  const copy: Step = {
    ...base(1),
    kind: 'copy',
    file: ref({ path: log, id: '1:1:8' }),
    to: `${log}.1`,
    made,
    rotates: true,
  };
  const tail: Step = {
    ...base(2),
    kind: 'truncate',
    file: ref({ path: log, id: '1:1:8' }),
    copy: ref({ path: `${log}.1`, madeBy: 1 }),
    method: 'tail',
  };
  const copied = total(
    await rowsOf([
      [copy, done(0, 900, { plain: 900 })],
      [tail, done(940, 40, { window: { took: 2, atRisk: 1 }, grown: 40 })],
    ]),
  );
  assert.deepEqual([copied.rotations, copied.written, copied.deleted], [1, 940, 0]);
  const renamed = deleting(2, log, ref({ path: log, id: '1:1:8' }));
  const sums = total(
    await rowsOf([
      [copy, done(0, 900, { plain: 900 })],
      [renamed, done(900, 0)],
    ]),
  );
  assert.deepEqual([sums.written, sums.deleted], [900, 0]);
});

test('rotate 0 writes and deletes in one act', async () => {
  const empty: Step = {
    ...base(1),
    kind: 'truncate',
    file: ref({ path: log, id: '1:1:8' }),
    copy: null,
    method: 'tail',
  };
  const sums = total(await rowsOf([[empty, done(500, 0)]]));
  assert.deepEqual([sums.rotations, sums.written, sums.deleted], [1, 500, 500]);
});

test('a step found already done after a crash counts, and once only', async () => {
  const ledger = memoryLedger();
  const gone = deleting(1, log, ref({ path: `${log}.9`, id: '9:9:8' }));
  const plan = aPlan({ steps: [gone] });
  await ledger.open(plan);
  await ledger.record(plan, 1, done(70, 0, { result: 'already' }), august);
  await ledger.record(plan, 1, done(70, 0, { result: 'already' }), august + 1);
  assert.equal(total(ledger.history(...everything).steps).deleted, 70);
  await ledger.end();
});

const anOutcome = fc.oneof(
  fc
    .record({ before: fc.nat(1e9), after: fc.nat(1e9), plain: fc.boolean() })
    .map(({ before, after, plain }) => done(before, after, plain ? { plain: before } : {})),
  fc.constant(failed),
  fc.constant<Outcome>({ result: 'skipped', after: 1, message: 'after step 1' }),
);

const aRecordedStep = fc.record({
  kind: fc.nat(2),
  log: fc.nat(2),
  outcome: anOutcome,
  age: fc.integer({ min: 0, max: 80 }),
});

test('folding keeps every sum, whatever the steps, their ages and the zone', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(aRecordedStep, { minLength: 1, maxLength: 20 }),
      fc.constantFrom('UTC', 'Asia/Kolkata', 'America/St_Johns'),
      async (recordings, zone) => {
        const ledger = memoryLedger();
        const now = august + 80 * dayMs;
        const expected = new Map<string, Sums>();
        // Oldest first, and nothing is folded until the last plan is closed at `now`.
        for (const [index, { kind, log: which, outcome, age }] of recordings.entries()) {
          const path = `/var/log/${which}.log`;
          const file = ref({ path: `${path}.${index}`, id: `${index}:1:8` });
          const step =
            [rotating(1, path, `${index}:1:8`), compressing(1, path, file, 10), deleting(1, path, file)][
              kind
            ] ?? deleting(1, path, file);
          const at = now - age * dayMs;
          const plan = aPlan({ id: `plan-${index}`, made: at, zone, steps: [step] });
          await ledger.open(plan);
          await ledger.record(plan, 1, outcome, at);
          const row = ledger.history(...everything).steps.find(each => each.plan === plan.id);
          expected.set(path, addSums(expected.get(path) ?? noSums, row === undefined ? noSums : sumsOf(row)));
          await ledger.close(plan, now - 80 * dayMs);
        }
        await recorded(ledger, 'last', now, zone, [[{ ...base(1), kind: 'adopt' }, done(0, 0)]]);
        const { steps, days } = ledger.history(...everything);
        assert.ok(steps.every(({ at }) => at >= now - 36 * dayMs));
        for (const [path, sums] of expected) {
          const found = [
            ...steps.filter(row => row.log === path).map(sumsOf),
            ...days.filter(row => row.log === path),
          ];
          assert.deepEqual(found.reduce<Sums>(addSums, noSums), sums);
        }
        await ledger.end();
      },
    ),
    { numRuns: 40 },
  );
});

test('outcomes of an open plan are never folded', async () => {
  const ledger = memoryLedger();
  const old = aPlan({ id: 'old', steps: [rotating(1, log, '11:100:8'), rotating(2, '/b.log', '12:100:8')] });
  await ledger.open(old);
  await ledger.record(old, 1, done(5, 5), august);
  await recorded(ledger, 'new', august + 90 * dayMs, 'UTC', [[{ ...base(1), kind: 'adopt' }, done(0, 0)]]);
  assert.deepEqual([...(ledger.unfinished()[0]?.outcomes.keys() ?? [])], [1]);
  await ledger.end();
});

test('days are folded as the wall clock of the plan counts them', async () => {
  const ledger = memoryLedger();
  // 23:30 and 00:30 in Kolkata, 5 h 30 min ahead of UTC: one UTC day, two local ones.
  const midnight = Date.UTC(2026, 7, 1, 18, 30);
  await recorded(ledger, 'before', midnight - 1_800_000, 'Asia/Kolkata', [
    [rotating(1, log, '1:1:8'), done(5, 5)],
  ]);
  await recorded(ledger, 'after', midnight + 1_800_000, 'Asia/Kolkata', [
    [rotating(1, log, '2:1:8'), done(7, 7)],
  ]);
  await recorded(ledger, 'late', midnight + 60 * dayMs, 'Asia/Kolkata', [
    [{ ...base(1), kind: 'adopt' }, done(0, 0)],
  ]);
  const days = ledger.history(...everything).days.map(({ day, written }) => [day, written]);
  assert.deepEqual(days, [
    [midnight - dayMs, 5],
    [midnight, 7],
  ]);
  await ledger.end();
});

test('a clock that is years ahead for a round costs no sum', async () => {
  const ledger = memoryLedger();
  await recorded(ledger, 'one', august, 'UTC', [[rotating(1, log, '1:1:8'), done(5, 5)]]);
  await recorded(ledger, 'wrong', august + 9_000 * dayMs, 'UTC', [[rotating(1, log, '2:1:8'), done(7, 7)]]);
  await recorded(ledger, 'right', august + dayMs, 'UTC', [[rotating(1, log, '3:1:8'), done(9, 9)]]);
  const { steps, days } = ledger.history(...everything);
  const written = [...days, ...steps.map(sumsOf)].reduce((sum, row) => sum + row.written, 0);
  assert.equal(written, 21);
  // The last to be recorded holds, though its time is the earlier one.
  assert.equal(ledger.state().logs.get(log)?.rotated, august + dayMs);
  await ledger.end();
});

test('of samples, the last of each log in the time and the last before it are given', async () => {
  const ledger = memoryLedger();
  const sample = (path: string, at: number) => ({
    at,
    policy: 'web',
    log: path,
    live: at,
    plain: 1,
    compressed: 2,
    allocated: 3,
    generations: 4,
    oldest: at - 3,
  });
  const round = { at: 1, took: 2, cause: 'test', steps: 3, failed: 0 };
  for (const at of [10, 20, 30, 40])
    await ledger.addSamples([sample('/a', at), ...(at === 20 ? [sample('/b\udcff', at)] : [])], {
      ...round,
      at,
    });
  const { samples, rounds } = ledger.history(25, 35);
  assert.deepEqual(
    samples.map(({ log: path, at }) => [path, at]),
    [
      ['/a', 20],
      ['/a', 30],
      ['/b\udcff', 20],
    ],
  );
  assert.deepEqual(rounds, [{ ...round, at: 30 }]);
  assert.deepEqual(ledger.history(0, 5).samples, []);
  await ledger.end();
});

test('a plan that was closed is not opened again, and an open one may be', async () => {
  const ledger = memoryLedger();
  const plan = aPlan({ steps: [rotating(1, log, '1:1:8')] });
  await ledger.open(plan);
  await ledger.open(plan);
  assert.equal(ledger.unfinished().length, 1);
  assert.equal(ledger.closed(plan.id), null);
  await ledger.close(plan, august);
  await assert.rejects(ledger.open(plan), error => isTrouble(error, 'EAPPLIED'));
  assert.equal(ledger.closed(plan.id), august);
  await ledger.end();
});

test('names that are not UTF-8 come back byte for byte, from outcomes and from open plans', async () => {
  const ledger = memoryLedger();
  const odd = '/var/log/\udcff\udc80.log';
  const plan = aPlan({ steps: [rotating(1, odd, '1:1:8')] });
  await ledger.open(plan);
  await ledger.record(plan, 1, done(1, 1), august);
  assert.equal(ledger.history(...everything).steps[0]?.log, odd);
  assert.deepEqual(ledger.unfinished()[0]?.plan, plan);
  assert.ok(ledger.state().logs.has(odd));
  await ledger.end();
});
