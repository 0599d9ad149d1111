// The real program is stopped by SIGKILL at its file system calls, in its logs and in its record, for
// policies of every shape. A spread of the calls is taken here; every one of them with
// `node test/crash/every-call.test.ts --all [SHAPE…]`, which takes hours; `--on-logs` leaves out the calls
// on the record but those next to one on the logs: what SQLite does is alike in all shapes.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { type TestContext, test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { seeingAll } from '../rig/all-seen.ts';
import { type Call, noShim, runWatched, showCall, type Watched } from '../rig/calls.ts';
import type { TempTree } from '../rig/temp-tree.ts';
import { cannot, type Ground, groundFor } from './ground.ts';
import { countLines, linesOf, type Shape, type Standing, savingsIn, shapes, standing } from './shapes.ts';

const onLogsOnly = process.argv.includes('--on-logs');
const all = onLogsOnly || process.argv.includes('--all');
const named = process.argv.slice(2).filter(word => !word.startsWith('--'));

interface Undisturbed {
  readonly calls: readonly Call[];
  /** After the first round. */
  readonly first: Standing;
  readonly savings: unknown;
  /** The door's state file after the first round, without times. */
  readonly state: string | null;
  /** After the next rotation. */
  readonly next: Standing;
}

function go({ tree, args }: Ground, at?: number): Promise<Watched> {
  const env = { PATH: `${tree.path('bin')}:${process.env.PATH}` };
  const under = [tree.path('logs'), tree.path('state')];
  const watch = at === undefined ? null : at === 0 ? { under } : { under, at, act: 'kill' as const };
  return runWatched(args, { cwd: tree.folder, env }, watch);
}

/** null where the writers cannot be known, and so must not be stopped. */
async function whenUndisturbed(shape: Shape): Promise<Undisturbed | null> {
  using ground = await groundFor(shape);
  const { tree } = ground;
  const ran = await go(ground, 0);
  if (/that cannot be known/.test(ran.stdout + ran.stderr)) return null;
  assert.equal(ran.code, 0, `${shape.name}: ${ran.stdout}${ran.stderr}`);
  const first = standing(tree.path('logs'));
  const savings = await savingsOf(shape, tree);
  const state = stateOf(tree);
  if (shape.once) return { calls: ran.calls, first, savings, state, next: first };
  await ground.write(linesOf('next', 100));
  const again = await go(ground);
  assert.equal(again.code, 0, `${shape.name}: ${again.stdout}${again.stderr}`);
  return { calls: ran.calls, first, savings, state, next: standing(tree.path('logs')) };
}

async function savingsOf(shape: Shape, tree: TempTree): Promise<unknown> {
  return savingsIn(tree.path(shape.args === undefined ? 'state' : 'state/status.logmill'));
}

async function killedAt(shape: Shape, whole: Undisturbed, at: number): Promise<void> {
  using ground = await groundFor(shape);
  const { tree } = ground;
  const killed = await go(ground, at);
  const where = `${shape.name}, killed at ${showCall(killed.calls.find(({ result }) => result === 'killed'))}`;
  if (killed.signal === null) return;
  assert.equal(killed.signal, 'SIGKILL', where);
  nothingLost(standing(tree.path('logs')), whole.first, where);

  const meanwhile = linesOf(
    'meanwhile',
    shape.held === undefined ? 0 : shape.held === 'a few lines' ? 5 : 500,
  );
  if (meanwhile !== '') await ground.write(meanwhile);
  const finished = await go(ground);
  const said = `${where}\n${finished.stdout}${finished.stderr}`;
  assert.equal(finished.code, 0, said);
  const found = standing(tree.path('logs'));
  eachOnce(found, whole.first, meanwhile, said);
  if (shape.held === undefined) {
    assert.deepEqual(found, whole.first, said);
    assert.deepEqual(await savingsOf(shape, tree), whole.savings, said);
  }
  if (shape.runs !== undefined) ranAtLeastOnce(shape, tree, said);
  if (shape.mails !== undefined) mailed(shape.mails, tree, said);
  assert.equal(stateOf(tree), whole.state, said);
  nothingLeft(shape, tree, said);

  if (shape.once) return;
  await ground.write(linesOf('next', 100));
  const next = await go(ground);
  assert.equal(next.code, 0, `${where}, next rotation\n${next.stdout}${next.stderr}`);
  eachOnce(standing(tree.path('logs')), whole.next, meanwhile, `${where}, next rotation`);
}

/** At the instant of death: a line may stand twice, or in a file that is not finished, but it stands. */
function nothingLost(found: Standing, wanted: Standing, where: string): void {
  const texts = Object.values(found.files).map(({ text }) => text);
  const there = new Set(texts.flatMap(text => text.split('\n')));
  const joined = countLines(found.streams);
  for (const line of countLines(wanted.streams).keys())
    assert.ok(
      there.has(line) || joined.has(line) || texts.some(text => text.includes(line)),
      `${where}: '${line}' is lost`,
    );
}

function eachOnce(found: Standing, wanted: Standing, more: string, where: string): void {
  const lines = countLines(found.streams);
  const expected = new Map([...countLines(wanted.streams), ...countLines({ more })]);
  const lost = [...expected.keys()].filter(line => !lines.has(line));
  const doubled = [...lines].filter(([, count]) => count > 1).map(([line]) => line);
  const foreign = [...lines.keys()].filter(line => !expected.has(line));
  assert.deepEqual(
    { lost: lost.slice(0, 3), doubled: doubled.slice(0, 3), foreign: foreign.slice(0, 3) },
    { lost: [], doubled: [], foreign: [] },
    where,
  );
  assert.deepEqual(found.strangers, wanted.strangers, where);
}

function ranAtLeastOnce(shape: Shape, tree: TempTree, where: string): void {
  const ran = new Set(readFileSync(tree.path('ran'), 'utf8').trim().split('\n'));
  assert.equal(ran.size, shape.runs, `${where}: ${[...ran]}`);
}

function mailed(name: string, tree: TempTree, where: string): void {
  const letters = readFileSync(tree.path('mailed'), 'latin1');
  const texts = letters.includes('\x1f\x8b')
    ? gunzipSync(Buffer.from(letters, 'latin1')).toString()
    : letters;
  assert.ok(texts.includes(linesOf(name, 100)), `${where}: ${name} was not mailed`);
}

function stateOf(tree: TempTree): string | null {
  const path = tree.path('state/status');
  if (!existsSync(path)) return null;
  const text = readFileSync(path, 'utf8').replaceAll(tree.folder, '@HERE@');
  return text.replaceAll(/ \d{4}-[\d:-]+$/gm, ' TIME');
}

/** A record that was closed well has no side files, and there is no half-made one. */
function nothingLeft(shape: Shape, tree: TempTree, where: string): void {
  const folder = tree.path(shape.args === undefined ? 'state' : 'state/status.logmill');
  if (!existsSync(folder)) return;
  assert.deepEqual(readdirSync(folder).sort(), ['lock', 'pid', 'record.db', 'reserve'], where);
}

/** Calls on the logs with those on the record between them; a spread of them, or all. */
function pointsOf(calls: readonly Call[], index: number): readonly number[] {
  const onLogs = calls.filter(({ path }) => path.includes('/logs')).map(({ number }) => number);
  const [first = 1, last = 1] = [onLogs[0], calls.at(-1)?.number];
  const from = index === 0 && all ? 1 : Math.max(1, first - 6);
  if (onLogsOnly)
    return [...new Set(onLogs.flatMap(number => [number - 1, number, number + 1]))].filter(
      n => n >= from && n <= last,
    );
  const every = Array.from({ length: last - from + 1 }, (_, n) => from + n);
  if (all) return every;
  // One a shape, at places that differ from shape to shape, so that together they lie all over a round.
  return [every[Math.floor(((index * 0.381966) % 1) * every.length)] ?? from];
}

async function eachOf<T>(values: readonly T[], work: (value: T) => Promise<void>): Promise<void> {
  const waiting = [...values];
  const failures: unknown[] = [];
  const worker = async (): Promise<void> => {
    for (let one = waiting.shift(); one !== undefined; one = waiting.shift()) {
      try {
        await work(one);
      } catch (error) {
        failures.push(error);
        if (!all) throw error;
        process.stderr.write(`FAILED ${(error as Error).message.slice(0, 3000)}\n`);
      }
    }
  };
  await Promise.all([worker(), worker()]);
  if (failures.length > 0) throw failures[0];
}

/** The same once more, in a PID namespace of its own. */
async function whereAllAreSeen(shape: Shape, t: TestContext): Promise<void> {
  const words = await seeingAll();
  if (words === null) return t.skip('not every process can be looked into here');
  const flags = process.argv.slice(2).filter(word => word.startsWith('--'));
  const [program = '', ...args] = [...words, process.execPath, import.meta.filename, ...flags, shape.name];
  const { NODE_TEST_CONTEXT: _, ...env } = process.env;
  const ran = spawnSync(program, args, { env, encoding: 'utf8' });
  assert.equal(ran.status, 0, ran.stdout + ran.stderr);
  assert.doesNotMatch(ran.stdout, /# SKIP|skipped [1-9]/);
}

for (const [index, shape] of shapes.entries()) {
  if (named.length > 0 && !named.includes(shape.name)) continue;
  test(`killed at any call, the next start puts all right: ${shape.name}`, {
    skip: noShim || cannot(shape),
  }, async t => {
    const whole = await whenUndisturbed(shape);
    if (whole === null) return whereAllAreSeen(shape, t);
    const points = pointsOf(whole.calls, index);
    t.diagnostic(`${points.length} of ${whole.calls.length} calls`);
    await eachOf(points, at => killedAt(shape, whole, at));
  });
}
