// Each performer on a real disk: it acts, finds its work done, or finds another file than planned.

import assert from 'node:assert/strict';
import {
  chmodSync,
  linkSync,
  readFileSync,
  renameSync,
  statSync,
  symlinkSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { test } from 'node:test';
import { gunzipSync, zstdDecompressSync } from 'node:zlib';
import type { Outcome } from '../../src/ledger/outcome.ts';
import {
  aPlan,
  apply,
  aSite,
  gzip,
  type Loose,
  live,
  made,
  madeBy,
  resumed,
  script,
  seen,
  withParts,
  world,
  zstd,
} from '../rig/plans.ts';
import { contentsOf, tempTree } from '../rig/temp-tree.ts';

const lines = Array.from({ length: 500 }, (_, n) => `line ${n} of a log that is worth keeping\n`).join('');

function only(outcomes: ReadonlyMap<number, Outcome>, id = 1): Outcome {
  const outcome = outcomes.get(id);
  assert.ok(outcome, `step ${id} has an outcome`);
  return outcome;
}

function done(outcome: Outcome): Extract<Outcome, { result: 'done' }> {
  assert.equal(outcome.result, 'done', JSON.stringify(outcome));
  return outcome as Extract<Outcome, { result: 'done' }>;
}

test('move gives the live log its new name, and says which file it moved', async () => {
  using tree = tempTree({ 'a.log': 'one\n' });
  const file = live(tree.path('a.log'));
  const { outcomes, complete } = await apply(
    aPlan(tree.folder, [{ kind: 'move', file, to: tree.path('a.log.1'), rotates: true }]),
  );
  assert.equal(done(only(outcomes)).made, file.id);
  assert.deepEqual(contentsOf(tree.folder), { 'a.log.1': 'one\n' });
  assert.ok(complete);
});

test('move takes a live log that has grown, but not a generation that has', async () => {
  using tree = tempTree({ 'a.log': 'one\n', 'a.log.1': 'older\n' });
  const plan = aPlan(tree.folder, [
    { kind: 'move', file: live(tree.path('a.log')), to: tree.path('a.log.9'), rotates: true, lane: 'a' },
    { kind: 'move', file: seen(tree.path('a.log.1')), to: tree.path('a.log.2'), rotates: false, lane: 'b' },
  ]);
  writeFileSync(tree.path('a.log'), 'two\n', { flag: 'a' });
  writeFileSync(tree.path('a.log.1'), 'grown\n', { flag: 'a' });
  assert.deepEqual((await apply(plan)).results, ['done', 'stale']);
});

test('move never goes over another file', async () => {
  using tree = tempTree({ 'a.log': 'one\n', 'a.log.1': 'somebody made this\n' });
  const plan = aPlan(tree.folder, [
    { kind: 'move', file: live(tree.path('a.log')), to: tree.path('a.log.1'), rotates: true },
  ]);
  assert.deepEqual((await apply(plan)).results, ['stale']);
  assert.deepEqual(contentsOf(tree.folder), { 'a.log': 'one\n', 'a.log.1': 'somebody made this\n' });
});

test('move that stopped between link and unlink is finished', async () => {
  using tree = tempTree({ 'a.log': 'one\n' });
  const plan = aPlan(tree.folder, [
    { kind: 'move', file: live(tree.path('a.log')), to: tree.path('a.log.1'), rotates: true },
  ]);
  linkSync(tree.path('a.log'), tree.path('a.log.1'));
  const site = aSite();
  assert.deepEqual((await apply(await resumed(plan, site), site)).results, ['already']);
  assert.deepEqual(contentsOf(tree.folder), { 'a.log.1': 'one\n' });
});

test('a log that was replaced, has shrunk, is gone or became a link is stale and left alone', async () => {
  const changes: Readonly<Record<string, (path: string) => void>> = {
    replaced: path => {
      renameSync(path, `${path}.old`);
      writeFileSync(path, 'new and longer than before\n');
    },
    shrunk: path => writeFileSync(path, ''),
    gone: path => unlinkSync(path),
    link: path => {
      renameSync(path, `${path}.old`);
      symlinkSync(`${path}.old`, path);
    },
  };
  for (const [how, change] of Object.entries(changes)) {
    using tree = tempTree({ 'a.log': 'one\n' });
    const file = live(tree.path('a.log'));
    const to = tree.path('a.log.1');
    const steps: readonly Loose[] = [
      { kind: 'move', file, to, rotates: true, lane: '1' },
      { kind: 'copy', file, to, made, rotates: true, lane: '2' },
      { kind: 'truncate', file, copy: null, method: 'tail', lane: '3' },
      {
        kind: 'compress',
        file,
        to: tree.path('a.log.zst'),
        compressor: zstd,
        made,
        predicted: null,
        wait: 0,
        lane: '4',
      },
    ];
    change(tree.path('a.log'));
    const before = contentsOf(tree.folder);
    for (const step of steps) {
      const { results } = await apply(aPlan(tree.folder, [step]));
      const truncatedAlready = how === 'shrunk' && step.kind === 'truncate';
      assert.deepEqual(
        results,
        [truncatedAlready ? 'already' : 'stale'],
        `${step.kind} of a log that is ${how}`,
      );
    }
    assert.deepEqual(contentsOf(tree.folder), before);
  }
});

test('create makes an empty log with its mode; one that a writer has made is left as it is', async () => {
  using tree = tempTree();
  const path = tree.path('a.log');
  const plan = aPlan(tree.folder, [{ kind: 'create', path, made: { ...made, mode: 0o4600 } }]);
  assert.deepEqual((await apply(plan)).results, ['done']);
  assert.equal(statSync(path).mode & 0o7777, 0o600, 'set-id bits are not carried');
  writeFileSync(path, 'already at work\n');
  chmodSync(path, 0o644);
  const again = aPlan(tree.folder, [{ kind: 'create', path, made }]);
  assert.deepEqual((await apply(again)).results, ['already']);
  assert.equal(readFileSync(path, 'utf8'), 'already at work\n');
  assert.equal(statSync(path).mode & 0o777, 0o644);
});

test('make-folder makes the olddir, and later steps of the plan may use it', async () => {
  using tree = tempTree({ 'a.log': 'one\n' });
  const path = tree.path('old');
  const plan = aPlan(
    tree.folder,
    [
      { kind: 'make-folder', path, made: { mode: 0o750, uid: null, gid: null } },
      { kind: 'move', file: live(tree.path('a.log')), to: `${path}/a.log.1`, rotates: true },
    ],
    [path],
  );
  assert.deepEqual((await apply(plan)).results, ['done', 'done']);
  assert.equal(statSync(path).mode & 0o777, 0o750);
  assert.deepEqual(contentsOf(tree.folder), { 'old/a.log.1': 'one\n' });
});

test('a folder that was swapped since the look is not touched', async () => {
  using tree = tempTree({ logs: { 'a.log': 'one\n' } });
  const folder = tree.path('logs');
  const plan = aPlan(folder, [
    { kind: 'move', file: live(`${folder}/a.log`), to: `${folder}/a.log.1`, rotates: true },
  ]);
  renameSync(folder, tree.path('aside'));
  tree.plant({ logs: { 'a.log': 'another\n' } });
  assert.deepEqual((await apply(plan)).results, ['stale']);
  assert.deepEqual(contentsOf(tree.folder), { 'aside/a.log': 'one\n', 'logs/a.log': 'another\n' });
});

test('compress makes a verified archive with the attributes of its source, and removes the source', async () => {
  using tree = tempTree({ 'a.log.1': lines });
  const path = tree.path('a.log.1');
  utimesSync(path, 1_700_000_000.25, 1_600_000_000.5);
  for (const compressor of [zstd, gzip]) {
    writeFileSync(path, lines);
    utimesSync(path, 1_700_000_000.25, 1_600_000_000.5);
    const to = path + compressor.extension;
    const plan = aPlan(tree.folder, [
      {
        kind: 'compress',
        file: seen(path),
        to,
        compressor,
        made: { ...made, mode: 0o4640 },
        predicted: null,
        wait: 0,
      },
    ]);
    const outcome = done(only((await apply(plan)).outcomes));
    const stat = statSync(to);
    const archive = readFileSync(to);
    const plain = compressor === zstd ? zstdDecompressSync(archive) : gunzipSync(archive);
    assert.equal(plain.toString(), lines);
    assert.equal(stat.mode & 0o7777, 0o640);
    assert.equal(stat.mtimeMs, 1_600_000_000_500);
    assert.equal(stat.atimeMs, 1_700_000_000_250);
    assert.equal(outcome.plain?.bytes, lines.length);
    assert.deepEqual(
      [outcome.footprint.before.apparent, outcome.footprint.after.apparent],
      [lines.length, archive.length],
    );
    unlinkSync(to);
  }
  assert.deepEqual(contentsOf(tree.folder), {});
});

test('compress leaves the plain file to a deletion of the plan, which goes only when the archive stands', async () => {
  using tree = tempTree({ 'a.log.1': lines, 'b.log.1': lines });
  const steps = (name: string, lane: string): Loose[] => [
    {
      kind: 'compress',
      file: seen(tree.path(name)),
      to: tree.path(`${name}.zst`),
      compressor: zstd,
      made,
      predicted: null,
      wait: 0,
      lane,
    },
    script('test -e "$1"', { script: 'preremove', args: [tree.path(name)], lane }),
    { kind: 'delete', file: seen(tree.path(name)), shred: null, lane },
  ];
  const plan = aPlan(tree.folder, [...steps('a.log.1', 'a'), ...steps('b.log.1', 'b')]);
  writeFileSync(tree.path('b.log.1.zst'), 'in the way');
  const { results } = await apply(plan);
  assert.deepEqual(results, ['done', 'done', 'done', 'stale', 'skipped', 'skipped']);
  assert.deepEqual(Object.keys(contentsOf(tree.folder)), ['a.log.1.zst', 'b.log.1', 'b.log.1.zst']);
});

test('compress defers what somebody still writes to, naming who, and its followers go on', async () => {
  using tree = tempTree({ 'a.log.1': lines, 'a.log.2': 'old\n' });
  const path = tree.path('a.log.1');
  const file = seen(path);
  const holder = { pid: 4711, name: 'nginx', access: 'write', append: true, position: 0 } as const;
  const busy = withParts({
    processes: {
      ...world.processes,
      census: async () => ({ complete: true, blind: null, holders: new Map([[file.id ?? '', [holder]]]) }),
    },
  });
  const plan = aPlan(tree.folder, [
    { kind: 'compress', file, to: `${path}.zst`, compressor: zstd, made, predicted: null, wait: 0 },
    script('true', { script: 'preremove', args: [path] }),
    { kind: 'delete', file, shred: null },
    { kind: 'delete', file: seen(tree.path('a.log.2')), shred: null },
  ]);
  const { results, outcomes, complete } = await apply(plan, aSite({ world: busy }));
  assert.deepEqual(results, ['deferred', 'deferred', 'deferred', 'done']);
  assert.match(JSON.stringify(only(outcomes)), /still written to by nginx \(pid 4711\)/);
  assert.ok(complete);
  assert.deepEqual(Object.keys(contentsOf(tree.folder)), ['a.log.1']);
});

test('compress waits for the writer as long as the plan says', async () => {
  using tree = tempTree({ 'a.log.1': lines });
  const path = tree.path('a.log.1');
  const file = seen(path);
  const holder = { pid: 1, name: 'slow', access: 'write', append: true, position: 0 } as const;
  let asked = 0;
  const reopening = withParts({
    processes: {
      ...world.processes,
      census: async () => {
        asked += 1;
        return {
          complete: true,
          blind: null,
          holders: new Map(asked < 3 ? [[file.id ?? '', [holder]]] : []),
        };
      },
    },
  });
  const plan = aPlan(tree.folder, [
    { kind: 'compress', file, to: `${path}.zst`, compressor: zstd, made, predicted: null, wait: 5_000 },
  ]);
  assert.deepEqual((await apply(plan, aSite({ world: reopening }))).results, ['done']);
  assert.equal(asked, 3);
});

test('compress by a program is verified where its format is one of ours', async () => {
  using tree = tempTree({ 'a.log.1': lines, 'b.log.1': lines, 'c.log.1': lines });
  const by = (program: string, args: readonly string[], extension: string) =>
    ({ by: 'program', program, args, extension }) as const;
  const step = (name: string, compressor: ReturnType<typeof by>): Loose => ({
    kind: 'compress',
    file: seen(tree.path(name)),
    to: tree.path(name + compressor.extension),
    compressor,
    made,
    predicted: null,
    wait: 0,
    lane: name,
  });
  const plan = aPlan(tree.folder, [
    step('a.log.1', by('gzip', ['-1'], '.gz')),
    step('b.log.1', by('sh', ['-c', 'echo "$LOGROTATE_COMPRESSED_FILENAME" >&2; tr a-z A-Z'], '.up')),
    step('c.log.1', by('sh', ['-c', 'head -c 10; echo "no more room" >&2; exit 7'], '.x')),
  ]);
  const { results, outcomes } = await apply(plan);
  assert.deepEqual(results, ['done', 'done', 'failed']);
  assert.equal(done(only(outcomes, 1)).said, null);
  assert.match(done(only(outcomes, 2)).said ?? '', new RegExp(`^${tree.path('b.log.1')}\nnot verified: `));
  assert.match(JSON.stringify(only(outcomes, 3)), /sh exited with 7: no more room/);
  assert.deepEqual(Object.keys(contentsOf(tree.folder)), ['a.log.1.gz', 'b.log.1.up', 'c.log.1']);
  assert.equal(gunzipSync(readFileSync(tree.path('a.log.1.gz'))).toString(), lines);
});

test('a program whose archive lacks a part of its source loses nothing', async () => {
  using tree = tempTree({ 'a.log.1': lines });
  const compressor = {
    by: 'program',
    program: 'sh',
    args: ['-c', 'head -c 100 | gzip'],
    extension: '.gz',
  } as const;
  const file = seen(tree.path('a.log.1'));
  const plan = aPlan(tree.folder, [
    { kind: 'compress', file, to: tree.path('a.log.1.gz'), compressor, made, predicted: null, wait: 0 },
  ]);
  const { outcomes } = await apply(plan);
  assert.match(JSON.stringify(only(outcomes)), /EDAMAGED/);
  assert.deepEqual(contentsOf(tree.folder), { 'a.log.1': lines });
});

test('delete removes the generation that was planned, and counts it', async () => {
  using tree = tempTree({ 'a.log.5': lines, 'b.log.5': lines });
  const plan = aPlan(tree.folder, [
    { kind: 'delete', file: seen(tree.path('a.log.5')), shred: null, lane: 'a' },
    { kind: 'delete', file: seen(tree.path('b.log.5')), shred: { cycles: 1 }, lane: 'b' },
  ]);
  const { outcomes } = await apply(plan);
  assert.equal(done(only(outcomes)).footprint.before.apparent, lines.length);
  assert.equal(done(only(outcomes, 2)).said, null, 'shred(1) did its work');
  assert.deepEqual(contentsOf(tree.folder), {});
});

test('delete of what is gone already counts only when it was begun before', async () => {
  using tree = tempTree({ 'a.log.5': lines });
  const plan = aPlan(tree.folder, [{ kind: 'delete', file: seen(tree.path('a.log.5')), shred: null }]);
  unlinkSync(tree.path('a.log.5'));
  const fresh = only((await apply(plan)).outcomes);
  assert.ok(fresh.result === 'already' && fresh.footprint.before.apparent === 0);
  const site = aSite();
  const again = only((await apply(await resumed(plan, site), site)).outcomes);
  assert.ok(again.result === 'already' && again.footprint.before.apparent === lines.length);
});

test('shred is refused where the content has other names', async () => {
  using tree = tempTree({ 'a.log.5': lines });
  linkSync(tree.path('a.log.5'), tree.path('precious'));
  const plan = aPlan(tree.folder, [
    { kind: 'delete', file: seen(tree.path('a.log.5')), shred: { cycles: 0 } },
  ]);
  assert.deepEqual((await apply(plan)).results, ['refused']);
  assert.equal(readFileSync(tree.path('precious'), 'utf8'), lines);
});

test('a script gets its text from the policy and its arguments as logrotate gives them', async () => {
  using tree = tempTree();
  const out = tree.path('out');
  const plan = aPlan(tree.folder, [
    script(`echo "$0|$1|$2" > ${out}; echo told`, { args: ['/var/log/a b.log', 'x'] }),
  ]);
  const { outcomes } = await apply(plan);
  assert.equal(done(only(outcomes)).said, 'told\n');
  assert.equal(readFileSync(out, 'utf8'), 'logrotate_script|/var/log/a b.log|x\n');
});

test('a script that fails, hangs or is no longer in the policy says so', async () => {
  using tree = tempTree();
  const plan = aPlan(tree.folder, [
    script('echo cannot reopen >&2; exit 3', { lane: 'a' }),
    script('exec sleep 60', { lane: 'b', limit: 50 }),
    script('gone', { lane: 'c' }),
  ]);
  const { outcomes, results } = await apply(
    plan,
    aSite({ scripts: digest => (digest === 'gone' ? null : digest) }),
  );
  assert.deepEqual(results, ['failed', 'failed', 'stale']);
  assert.match(JSON.stringify(only(outcomes)), /postrotate \(test\.conf:3\) exited with 3: cannot reopen/);
  assert.match(JSON.stringify(only(outcomes, 2)), /took longer than 50 ms and was ended/);
});

test('adopt is done at once and touches nothing', async () => {
  using tree = tempTree({ 'a.log': 'one\n' });
  assert.deepEqual((await apply(aPlan(tree.folder, [{ kind: 'adopt' }]))).results, ['done']);
  assert.deepEqual(contentsOf(tree.folder), { 'a.log': 'one\n' });
});

test('a file that the earlier step did not make is not taken for the one under its name', async () => {
  using tree = tempTree({ 'a.log': 'one\n' });
  const plan = aPlan(tree.folder, [
    { kind: 'adopt', lane: 'x' },
    { kind: 'delete', file: madeBy(1, tree.path('a.log')), shred: null, lane: 'y', after: [1] },
  ]);
  assert.deepEqual(
    (await apply(plan)).results,
    ['done', 'stale'],
    'step 1 makes nothing, so nothing is deleted',
  );
  assert.deepEqual(contentsOf(tree.folder), { 'a.log': 'one\n' });
});
