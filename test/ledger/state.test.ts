// What must be remembered: when logs and generations were rotated.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { memoryLedger } from '../../src/ledger/open-ledger.ts';
import type { Outcome } from '../../src/ledger/outcome.ts';
import type { Plan, Step } from '../../src/plan/plan.ts';
import { emptyState, type State } from '../../src/plan/state.ts';
import { aPlan, august, base, compressing, deleting, done, failed, made, ref, rotating } from './rig.ts';

const log = '/var/log/a.log';
const minute = 60_000;

async function stateAfter(
  ...plans: readonly (readonly [Plan, ...(readonly [Step, Outcome, number?])[]])[]
): Promise<State> {
  const ledger = memoryLedger();
  // Asked before anything is recorded: what was given must not change under the hand.
  const first = ledger.state();
  for (const [plan, ...outcomes] of plans) {
    await ledger.open(plan);
    for (const [step, outcome, at] of outcomes) await ledger.record(plan, step.id, outcome, at ?? plan.made);
    await ledger.close(plan, plan.made);
  }
  assert.deepEqual(first, emptyState);
  const state = ledger.state();
  await ledger.end();
  return state;
}

const rotate = rotating(1, log, '11:100:8');

test('a rotation is remembered for the log and for its generation, whatever the device', async () => {
  const state = await stateAfter([
    aPlan({ steps: [rotate] }),
    [rotate, done(10, 10, { made: '11:100:8' }), august + minute],
  ]);
  assert.deepEqual([...state.logs], [[log, { rotated: august }]]);
  assert.deepEqual([...state.rotations], [['11:100', august]]);
});

test('a failed rotation is not remembered', async () => {
  for (const outcome of [
    failed,
    { result: 'stale', found: 'gone' },
    { result: 'refused', message: 'no', hint: null },
  ] as const) {
    const state = await stateAfter([aPlan({ steps: [rotate] }), [rotate, outcome]]);
    assert.deepEqual(state, emptyState);
  }
});

test('a rotation done hours after its plan was made was then, and one before its plan by a clock that jumped is the plan', async () => {
  const late = await stateAfter([aPlan({ steps: [rotate] }), [rotate, done(1, 1), august + 90 * minute]]);
  assert.equal(late.logs.get(log)?.rotated, august + 90 * minute);
  const early = await stateAfter([aPlan({ steps: [rotate] }), [rotate, done(1, 1), august - 90 * minute]]);
  assert.equal(early.logs.get(log)?.rotated, august);
});

test('compressing carries the time of rotation to the archive, in the same plan and in a later one', async () => {
  const plain = compressing(2, log, ref({ path: `${log}.1`, madeBy: 1 }));
  const same = await stateAfter([
    aPlan({ steps: [rotate, plain] }),
    [rotate, done(1, 1, { made: '11:100:8' })],
    [plain, done(1, 1, { made: '12:200:8' })],
  ]);
  assert.deepEqual([...same.rotations], [['12:200', august]]);
  // After a restart of the machine the device number may be another.
  const later = compressing(1, log, ref({ path: `${log}.2`, id: '11:100:99' }));
  const two = await stateAfter(
    [aPlan({ steps: [rotate] }), [rotate, done(1, 1, { made: '11:100:8' })]],
    [aPlan({ id: 'plan-2', made: august + 1e8, steps: [later] }), [later, done(1, 1, { made: '12:200:99' })]],
  );
  assert.deepEqual([...two.rotations], [['12:200', august]]);
});

test('shifting keeps the time of rotation, deleting forgets it', async () => {
  const shift: Step = {
    ...base(2),
    kind: 'move',
    file: ref({ path: `${log}.1`, id: '11:100:8' }),
    to: `${log}.2`,
    rotates: false,
  };
  const gone = deleting(3, log, ref({ path: `${log}.2`, id: '11:100:8' }));
  const plan = aPlan({ steps: [rotate, shift, gone] });
  const moved = done(1, 1, { made: '11:100:8' });
  assert.deepEqual(
    [...(await stateAfter([plan, [rotate, moved], [shift, moved]])).rotations],
    [['11:100', august]],
  );
  assert.equal(
    (await stateAfter([plan, [rotate, moved], [shift, moved], [gone, done(1, 0)]])).rotations.size,
    0,
  );
});

test('an archive of a generation of unknown age does not inherit what its inode was before', async () => {
  const stranger = compressing(2, log, ref({ path: `${log}.7`, id: '70:700:8' }));
  const state = await stateAfter([
    aPlan({ steps: [rotate, stranger] }),
    [rotate, done(1, 1, { made: '11:100:8' })],
    [stranger, done(1, 1, { made: '11:100:8' })],
  ]);
  assert.equal(state.rotations.size, 0);
});

test('adopting starts the clock, emptying without a copy is a rotation, and emptying after a copy is not another', async () => {
  const adopt: Step = { ...base(1), kind: 'adopt' };
  const empty: Step = {
    ...base(2, '/b.log'),
    kind: 'truncate',
    file: ref({ path: '/b.log' }),
    copy: null,
    method: 'tail',
  };
  const copy: Step = {
    ...base(3, '/c.log'),
    kind: 'copy',
    file: ref({ path: '/c.log' }),
    to: '/c.log.1',
    made,
    rotates: true,
  };
  const emptied: Step = {
    ...base(4, '/d.log'),
    kind: 'truncate',
    file: ref({ path: '/d.log' }),
    copy: ref({ path: '/d.log.1' }),
    method: 'tail',
  };
  const state = await stateAfter([
    aPlan({ steps: [adopt, empty, copy, emptied] }),
    [adopt, done(0, 0)],
    [empty, done(5, 0)],
    [copy, done(0, 5, { made: '33:3:8' })],
    [emptied, done(5, 0)],
  ]);
  assert.deepEqual([...state.logs.keys()].sort(), ['/b.log', '/c.log', log]);
  assert.deepEqual([...state.rotations], [['33:3', august]]);
});
