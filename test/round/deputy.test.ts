// Our end of the line to whoever does a part of our work, with a line that the test holds at its other end.

import assert from 'node:assert/strict';
import { mock, test } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import type { Event } from '../../src/apply/event.ts';
import { memoryLedger } from '../../src/ledger/open-ledger.ts';
import type { Plan } from '../../src/plan/plan.ts';
import { deputyAt, type Hooks } from '../../src/round/deputy.ts';
import type { Down, Job, Up } from '../../src/round/line.ts';
import { gathering, type Started } from '../../src/world/line.ts';
import { aPlan, live, world } from '../rig/plans.ts';
import { tempTree } from '../rig/temp-tree.ts';

interface FarEnd {
  readonly line: Started;
  readonly heard: Down[];
  readonly calls: string[];
  say(message: Up): void;
  die(how: string): void;
}

function farEnd(): FarEnd {
  const heard: Down[] = [];
  const calls: string[] = [];
  let listen: (message: unknown) => void = () => undefined;
  const { promise: gone, resolve: die } = Promise.withResolvers<string>();
  const line: Started = {
    send: message => void heard.push(message as Down), // what a deputy sends
    hear: to => {
      listen = to;
    },
    gone,
    hold: () => void calls.push('hold'),
    release: () => void calls.push('release'),
    end: () => void calls.push('end'),
  };
  return { line, heard, calls, say: message => listen(message), die };
}

const lost = { who: 'the one of this test', code: 'ELOST' };

function hooksFor(folder: string, tell: (event: Event) => void = () => undefined): Hooks {
  return {
    plan: aPlan(folder, [{ kind: 'delete', file: live(`${folder}/a.log`), shred: null }]),
    ledger: memoryLedger(),
    shell: world.shell,
    now: () => 7,
    tell,
    signal: undefined,
  };
}

function applying(plan: Plan): Job {
  const how = { known: true, scripts: new Map(), streams: 'gathered', mailCommand: 'mail' } as const;
  return { kind: 'apply', plan, outcomes: new Map(), ...how };
}

test('an outcome is told once it is on record, and only then answered', async () => {
  using tree = tempTree({ 'a.log': '' });
  const events: Event[] = [];
  const { line, heard, say } = farEnd();
  const hooks = hooksFor(tree.folder, event => events.push(event));
  const { plan, ledger } = hooks;
  await ledger.open(plan);
  const ran = deputyAt(line, lost, () => undefined).run(applying(plan), hooks);
  const outcome = { result: 'stale', found: 'gone' } as const;
  say({ kind: 'event', id: 1, event: { kind: 'started', step: 1, at: 3 } });
  say({ kind: 'call', id: 1, call: 1, what: { what: 'record', step: 1, outcome } });
  assert.equal(heard.length, 1);
  while (heard.length < 2) await setImmediate();
  const [step] = plan.steps;
  assert.deepEqual(events, [
    { kind: 'started', plan, step, at: 3 },
    { kind: 'finished', plan, step, outcome, at: 7 },
  ]);
  assert.deepEqual(ledger.unfinished()[0]?.outcomes.get(1), outcome);
  assert.deepEqual(heard[1], { kind: 'answer', call: 1, result: { good: true, value: undefined } });
  say({ kind: 'end', id: 1, result: { good: true, value: true } });
  assert.equal(await ran, true);
});

test('when it is lost in the middle, its jobs end as trouble, and it is forgotten', async () => {
  using tree = tempTree({ 'a.log': '' });
  const { line, die } = farEnd();
  let isForgotten = false;
  const deputy = deputyAt(line, lost, () => {
    isForgotten = true;
  });
  const hooks = hooksFor(tree.folder);
  const ran = deputy.run(applying(hooks.plan), hooks);
  die('was killed by SIGKILL');
  await assert.rejects(ran, {
    code: 'ELOST',
    message: 'the one of this test was killed by SIGKILL',
    hint: 'what was begun is finished in the next round',
  });
  assert.ok(isForgotten);
});

test('without a job it keeps nobody from ending, and goes after ten seconds', async () => {
  mock.timers.enable({ apis: ['setTimeout'] });
  try {
    using tree = tempTree({ 'a.log': '' });
    const { line, calls, say } = farEnd();
    const deputy = deputyAt(line, lost, () => calls.push('forget'));
    mock.timers.tick(9_000);
    const hooks = hooksFor(tree.folder);
    const ran = deputy.run({ kind: 'become', user: { user: 'a', group: 'b', uid: 1, gid: 2 } }, hooks);
    mock.timers.tick(60_000);
    say({ kind: 'end', id: 1, result: { good: true, value: undefined } });
    await ran;
    mock.timers.tick(9_999);
    assert.deepEqual(calls, ['release', 'hold', 'release']);
    mock.timers.tick(1);
    assert.deepEqual(calls, ['release', 'hold', 'release', 'forget', 'end']);
  } finally {
    mock.timers.reset();
  }
});

test('what is sent within a turn goes in one message, and comes out as it was sent', async () => {
  const sent: unknown[] = [];
  let hear: (message: unknown) => void = () => undefined;
  const line = gathering({
    send: message => sent.push(message),
    hear: listen => {
      hear = listen;
    },
  });
  for (const message of [1, new Map([[2, 3]]), 'four']) line.send(message);
  assert.equal(sent.length, 0);
  await setImmediate();
  assert.equal(sent.length, 1);
  const heard: unknown[] = [];
  line.hear(message => heard.push(message));
  hear(sent[0]);
  assert.deepEqual(heard, [1, new Map([[2, 3]]), 'four']);
  line.send(5);
  await setImmediate();
  assert.equal(sent.length, 2);
});
