// A log that begins with a hole though no writer is seen: it is not truncated once more.

import assert from 'node:assert/strict';
import { closeSync, ftruncateSync, openSync, writeSync } from 'node:fs';
import { test } from 'node:test';
import { observeGenerations } from '../../src/observe/generations.ts';
import { observeLogs } from '../../src/observe/log-sets.ts';
import { makePlan } from '../../src/plan/make-plan.ts';
import type { Planning } from '../../src/plan/plan.ts';
import { world } from '../rig/plans.ts';
import { aPolicy } from '../rig/policy.ts';
import { type TempTree, tempTree } from '../rig/temp-tree.ts';

/** A MiB of nothing with lines behind it. */
function withHole(tree: TempTree): void {
  const file = openSync(tree.path('a.log'), 'w');
  ftruncateSync(file, 1 << 20);
  writeSync(file, 'a line\n'.repeat(1000), 1 << 20);
  closeSync(file);
}

async function planFor(tree: TempTree, complete: boolean, body = ''): Promise<Planning> {
  const policy = aPolicy(`size 1k\nrotate 3\ncopytruncate\n${body}`, { pattern: tree.path('a.log') });
  const census = async () => ({ complete, blind: complete ? null : 'tried blind', holders: new Map() });
  const here = { ...world, processes: { ...world.processes, census } };
  const state = { logs: new Map(), rotations: new Map() };
  const seen = await observeLogs(here, [policy], { nonce: 'test' });
  const observation = await observeGenerations(here, seen, 'all', state, 'with writers');
  return makePlan({ observation, state, forced: null, cause: { trigger: 'test', detail: '' } });
}

const truncates = ({ plan }: Planning) => plan.steps.some(({ kind }) => kind === 'truncate');

test('a hole at the head of a log tells of a writer that no census shows, and it is refused with the ways out', async () => {
  using tree = tempTree();
  withHole(tree);
  const planning = await planFor(tree, false);
  assert.ok(!truncates(planning));
  const [refused] = planning.kept.filter(({ how }) => how === 'refused');
  assert.match(refused?.why.text ?? '', /begins with a hole: somebody who cannot be seen/);
  assert.match(refused?.hint ?? '', />> instead of >.*truncatewith punch/);
  assert.ok(truncates(await planFor(tree, false, 'truncatewith punch')));
});

test('where nobody writes for certain, or it begins with a line, it is rotated', async () => {
  using tree = tempTree();
  withHole(tree);
  assert.ok(truncates(await planFor(tree, true)));
  tree.plant({ 'a.log': 'a line\n'.repeat(1000) });
  assert.ok(truncates(await planFor(tree, false)));
});
