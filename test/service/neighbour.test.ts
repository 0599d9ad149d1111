import assert from 'node:assert/strict';
import { test } from 'node:test';
import { findNeighbour } from '../../src/service/neighbour.ts';
import { thisMachine } from '../../src/world/this-machine.ts';
import { fakeClock } from '../rig/fake-clock.ts';
import { tempTree } from '../rig/temp-tree.ts';

const state = `logrotate state -- version 2
"/var/log/a.log" 2026-11-20-6:25:1
"/var/log/b \\"odd\\".log" 2026-11-22-6:25:1
"/var/log/old.log" 2025-1-2
`;
const world = { ...thisMachine(), clock: fakeClock(Date.UTC(2026, 10, 22, 12)) };
const logs = new Set(['/var/log/a.log', '/var/log/b "odd".log', '/var/log/old.log', '/var/log/ours.log']);

test('logs that logrotate has in its state, and a timer that starts it, are found', () => {
  using tree = tempTree({ status: state, timer: { link: '/lib/systemd/system/logrotate.timer' } });
  const places = { states: [tree.path('none'), tree.path('status')], starters: [tree.path('timer')] };
  assert.deepEqual(findNeighbour(world, logs, places), {
    startedBy: tree.path('timer'),
    stateFile: tree.path('status'),
    logs: ['/var/log/a.log', '/var/log/b "odd".log'],
  });
});

test('without a timer only a state of the last two days counts', () => {
  using tree = tempTree({ status: state });
  const places = { states: [tree.path('status')], starters: [tree.path('timer')] };
  assert.deepEqual(findNeighbour(world, logs, places)?.logs, ['/var/log/b "odd".log']);
  assert.equal(findNeighbour(world, new Set(['/var/log/a.log']), places), null);
});

test('where logrotate serves other logs only, nobody is found', () => {
  using tree = tempTree({ status: state, timer: '' });
  const places = { states: [tree.path('status')], starters: [tree.path('timer')] };
  assert.equal(findNeighbour(world, new Set(['/var/log/ours.log']), places), null);
});
