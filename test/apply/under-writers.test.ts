// copytruncate under processes that go on writing numbered lines: a few rotations each way (as many as
// LOGMILL_ROTATIONS says; fifty take minutes), then every line is counted over all generations and the live log, read as `logmill cat` reads them.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { statSync } from 'node:fs';
import { after, test } from 'node:test';
import { joined, readLog } from '../../src/archive/read-log.ts';
import { makePool } from '../../src/codec/pool.ts';
import { memoryLedger } from '../../src/ledger/open-ledger.ts';
import { observeGenerations } from '../../src/observe/generations.ts';
import { observeLogs } from '../../src/observe/log-sets.ts';
import { readPolicyFiles } from '../../src/observe/policies.ts';
import type { StepOf } from '../../src/plan/plan.ts';
import { makeRounds } from '../../src/round.ts';
import { thisMachine } from '../../src/world/this-machine.ts';
import type { World } from '../../src/world/world.ts';
import { compileWriter, type How, startWriter } from '../bench/writers.ts';
import { allThere, type Counted, countLines } from '../rig/numbered-lines.ts';
import { type TempTree, tempTree } from '../rig/temp-tree.ts';

const many = Number(process.env.LOGMILL_ROTATIONS ?? 6);
const place = tempTree();
after(() => place.remove());
const writer = compileWriter(place.folder);
const noCompiler = writer === null ? 'no C compiler on this machine' : false;

interface Trial {
  readonly policy: string;
  readonly how: How;
  /** Lines a second; 0: as fast as it goes. */
  readonly rate: number;
  readonly rotations: number;
  readonly world?: World;
  /** Between two rotations, in ms of writing. */
  readonly between?: number;
}

interface Result extends Counted {
  readonly lines: number;
  readonly methods: ReadonlySet<string>;
  readonly results: ReadonlySet<string>;
  readonly atRisk: number;
}

/** Everything is seen here but what the machine may hide, as on a machine of one's own. */
const seesAll: World = (() => {
  const machine = thisMachine();
  const census: World['processes']['census'] = async files => ({
    ...(await machine.processes.census(files)),
    complete: true,
    blind: null,
  });
  return { ...machine, processes: { ...machine.processes, census } };
})();

async function tried({
  policy,
  how,
  rate,
  rotations,
  world = seesAll,
  between = 10,
}: Trial): Promise<Result> {
  using tree = tempTree({ 'a.log': '' });
  tree.plant({
    'p.conf': `${tree.path('a.log')} {\n rotate 1000\n dateext\n dateformat -%s\n ${policy}\n}\n`,
  });
  const { policies } = readPolicyFiles(world, [tree.path('p.conf')], 'logmill');
  const ledger = memoryLedger();
  let nonce = 0;
  const rounds = makeRounds({
    world,
    ledger,
    policies,
    pool: makePool(2),
    nonce: () => {
      nonce += 1;
      return String(nonce).padStart(6, '0');
    },
  });
  const methods = new Set<string>();
  const results = new Set<string>();
  let atRisk = 0;
  const writing = startWriter(writer ?? '', tree.path('a.log'), rate, how);
  try {
    for (let rotation = 0; rotation < rotations; rotation += 1) {
      await grown(tree, rotation, between);
      const errand = { cause: { trigger: 'test', detail: '' }, only: null, forced: 'all' } as const;
      const { receipts } = await rounds.round(errand, () => {});
      for (const { plan, outcomes } of await receipts) {
        for (const step of plan.steps) {
          const outcome = outcomes.get(step.id);
          if (step.kind !== 'truncate' && step.kind !== 'copy') continue;
          if (step.kind === 'truncate') methods.add((step satisfies StepOf<'truncate'>).method);
          results.add(outcome?.result === 'done' ? 'done' : JSON.stringify(outcome));
          if (outcome?.result === 'done') atRisk += outcome.window?.atRisk ?? 0;
        }
      }
    }
  } catch (error) {
    writing.kill();
    throw error;
  }
  await rounds.settled();
  const lines = await writing.stop();
  const first = await observeLogs(world, policies, { nonce: 'read' });
  const seen = await observeGenerations(world, first, 'all', ledger.state(), 'with writers');
  const logSet = seen.logSets[0];
  assert.ok(logSet !== undefined);
  assert.equal(logSet.generations.length, rotations);
  const counted = await countLines(joined(readLog(logSet, world.disk)), lines);
  return { ...counted, lines, methods, results, atRisk };
}

/** Waits until the writer has done something since the last rotation. */
async function grown(tree: TempTree, rotation: number, between: number): Promise<void> {
  const start = performance.now();
  const before = rotation === 0 ? 0 : statSync(tree.path('a.log')).size;
  while (performance.now() - start < between || statSync(tree.path('a.log')).size === before) {
    if (performance.now() - start > 5_000) throw new Error('the writer does not write');
    await new Promise(resolve => setImmediate(resolve));
  }
}

function proves(result: Result, method: string): void {
  const { lost, doubled, disorder, damaged } = result;
  assert.deepEqual([...result.results], ['done']);
  assert.deepEqual([...result.methods], [method]);
  assert.deepEqual({ lost, doubled, disorder, damaged }, allThere, `of ${result.lines} lines`);
}

for (const [rate, words] of [
  [10_000, '10,000 lines a second'],
  [0, 'full speed'],
] as const) {
  test(`collapse under a writer at ${words}: every line once, in order`, {
    skip: noCompiler || cannot('-c'),
  }, async () => {
    proves(await tried({ policy: 'copytruncate', how: 'KEEP', rate, rotations: many }), 'collapse');
  });

  test(`punch under a writer without O_APPEND at ${words}: every line once, in order`, {
    skip: noCompiler || cannot('-p'),
  }, async () => {
    const policy = 'copytruncate\n truncatewith punch';
    proves(await tried({ policy, how: 'JUMP', rate, rotations: many }), 'punch');
  });

  test(`freeze under a writer at ${words}: every line once, in order`, { skip: noCompiler }, async () => {
    const policy = 'copytruncate\n truncatewith freeze';
    const result = await tried({ policy, how: 'KEEP', rate, rotations: many });
    proves(result, 'freeze');
    assert.equal(result.atRisk, 0);
  });

  test(`tail under a writer at ${words} doubles nothing and keeps the order; its losses are few`, {
    skip: noCompiler,
  }, async () => {
    const result = await tried({
      policy: 'copytruncate',
      how: 'KEEP',
      rate,
      rotations: Math.ceil(many / 3),
      world: thisMachine({ portable: true }),
    });
    assert.deepEqual([...result.results], ['done']);
    assert.deepEqual([...result.methods], ['tail']);
    assert.deepEqual([result.doubled, result.disorder], [0, 0]);
    // How many fall into the window depends on when we are interrupted; on an idle machine hardly any.
    assert.ok(result.lost < result.lines / 4, `${result.lost} of ${result.lines} lines`);
  });
}

test('punch also serves a writer that appends', { skip: noCompiler || cannot('-p') }, async () => {
  const policy = 'copytruncate\n truncatewith punch\n compress';
  proves(await tried({ policy, how: 'KEEP', rate: 10_000, rotations: many }), 'punch');
});

/** Why the file system of temporary folders cannot do it; false when it can. */
function cannot(what: '-c' | '-p'): string | false {
  using tree = tempTree({ probe: 'x'.repeat(3 * 4096) });
  try {
    execFileSync('fallocate', [what, '-o', '0', '-l', '4096', tree.path('probe')], { stdio: 'ignore' });
    return false;
  } catch {
    return 'the file system of the temporary folder cannot do it';
  }
}
