import assert from 'node:assert/strict';
import { appendFileSync, renameSync, truncateSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { followRounds } from '../../src/service/follow-rounds.ts';
import { startToday } from '../../src/service/today.ts';
import type { Ground } from '../../src/service/trigger.ts';
import { growth, pace, placeNext } from '../../src/service/triggers/growth.ts';
import { fakeClock } from '../rig/fake-clock.ts';
import { aPlan, script } from '../rig/plans.ts';
import { aPolicy } from '../rig/policy.ts';
import { tempTree } from '../rig/temp-tree.ts';
import { aGround, watchNow } from './rig.ts';

const idle = { remaining: 1e8, rate: 0, heard: true, warm: false, count: 10, deaf: 0 };

test('the next look is placed by limit and growth', () => {
  const cases = [
    ['a log that lies idle in a folder that is heard', idle, pace.idle],
    ['a log without a limit', { ...idle, remaining: null }, pace.idle],
    ['one without a limit that somebody writes to', { ...idle, remaining: null, warm: true }, pace.unlimited],
    ['half of what is left at this growth', { ...idle, remaining: 1000, rate: 100 }, 5000],
    ['never nearer than 100 ms', { ...idle, remaining: 1, rate: 1e9 }, pace.soonest],
    ['somebody writes: within a second', { ...idle, warm: true }, pace.active],
    ['deaf, and few lie idle', { ...idle, heard: false, deaf: 50 }, pace.active],
    ['deaf, and a thousand lie idle', { ...idle, heard: false, deaf: 1000 }, 15_000],
    ['deaf, and ten thousand lie idle', { ...idle, heard: false, count: 10_000, deaf: 10_000 }, 150_000],
    ['heard, and ten thousand lie idle', { ...idle, count: 10_000 }, 150_000],
  ] as const;
  for (const [words, log, wait] of cases) assert.equal(placeNext(log), wait, words);
});

test('a log that crosses its limit where watching is deaf is named within a second', async () => {
  using tree = tempTree({ 'a.log': 'x'.repeat(1000) });
  const clock = fakeClock(1_000_000);
  const ground = aGround([], clock);
  watchNow(ground, aPolicy('size 4k\nrotate 1'), [tree.path('a.log')]);
  const running = await growth.start(ground);
  await clock.advance(30_000);
  assert.equal(ground.nudges.length, 0);
  appendFileSync(tree.path('a.log'), 'y'.repeat(4000));
  const from = clock.now();
  while (ground.nudges.length === 0) await clock.advance(50);
  assert.ok(clock.now() - from <= 1000, `${clock.now() - from} ms`);
  assert.deepEqual(ground.nudges[0]?.logs, new Set([tree.path('a.log')]));
  assert.equal(ground.nudges[0]?.cause.detail, 'a.log: 4.88 KiB of 4.00 KiB');
  await running.stop();
  assert.equal(clock.waiting, 0);
});

test('in a folder that is heard an idle log costs a look a minute, and a stir brings one within a second', async () => {
  using tree = tempTree({ 'a.log': '' });
  const clock = fakeClock(1_000_000);
  const ground = aGround([], clock);
  const looks = countLooks(ground);
  ground.watched.setHeard(tree.folder, true);
  watchNow(ground, aPolicy('maxsize 4k\nrotate 1'), [tree.path('a.log')]);
  looks.count = 0;
  const running = await growth.start(ground);
  await clock.advance(1_200_000);
  assert.ok(looks.count >= 19 && looks.count <= 24, `${looks.count} looks in twenty minutes`);
  writeFileSync(tree.path('a.log'), 'y'.repeat(4097));
  ground.watched.stir(tree.path('a.log'), 'written');
  await clock.advance(1000);
  assert.equal(ground.nudges.length, 1);
  await running.stop();
});

test('a log that stays over its limit is named with growing pauses, and anew once it was rotated', async () => {
  using tree = tempTree({ 'a.log': 'x'.repeat(5000) });
  const clock = fakeClock(1_000_000);
  const ground = aGround([], clock);
  watchNow(ground, aPolicy('size 4k\nrotate 1'), [tree.path('a.log')]);
  const running = await growth.start(ground);
  await clock.advance(60_000);
  const named = ground.nudges.length;
  assert.ok(named >= 4 && named <= 6, `${named} times in a minute`);
  renameSync(tree.path('a.log'), tree.path('a.log.1'));
  writeFileSync(tree.path('a.log'), '');
  await clock.advance(70_000);
  appendFileSync(tree.path('a.log'), 'y'.repeat(5000));
  await clock.advance(1000);
  assert.equal(ground.nudges.length, named + 1);
  await running.stop();
});

test('a log that a plan has worked on is looked at, and named again, at once', async () => {
  using tree = tempTree({ 'a.log': 'x'.repeat(5000) });
  const clock = fakeClock(1_000_000);
  const ground = aGround([], clock);
  watchNow(ground, aPolicy('size 4k\nrotate 1'), [tree.path('a.log')]);
  const running = await growth.start(ground);
  await clock.advance(600_000);
  const named = ground.nudges.length;
  ground.watched.stir(tree.path('a.log'), 'worked on');
  await clock.advance(200);
  assert.equal(ground.nudges.length, named + 1);
  await running.stop();
});

test('a log whose rotation fails is tried again with growing pauses, not at once', async () => {
  using tree = tempTree({ 'a.log': 'x'.repeat(5000) });
  const clock = fakeClock(1_000_000);
  const ground = aGround([], clock);
  const plan = aPlan(tree.folder, [script('exit 1', { script: 'prerotate' })]);
  const [step] = plan.steps;
  assert.ok(step !== undefined);
  const follower = followRounds({
    watched: ground.watched,
    say: () => undefined,
    today: startToday(clock.now(), 'UTC', []),
    zone: 'UTC',
    onChange: () => undefined,
  });
  const outcome = {
    result: 'failed',
    code: 'EXIT',
    message: 'exited with 1',
    hint: null,
    said: null,
  } as const;
  const answer = (): void => {
    follower.tell({ kind: 'finished', plan, step, outcome, at: clock.now() });
    follower.tell({ kind: 'closed', plan, at: clock.now() });
  };
  watchNow(ground, aPolicy('size 4k\nrotate 1'), [tree.path('a.log')]);
  const running = await growth.start(ground);
  let answered = 0;
  for (let passed = 0; passed < 60_000; passed += 100) {
    await clock.advance(100);
    for (; answered < ground.nudges.length; answered += 1) answer();
  }
  assert.ok(answered >= 4 && answered <= 6, `${answered} times in a minute`);
  await running.stop();
});

test('a thousand idle logs share a handful of wake-ups', async () => {
  using tree = tempTree(Object.fromEntries(Array.from({ length: 1000 }, (_, at) => [`${at}.log`, 'x'])));
  const clock = fakeClock(1_000_000);
  let waits = 0;
  const ground = aGround([], {
    ...clock,
    now: clock.now,
    wait: (ms, signal) => {
      waits += 1;
      return clock.wait(ms, signal);
    },
  });
  ground.watched.setHeard(tree.folder, true);
  watchNow(
    ground,
    aPolicy('size 1M\nrotate 1'),
    Array.from({ length: 1000 }, (_, at) => tree.path(`${at}.log`)),
  );
  const running = await growth.start(ground);
  await clock.advance(2000);
  waits = 0;
  await clock.advance(600_000);
  assert.ok(waits <= 40, `${waits} wake-ups in ten minutes`);
  await running.stop();
});

test('a clock that is set back an hour delays no look', async () => {
  using tree = tempTree({ 'a.log': '' });
  const clock = fakeClock(10_000_000);
  const ground = aGround([], clock);
  watchNow(ground, aPolicy('size 4k\nrotate 1'), [tree.path('a.log')]);
  const running = await growth.start(ground);
  await clock.advance(5_000);
  clock.set(6_400_000);
  await clock.advance(1_000);
  writeFileSync(tree.path('a.log'), 'y'.repeat(5000));
  await clock.advance(2_000);
  assert.equal(ground.nudges.length, 1);
  await running.stop();
});

test('growth is smoothed, counted by the hour, and a truncated log grows from nothing', async () => {
  using tree = tempTree({ 'a.log': '' });
  const clock = fakeClock(3_600_000);
  const ground = aGround([], clock);
  watchNow(ground, aPolicy('size 1M\nrotate 1'), [tree.path('a.log')]);
  const running = await growth.start(ground);
  for (let second = 0; second < 60; second += 1) {
    appendFileSync(tree.path('a.log'), 'y'.repeat(1000));
    await clock.advance(1000);
  }
  const log = ground.watched.logs.get(tree.path('a.log'));
  assert.ok(log !== undefined && log.rate > 900 && log.rate < 1100, `${log?.rate} bytes a second`);
  truncateSync(tree.path('a.log'), 0);
  appendFileSync(tree.path('a.log'), 'y'.repeat(500));
  await clock.advance(2000);
  const hour = ground.watched.logs.get(tree.path('a.log'))?.hour;
  assert.equal(hour?.length, 12);
  assert.equal(hour?.at(-1), 60_500);
  await running.stop();
});

function countLooks(ground: Ground): { count: number } {
  const looks = { count: 0 };
  const { look } = ground.world.disk;
  const stat = look.stat.bind(look);
  Object.defineProperty(ground.world.disk, 'look', {
    value: {
      ...look,
      stat: (path: string) => {
        looks.count += 1;
        return stat(path);
      },
    },
  });
  return looks;
}
