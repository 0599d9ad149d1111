// The order of steps, without any disk.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { facts } from '../../src/apply/bench.ts';
import { largestFirst } from '../../src/apply/largest-first.ts';
import { largeFrom, makeSchedule, type Schedule } from '../../src/apply/schedule.ts';
import type { Outcome } from '../../src/ledger/outcome.ts';
import type { FileRef, Step } from '../../src/plan/plan.ts';
import { aPlan, type Loose, made, script, zstd } from '../rig/plans.ts';

const limits = { light: 64, tiny: 48, small: 24, large: 2 };
const done: Outcome = { result: 'done', took: 1, ...facts() };
const failed: Outcome = { result: 'failed', code: 'EIO', message: 'the disk', hint: null, said: null };
const deferred: Outcome = { result: 'deferred', message: 'held' };

function file(path: string, size = 10): FileRef {
  return { path, id: '1:2:3', madeBy: null, size, allocated: size, modified: 1 };
}

const remove = (path: string, more: object = {}): Loose => ({
  kind: 'delete',
  file: file(path),
  shred: null,
  ...more,
});
const pack = (path: string, size: number, more: object = {}): Loose => ({
  kind: 'compress',
  file: file(path, size),
  to: `${path}.zst`,
  compressor: zstd,
  made,
  predicted: null,
  wait: 0,
  ...more,
});

/** Runs a plan by giving each step what `result` says; the ids in the order in which they started. */
function runThrough(steps: readonly Loose[], result: (step: Step) => Outcome = () => done) {
  const schedule = makeSchedule(aPlan('/var/log/app', steps), new Map(), limits);
  const order: number[] = [];
  const results = new Map<number, Outcome>();
  for (let next = schedule.take(); next.length > 0; next = schedule.take()) {
    for (const { step, verdict } of next) {
      order.push(step.id);
      const outcome = verdict ?? result(step);
      results.set(step.id, outcome);
      schedule.settle(step, outcome);
    }
  }
  return {
    order,
    results,
    words: steps.map((_, index) => results.get(index + 1)?.result),
    left: schedule.left,
  };
}

test('a failed step ends its lane and what waits for it, and nothing else', () => {
  const { words } = runThrough(
    [
      remove('/1'),
      remove('/2'),
      remove('/3', { lane: 'b', after: [1] }),
      remove('/4', { lane: 'b' }),
      remove('/5', { lane: 'c' }),
    ],
    step => (step.id === 1 ? failed : done),
  );
  assert.deepEqual(words, ['failed', 'skipped', 'skipped', 'skipped', 'done']);
});

test('a step that is always to run runs after a failure, and does not revive its lane', () => {
  const { words } = runThrough([remove('/1'), script('last', { always: true }), remove('/3')], step =>
    step.id === 1 ? failed : done,
  );
  assert.deepEqual(words, ['failed', 'done', 'skipped']);
});

test('what runs after failures too runs now where a step is left open, and counts as early', () => {
  const schedule = makeSchedule(
    aPlan('/var/log/app', [
      { ...script('firstaction'), lane: 'first' },
      remove('/var/log/app/a', { lane: 'a', after: [1] }),
      remove('/var/log/app/b', { lane: 'a' }),
      remove('/var/log/app/c', { lane: 'c', after: [1] }),
      { ...script('lastaction'), lane: 'last', after: [1, 3, 4], always: true, needs: [1] },
    ]),
    new Map(),
    limits,
  );
  const started: number[] = [];
  for (let next = schedule.take(); next.length > 0; next = schedule.take()) {
    for (const { step } of next) {
      started.push(step.id);
      if (step.id === 2 || schedule.isEarly(step)) schedule.leaveOpen(step);
      else schedule.settle(step, done);
    }
  }
  assert.deepEqual(started, [1, 2, 4, 5]);
  assert.equal(schedule.left, 3);
});

test('what was put off keeps its only copy, and stops nobody who does not need its product', () => {
  const { words } = runThrough(
    [
      pack('/1', 10),
      script('say', { script: 'preremove', args: ['/1'] }),
      remove('/1'),
      remove('/9'),
      {
        kind: 'delete',
        file: { ...file('/1.zst'), id: null, madeBy: 1 },
        shred: null,
        lane: 'b',
        after: [1],
      },
    ],
    step => (step.id === 1 ? deferred : done),
  );
  assert.deepEqual(words, ['deferred', 'deferred', 'deferred', 'done', 'deferred']);
});

test('scripts run one at a time in the order of the plan, however early a later one is ready', () => {
  const schedule = makeSchedule(
    aPlan('/var/log/app', [remove('/1'), script('first'), script('second', { lane: 'b' })]),
    new Map(),
    limits,
  );
  const ids = () => schedule.take().map(({ step }) => step.id);
  const [first] = schedule.take();
  assert.equal(first?.step.id, 1);
  assert.deepEqual(ids(), [], 'the second script is ready, and it is not its turn');
  if (first !== undefined) schedule.settle(first.step, done);
  const [script1] = schedule.take();
  assert.equal(script1?.step.id, 2);
  assert.deepEqual(ids(), []);
  if (script1 !== undefined) schedule.settle(script1.step, done);
  assert.deepEqual(ids(), [3]);
});

test('a plan whose scripts are listed in an order that cannot be is still done', () => {
  const { words, left } = runThrough([
    script('late', { lane: 'a', after: [2] }),
    script('early', { lane: 'b' }),
  ]);
  assert.deepEqual(words, ['done', 'done']);
  assert.equal(left, 0);
});

test('of files that are hardly more than their syncs more are begun at once than of larger ones', () => {
  const begun = (size: number) => {
    const steps = Array.from({ length: 60 }, (_, index) => pack(`/${index}`, size, { lane: `${index}` }));
    return makeSchedule(aPlan('/var/log/app', steps), new Map(), limits).take().length;
  };
  assert.deepEqual([begun(4096), begun(65_535), begun(65_536)], [48, 48, 24]);
});

test('large files are begun largest first, a few at once, and small ones beside them', () => {
  const steps = [5, 9, 7, 8].map((times, index) =>
    pack(`/${index}`, times * largeFrom, { lane: `${index}` }),
  );
  const schedule = makeSchedule(
    aPlan('/var/log/app', [...steps, pack('/small', 10, { lane: 's' })]),
    new Map(),
    limits,
  );
  assert.deepEqual(
    schedule.take().map(({ step }) => step.id),
    [5, 2, 4],
  );
  assert.deepEqual(schedule.take(), []);
});

test('a step that waits for something outside gives its place away', () => {
  const steps = [9, 8, 7].map((times, index) => pack(`/${index}`, times * largeFrom, { lane: `${index}` }));
  const schedule: Schedule = makeSchedule(aPlan('/var/log/app', steps), new Map(), limits);
  const [first, second] = schedule.take();
  assert.ok(first !== undefined && second !== undefined);
  schedule.postpone(first.step);
  assert.deepEqual(
    schedule.take().map(({ step }) => step.id),
    [3],
  );
  schedule.admit(first.step);
  assert.deepEqual(schedule.take(), []);
  schedule.settle(second.step, done);
  assert.deepEqual(
    schedule.take().map(({ step }) => step.id),
    [1],
  );
});

test('a resumed plan starts where its outcomes end, with what they mean', () => {
  const plan = aPlan('/var/log/app', [
    remove('/1'),
    remove('/2'),
    remove('/3', { lane: 'b' }),
    remove('/4', { lane: 'b' }),
  ]);
  const schedule = makeSchedule(
    plan,
    new Map<number, Outcome>([
      [1, failed],
      [3, done],
    ]),
    limits,
  );
  assert.deepEqual(
    schedule.take().map(({ step, verdict }) => [step.id, verdict?.result ?? null]),
    [
      [2, 'skipped'],
      [4, null],
    ],
  );
});

test('a plan that waits for a step it does not have is our mistake', () => {
  assert.throws(
    () => makeSchedule(aPlan('/var/log/app', [remove('/1', { after: [7] })]), new Map(), limits),
    /internal: step 1 waits for step 7/,
  );
});

test('any plan ends with an outcome for every step, each after what it waits for', () => {
  const step = fc.record({
    lane: fc.nat(4),
    after: fc.array(fc.nat(30), { maxLength: 3 }),
    kind: fc.nat(3),
    always: fc.boolean(),
    fate: fc.nat(9),
  });
  fc.assert(
    fc.property(fc.array(step, { minLength: 1, maxLength: 30 }), raw => {
      const steps = raw.map(({ lane, after, kind, always }, index): Loose => {
        const base = {
          lane: `${lane}`,
          always,
          after: index === 0 ? [] : [...new Set(after.map(id => (id % index) + 1))],
        };
        if (kind === 0) return script('x', base);
        return kind === 1 ? pack(`/${index}`, largeFrom * (index % 3), base) : remove(`/${index}`, base);
      });
      const fates = [failed, deferred];
      const { order, left } = runThrough(steps, ({ id }) => fates[raw[id - 1]?.fate ?? 9] ?? done);
      assert.equal(left, 0);
      const place = new Map(order.map((id, index) => [id, index]));
      for (const [index, { after = [] }] of steps.entries()) {
        for (const before of after) assert.ok((place.get(before) ?? 99) < (place.get(index + 1) ?? -1));
      }
    }),
    { numRuns: 300 },
  );
});

test('twenty thousand steps are scheduled in linear time', () => {
  const cost = (count: number): number => {
    const steps = Array.from(
      { length: count },
      (_, n): Loose =>
        n % 2 === 0
          ? remove(`/${n}`, { lane: `${n % 2000}` })
          : pack(`/${n}`, n * 1000, { lane: `${n % 2000}` }),
    );
    const start = process.cpuUsage();
    assert.equal(runThrough(steps).left, 0);
    return process.cpuUsage(start).user;
  };
  cost(1000);
  assert.ok(cost(20_000) < 1_000_000, 'less than a second of CPU');
});

test('the queue gives the heaviest first, and equals in the order in which they came', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(20)), weights => {
      const queue = largestFirst<number>();
      for (const [index, weight] of weights.entries()) queue.add(index, weight);
      const taken = weights.map(() => queue.take() ?? -1);
      const expected = weights
        .map((_, index) => index)
        .sort((a, b) => (weights[b] ?? 0) - (weights[a] ?? 0) || a - b);
      assert.deepEqual(taken, expected);
      assert.equal(queue.take(), null);
    }),
  );
});
