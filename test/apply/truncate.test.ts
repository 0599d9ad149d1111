// copytruncate in its two steps: what came in meanwhile is in the copy, and after a stop it is the
// content that tells whether the log was emptied, never its length.

import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import {
  appendFileSync,
  closeSync,
  openSync,
  readFileSync,
  statSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { test } from 'node:test';
import type { ApplySite } from '../../src/apply/apply-site.ts';
import { memoryLedger } from '../../src/ledger/open-ledger.ts';
import type { Plan } from '../../src/plan/plan.ts';
import { thisMachine } from '../../src/world/this-machine.ts';
import type { Census, Holder } from '../../src/world/world.ts';
import { failure, watchedWorld } from '../rig/crashing-world.ts';
import { aPlan, apply, aSite, live, made, madeBy, resumed, withParts, world } from '../rig/plans.ts';
import { contentsOf, type TempTree, tempTree } from '../rig/temp-tree.ts';

const numbered = (from: number, until: number): string =>
  Array.from({ length: until - from }, (_, n) => `line ${from + n} of a log that is worth keeping\n`).join(
    '',
  );

function copyTruncate(tree: TempTree, method: TruncateMethod = 'tail', writers?: 'nobody'): Plan {
  const path = tree.path('a.log');
  return aPlan(tree.folder, [
    { kind: 'copy', file: live(path), to: tree.path('a.log.1'), made, rotates: true },
    {
      kind: 'truncate',
      file: live(path),
      copy: madeBy(1, tree.path('a.log.1')),
      method,
      ...(writers === undefined ? {} : { writers }),
    },
  ]);
}

const collapses = canCollapse() ? false : 'the file system of the temporary folder cannot collapse a range';

type TruncateMethod = 'tail' | 'collapse' | 'punch' | 'freeze';

/** A site whose world does something just before the nth act on the disk. */
function siteThat(does: (name: string, number: number) => void): ApplySite {
  return aSite({ world: watchedWorld(world, does) });
}

test('the copy holds the log and the log is empty, in place', async () => {
  using tree = tempTree({ 'a.log': numbered(0, 1000) });
  const before = statSync(tree.path('a.log')).ino;
  const { results, outcomes } = await apply(copyTruncate(tree));
  assert.deepEqual(results, ['done', 'done']);
  assert.deepEqual(contentsOf(tree.folder), { 'a.log': '', 'a.log.1': numbered(0, 1000) });
  assert.equal(statSync(tree.path('a.log')).ino, before);
  const [copied, emptied] = [outcomes.get(1), outcomes.get(2)];
  assert.ok(copied?.result === 'done' && copied.plain?.bytes === numbered(0, 1000).length);
  assert.ok(emptied?.result === 'done' && emptied.window?.atRisk === 0);
  assert.deepEqual(emptied.footprint.after, { apparent: 0, allocated: 0 });
});

for (const method of ['tail', 'collapse'] as const) {
  test(`lines that come in before each act of the two steps are in the copy or in the log, once: ${method}`, {
    skip: method === 'collapse' && collapses,
  }, async () => {
    for (let act = 1; act <= 14; act += 1) {
      using tree = tempTree({ 'a.log': numbered(0, 300) });
      let came = '';
      const site = siteThat((name, number) => {
        // The truncation itself is the only moment at which a line could be lost, and it is stated.
        if (number !== act || name === 'truncateNow') return;
        came = numbered(300, 500);
        appendFileSync(tree.path('a.log'), came);
      });
      const { results } = await apply(copyTruncate(tree, method), site);
      assert.deepEqual(results, ['done', 'done']);
      const { 'a.log': log, 'a.log.1': copy } = contentsOf(tree.folder);
      assert.equal(`${copy}${log}`, numbered(0, 300) + came, `lines that came before act ${act}`);
    }
  });
}

test('a writer that is never caught up with is taken in one stretch, and the bytes are stated', async () => {
  using tree = tempTree({ 'a.log': numbered(0, 10) });
  let next = 10;
  const site = siteThat(name => {
    if (name !== 'sync') return;
    appendFileSync(tree.path('a.log'), numbered(next, next + 1));
    next += 1;
  });
  const { outcomes } = await apply(copyTruncate(tree), site);
  const outcome = outcomes.get(2);
  assert.ok(outcome?.result === 'done' && (outcome.window?.atRisk ?? 0) > 0, JSON.stringify(outcome));
  const { 'a.log': log, 'a.log.1': copy } = contentsOf(tree.folder);
  assert.equal(`${copy}${log}`, numbered(0, next));
});

test('a log that another program empties and refills between the two steps is left alone', async () => {
  using tree = tempTree({ 'a.log': numbered(0, 100) });
  const site = siteThat(name => {
    if (name !== 'move') return;
    truncateSync(tree.path('a.log'), 0);
    appendFileSync(tree.path('a.log'), numbered(500, 700));
  });
  assert.deepEqual((await apply(copyTruncate(tree), site)).results, ['done', 'stale']);
  assert.deepEqual(contentsOf(tree.folder), { 'a.log': numbered(500, 700), 'a.log.1': numbered(0, 100) });
});

test('after a stop a log that was emptied and has been refilled to more than before is not emptied again', async () => {
  using tree = tempTree({ 'a.log': numbered(0, 100) });
  const plan = copyTruncate(tree);
  const first = await apply({ ...plan, steps: plan.steps.slice(0, 1) });
  truncateSync(tree.path('a.log'), 0);
  appendFileSync(tree.path('a.log'), numbered(500, 700));
  const site = aSite();
  const { results } = await apply(await resumed(plan, site, first.outcomes), site);
  assert.deepEqual(results, ['done', 'already']);
  assert.deepEqual(contentsOf(tree.folder), { 'a.log': numbered(500, 700), 'a.log.1': numbered(0, 100) });
});

test('after a stop a log that still begins with its copy is emptied, with what has come in', async () => {
  using tree = tempTree({ 'a.log': numbered(0, 100) });
  const plan = copyTruncate(tree);
  const first = await apply({ ...plan, steps: plan.steps.slice(0, 1) });
  appendFileSync(tree.path('a.log'), numbered(100, 150));
  const site = aSite();
  assert.deepEqual((await apply(await resumed(plan, site, first.outcomes), site)).results, ['done', 'done']);
  assert.deepEqual(contentsOf(tree.folder), { 'a.log': '', 'a.log.1': numbered(0, 150) });
});

test('after a stop a log that repeats itself is kept, refilled or not: doubling beats losing', async () => {
  for (const content of ['tick\n'.repeat(2000), 'the only line\n']) {
    using tree = tempTree({ 'a.log': content });
    const plan = copyTruncate(tree);
    const first = await apply({ ...plan, steps: plan.steps.slice(0, 1) });
    const site = aSite();
    assert.deepEqual((await apply(await resumed(plan, site, first.outcomes), site)).results, [
      'done',
      'stale',
    ]);
    assert.deepEqual(contentsOf(tree.folder), { 'a.log': content, 'a.log.1': content });
  }
});

test('a copy that stands there whole after a stop is taken for done, another file is not', async () => {
  using tree = tempTree({
    'a.log': numbered(0, 100),
    'b.log': numbered(0, 100),
    'b.log.1': 'something else\n',
  });
  for (const [name, expected] of [
    ['a.log', 'already'],
    ['b.log', 'stale'],
  ] as const) {
    const file = live(tree.path(name));
    const plan = aPlan(tree.folder, [
      { kind: 'copy', file, to: tree.path(`${name}.1`), made, rotates: true },
    ]);
    if (name === 'a.log') writeFileSync(tree.path('a.log.1'), numbered(0, 100));
    appendFileSync(tree.path(name), numbered(100, 120));
    const site = aSite();
    assert.deepEqual((await apply(await resumed(plan, site), site)).results, [expected]);
  }
  assert.equal(readFileSync(tree.path('b.log.1'), 'utf8'), 'something else\n');
});

test('rotate 0 empties the log, and after a stop keeps one that has grown', async () => {
  using tree = tempTree({ 'a.log': numbered(0, 100) });
  const step = () =>
    [{ kind: 'truncate', file: live(tree.path('a.log')), copy: null, method: 'tail' }] as const;
  assert.deepEqual((await apply(aPlan(tree.folder, step()))).results, ['done']);
  assert.equal(statSync(tree.path('a.log')).size, 0);
  appendFileSync(tree.path('a.log'), numbered(0, 10));
  const plan = aPlan(tree.folder, step());
  appendFileSync(tree.path('a.log'), numbered(10, 20));
  const site = aSite();
  assert.deepEqual((await apply(await resumed(plan, site), site)).results, ['stale']);
  assert.equal(readFileSync(tree.path('a.log'), 'utf8'), numbered(0, 20));
});

const punches = canPunch() ? false : 'the file system of the temporary folder cannot punch holes';
test('collapse cuts whole blocks: archive and log joined are the stream', { skip: collapses }, async () => {
  using tree = tempTree({ 'a.log': numbered(0, 5000) });
  const { results, outcomes } = await apply(copyTruncate(tree, 'collapse'));
  assert.deepEqual(results, ['done', 'done'], JSON.stringify(outcomes.get(2)));
  const { 'a.log': log = '', 'a.log.1': copy = '' } = contentsOf(tree.folder);
  assert.ok(log.length > 0 && log.length <= 4096, `${log.length} bytes stay`);
  assert.equal(copy + log, numbered(0, 5000));
});

test('collapse that stopped anywhere goes on from what the contents tell', { skip: collapses }, async () => {
  using tree = tempTree({ 'a.log': numbered(0, 5000) });
  const plan = copyTruncate(tree, 'collapse');
  const first = await apply({ ...plan, steps: plan.steps.slice(0, 1) });
  const size = numbered(0, 5000).length;
  const whole = Math.floor((size - 1) / 4096) * 4096;
  // The copy is brought to what will go before anything is cut.
  truncateSync(tree.path('a.log.1'), whole);
  appendFileSync(tree.path('a.log'), numbered(5000, 5010));
  const site = aSite();
  assert.deepEqual((await apply(await resumed(plan, site, first.outcomes), site)).results, ['done', 'done']);
  const { 'a.log': log = '', 'a.log.1': copy = '' } = contentsOf(tree.folder);
  assert.equal(copy + log, numbered(0, 5010));
  // Once more, as if only the outcome had not been written down.
  const again = aSite();
  assert.deepEqual((await apply(await resumed(plan, again, first.outcomes), again)).results, [
    'done',
    'already',
  ]);
  const after = contentsOf(tree.folder);
  assert.equal(`${after['a.log.1']}${after['a.log']}`, numbered(0, 5010));
});

test('collapse loses, doubles and damages no line under a writer at full speed', {
  skip: collapses,
}, async () => {
  using tree = tempTree({ 'a.log': '' });
  const path = tree.path('a.log');
  const writer = spawn('sh', [
    '-c',
    'i=0; while [ $i -lt 20000 ]; do echo "line $i"; i=$((i+1)); done >> "$0"',
    path,
  ]);
  const ended = new Promise(resolve => writer.once('exit', resolve));
  let stream = '';
  for (let rotation = 0; writer.exitCode === null && rotation < 40; rotation += 1) {
    const to = tree.path(`a.log.${rotation}`);
    const plan = aPlan(tree.folder, [
      { kind: 'copy', file: live(path), to, made, rotates: true },
      { kind: 'truncate', file: live(path), copy: madeBy(1, to), method: 'collapse' },
    ]);
    const { results } = await apply(plan);
    assert.deepEqual(results, ['done', 'done']);
    stream += readFileSync(to, 'utf8');
  }
  await ended;
  stream += readFileSync(path, 'utf8');
  assert.equal(stream, Array.from({ length: 20_000 }, (_, n) => `line ${n}\n`).join(''));
});

test('what collapse leaves is told from what it cuts: identical blocks go by tail, and are kept after a stop', {
  skip: collapses,
}, async () => {
  // Lines of 64 bytes, so that blocks of them are alike.
  const same = `${'tick'.padEnd(63, '.')}\n`.repeat(64 * 5);
  using tree = tempTree({ 'a.log': same });
  const plan = copyTruncate(tree, 'collapse');
  const { results: both, outcomes } = await apply(plan);
  assert.deepEqual(both, ['done', 'done']);
  assert.deepEqual(contentsOf(tree.folder), { 'a.log': '', 'a.log.1': same });
  assert.match(JSON.stringify(outcomes.get(2)), /repeats itself from block to block; taken by tail/);
  appendFileSync(tree.path('a.log'), same);
  const before = contentsOf(tree.folder);
  const again = copyTruncate(tempTreeAt(tree, 'b'), 'collapse');
  const first = await apply({ ...again, steps: again.steps.slice(0, 1) });
  const site = aSite();
  const { results } = await apply(await resumed(again, site, first.outcomes), site);
  assert.deepEqual(results, ['done', 'stale']);
  assert.equal(readFileSync(tree.path('b/a.log'), 'utf8'), same);
  assert.deepEqual(contentsOf(tree.folder)['a.log'], before['a.log']);
});

test('where the file system cannot collapse, tail is taken, and the outcome says so', async () => {
  for (const content of [numbered(0, 5000), numbered(0, 3)]) {
    using tree = tempTree({ 'a.log': content });
    const portable = aSite({ world: thisMachine({ portable: true }) });
    const { results, outcomes } = await apply(copyTruncate(tree, 'collapse'), portable);
    assert.deepEqual(results, ['done', 'done']);
    assert.deepEqual(contentsOf(tree.folder), { 'a.log': '', 'a.log.1': content });
    const outcome = outcomes.get(2);
    assert.ok(outcome?.result === 'done' && outcome.window !== null);
    if (content.length > 4096) assert.match(outcome.said ?? '', /taken by tail instead/);
  }
});

/** A site where the census sees these writers, and everybody. */
function siteWith(
  tree: TempTree,
  writers: readonly Partial<Holder>[],
  more: Partial<Census> = {},
): ApplySite {
  const id = live(tree.path('a.log')).id ?? '';
  const holders = writers.map(one => ({
    pid: 4711,
    name: 'writer',
    access: 'write' as const,
    append: true,
    position: 0,
    ...one,
  }));
  const census = async () => ({ complete: true, blind: null, holders: new Map([[id, holders]]), ...more });
  return aSite({ world: withParts({ processes: { ...world.processes, census } }) });
}

test('a writer without O_APPEND that came after the look makes the rotation stale before it is copied', async () => {
  for (const method of ['tail', 'collapse'] as const) {
    using tree = tempTree({ 'a.log': numbered(0, 1000) });
    const { results, outcomes } = await apply(
      copyTruncate(tree, method),
      siteWith(tree, [{ append: false }]),
    );
    assert.deepEqual(results, ['stale', 'skipped']);
    assert.match(JSON.stringify(outcomes.get(1)), /writer \(pid 4711\) holds .* without O_APPEND/);
    assert.deepEqual(contentsOf(tree.folder), { 'a.log': numbered(0, 1000) });
  }
});

test('tail that was planned for a log nobody held is not done once somebody does', async () => {
  using tree = tempTree({ 'a.log': numbered(0, 1000) });
  assert.deepEqual((await apply(copyTruncate(tree, 'tail', 'nobody'), siteWith(tree, [{}]))).results, [
    'stale',
    'skipped',
  ]);
  assert.deepEqual((await apply(copyTruncate(tree, 'tail', 'nobody'), siteWith(tree, []))).results, [
    'done',
    'done',
  ]);
});

test('a log that could not be emptied does not stand there twice: its copy is taken back', async () => {
  using tree = tempTree({ 'a.log': numbered(0, 1000) });
  const site = siteThat(name => {
    if (name === 'truncateNow') throw failure('EPERM');
  });
  assert.deepEqual((await apply(copyTruncate(tree), site)).results, ['done', 'failed']);
  assert.deepEqual(contentsOf(tree.folder), { 'a.log': numbered(0, 1000) });
});

test('punch archives what is new, and the log keeps its length', { skip: punches }, async () => {
  using tree = tempTree({ 'a.log': numbered(0, 1000) });
  const path = tree.path('a.log');
  const size = statSync(path).size;
  const ledger = memoryLedger();
  const first = copyTruncate(tree, 'punch');
  assert.deepEqual((await apply(first, aSite({ ledger }))).results, ['done', 'done']);
  assert.equal(readFileSync(tree.path('a.log.1'), 'utf8'), numbered(0, 1000));
  assert.equal(statSync(path).size, size);
  assert.ok(statSync(path).blocks * 512 <= 4096);
  const archived = [...(ledger.state().archived ?? [])];
  assert.deepEqual(
    archived.map(([, until]) => until),
    [size],
  );
  // A writer without O_APPEND goes on where it was.
  const file = openSync(path, 'r+');
  writeSync(file, numbered(1000, 1100), size);
  closeSync(file);
  const second = aPlan(tree.folder, [
    { kind: 'copy', file: live(path), to: tree.path('a.log.2'), made, rotates: true, from: size },
    {
      kind: 'truncate',
      file: live(path),
      copy: madeBy(1, tree.path('a.log.2')),
      method: 'punch',
      from: size,
    },
  ]);
  const site = aSite({ ledger });
  const done = await apply(second, site);
  assert.deepEqual(done.results, ['done', 'done']);
  assert.equal(readFileSync(tree.path('a.log.2'), 'utf8'), numbered(1000, 1100));
  assert.match(readFileSync(path, 'latin1'), /^\0*$/);
  // Once more, as if only the last outcome had not been written down.
  const again = aSite();
  const copied = new Map([...done.outcomes].filter(([id]) => id === 1));
  assert.deepEqual((await apply(await resumed(second, again, copied), again)).results, ['done', 'already']);
});

test('a log that its writer began anew is not punched by an old offset', { skip: punches }, async () => {
  using tree = tempTree({ 'a.log': numbered(0, 1000) });
  const path = tree.path('a.log');
  const plan = aPlan(tree.folder, [
    { kind: 'copy', file: live(path), to: tree.path('a.log.1'), made, rotates: true, from: 8192 },
    {
      kind: 'truncate',
      file: live(path),
      copy: madeBy(1, tree.path('a.log.1')),
      method: 'punch',
      from: 8192,
    },
  ]);
  assert.deepEqual((await apply(plan)).results, ['stale', 'skipped']);
  assert.deepEqual(contentsOf(tree.folder), { 'a.log': numbered(0, 1000) });
});

test('freeze is refused where not everyone is known, or one does not append', async () => {
  for (const [writers, more, words] of [
    [[{}], { complete: false, blind: 'one process may not be looked into' }, /cannot be known/],
    [[{ append: null }], {}, /not known to append/],
    [[{ append: false }], {}, /not known to append/],
  ] as const) {
    using tree = tempTree({ 'a.log': numbered(0, 100) });
    const { results, outcomes } = await apply(copyTruncate(tree, 'freeze'), siteWith(tree, writers, more));
    assert.deepEqual(results, ['refused', 'skipped']);
    assert.match(JSON.stringify(outcomes.get(1)), words);
    assert.deepEqual(contentsOf(tree.folder), { 'a.log': numbered(0, 100) });
  }
});

test('freeze never stops pid 1, ourselves or a parent, and the log stays as it was', async () => {
  for (const pid of [1, process.pid, process.ppid]) {
    using tree = tempTree({ 'a.log': numbered(0, 100) });
    const { results, outcomes } = await apply(copyTruncate(tree, 'freeze'), siteWith(tree, [{ pid }]));
    assert.deepEqual(results, ['done', 'failed'], JSON.stringify(outcomes.get(2)));
    assert.match(JSON.stringify(outcomes.get(2)), /is never stopped/);
    assert.deepEqual(contentsOf(tree.folder), { 'a.log': numbered(0, 100) });
  }
});

function canCollapse(): boolean {
  using tree = tempTree({ probe: 'x'.repeat(3 * 4096) });
  try {
    execFileSync('fallocate', ['-c', '-o', '0', '-l', '4096', tree.path('probe')], {
      stdio: 'ignore',
      cwd: tmpdir(),
    });
    return true;
  } catch {
    return false;
  }
}
/** The same content in a folder below, as a tree of its own. */
function tempTreeAt(tree: TempTree, name: string): TempTree {
  const content = `${'tick'.padEnd(63, '.')}\n`.repeat(64 * 5);
  tree.plant({ [name]: { 'a.log': content } });
  return { ...tree, folder: tree.path(name), path: one => `${tree.path(name)}/${one}` };
}

function canPunch(): boolean {
  using tree = tempTree({ probe: 'x'.repeat(3 * 4096) });
  try {
    execFileSync('fallocate', ['-p', '-o', '0', '-l', '4096', tree.path('probe')], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}
