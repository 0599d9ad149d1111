// Every system call of a round fails in its turn, with the errors that disks give and with short
// writes: no line is lost, what failed is named with its reason, later logs are served, and the next
// clean round puts everything right. A spread here; all with `node test/crash/every-error.test.ts --all`.

import assert from 'node:assert/strict';
import { constants } from 'node:os';
import { test } from 'node:test';
import { type Call, noShim, runWatched, showCall, type Watch, type Watched } from '../rig/calls.ts';
import { type PlantedTree, type TempTree, tempTree } from '../rig/temp-tree.ts';
import { countLines, linesOf, type Standing, standing } from './shapes.ts';

const all = process.argv.includes('--all');
const named = process.argv.slice(2).filter(word => !word.startsWith('--'));
const codes = ['ENOSPC', 'EDQUOT', 'EIO', 'EACCES', 'EROFS', 'EMFILE', 'EINTR', 'ENOENT'] as const;

const log = (name: string) => ({ content: linesOf(name, 200), mode: 0o640 });
const two: PlantedTree = { 'a.log': log('a'), 'a.log.1': log('a1'), 'a.log.2': log('a2'), 'b.log': log('b') };

const bodies: Readonly<Record<string, string>> = {
  'numbered, compress': 'rotate 5\ncompress\ncreate',
  'copytruncate by tail': 'rotate 5\ncopytruncate\ntruncatewith tail\ncompress',
  'copytruncate by collapse': 'rotate 5\ncopytruncate\ntruncatewith collapse\ncompress\ndelaycompress',
  'dateext in an olddir': 'rotate 5\ndateext\nolddir old\ncreateolddir 0750\ncompress\ncreate',
  renamecopy: 'rotate 5\nrenamecopy\ncompress\ncreate',
};

function groundFor(body: string): TempTree {
  const tree = tempTree({ logs: body.includes('dateext') ? { 'a.log': log('a'), 'b.log': log('b') } : two });
  tree.plant({ 'p.conf': `"${tree.folder}/logs/?.log" {\nsize 2k\n${body}\n}\n` });
  return tree;
}

function go(tree: TempTree, watch: Omit<Watch, 'under'> | null = null, where = 'logs'): Promise<Watched> {
  const args = ['apply', 'p.conf', '--state-dir', 'state'];
  return runWatched(
    args,
    { cwd: tree.folder },
    watch === null ? null : { ...watch, under: [tree.path(where)] },
  );
}

type Act = NonNullable<Watch['act']>;

async function failedAt(
  body: string,
  whole: Standing,
  where: 'logs' | 'state',
  at: number,
  act: Act,
  name: string,
): Promise<void> {
  using tree = groundFor(body);
  const ops = where === 'logs' ? 'all' : 'changes';
  const ran = await go(tree, { ops, at, act }, where);
  const hit =
    ran.calls.find(call => call.result === 'failed') ?? (act === 'short' ? ran.calls[at - 1] : undefined);
  const told = `${body.replaceAll('\n', ', ')}: ${name} at ${showCall(hit)} in ${where}; exit ${ran.code}\n${ran.stdout}${ran.stderr}`;
  if (hit === undefined) return;
  assert.equal(ran.signal, null, told);
  const found = standing(tree.path('logs'));
  const lines = countLines(found.streams);
  for (const line of countLines(whole.streams).keys())
    assert.ok(lines.has(line), `'${line}' is lost: ${told}`);
  if (ran.code === 0)
    assert.deepEqual(withoutTemporary(found), whole, `exit 0, and not all was done: ${told}`);
  else if (where === 'logs') {
    assert.match(
      ran.stdout + ran.stderr,
      new RegExp(`${act === 'short' ? '' : name}|stale|no such file|could not be looked at|a moment ago`),
      told,
    );
    assert.match(ran.stdout + ran.stderr, /[ab]\.log|logs/, told);
    othersServed(hit, found, told);
  } else assert.match(ran.stderr + ran.stdout, /state/, told);

  const again = await go(tree);
  const retold = `${told}\nthen: ${again.stdout}${again.stderr}`;
  assert.equal(again.code, 0, retold);
  const healed = standing(tree.path('logs'));
  const counts = countLines(healed.streams);
  assert.deepEqual([...counts].filter(([, count]) => count > 1).slice(0, 3), [], retold);
  for (const line of countLines(whole.streams).keys())
    assert.ok(counts.has(line), `'${line}' is lost: ${retold}`);
  assert.deepEqual(healed.strangers, [], retold);
  assert.deepEqual(Object.keys(healed.files), Object.keys(whole.files), retold);
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

/** In full: each call with an error, and each write cut short. */
function failuresAt(
  calls: readonly Call[],
  index: number,
): readonly { at: number; act: Act; name: string }[] {
  const ofCode = (at: number, shift: number) => {
    const code = codes[(at + shift) % codes.length] ?? 'EIO';
    // A look that says ENOENT of what is there is no error but a lie.
    const name = code === 'ENOENT' && calls[at - 1]?.op === 'stat' ? 'EIO' : code;
    return { at, act: `errno:${constants.errno[name]}` as const, name };
  };
  if (!all)
    return [0.15, 0.65].map(part =>
      ofCode(Math.floor(((part + index * 0.0618) % 1) * calls.length) + 1, index),
    );
  return calls.flatMap(({ number, op }) => [
    ofCode(number, index),
    ...(op === 'write' ? [{ at: number, act: 'short' as const, name: 'a short write' }] : []),
  ]);
}

for (const [index, [name, body]] of Object.entries(bodies).entries()) {
  if (named.length > 0 && !named.includes(name)) continue;
  for (const where of ['logs', 'state'] as const) {
    test(`any call on the ${where} fails, and nothing is lost: ${name}`, { skip: noShim }, async () => {
      using tree = groundFor(body);
      const whole = await go(tree, { ops: where === 'logs' ? 'all' : 'changes' }, where);
      assert.equal(whole.code, 0, whole.stdout + whole.stderr);
      const wanted = standing(tree.path('logs'));
      if (where === 'state' && index > 0 && all) return;
      await eachOf(failuresAt(whole.calls, index), ({ at, act, name: what }) =>
        failedAt(body, wanted, where, at, act, what),
      );
    });
  }
}
