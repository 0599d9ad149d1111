import assert from 'node:assert/strict';
import { test } from 'node:test';
import { placesUnder, yieldToOthers } from '../../src/service/good-neighbour.ts';
import type { Pressure } from '../../src/world/pressure.ts';
import { fakeClock } from '../rig/fake-clock.ts';

test('places go one by one with the CPU, and to one where memory is short', () => {
  const rows: readonly (readonly [cpu: number, memory: number, now: number, then: number])[] = [
    [0, 0, 4, 4],
    [0, 0, 2, 3],
    [40, 0, 2, 2],
    [50, 0, 4, 3],
    [99, 0, 1, 1],
    [0, 10, 4, 1],
    [0, 9, 1, 2],
  ];
  for (const [cpu, memory, now, then] of rows)
    assert.equal(placesUnder({ cpu, memory }, now, 4), then, `cpu ${cpu}, memory ${memory}, ${now} places`);
});

async function limitsUnder(readings: readonly (Pressure | null)[], isBusy = () => true): Promise<number[]> {
  const clock = fakeClock(0);
  const ending = new AbortController();
  const limits: number[] = [];
  let at = 0;
  const pressure = async () => readings[at++] ?? null;
  const pool = { limit: (places: number) => void limits.push(places) };
  const ended = yieldToOthers({ clock, pool, most: 3, isBusy, pressure }, ending.signal);
  await clock.advance(2_000 * readings.length + 1);
  ending.abort();
  await ended;
  return limits;
}

test('a short machine gets its cores back, and they are taken again when it has them to spare', async () => {
  const [short, easy] = [
    { cpu: 80, memory: 0 },
    { cpu: 5, memory: 0 },
  ];
  assert.deepEqual(await limitsUnder([short, short, short, easy, easy, easy]), [3, 2, 1, 1, 2, 3, 3]);
});

test('where nothing is known of pressure, and while nothing is packed, nothing is changed', async () => {
  assert.deepEqual(await limitsUnder([null, null]), [3]);
  assert.deepEqual(await limitsUnder([{ cpu: 99, memory: 99 }], () => false), [3]);
});
