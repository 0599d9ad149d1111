// A generation whose archive does not fit beside it: compressed part by part from its end, on a file
// system that is really almost full; and what keeps it from being cut. Killed at a few calls; at every
// one of them with `node test/apply/compress-from-tail.test.ts --all`.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  appendFileSync,
  linkSync,
  readdirSync,
  readFileSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { memoryLedger } from '../../src/ledger/open-ledger.ts';
import { readTailPart } from '../../src/logs/tail-parts.ts';
import type { Plan } from '../../src/plan/plan.ts';
import type { Census, World } from '../../src/world/world.ts';
import { noShim, runWatched } from '../rig/calls.ts';
import { failure, watchedWorld } from '../rig/crashing-world.ts';
import { aPlan, apply, aSite, gzip, made, seen, withParts, world } from '../rig/plans.ts';
import { runTool } from '../rig/run-tool.ts';
import { type TempTree, tempTree } from '../rig/temp-tree.ts';

const KiB = 1024;
const MiB = 1024 * KiB;
const old = 1_600_000_000;

/** Lines that pack to about two fifths. */
function linesOf(size: number): Buffer {
  const lines: string[] = [];
  for (let length = 0, n = 0; length < size; n += 1) {
    const id = createHash('sha256').update(String(n)).digest('hex');
    const line = `2026-11-22T08:30:05Z INFO request ${n} took ${n % 997} ms, id ${id}\n`;
    length += line.length;
    lines.push(line);
  }
  return Buffer.from(lines.join(''));
}

interface Ground extends Disposable {
  readonly tree: TempTree;
  readonly text: Buffer;
}

/** A log with one old generation on a file system of its own, and so much room left. */
function almostFull(size: number, free: number, policy: string): Ground {
  const tree = tempTree({ logs: {} });
  const room = `mode=755,size=${Math.ceil((size + free) / 4096) * 4096}`;
  const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', room, 'tmpfs', tree.path('logs')]);
  assert.equal(mounted.status, 0, String(mounted.stderr));
  const text = linesOf(size);
  writeFileSync(tree.path('logs/a.log'), 'live\n');
  writeFileSync(tree.path('logs/a.log.1'), text, { mode: 0o640 });
  utimesSync(tree.path('logs/a.log.1'), old, old);
  tree.plant({ 'p.conf': `"${tree.path('logs')}/*" {\n${policy}\n}\n` });
  return {
    tree,
    text,
    [Symbol.dispose]: () => {
      spawnSync('umount', ['-l', tree.path('logs')]);
      tree.remove();
    },
  };
}

const noMount = mayMount();

function mayMount(): string | false {
  if (process.platform !== 'linux') return 'tmpfs is of Linux';
  using tree = tempTree({ logs: {} });
  if (spawnSync('mount', ['-t', 'tmpfs', 'tmpfs', tree.path('logs')]).status !== 0)
    return 'nothing can be mounted here';
  spawnSync('umount', ['-l', tree.path('logs')]);
  return false;
}

const args = ['apply', 'p.conf', '--state-dir', 'state'];
const zstd = 'compresscmd zstd\ncompressext .zst\n';

test('8 MB with 1 MB free become an archive, though it takes more; the record adds up', {
  skip: noMount,
}, async () => {
  using ground = almostFull(
    64 * MiB,
    5 * MiB,
    'rotate 5\nweekly\ncompress\ncompresscmd gzip\ncompressoptions -1',
  );
  const { tree, text } = ground;
  const ran = await runTool(args, { cwd: tree.folder });
  assert.equal(ran.code, 0, ran.stdout + ran.stderr);
  assert.deepEqual(readdirSync(tree.path('logs')).sort(), ['a.log', 'a.log.1.gz']);
  const archive = tree.path('logs/a.log.1.gz');
  assert.ok(statSync(archive).size > MiB);
  const plain = spawnSync('gzip', ['-dc', archive], { maxBuffer: 80 * MiB }).stdout;
  assert.ok(plain.equals(text));
  const { mode, mtimeMs } = statSync(archive);
  assert.deepEqual([mode & 0o777, mtimeMs], [0o640, old * 1000]);
  const report = await runTool(['report', '--state-dir', 'state'], { cwd: tree.folder });
  assert.match(report.stdout, /difference\n +p .* 0 B\n/);
});

/** Kills it at a call on the logs. false: it had ended before that. */
async function killedAt(at: number): Promise<boolean> {
  using ground = almostFull(2 * MiB, 600 * KiB, `rotate 5\nweekly\ncompress\n${zstd}`);
  const { tree, text } = ground;
  const run = { cwd: tree.folder };
  const killed = await runWatched(args, run, { under: [tree.path('logs')], at, act: 'kill' });
  if (killed.signal === null) return false;
  const found = readdirSync(tree.path('logs'));
  const parts = found.flatMap(name => readTailPart(name) ?? []);
  if (!isTorn(tree)) assert.equal(await contentOf(tree), `${text}live\n`, `call ${at}: ${found}`);

  if (parts.length > 0) {
    const other = await runTool(['apply', 'p.conf', '--state-dir', 'other'], run);
    assert.match(other.stdout + other.stderr, /compressed from its end/, `call ${at}`);
    assert.deepEqual(readdirSync(tree.path('logs')), found, `call ${at}`);
  }
  const ended = await runTool(args, run);
  assert.equal(ended.code, 0, `call ${at}: ${ended.stdout}${ended.stderr}`);
  assert.deepEqual(readdirSync(tree.path('logs')).sort(), ['a.log', 'a.log.1.zst'], `call ${at}`);
  assert.equal(await contentOf(tree), `${text}live\n`, `call ${at}`);
  return true;
}

async function contentOf(tree: TempTree): Promise<string> {
  return (await runTool(['cat', tree.path('logs/a.log')], { cwd: tree.folder })).stdout;
}

/** Whether one part is being appended to another. */
function isTorn(tree: TempTree): boolean {
  const logs = tree.path('logs');
  return readdirSync(logs).some(name => {
    const packed = readTailPart(name)?.packed;
    return packed !== undefined && packed !== statSync(`${logs}/${name}`).size;
  });
}

test('killed in the middle: it can be read, no other plan touches it, and the next start ends it', {
  skip: noMount || noShim,
}, async t => {
  const all = process.argv.includes('--all');
  let at = all ? 1 : 40;
  while (await killedAt(at)) at += all ? 1 : 60;
  t.diagnostic(`up to call ${at}`);
  assert.ok(at > 45, `only ${at} calls`);
});

const small = linesOf(200 * KiB);

function aTree(): TempTree {
  const tree = tempTree({ 'a.log.1': { content: small, mode: 0o640 } });
  utimesSync(tree.path('a.log.1'), old, old);
  return tree;
}

function thePlan(tree: TempTree): Plan {
  const file = seen(tree.path('a.log.1'));
  const how = { compressor: gzip, made, predicted: null, wait: 0 };
  const fromTail = { part: 64 * KiB, extra: MiB };
  return aPlan(tree.folder, [{ kind: 'compress', file, to: `${file.path}.gz`, ...how, fromTail }]);
}

/** The plan is closed, with that outcome, and the file stands as it was. */
async function leftAlone(tree: TempTree, inner: World, result: string, words: RegExp): Promise<void> {
  const { outcomes, complete, results } = await apply(thePlan(tree), aSite({ world: inner }));
  assert.deepEqual([results, complete], [[result], true]);
  assert.match(JSON.stringify(outcomes.get(1)), words);
  assert.deepEqual(
    readdirSync(tree.folder).filter(name => name.includes('logmill')),
    [],
  );
  assert.ok(readFileSync(tree.path('a.log.1')).subarray(0, small.length).equals(small));
}

test('what is written to while its first part is made is not cut', async () => {
  using tree = aTree();
  let isWritten = false;
  const busy = watchedWorld(world, name => {
    if (name !== 'write' || isWritten) return;
    isWritten = true;
    appendFileSync(tree.path('a.log.1'), 'one more\n');
  });
  await leftAlone(tree, busy, 'deferred', /was written to/);
});

test('what is written to later keeps its lines, and its parts theirs', async () => {
  using tree = aTree();
  const ledger = memoryLedger();
  let cuts = 0;
  const busy = watchedWorld(world, name => {
    if (name === 'truncateNow') cuts += 1;
    if (name !== 'create' || cuts !== 2) return;
    cuts += 1;
    appendFileSync(tree.path('a.log.1'), 'one more\n');
  });
  const { complete, results } = await apply(thePlan(tree), aSite({ world: busy, ledger }));
  assert.deepEqual([results, complete], [['deferred'], false]);
  assert.equal(ledger.unfinished().length, 1);
  const parts = readdirSync(tree.folder).filter(name => readTailPart(name) !== null);
  parts.sort((a, b) => (readTailPart(a)?.from ?? 0) - (readTailPart(b)?.from ?? 0));
  const packed = parts.map(name => gunzipSync(readFileSync(tree.path(name))).toString());
  const plain = readFileSync(tree.path('a.log.1'), 'utf8');
  assert.ok(plain.endsWith('one more\n'));
  assert.equal(plain.slice(0, -9) + packed.join(''), small.toString());
});

test('another name of the file, a reader, and want of room for a small part keep it as it is', async () => {
  using linked = aTree();
  linkSync(linked.path('a.log.1'), linked.path('other'));
  await leftAlone(linked, world, 'stale', /second name/);

  using read = aTree();
  const holder = { pid: 1, name: 'tail', access: 'read', append: null, position: 0 } as const;
  const census = async (files: ReadonlySet<string>): Promise<Census> => {
    const holders = new Map([...files].map(id => [id, [holder]]));
    return { complete: true, blind: null, holders };
  };
  const processes = { ...world.processes, census };
  await leftAlone(read, withParts({ processes }), 'deferred', /held open by tail/);

  using full = aTree();
  const space: World['disk']['space'] = async path => ({ ...(await world.disk.space(path)), free: 60 * KiB });
  const disk = { ...world.disk, space };
  await leftAlone(full, withParts({ disk }), 'failed', /ENOSPC/);
});

test('a part that does not fit is made smaller', async () => {
  using tree = aTree();
  let writes = 0;
  const tight = watchedWorld(world, name => {
    if (name !== 'write') return;
    writes += 1;
    if (writes === 1) throw failure('ENOSPC');
  });
  const file = seen(tree.path('a.log.1'));
  const how = { compressor: gzip, made, predicted: null, wait: 0, fromTail: { part: 256 * KiB, extra: MiB } };
  const plan = aPlan(tree.folder, [{ kind: 'compress', file, to: `${file.path}.gz`, ...how }]);
  const { results } = await apply(plan, aSite({ world: tight }));
  assert.deepEqual(results, ['done']);
  assert.deepEqual(readdirSync(tree.folder), ['a.log.1.gz']);
  assert.ok(gunzipSync(readFileSync(tree.path('a.log.1.gz'))).equals(small));
});
