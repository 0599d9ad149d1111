// A whole plan on a real disk: what is told, what is written down and when, what a stop leaves,
// and what thousands of small logs cost.

import assert from 'node:assert/strict';
import { existsSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { applyPlan } from '../../src/apply/apply-plan.ts';
import type { Event } from '../../src/apply/event.ts';
import type { Ledger } from '../../src/ledger/ledger.ts';
import { memoryLedger } from '../../src/ledger/open-ledger.ts';
import type { Outcome } from '../../src/ledger/outcome.ts';
import { failure, watchedWorld } from '../rig/crashing-world.ts';
import {
  aPlan,
  apply,
  aSite,
  type Loose,
  live,
  made,
  madeBy,
  script,
  seen,
  withParts,
  world,
  zstd,
} from '../rig/plans.ts';
import { contentsOf, type PlantedTree, tempTree } from '../rig/temp-tree.ts';

/** A ledger that remembers in which order things came to it, and may refuse a step. */
function listening(inner: Ledger, heard: string[], refuse: ReadonlySet<number> = new Set()): Ledger {
  return {
    problem: null,
    short: false,
    state: () => inner.state(),
    unfinished: () => inner.unfinished(),
    closed: id => inner.closed(id),
    history: (from, until) => inner.history(from, until),
    addSamples: (samples, round) => inner.addSamples(samples, round),
    end: () => inner.end(),
    async open(plan) {
      await inner.open(plan);
      heard.push('open');
    },
    async record(plan, step, outcome, at) {
      if (refuse.has(step)) throw failure('ENOSPC');
      await inner.record(plan, step, outcome, at);
      heard.push(`recorded ${step}`);
    },
    async close(plan, at) {
      await inner.close(plan, at);
      heard.push('close');
    },
  };
}

test('a rotation is told as it happens, and each outcome is durable before the next step of its lane', async () => {
  using tree = tempTree({ 'a.log': 'one\n' });
  const heard: string[] = [];
  const ledger = listening(memoryLedger(), heard);
  const plan = aPlan(tree.folder, [
    { kind: 'move', file: live(tree.path('a.log')), to: tree.path('a.log.1'), rotates: true },
    { kind: 'create', path: tree.path('a.log'), made },
    {
      kind: 'compress',
      file: madeBy(1, tree.path('a.log.1')),
      to: tree.path('a.log.1.zst'),
      compressor: zstd,
      made,
      predicted: null,
      wait: 0,
    },
  ]);
  const tell = (event: Event) => {
    if (event.kind === 'started' || event.kind === 'finished') heard.push(`${event.kind} ${event.step.id}`);
    else if (event.kind !== 'progress') heard.push(event.kind);
  };
  const receipt = await applyPlan({ plan, outcomes: new Map() }, aSite({ ledger }), { tell });
  assert.ok(receipt.complete);
  const one = (id: number) => [`started ${id}`, `recorded ${id}`, `finished ${id}`];
  assert.deepEqual(heard, ['open', ...one(1), ...one(2), ...one(3), 'close', 'closed']);
  assert.deepEqual(ledger.unfinished(), []);
});

test('a step whose outcome cannot be written down stops its lane before the next act; another apply finishes', async () => {
  using tree = tempTree({ 'a.log': 'one\n', 'b.log': 'two\n' });
  const steps = (name: string): Loose[] => [
    { kind: 'move', file: live(tree.path(name)), to: tree.path(`${name}.1`), rotates: true, lane: name },
    { kind: 'create', path: tree.path(name), made, lane: name },
  ];
  const plan = aPlan(tree.folder, [...steps('a.log'), ...steps('b.log')]);
  const inner = memoryLedger();
  const first = await apply(plan, aSite({ ledger: listening(inner, [], new Set([1])) }));
  assert.deepEqual(first.results, ['none', 'none', 'done', 'done']);
  assert.equal(first.complete, false);
  assert.match(JSON.stringify(first.events), /the outcome of step 1 is not written down/);
  assert.deepEqual(Object.keys(contentsOf(tree.folder)), ['a.log.1', 'b.log', 'b.log.1']);
  // Given without its outcomes, as a plan from a file is: what the ledger knows of it counts.
  const heard: string[] = [];
  const second = await apply(plan, aSite({ ledger: listening(inner, heard) }));
  assert.deepEqual(heard, ['recorded 1', 'recorded 2', 'close']);
  assert.deepEqual(second.results, ['already', 'done', 'done', 'done']);
  assert.ok(second.complete);
  assert.deepEqual(Object.keys(contentsOf(tree.folder)), ['a.log', 'a.log.1', 'b.log', 'b.log.1']);
});

test('a plan that cannot be written down is not begun', async () => {
  using tree = tempTree({ 'a.log': 'one\n' });
  const plan = aPlan(tree.folder, [
    { kind: 'move', file: live(tree.path('a.log')), to: tree.path('a.log.1'), rotates: true },
  ]);
  const ledger: Ledger = { ...listening(memoryLedger(), []), open: () => Promise.reject(failure('ENOSPC')) };
  await assert.rejects(apply(plan, aSite({ ledger })), { code: 'ENOSPC' });
  assert.deepEqual(contentsOf(tree.folder), { 'a.log': 'one\n' });
});

test('a hung script delays only what waits for it', async () => {
  using tree = tempTree({ 'a.log': 'one\n', 'b.log': 'two\n' });
  const gate = tree.path('b.log.1.zst');
  const plan = aPlan(tree.folder, [
    // Ends only once the other lane is through: else its limit ends it, and it fails.
    script(`while ! test -e ${gate}; do sleep 0.01; done`, { lane: 'a', limit: 10_000 }),
    { kind: 'move', file: live(tree.path('a.log')), to: tree.path('a.log.1'), rotates: true, lane: 'a' },
    { kind: 'move', file: live(tree.path('b.log')), to: tree.path('b.log.1'), rotates: true, lane: 'b' },
    {
      kind: 'compress',
      file: madeBy(3, tree.path('b.log.1')),
      to: gate,
      compressor: zstd,
      made,
      predicted: null,
      wait: 0,
      lane: 'b',
    },
  ]);
  assert.deepEqual((await apply(plan)).results, ['done', 'done', 'done', 'done']);
});

test('a stop ends a running script without an outcome, and the next apply runs it again', async () => {
  using tree = tempTree({ 'a.log': 'one\n' });
  const [ran, go] = [tree.path('ran'), tree.path('go')];
  const plan = aPlan(tree.folder, [
    script(`echo run >> ${ran}; test -e ${go} || exec sleep 60`),
    { kind: 'move', file: live(tree.path('a.log')), to: tree.path('a.log.1'), rotates: true },
  ]);
  const ledger = memoryLedger();
  const stop = new AbortController();
  const running = apply(plan, aSite({ ledger }), stop.signal);
  await until(() => existsSync(ran) && statSync(ran).size > 0);
  stop.abort();
  const first = await running;
  assert.deepEqual([first.results, first.complete], [['none', 'none'], false]);
  writeFileSync(go, '');
  const [open] = ledger.unfinished();
  assert.ok(open);
  assert.deepEqual((await apply(open, aSite({ ledger }))).results, ['done', 'done']);
  assert.equal(contentsOf(tree.folder).ran, 'run\nrun\n');
});

test('a stop in a compression leaves the plain file and nothing else', async () => {
  using tree = tempTree({ 'a.log.1': 'a line\n'.repeat(600_000) });
  const file = seen(tree.path('a.log.1'));
  const plan = aPlan(tree.folder, [
    {
      kind: 'compress',
      file,
      to: tree.path('a.log.1.zst'),
      compressor: zstd,
      made,
      predicted: null,
      wait: 0,
    },
    { kind: 'delete', file: madeBy(1, tree.path('a.log.1.zst')), shred: null },
  ]);
  const stop = new AbortController();
  const stopping = watchedWorld(world, name => {
    if (name === 'write') stop.abort();
  });
  const { results, complete } = await apply(plan, aSite({ world: stopping }), stop.signal);
  assert.deepEqual([results, complete], [['none', 'none'], false]);
  assert.deepEqual(readdirSync(tree.folder), ['a.log.1']);
});

test('progress of a long step is told at most ten times a second', async () => {
  using tree = tempTree({ 'a.log': 'a line\n'.repeat(2_000_000) });
  let now = 0;
  const clock = { ...world.clock, now: () => (now += 30) };
  const plan = aPlan(tree.folder, [
    { kind: 'copy', file: live(tree.path('a.log')), to: tree.path('a.log.1'), made, rotates: true },
  ]);
  const { events } = await apply(plan, aSite({ world: { ...world, clock } }));
  const progress = events.filter(event => event.kind === 'progress');
  assert.ok(progress.length >= 2 && progress.length <= 14 / 3, `${progress.length} of 14 pieces`);
});

test('a mistake of ours is thrown on, after what was running has ended', async () => {
  using tree = tempTree({ 'a.log': 'one\n' });
  const broken = watchedWorld(world, name => {
    if (name === 'move') throw new Error('internal: as if');
  });
  const plan = aPlan(tree.folder, [
    { kind: 'move', file: live(tree.path('a.log')), to: tree.path('a.log.1'), rotates: true },
  ]);
  await assert.rejects(apply(plan, aSite({ world: broken })), /internal: as if/);
});

test('two thousand small logs cost few syncs, and each is rotated', async () => {
  const logs = 2000;
  using tree = tempTree(
    Object.fromEntries(
      Array.from({ length: logs }, (_, n) => [`${n}.log`, `log ${n}\n`]),
    ) satisfies PlantedTree,
  );
  const steps = Array.from({ length: logs }, (_, n): Loose[] => [
    {
      kind: 'move',
      file: live(tree.path(`${n}.log`)),
      to: tree.path(`${n}.log.1`),
      rotates: true,
      lane: `${n}`,
    },
    { kind: 'create', path: tree.path(`${n}.log`), made, lane: `${n}` },
  ]);
  let syncs = 0;
  const counting = watchedWorld(world, name => {
    if (name === 'sync') syncs += 1;
  });
  const { outcomes, complete } = await apply(aPlan(tree.folder, steps.flat()), aSite({ world: counting }));
  assert.ok(complete);
  assert.deepEqual(
    new Set([...outcomes.values()].map((outcome: Outcome) => outcome.result)),
    new Set(['done']),
  );
  assert.equal(readdirSync(tree.folder).length, 2 * logs);
  assert.ok(syncs < logs / 4, `${syncs} syncs`);
});

async function until(is: () => boolean): Promise<void> {
  const end = Date.now() + 10_000;
  while (!is()) {
    assert.ok(Date.now() < end, 'it comes about within ten seconds');
    await new Promise(resolve => setTimeout(resolve, 5));
  }
}

test('what runs after failures too runs while a step is left half done, and once more when that is finished', async () => {
  using tree = tempTree({ 'a.log': 'a line\n' });
  const held = tree.path('a.log.tmp');
  let isHeld = true;
  const writer = { pid: 4121, name: 'late', access: 'write', append: true, position: 0 } as const;
  const late = withParts({
    processes: {
      ...world.processes,
      census: async files => ({
        complete: true,
        blind: null,
        holders: new Map(isHeld ? [...files].map(id => [id, [writer]] as const) : []),
      }),
    },
  });
  const plan = aPlan(tree.folder, [
    { kind: 'move', file: live(tree.path('a.log')), to: held, rotates: false, lane: 'a' },
    { kind: 'copy', file: madeBy(1, held), to: tree.path('a.log.1'), made, rotates: true, lane: 'a' },
    { kind: 'delete', file: madeBy(1, held), shred: null, lane: 'a' },
    {
      ...script(`echo last >> ${tree.path('ran')}`),
      script: 'lastaction',
      lane: 'l',
      after: [3],
      always: true,
    },
  ]);
  const site = aSite({ world: late });
  const first = await apply(plan, site);
  assert.equal(first.complete, false);
  assert.equal(tree.found().ran?.content, 'last\n');
  isHeld = false;
  const [open] = site.ledger.unfinished();
  assert.ok(open !== undefined);
  assert.ok((await apply(open, site)).complete);
  assert.equal(tree.found().ran?.content, 'last\nlast\n');
  assert.equal(tree.found()['a.log.1']?.content, 'a line\n');
});
