// Who writes cannot be known: a generation that was written to a moment ago is compressed only when two
// looks a while apart find it the same (rulings 13).

import assert from 'node:assert/strict';
import { appendFileSync, utimesSync } from 'node:fs';
import { test } from 'node:test';
import { aPlan, apply, aSite, gzip, live, made, world } from '../rig/plans.ts';
import { contentsOf, type TempTree, tempTree } from '../rig/temp-tree.ts';

const text = 'a line that is worth keeping\n'.repeat(300);

function rotation(tree: TempTree) {
  const [from, to] = [tree.path('a.log'), tree.path('a.log.1')];
  // However slow this machine is, that is a moment ago.
  const soon = Date.now() / 1000 + 60;
  utimesSync(from, soon, soon);
  const file = live(from);
  return aPlan(tree.folder, [
    { kind: 'move', file, to, rotates: true },
    {
      kind: 'compress',
      file: { ...file, path: to, madeBy: 1 },
      to: `${to}.gz`,
      compressor: gzip,
      made,
      predicted: null,
      wait: 0,
    },
  ]);
}

/** Nobody is seen, and it is not known whether that is all; `between` happens while it waits. */
function blindSite(between: () => void, complete: boolean) {
  const census = async () => ({ complete, blind: complete ? null : 'tried blind', holders: new Map() });
  const wait = async (): Promise<void> => between();
  // The clock stands, so that what is done between the two looks never takes as long as the wait.
  const at = world.clock.now();
  const clock = { ...world.clock, now: () => at, wait };
  return aSite({ world: { ...world, processes: { ...world.processes, census }, clock } });
}

test('one that somebody unseen writes to between two looks stays plain', async () => {
  using tree = tempTree({ 'a.log': text });
  const site = blindSite(() => appendFileSync(tree.path('a.log.1'), 'one line more\n'), false);
  const { results, outcomes } = await apply(rotation(tree), site);
  assert.deepEqual(results, ['done', 'deferred']);
  assert.match(JSON.stringify(outcomes.get(2)), /still written to, by whom cannot be seen/);
  assert.deepEqual(contentsOf(tree.folder), { 'a.log.1': `${text}one line more\n` });
});

test('a large one is packed meanwhile, and named only after the second look', async () => {
  const large = text.repeat(600);
  for (const writes of [true, false]) {
    using tree = tempTree({ 'a.log': large });
    const names: string[][] = [];
    const site = blindSite(() => {
      names.push(Object.keys(tree.found()).filter(name => !name.startsWith('.')));
      if (writes) appendFileSync(tree.path('a.log.1'), 'one line more\n');
    }, false);
    const { results } = await apply(rotation(tree), site);
    assert.deepEqual(names, [['a.log.1']]);
    assert.deepEqual(results, ['done', writes ? 'deferred' : 'done']);
    const left = tree.found();
    assert.deepEqual(Object.keys(left), [writes ? 'a.log.1' : 'a.log.1.gz']);
    if (writes) assert.equal(left['a.log.1']?.content, `${large}one line more\n`);
  }
});

test('one that stays as it is is compressed, after one wait where the census is blind and none where it is not', async () => {
  for (const complete of [false, true]) {
    using tree = tempTree({ 'a.log': text });
    let waits = 0;
    const site = blindSite(() => {
      waits += 1;
    }, complete);
    assert.deepEqual((await apply(rotation(tree), site)).results, ['done', 'done']);
    assert.equal(waits, complete ? 0 : 1);
  }
});
