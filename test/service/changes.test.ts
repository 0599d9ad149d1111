import assert from 'node:assert/strict';
import { appendFileSync, chmodSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import type { Policy } from '../../src/policy/policy.ts';
import { changes, startChanges } from '../../src/service/triggers/changes.ts';
import { aPolicy } from '../rig/policy.ts';
import { type TempTree, tempTree } from '../rig/temp-tree.ts';
import { aGround, type TestGround, until, watchNow } from './rig.ts';

const quick = { quiet: 20, poll: 30, hotEvents: 150, hotWithin: 3000, cool: 300 };

const policyFor = (pattern: string): Policy => aPolicy('size 1M\nrotate 3', { pattern });
const named = (ground: TestGround): readonly string[] =>
  ground.nudges.flatMap(nudge => [...(nudge.logs ?? [])]);

function aWatchedTree(tree: TempTree, names: readonly string[] = []): TestGround {
  const policy = policyFor(tree.path('*.log'));
  const ground = aGround([policy]);
  watchNow(
    ground,
    policy,
    names.map(name => tree.path(name)),
  );
  return ground;
}

test('a new log is named, what matches no pattern is not, and after a stop nothing is', async () => {
  using tree = tempTree({ 'a.log': '' });
  const ground = aWatchedTree(tree, ['a.log']);
  const running = await changes.start(ground);
  writeFileSync(tree.path('notes.txt'), '');
  writeFileSync(tree.path('b.log'), '');
  await until(() => ground.nudges.length > 0, 'the new log is named');
  assert.deepEqual(named(ground), [tree.path('b.log')]);
  assert.deepEqual(ground.nudges[0]?.cause, { trigger: 'changes', detail: 'b.log' });
  await running.stop();
  writeFileSync(tree.path('c.log'), '');
  await setTimeout(50);
  assert.deepEqual(named(ground), [tree.path('b.log')]);
});

test('a write stirs the log that was written, and makes no round by itself', async () => {
  using tree = tempTree({ 'a.log': '', 'b.log': '' });
  const ground = aWatchedTree(tree, ['a.log', 'b.log']);
  const stirred: string[] = [];
  const running = await startChanges(ground, quick);
  ground.watched.onStir(path => stirred.push(path));
  assert.ok(ground.watched.isHeard(tree.path('b.log')));
  appendFileSync(tree.path('b.log'), 'x');
  await until(() => stirred.length > 0, 'the write is heard of');
  assert.deepEqual(new Set(stirred), new Set([tree.path('b.log')]));
  assert.equal(ground.nudges.length, 0);
  await running.stop();
});

test('a log that goes is named once', async () => {
  using tree = tempTree({ 'a.log': '', 'b.log': '' });
  const ground = aWatchedTree(tree, ['a.log', 'b.log']);
  const running = await startChanges(ground, quick);
  rmSync(tree.path('a.log'));
  await until(() => ground.nudges.length > 0, 'the log that went is named');
  writeFileSync(tree.path('notes.txt'), '');
  await setTimeout(100);
  assert.deepEqual(named(ground), [tree.path('a.log')]);
  await running.stop();
});

test('a folder that does not exist yet is awaited, and one that was replaced is taken up again', async () => {
  using tree = tempTree();
  const policy = policyFor(tree.path('later/deep/*.log'));
  const ground = aGround([policy]);
  const running = await startChanges(ground, quick);
  mkdirSync(tree.path('later/deep'), { recursive: true });
  writeFileSync(tree.path('later/deep/a.log'), '');
  await until(() => named(ground).includes(tree.path('later/deep/a.log')), 'the awaited folder is heard');
  watchNow(ground, policy, [tree.path('later/deep/a.log')]);
  renameSync(tree.path('later/deep'), tree.path('later/away'));
  mkdirSync(tree.path('later/deep'));
  writeFileSync(tree.path('later/deep/b.log'), '');
  await until(() => named(ground).includes(tree.path('later/deep/b.log')), 'the new folder is heard');
  await running.stop();
});

test('a log in a new folder that a pattern matches is named', async () => {
  using tree = tempTree({ one: { 'a.log': '' } });
  const policy = policyFor(tree.path('*/*.log'));
  const ground = aGround([policy]);
  watchNow(ground, policy, [tree.path('one/a.log')]);
  const running = await startChanges(ground, quick);
  mkdirSync(tree.path('two'));
  await setTimeout(60);
  writeFileSync(tree.path('two/b.log'), '');
  await until(() => named(ground).includes(tree.path('two/b.log')), 'the log in the new folder is named');
  await running.stop();
});

test('a folder with more events than may be heard is looked at instead, and heard again later', async () => {
  using tree = tempTree({ 'a.log': '' });
  const ground = aWatchedTree(tree, ['a.log']);
  const running = await startChanges(ground, quick);
  const isHeard = (): boolean => ground.watched.isHeard(tree.path('a.log'));
  assert.ok(isHeard());
  await until(() => {
    appendFileSync(tree.path('a.log'), 'x');
    return !isHeard();
  }, 'the hot folder is not listened to any more');
  writeFileSync(tree.path('b.log'), '');
  await until(() => named(ground).includes(tree.path('b.log')), 'a new log is named all the same');
  await until(isHeard, 'it is listened to again');
  await running.stop();
});

test('a folder whose name is not UTF-8 is looked at', async () => {
  using tree = tempTree({ 'caf\udce9': { 'a.log': '' } });
  const policy = policyFor(tree.path('*/*.log'));
  const ground = aGround([policy]);
  watchNow(ground, policy, [tree.path('caf\udce9/a.log')]);
  const running = await startChanges(ground, quick);
  tree.plant({ 'caf\udce9': { 'b.log': '' } });
  await until(() => named(ground).includes(tree.path('caf\udce9/b.log')), 'the new log is named');
  await running.stop();
});

test('folders that are no longer wanted are no longer heard', async () => {
  using tree = tempTree({ one: { 'a.log': '' }, two: { 'b.log': '' } });
  const ground = aGround([policyFor(tree.path('one/*.log')), policyFor(tree.path('two/*.log'))]);
  const running = await startChanges(ground, quick);
  assert.ok(ground.watched.isHeard(tree.path('two/b.log')));
  ground.policiesAre([policyFor(tree.path('one/*.log'))]);
  await running.renew();
  assert.ok(ground.watched.isHeard(tree.path('one/a.log')));
  assert.ok(!ground.watched.isHeard(tree.path('two/b.log')));
  await running.stop();
});

test('a folder that may not be listened to is looked at, and that is said once', {
  skip: process.getuid?.() === 0 ? 'root may listen to any folder' : false,
}, async () => {
  using tree = tempTree({ one: {}, two: {} });
  for (const name of ['one', 'two']) chmodSync(tree.path(name), 0o333);
  const ground = aGround(['one', 'two'].map(name => policyFor(tree.path(`${name}/*.log`))));
  const running = await startChanges(ground, quick);
  assert.ok(!ground.watched.isHeard(tree.path('one/a.log')));
  await until(() => ground.said.length > 0, 'it is said');
  for (const name of ['one', 'two']) chmodSync(tree.path(name), 0o755);
  writeFileSync(tree.path('two/b.log'), '');
  await until(() => named(ground).includes(tree.path('two/b.log')), 'the new log is named');
  assert.deepEqual(
    ground.said.filter(one => one.level === 'warn').map(one => one.facts.code),
    ['EACCES'],
  );
  await running.stop();
});
