import assert from 'node:assert/strict';
import { rmSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { expressionOf, schedule } from '../../src/service/triggers/schedule.ts';
import { startSweep } from '../../src/service/triggers/sweep.ts';
import { triggers } from '../../src/service/triggers.ts';
import { fakeClock } from '../rig/fake-clock.ts';
import { aPolicy } from '../rig/policy.ts';
import { tempTree } from '../rig/temp-tree.ts';
import { aGround, until, watchNow } from './rig.ts';

for (const trigger of triggers) {
  test(`${trigger.name} starts, is renewed, stops, and leaves nothing behind`, async () => {
    using tree = tempTree({ 'a.log': 'x' });
    const policy = aPolicy('daily\nmaxsize 1k\nrotate 3', { pattern: tree.path('*.log') });
    const ground = aGround([policy]);
    watchNow(ground, policy, [tree.path('a.log')]);
    const before = process.getActiveResourcesInfo().sort();
    const running = await trigger.start(ground);
    await running.renew();
    await running.stop();
    // A closed handle is gone a turn of the event loop later.
    const left = (): string => process.getActiveResourcesInfo().sort().join();
    await until(() => left() === before.join(), 'nothing is left behind', 1000);
  });
}

test('the startup trigger asks for a round over all logs, once', async () => {
  const ground = aGround([]);
  const running = await triggers.find(one => one.name === 'startup')?.start(ground);
  await running?.renew();
  assert.deepEqual(
    ground.nudges.map(nudge => nudge.logs),
    [null],
  );
});

test('time criteria are looked at where their period starts, or at their schedule', () => {
  const cases = [
    ['hourly', '0 * * * *'],
    ['daily', '0 0 * * *'],
    ['weekly 3', '0 0 * * *'],
    ['monthly', '0 0 * * *'],
    ['yearly', '0 0 * * *'],
    ['minutes 5', '* * * * *'],
    ['size 1M', null],
    ['schedule 30 3 * * *\ndaily', '30 3 * * *'],
    ['schedule 30 3 * * *\nsize 1M', null],
  ] as const;
  for (const [text, expression] of cases)
    assert.equal(expressionOf(aPolicy(`${text}\nrotate 3`)), expression, text);
});

test('cron rings for the logs of the schedule, and for no others', async () => {
  const policy = aPolicy('schedule * * * * * *\ndaily\nrotate 3', { pattern: '/tmp/a/*.log' });
  const ground = aGround([policy, aPolicy('daily\nrotate 3')]);
  watchNow(ground, policy, ['/tmp/a/a.log']);
  watchNow(ground, aPolicy('daily\nrotate 3'), ['/tmp/b/b.log']);
  const running = await schedule.start(ground);
  const nudge = await until(() => ground.nudges[0], 'the schedule rings');
  assert.deepEqual(nudge.logs, new Set(['/tmp/a/a.log']));
  assert.deepEqual(nudge.cause, { trigger: 'schedule', detail: '* * * * * *' });
  await running.stop();
});

test('a tick that passed while the machine slept is made good once, within 30 seconds of its waking', async () => {
  const clock = fakeClock(Date.UTC(2026, 10, 22, 23, 0));
  const policy = aPolicy('daily\nrotate 3');
  const ground = aGround([policy], clock);
  watchNow(ground, policy, ['/var/log/app/a.log']);
  const running = await schedule.start(ground);
  await clock.advance(60_000);
  assert.equal(ground.nudges.length, 0);
  clock.set(Date.UTC(2026, 10, 25, 7, 0));
  await clock.advance(30_000);
  assert.deepEqual(
    ground.nudges.map(nudge => nudge.cause.detail),
    ['a day begins, late'],
  );
  await clock.advance(600_000);
  assert.equal(ground.nudges.length, 1);
  await running.stop();
  assert.equal(clock.waiting, 0);
});

test('a clock that is set back brings a tick when it is passed again', async () => {
  const clock = fakeClock(Date.UTC(2026, 10, 22, 12, 30), 'CET-1CEST,M3.5.0,M10.5.0/3');
  const policy = aPolicy('hourly\nrotate 3');
  const ground = aGround([policy], clock);
  watchNow(ground, policy, ['/var/log/app/a.log']);
  const running = await schedule.start(ground);
  clock.set(Date.UTC(2026, 10, 22, 10, 50));
  await clock.advance(9 * 60_000);
  assert.equal(ground.nudges.length, 0);
  await clock.advance(2 * 60_000);
  assert.equal(ground.nudges.length, 1);
  await running.stop();
});

test('of logs counted in minutes only those whose time has come are named', async () => {
  const clock = fakeClock(Date.UTC(2026, 10, 22, 12, 30, 30));
  const policy = aPolicy('minutes 5\nrotate 3');
  const ground = aGround([policy], clock);
  watchNow(ground, policy, ['/var/log/app/a.log'], clock.now() + 90_000);
  watchNow(ground, policy, ['/var/log/app/b.log'], clock.now() + 3_600_000);
  const running = await schedule.start(ground);
  await clock.advance(60_000);
  assert.equal(ground.nudges.length, 0);
  await clock.advance(60_000);
  assert.deepEqual(
    ground.nudges.map(nudge => nudge.logs),
    [new Set(['/var/log/app/a.log'])],
  );
  await running.stop();
});

test('a sweep names what came and went, what was put off, and at times everything', async () => {
  using tree = tempTree({ 'a.log': '', 'b.log': '' });
  const clock = fakeClock(0);
  const policy = aPolicy('size 1M\nrotate 3', { pattern: tree.path('*.log') });
  const ground = aGround([policy], clock);
  watchNow(ground, policy, [tree.path('a.log'), tree.path('b.log')]);
  const running = startSweep(ground, { every: 60_000, wholeEach: 5 });
  await clock.advance(60_000);
  assert.equal(ground.nudges.length, 0);
  writeFileSync(tree.path('c.log'), '');
  rmSync(tree.path('a.log'));
  await clock.advance(60_000);
  await until(() => ground.nudges.length === 1, 'the sweep is over');
  assert.deepEqual(ground.nudges[0]?.logs, new Set([tree.path('c.log'), tree.path('a.log')]));
  ground.watched.again.add(tree.path('b.log'));
  await clock.advance(60_000);
  await until(() => ground.nudges.length === 2, 'the sweep is over');
  assert.deepEqual(ground.nudges[1]?.logs, new Set([tree.path('b.log')]));
  await clock.advance(120_000);
  assert.equal(ground.nudges.at(-1)?.logs, null);
  await running.stop();
  assert.equal(clock.waiting, 0);
});
