import assert from 'node:assert/strict';
import { test } from 'node:test';
import { makePace } from '../../src/apply/pace.ts';
import { fakeClock } from '../rig/fake-clock.ts';

const signal = new AbortController().signal;

/** Asks for `times` pieces of `bytes` one after another and notes the second in which each goes. */
async function pass(bytes: number, times: number, clock: ReturnType<typeof fakeClock>, rate: number) {
  const pace = makePace(rate, clock);
  const start = clock.now();
  const gone: number[] = [];
  const all = (async () => {
    for (let piece = 0; piece < times; piece += 1) {
      await pace(bytes, signal);
      gone.push((clock.now() - start) / 1000);
    }
  })();
  return { gone, all };
}

test('pieces go at the rate: each waits for what went before it', async () => {
  const clock = fakeClock(0);
  const { gone, all } = await pass(50e6, 4, clock, 50e6);
  await clock.advance(10_000);
  await all;
  assert.deepEqual(gone, [0, 1, 2, 3]);
});

test('what comes after a pause goes at once, and is not made up for by a burst', async () => {
  const clock = fakeClock(0);
  const pace = makePace(1e6, clock);
  await pace(1e6, signal);
  await clock.advance(60_000);
  await pace(1e6, signal);
  const third = pace(1e6, signal).then(() => clock.now());
  await clock.advance(5_000);
  assert.equal(await third, 61_000);
});

test('many files share one rate', async () => {
  const clock = fakeClock(0);
  const pace = makePace(1e6, clock);
  const gone = Promise.all([0, 1, 2].map(() => pace(2e6, signal).then(() => clock.now())));
  await clock.advance(10_000);
  assert.deepEqual(await gone, [0, 2_000, 4_000]);
});

test('a clock set back by an hour makes nobody wait for an hour', async () => {
  const clock = fakeClock(3_600_000);
  const pace = makePace(1e6, clock);
  await pace(1e6, signal);
  clock.set(0);
  const next = pace(1e6, signal).then(() => clock.now());
  await clock.advance(5_000);
  assert.equal(await next, 1_000);
});
