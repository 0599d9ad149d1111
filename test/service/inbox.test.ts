import assert from 'node:assert/strict';
import { test } from 'node:test';
import { makeInbox } from '../../src/service/inbox.ts';
import type { Nudge } from '../../src/service/trigger.ts';
import { fakeClock, settle } from '../rig/fake-clock.ts';

const aNudge = (detail: string, logs: readonly string[] | null, more: Partial<Nudge> = {}): Nudge => ({
  cause: { trigger: 'test', detail },
  logs: logs === null ? null : new Set(logs),
  ...more,
});

test('a burst of nudges makes one demand, once it is quiet', async () => {
  const clock = fakeClock(0);
  const inbox = makeInbox(clock);
  const next = inbox.next(new AbortController().signal);
  inbox.put(aNudge('a.log', ['/a.log']));
  await clock.advance(150);
  inbox.put(aNudge('b.log', ['/b.log']));
  await clock.advance(150);
  inbox.put(aNudge('c.log', ['/c.log']));
  await clock.advance(400);
  const demand = await next;
  assert.deepEqual(demand?.logs, new Set(['/a.log', '/b.log', '/c.log']));
  assert.equal(demand?.cause.detail, 'a.log and 2 more');
});

test('nudges that never cease are not waited for longer than a second', async () => {
  const clock = fakeClock(0);
  const inbox = makeInbox(clock);
  let at: number | null = null;
  const next = inbox.next(new AbortController().signal).then(() => {
    at = clock.now();
  });
  for (let count = 0; count < 20 && at === null; count += 1) {
    inbox.put(aNudge(`${count}`, ['/a.log']));
    await clock.advance(100);
  }
  await next;
  assert.ok(at !== null && at <= 1000, `it came at ${at}`);
});

test('a lone nudge is given after 200 ms, one that is wanted at once is given at once', async () => {
  const clock = fakeClock(0);
  const inbox = makeInbox(clock);
  const signal = new AbortController().signal;
  const first = inbox.next(signal).then(() => clock.now());
  await settle();
  inbox.put(aNudge('a', ['/a.log']));
  await clock.advance(2000);
  assert.equal(await first, 200);
  const second = inbox.next(signal);
  await settle();
  inbox.put(aNudge('b', null, { atOnce: true }));
  assert.equal((await second)?.atOnce, true);
  assert.equal(clock.waiting, 0);
});

test('all logs and forced logs win over some', async () => {
  const clock = fakeClock(0);
  const inbox = makeInbox(clock);
  inbox.put(aNudge('a', ['/a.log'], { forced: new Set(['/a.log']) }));
  inbox.put(aNudge('b', null, { forced: new Set(['/b.log']) }));
  const next = inbox.next(new AbortController().signal);
  await clock.advance(2000);
  const demand = await next;
  assert.equal(demand?.logs, null);
  assert.deepEqual(demand?.forced, new Set(['/a.log', '/b.log']));
});

test('what is put back comes again, merged with what came meanwhile', async () => {
  const clock = fakeClock(0);
  const inbox = makeInbox(clock);
  const { signal } = new AbortController();
  inbox.put(aNudge('a', ['/a.log']));
  const first = inbox.next(signal);
  await clock.advance(1000);
  const demand = await first;
  assert.ok(demand);
  const second = inbox.next(signal);
  await settle();
  inbox.back(demand);
  inbox.put(aNudge('b', ['/b.log']));
  await clock.advance(2000);
  assert.deepEqual((await second)?.logs, new Set(['/a.log', '/b.log']));
});

test('a stop ends the waiting, and leaves nobody waiting', async () => {
  const clock = fakeClock(0);
  const inbox = makeInbox(clock);
  for (const isBusy of [false, true]) {
    const stop = new AbortController();
    const next = inbox.next(stop.signal);
    if (isBusy) inbox.put(aNudge('a', null));
    await settle();
    stop.abort();
    assert.equal(await next, null);
    assert.equal(clock.waiting, 0);
  }
});
