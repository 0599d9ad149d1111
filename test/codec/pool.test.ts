import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { inOrder } from '../../src/codec/in-order.ts';
import { fewerPlaces, makePool } from '../../src/codec/pool.ts';
import { gather } from './material.ts';

/** Work that ends when it is told to, and notes that it began. */
function held(began: string[], name: string) {
  const end = Promise.withResolvers<string>();
  const work = () => {
    began.push(name);
    return end.promise;
  };
  return { work, end: () => end.resolve(name) };
}

test('no more than its places are at work at once, over all who use it', async () => {
  const pool = makePool(3);
  let [now, most] = [0, 0];
  const work = async () => {
    now += 1;
    most = Math.max(most, now);
    await new Promise(setImmediate);
    now -= 1;
  };
  await Promise.all(Array.from({ length: 40 }, (_, index) => pool.run(work, index % 5)));
  assert.equal(most, 3);
});

test('the largest weight waiting goes first, and among equals the first that came', async () => {
  const pool = makePool(1);
  const began: string[] = [];
  const first = held(began, 'first');
  const running = pool.run(first.work, 1);
  const waiting = [
    ['small', 1],
    ['large', 9],
    ['middle', 5],
    ['large too', 9],
    ['small too', 1],
  ] as const;
  const rest = waiting.map(([name, weight]) => pool.run(async () => began.push(name), weight));
  first.end();
  await Promise.all([running, ...rest]);
  assert.deepEqual(began, ['first', 'large', 'large too', 'middle', 'small', 'small too']);
});

test('work that waits leaves when its signal aborts; work that began keeps its place', async () => {
  const pool = makePool(1);
  const began: string[] = [];
  const first = held(began, 'first');
  const stop = new AbortController();
  const running = pool.run(first.work, 0, stop.signal);
  const waiting = pool.run(async () => began.push('never'), 5, stop.signal);
  const other = pool.run(async () => began.push('other'), 1);
  stop.abort(new Error('stopped'));
  await assert.rejects(waiting, /stopped/);
  assert.deepEqual(began, ['first']);
  first.end();
  assert.equal(await running, 'first');
  await other;
  assert.deepEqual(began, ['first', 'other']);
  await assert.rejects(
    pool.run(async () => 1, 0, stop.signal),
    /stopped/,
  );
});

test('failed work gives its place back, thrown at once or later', async () => {
  const pool = makePool(1);
  const thrown = () => {
    throw new Error('at once');
  };
  await assert.rejects(pool.run(thrown), /at once/);
  await assert.rejects(
    pool.run(() => Promise.reject(new Error('later'))),
    /later/,
  );
  assert.equal(await pool.run(async () => 'still here'), 'still here');
});

test('a pool without places is our own fault', () => {
  assert.throws(() => makePool(0), /internal/);
});

test('results come in the order of the input, whichever is ready first', async () => {
  const pool = makePool(4);
  async function* numbers() {
    for (let number = 0; number < 50; number += 1) yield number;
  }
  const work = async (number: number) => {
    for (let turn = 0; turn < (number * 7) % 5; turn += 1) await new Promise(setImmediate);
    return Buffer.from([number]);
  };
  const all = await gather(inOrder(numbers(), { work, pool, weight: () => 1 }));
  assert.deepEqual(
    [...all],
    Array.from({ length: 50 }, (_, number) => number),
  );
});

test('nothing is read ahead of the pool and of a consumer that does not come', async () => {
  const pool = makePool(2);
  let read = 0;
  async function* endless() {
    for (;;) {
      read += 1;
      yield Buffer.from('x');
    }
  }
  const results = inOrder(endless(), { work: async item => item, pool, weight: () => 1 });
  await results.next();
  for (let turn = 0; turn < 200; turn += 1) await new Promise(setImmediate);
  assert.ok(read <= pool.size + 4, `${read} items`);
  await results.return();
});

test('an item is not asked for while the one before waits for its place', async () => {
  const pool = makePool(1);
  const other = held([], 'other');
  const busy = pool.run(other.work);
  let read = 0;
  async function* items() {
    for (let count = 0; count < 3; count += 1) {
      read += 1;
      yield Buffer.from([count]);
    }
  }
  const all = gather(inOrder(items(), { work: async item => item, pool, weight: () => 1 }));
  for (let turn = 0; turn < 50; turn += 1) await new Promise(setImmediate);
  assert.equal(read, 1);
  other.end();
  await busy;
  assert.deepEqual([...(await all)], [0, 1, 2]);
});

test('failed work is met in its place, behind the results before it', async () => {
  async function* items() {
    yield* [1, 2, 3];
  }
  const work = async (item: number) => {
    if (item === 2) throw new Error('second');
    return item;
  };
  const seen: number[] = [];
  const read = async () => {
    for await (const item of inOrder(items(), { work, pool: makePool(3), weight: () => 1 })) seen.push(item);
  };
  await assert.rejects(read(), /second/);
  assert.deepEqual(seen, [1]);
});

test('two streams share one pool: together they never exceed it, and both end', async () => {
  const pool = makePool(2);
  let [now, most] = [0, 0];
  const work = async (item: Buffer) => {
    now += 1;
    most = Math.max(most, now);
    await new Promise(setImmediate);
    now -= 1;
    return item;
  };
  async function* items() {
    for (let count = 0; count < 20; count += 1) yield Buffer.from([count]);
  }
  const streams = [5, 1, 3].map(weight => gather(inOrder(items(), { work, pool, weight: () => weight })));
  for (const all of await Promise.all(streams)) assert.equal(all.length, 20);
  assert.equal(most, 2);
});

test('a limit lowers what is at work from then on, and raised again lets the waiting in', async () => {
  const pool = makePool(3);
  const began: string[] = [];
  pool.limit(1);
  const works = ['a', 'b', 'c', 'd'].map(name => held(began, name));
  const all = works.map(({ work }) => pool.run(work));
  await turn();
  assert.deepEqual(began, ['a']);
  pool.limit(9);
  await turn();
  assert.deepEqual(began, ['a', 'b', 'c']);
  pool.limit(0);
  works[0]?.end();
  works[1]?.end();
  await Promise.all([all[0], all[1]]);
  await turn();
  assert.deepEqual(began, ['a', 'b', 'c']);
  works[2]?.end();
  await all[2];
  await turn();
  assert.deepEqual(began, ['a', 'b', 'c', 'd']);
  works[3]?.end();
  await Promise.all(all);
});

test('blocks that take much memory are as many at once as there are cores, and share the pool', async () => {
  const pool = makePool(4);
  const heavy = fewerPlaces(pool);
  assert.equal(fewerPlaces(pool), heavy);
  const began: string[] = [];
  const works = ['a', 'b', 'c'].map(name => held(began, name));
  const all = works.map(({ work }) => heavy.run(work));
  await turn();
  assert.deepEqual(began, ['a', 'b']);
  for (const { end } of works) end();
  await Promise.all(all);
  await turn();
  assert.deepEqual(began, ['a', 'b', 'c']);
});
