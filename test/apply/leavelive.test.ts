// A log that its program rotates by itself: what is kept of it is packed under a name of its own, and
// a program that shifts its files at any moment of that loses none.

import assert from 'node:assert/strict';
import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { watchedWorld } from '../rig/crashing-world.ts';
import { apply, aSite, withParts, world } from '../rig/plans.ts';
import { type TempTree, tempTree } from '../rig/temp-tree.ts';
import { age, names, planIn } from './joined.ts';

function selfRotating(): TempTree {
  const tree = tempTree({ 'a.log': 'live\n' });
  for (const number of [1, 2, 3]) {
    writeFileSync(tree.path(`a.log.${number}`), `rotated ${number}\n`);
    age(tree.path(`a.log.${number}`), number);
  }
  return tree;
}

const policy = 'rotate 10\nleavelive';

test('numbered files become dated archives, and the live log is not touched', async () => {
  using tree = selfRotating();
  const { results } = await apply((await planIn(tree, policy)).plan);
  assert.deepEqual(new Set(results), new Set(['done']));
  const archives = ['19', '20', '21'].map(day => `a.log-202611${day}1200.gz`);
  assert.deepEqual(names(tree), ['a.log', ...archives]);
  assert.equal(readFileSync(tree.path('a.log'), 'utf8'), 'live\n');
  assert.deepEqual((await planIn(tree, policy)).plan.steps, []);
  // The program goes on with its numbers, and they find no archive in their way.
  writeFileSync(tree.path('a.log.1'), 'rotated again\n');
  age(tree.path('a.log.1'), 0.5);
  await apply((await planIn(tree, policy)).plan);
  assert.deepEqual(names(tree), ['a.log', ...archives, 'a.log-202611220000.gz']);
});

test('several that were rotated within one minute keep their order', async () => {
  using tree = tempTree({ 'a.log': 'live\n' });
  for (const number of [1, 2, 3]) {
    writeFileSync(tree.path(`a.log.${number}`), `rotated ${number}\n`);
    age(tree.path(`a.log.${number}`), 1 + number / 100_000);
  }
  const round = async (): Promise<readonly string[]> => {
    await apply((await planIn(tree, policy)).plan);
    const { expected, plan } = await planIn(tree, policy);
    assert.deepEqual(plan.steps, []);
    return (expected[0]?.generations ?? []).map(({ path }) => gunzipSync(readFileSync(path)).toString());
  };
  assert.deepEqual(await round(), ['rotated 1\n', 'rotated 2\n', 'rotated 3\n']);
  // The first name of that minute is free again, and yet it is not for a newer one.
  rmSync(tree.path('a.log-202611211159.gz'));
  writeFileSync(tree.path('a.log.1'), 'rotated 0\n');
  age(tree.path('a.log.1'), 1 + 1 / 200_000);
  assert.deepEqual(await round(), ['rotated 0\n', 'rotated 1\n', 'rotated 2\n']);
});

/** As Python's RotatingFileHandler: .2 becomes .3 and so on, and the live log .1. */
function rotate(tree: TempTree): void {
  for (let number = 5; number >= 1; number -= 1) {
    try {
      renameSync(tree.path(`a.log.${number}`), tree.path(`a.log.${number + 1}`));
    } catch {
      // A gap in its numbers is nothing to such a program.
    }
  }
  renameSync(tree.path('a.log'), tree.path('a.log.1'));
  writeFileSync(tree.path('a.log'), 'new live\n');
}

/** Everything that is kept, whatever it is called. */
function everyLine(tree: TempTree): string[] {
  const texts = names(tree).map(name => {
    const bytes = readFileSync(tree.path(name));
    return (name.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString();
  });
  return [...new Set(texts.join('').trim().split('\n'))].sort();
}

test('the program rotates before any act of ours: no line is lost', async () => {
  const expected = ['live', 'new live', 'rotated 1', 'rotated 2', 'rotated 3'];
  for (let act = 1; ; act += 1) {
    using tree = selfRotating();
    const { plan } = await planIn(tree, policy);
    let done = false;
    const watched = watchedWorld(
      world,
      (_, number) => {
        if (number !== act) return;
        rotate(tree);
        done = true;
      },
      'all',
    );
    await apply(plan, aSite({ world: withParts(watched) }));
    if (!done) {
      assert.ok(act > 30, `${act} acts`);
      return;
    }
    assert.deepEqual(everyLine(tree), expected, `rotated before act ${act}`);
  }
});
