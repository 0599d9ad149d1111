// How much stays in memory: of each watched log, and of what rounds leave behind.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { keepMemorySmall } from '../../src/service/memory.ts';
import { makeWatched } from '../../src/service/watched.ts';
import type { Clock } from '../../src/world/world.ts';
import { aPolicy } from '../rig/policy.ts';
import { aGround, aLogSet, aPlanning } from './rig.ts';

/** A clock on which a wait is over at once, as often as said; then it ends `whole`. */
function briefClock(times: number, whole: AbortController): Clock {
  let left = times;
  return {
    now: () => 0,
    zone: 'UTC',
    wait: async () => {
      left -= 1;
      if (left < 0) whole.abort();
    },
  };
}

/** What a look at a hundred thousand logs leaves behind. */
function leaveGarbage(): void {
  const seen = Array.from({ length: 400_000 }, (_, number) => ({ number, path: `/var/log/${number}.log` }));
  assert.equal(seen.length, 400_000);
}

test('what a round leaves behind goes back to the system once nothing is going on', async () => {
  leaveGarbage();
  const high = process.resourceUsage().maxRSS * 1024;
  const whole = new AbortController();
  await keepMemorySmall(briefClock(1, whole), () => true, whole.signal);
  const left = process.memoryUsage.rss();
  assert.ok(high - left > 25e6, `${left} bytes are left of ${high}`);
});

test('while work is going on nothing is collected', async () => {
  const whole = new AbortController();
  let asked = 0;
  const isIdle = (): boolean => {
    asked += 1;
    return false;
  };
  await keepMemorySmall(briefClock(3, whole), isIdle, whole.signal);
  assert.equal(asked, 3);
});

test('a watched log takes less than 400 bytes, its path not counted', () => {
  const policy = aPolicy('size 10M\nrotate 7');
  const one = aLogSet(aGround([policy]), policy, '/nowhere/app.log');
  const count = 20_000;
  const logSets = Array.from({ length: count }, (_, number) => ({ ...one, path: `/nowhere/${number}.log` }));
  const planning = aPlanning(logSets, { at: 1_795_000_000_000, next: null });
  const watched = makeWatched();
  const before = heapInUse();
  watched.take(planning);
  const each = (heapInUse() - before) / count;
  assert.equal(watched.logs.size, count);
  assert.ok(each < 400, `${each} bytes each`);
});

function heapInUse(): number {
  setFlagsFromString('--expose-gc');
  runInNewContext('gc()');
  return process.memoryUsage().heapUsed;
}
