// Every system call of a round fails in its turn, with the errors that disks give and with short
// writes: no line is lost, what failed is named with its reason, later logs are served, and the next
// clean round puts everything right. A spread here; all with `node test/crash/every-error.test.ts --all`,
// with --without-lasting or --without-single only those that fail once, or only those that go on failing.

import assert from 'node:assert/strict';
import { constants } from 'node:os';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { type Call, noShim, runWatched, showCall, type Watch, type Watched } from '../rig/calls.ts';
import { type PlantedTree, type TempTree, tempTree } from '../rig/temp-tree.ts';
import { cannot, mount } from './ground.ts';
import { countLines, linesOf, type Standing, standing } from './shapes.ts';

const all = process.argv.includes('--all');
const without = (kind: 'single' | 'lasting'): boolean => process.argv.includes(`--without-${kind}`);
const named = process.argv.slice(2).filter(word => !word.startsWith('--'));
const codes = ['ENOSPC', 'EDQUOT', 'EIO', 'EACCES', 'EROFS', 'EMFILE', 'EINTR', 'ENOENT'] as const;

const log = (name: string) => ({ content: linesOf(name, 200), mode: 0o640 });
const two: PlantedTree = { 'a.log': log('a'), 'a.log.1': log('a1'), 'a.log.2': log('a2'), 'b.log': log('b') };
const alone: PlantedTree = { 'a.log': log('a'), 'b.log': log('b') };
const week = (name: string, day: number) => ({
  content: gzipSync(linesOf(name, 200)),
  mode: 0o640,
  mtime: 1_600_000_000_000 + day * 86_400_000,
});

interface Body {
  readonly text: string;
  readonly logs?: PlantedTree;
  /** By the logrotate door. */
  readonly door?: true;
  /** This folder is a disk of its own. */
  readonly disk?: string;
}

const scripts = ['prerotate', 'postrotate', 'preremove', 'lastaction']
  .map(word => `${word}\necho ${word} >> "@HERE@/ran"\nendscript`)
  .join('\n');

const bodies: Readonly<Record<string, Body>> = {
  'numbered, compress': { text: 'rotate 5\ncompress\ncreate' },
  'copytruncate by tail': { text: 'rotate 5\ncopytruncate\ntruncatewith tail\ncompress' },
  'copytruncate by collapse': {
    text: 'rotate 5\ncopytruncate\ntruncatewith collapse\ncompress\ndelaycompress',
  },
  'dateext in an olddir': {
    text: 'rotate 5\ndateext\nolddir old\ncreateolddir 0750\ncompress\ncreate',
    logs: alone,
  },
  renamecopy: { text: 'rotate 5\nrenamecopy\ncompress\ncreate' },
  'renamecopy to another disk': {
    text: 'rotate 5\nrenamecopy\nolddir old\ncompress\ncreate',
    logs: { ...alone, old: {} },
    disk: 'logs/old',
  },
  'copytruncate by punch': { text: 'rotate 5\ncopytruncate\ntruncatewith punch\ncompress' },
  compact: {
    text: 'rotate 9\ncompress\ncreate\ncompact weekly',
    logs: { ...alone, 'a.log.1.gz': week('a1', 3), 'a.log.2.gz': week('a2', 2), 'a.log.3.gz': week('a3', 1) },
  },
  'mail and scripts': {
    text: `rotate 2\nmail someone@example.org\ncompress\ncreate\n${scripts}`,
    logs: two,
  },
  maxage: {
    text: 'rotate 9\nmaxage 30\ncompress\ncreate',
    logs: { ...two, 'a.log.2': { ...log('a2'), mtime: 1_600_000_000_000 } },
  },
  'the logrotate door': { text: 'rotate 5\ncompress\ncreate', door: true },
  'the logrotate door, copytruncate': { text: 'rotate 5\ncopytruncate\ncompress\ndelaycompress', door: true },
};

function groundFor(body: Body): TempTree {
  const tree = tempTree({
    logs: body.logs ?? two,
    bin: { mail: { content: `#!/bin/sh\nexec cat >> "$(dirname "$0")/../mailed"\n`, mode: 0o755 } },
    ...(body.door ? { state: {} } : {}),
  });
  const text = body.text.replaceAll('@HERE@', tree.folder);
  tree.plant({ 'p.conf': `"${tree.folder}/logs/?.log" {\nsize 2k\n${text}\n}\n` });
  if (body.disk === undefined) return tree;
  const unmount = mount(tree.path(body.disk));
  const remove = () => {
    unmount();
    tree.remove();
  };
  return { ...tree, remove, [Symbol.dispose]: remove };
}

function go(
  body: Body,
  tree: TempTree,
  watch: Omit<Watch, 'under'> | null = null,
  where = 'logs',
): Promise<Watched> {
  const args = body.door
    ? ['logrotate', '-s', 'state/status', 'p.conf']
    : ['apply', 'p.conf', '--state-dir', 'state'];
  const env = { PATH: `${tree.path('bin')}:${process.env.PATH}` };
  return runWatched(
    args,
    { cwd: tree.folder, env },
    watch === null ? null : { ...watch, under: [tree.path(where)] },
  );
}

type Act = NonNullable<Watch['act']>;

/** As programs say it that we start. */
const words: Readonly<Record<string, string>> = {
  EROFS: 'Read-only file system',
  EIO: 'Input/output error',
  EMFILE: 'Too many open files',
  EACCES: 'Permission denied',
  ENOSPC: 'No space left',
};

interface Failure {
  readonly act: Act;
  readonly name: string;
  readonly ops: string;
  /** This call only, or this and all that follow of the same kinds. */
  readonly at?: number;
  readonly from?: number;
}

async function failed(
  body: Body,
  whole: Standing,
  where: 'logs' | 'state',
  { act, name, ops, at, from }: Failure,
): Promise<void> {
  using tree = groundFor(body);
  const ran = await go(
    body,
    tree,
    { ops, act, ...(at === undefined ? {} : { at }), ...(from === undefined ? {} : { from }) },
    where,
  );
  const hit =
    ran.calls.find(call => call.result === 'failed') ??
    (act === 'short' && at !== undefined ? ran.calls[at - 1] : undefined);
  const what = from === undefined ? name : `${name} from here on for ${ops}`;
  const told = `${body.text.replaceAll('\n', ', ')}: ${what} at ${showCall(hit)} in ${where}; exit ${ran.code}\n${ran.stdout}${ran.stderr}`;
  if (hit === undefined) return;
  // Calls do not come in one order: a look has taken the place of the call that was to say so.
  if (name === 'ENOENT' && hit.op === 'stat') return;
  assert.equal(ran.signal, null, told);
  assert.doesNotMatch(ran.stderr, /internal:|^ {4}at /m, told);
  const found = standing(tree.path('logs'));
  const lines = countLines(
    Object.fromEntries(Object.entries(found.files).map(([name, { text }]) => [name, text])),
  );
  const joined = countLines(found.streams);
  for (const line of countLines(whole.streams).keys())
    assert.ok(lines.has(line) || joined.has(line), `'${line}' is lost: ${told}`);
  // What is interrupted once, libuv calls again by itself.
  const isRepeated = name === 'EINTR' && from === undefined;
  // Calls of lanes side by side change places: a short write may meet a sync, which it leaves as it is.
  if (where === 'logs' && hit.op === 'sync' && act !== 'short' && !isRepeated)
    assert.notEqual(ran.code, 0, `a sync failed: ${told}`);
  if (ran.code === 0)
    assert.deepEqual(withoutTemporary(found), whole, `exit 0, and not all was done: ${told}`);
  else if (where === 'logs') {
    assert.match(
      ran.stdout + ran.stderr,
      new RegExp(
        `${act === 'short' ? '' : name}|${words[name]}|stale|no such file|could not be looked at|a moment ago`,
      ),
      told,
    );
    assert.match(ran.stdout + ran.stderr, /[ab]\.log|logs/, told);
    if (from === undefined) othersServed(hit, found, told);
  } else assert.match(ran.stderr + ran.stdout, /state/, told);

  const again = await go(body, tree);
  const retold = `${told}\nthen: ${again.stdout}${again.stderr}`;
  assert.equal(again.code, 0, retold);
  const healed = standing(tree.path('logs'));
  const counts = countLines(healed.streams);
  assert.deepEqual([...counts].filter(([, count]) => count > 1).slice(0, 3), [], retold);
  for (const line of countLines(whole.streams).keys())
    assert.ok(counts.has(line), `'${line}' is lost: ${retold}`);
  assert.deepEqual(healed.strangers, [], retold);
  assert.deepEqual(namesIn(healed, body), namesIn(whole, body), retold);
}

/** As logrotate does, the door does not come back to a generation that could not be compressed. */
function namesIn({ files }: Standing, { door }: Body): readonly string[] {
  return Object.keys(files).map(name => (door ? name.replace(/\.gz$/, '') : name));
}

/** The call that takes a temporary file away may be the one that fails; the next round takes it. */
function withoutTemporary(found: Standing): Standing {
  const isOurs = (name: string): boolean => /(?:^|\/)\.logmill-/.test(name);
  const files = Object.fromEntries(Object.entries(found.files).filter(([name]) => !isOurs(name)));
  return { ...found, files, strangers: found.strangers.filter(name => !isOurs(name)) };
}

/** What failed at a file of one log has kept the other from nothing. */
function othersServed(hit: Call, found: Standing, told: string): void {
  const name = hit.path.split('/').at(-1) ?? '';
  const other = name.startsWith('a.log') ? 'b' : name.startsWith('b.log') ? 'a' : null;
  if (other === null) return;
  const served = Object.keys(found.files).some(file =>
    new RegExp(`(?:^|/)${other}\\.log(?:\\.1|-DATE)(?:\\.gz)?$`).test(file),
  );
  assert.ok(served, `${other}.log was not served: ${told}`);
}

test('a look of the door that fails at its start or end is told in words', { skip: noShim }, async () => {
  const body = { text: 'rotate 5\ncreate', door: true } as const;
  using first = groundFor(body);
  const looks = (await go(body, first, { ops: 'stat' })).calls.length;
  for (const at of [1, 2, 3, 4, looks - 1, looks]) {
    using tree = groundFor(body);
    const ran = await go(body, tree, { ops: 'stat', at, act: ofErrno('EACCES') });
    assert.doesNotMatch(ran.stderr, /internal:|^ {4}at /m, `look ${at} of ${looks}`);
    assert.equal(ran.signal, null);
  }
});

async function eachOf<T>(values: readonly T[], work: (value: T) => Promise<void>): Promise<void> {
  const waiting = [...values];
  let failure: unknown = null;
  const worker = async (): Promise<void> => {
    for (let one = waiting.shift(); one !== undefined; one = waiting.shift()) {
      try {
        await work(one);
      } catch (error) {
        failure ??= error;
        if (!all) throw error;
        process.stderr.write(`FAILED ${(error as Error).message.slice(0, 2500)}\n`);
      }
    }
  };
  await Promise.all([worker(), worker()]);
  if (failure !== null) throw failure;
}

/** In full: each call with an error, each write cut short, and each kind of call failing from each on. */
function failuresAt(calls: readonly Call[], index: number, ops: string): readonly Failure[] {
  const ofCode = (at: number, shift: number): Failure => {
    const code = codes[(at + shift) % codes.length] ?? 'EIO';
    // A look that says ENOENT of what is there is no error but a lie.
    const name = code === 'ENOENT' && calls[at - 1]?.op === 'stat' ? 'EIO' : code;
    return { at, act: ofErrno(name), name, ops };
  };
  const syncs = calls.filter(({ op }) => op === 'sync').length;
  const sync = { at: 1 + ((index * 7) % syncs), act: ofErrno('EIO'), name: 'EIO', ops: 'sync' };
  if (!all)
    return [
      ...(ops === 'all' ? [sync] : []),
      ofCode(Math.floor(((0.15 + index * 0.0618) % 1) * calls.length) + 1, index),
      ...lastingFailures(calls).filter((_, n, { length }) => n === (index * 31) % length),
    ];
  const single = calls.flatMap(({ number, op }) => [
    ofCode(number, index),
    ...(op === 'write' ? [{ at: number, act: 'short' as const, name: 'a short write', ops }] : []),
  ]);
  return [...(without('single') ? [] : single), ...(without('lasting') ? [] : lastingFailures(calls))];
}

/** What a disk does that is full, has become read-only, is broken; or a process without descriptors or rights. */
const lastingKinds: readonly (readonly [name: keyof typeof constants.errno, ops: string])[] = [
  ['ENOSPC', 'write,create,mkdir,link'],
  ['EROFS', 'write,create,mkdir,link,rename,unlink,truncate,fallocate,chmod,chown,times'],
  ['EIO', 'sync'],
  ['EIO', 'read'],
  ['EACCES', 'unlink,rename,link,create'],
  ['EMFILE', 'open,create'],
];

function lastingFailures(calls: readonly Call[]): readonly Failure[] {
  return lastingKinds.flatMap(([name, ops]) => {
    const kinds = ops.split(',');
    const count = calls.filter(({ op }) => kinds.includes(op)).length;
    return Array.from({ length: count }, (_, n) => ({ from: n + 1, act: ofErrno(name), name, ops }));
  });
}

function ofErrno(name: keyof typeof constants.errno): Act {
  return `errno:${constants.errno[name]}`;
}

for (const [index, [name, body]] of Object.entries(bodies).entries()) {
  if (named.length > 0 && !named.includes(name)) continue;
  for (const where of ['logs', 'state'] as const) {
    test(`any call on the ${where} fails, and nothing is lost: ${name}`, {
      skip: noShim || cannot(body),
    }, async t => {
      using tree = groundFor(body);
      const ops = where === 'logs' ? 'all' : 'changes';
      const whole = await go(body, tree, { ops }, where);
      assert.equal(whole.code, 0, whole.stdout + whole.stderr);
      const wanted = standing(tree.path('logs'));
      if (where === 'state' && index > 0 && !body.door && all) return;
      const failures = failuresAt(whole.calls, index, ops);
      t.diagnostic(`${failures.length} failures over ${whole.calls.length} calls`);
      await eachOf(failures, failure => failed(body, wanted, where, failure));
    });
  }
}
