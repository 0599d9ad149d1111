// What the calls of a round say of it: the order that a power cut needs, and that nothing on the way
// is more open than its source. Read from a log of the real program's system calls.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Call, noShim, runWatched, showCall } from '../rig/calls.ts';
import { tempTree } from '../rig/temp-tree.ts';

const skip = noShim;
const text = Array.from({ length: 500 }, (_, n) => `${n}: a line of a log that is worth keeping\n`).join('');

const bodies: Readonly<Record<string, string>> = {
  'numbered, compress': 'rotate 3\ncompress\ncreate',
  'dateext in an olddir': 'rotate 3\ndateext\nolddir old\ncreateolddir 0700\ncompress\ncreate',
  'copytruncate by tail': 'rotate 3\ncopytruncate\ntruncatewith tail\ncompress',
  'copytruncate by collapse': 'rotate 3\ncopytruncate\ntruncatewith collapse',
  renamecopy: 'rotate 3\nrenamecopy\ncompress\ncreate',
};

const known = new Map<string, Promise<readonly Call[]>>();

function callsOf(body: string): Promise<readonly Call[]> {
  const calls = known.get(body) ?? watch(body);
  known.set(body, calls);
  return calls;
}

async function watch(body: string): Promise<readonly Call[]> {
  using tree = tempTree({
    logs: { 'a.log': { content: text, mode: 0o600 }, 'a.log.1': { content: `${text}older\n`, mode: 0o600 } },
  });
  tree.plant({ 'p.conf': `"${tree.folder}/logs/a.log" {\nsize 2k\n${body}\n}\n` });
  const under = [tree.path('logs'), tree.path('state')];
  const ran = await runWatched(['apply', 'p.conf', '--state-dir', 'state'], { cwd: tree.folder }, { under });
  assert.equal(ran.code, 0, ran.stdout + ran.stderr);
  return ran.calls.filter(({ result }) => result === 'ok');
}

const isData = ({ path }: Call): boolean => /\/logs\//.test(path);
const folderOf = (path: string): string => path.slice(0, path.lastIndexOf('/'));

for (const [name, body] of Object.entries(bodies)) {
  test(`a source goes only after its copy and the copy's folder entry are synced: ${name}`, {
    skip,
  }, async () => {
    const calls = await callsOf(body);
    const written = new Map<string, number>();
    const synced = new Map<string, number>();
    const names = new Map<string, Map<string, number>>();
    let removals = 0;
    for (const call of calls) {
      const { op, inode, path, to, number } = call;
      if (op === 'write' && isData(call)) written.set(inode, number);
      if (op === 'sync') for (const one of [inode, path]) synced.set(one, number);
      if (op === 'link' && to !== null) names.set(inode, (names.get(inode) ?? new Map()).set(to, number));
      const cuts = (op === 'unlink' && !/\.logmill-/.test(path)) || op === 'truncate' || op === 'fallocate';
      if (!cuts || !isData(call) || /\/\.logmill-/.test(path)) continue;
      // The copy's own length may be set: its name is that of a generation.
      if (op === 'truncate' && /a\.log[.-]\d+$/.test(path)) continue;
      removals += 1;
      // Everything that was written so far stands on the disk, under a name that stands there too.
      for (const [made, at] of written) {
        if (made === inode) continue;
        assert.ok(
          (synced.get(made) ?? 0) > at,
          `${showCall(call)} before the data of ${made} is synced (written at ${at})`,
        );
        const given = [...(names.get(made) ?? [])].filter(([to]) => !to.includes('.logmill-'));
        for (const [to, linked] of given)
          if (op !== 'unlink' || to !== path)
            assert.ok(
              (synced.get(folderOf(to)) ?? 0) > linked,
              `${showCall(call)} before the name ${to} is synced`,
            );
      }
    }
    assert.ok(removals > 0, 'something was removed at all');
  });

  test(`every act on the logs is written down and synced before it is done: ${name}`, { skip }, async () => {
    const calls = await callsOf(body);
    const first = calls.find(call => isData(call) && !call.path.includes('.logmill-'));
    const before = calls.filter(
      call => call.number < (first?.number ?? 0) && /record\.db-wal$/.test(call.path),
    );
    assert.ok(before.length > 0, 'the plan was written to the record');
    assert.equal(before.at(-1)?.op, 'sync', 'and synced');
  });

  test(`nothing made of a 0600 log is ever open to others: ${name}`, { skip }, async () => {
    const calls = await callsOf(body);
    const files = calls.filter(call => (call.mode & 0o170000) === 0o100000);
    assert.ok(files.some(isData));
    for (const call of files)
      assert.equal(call.mode & 0o7077, 0, `${showCall(call)}: mode ${call.mode.toString(8)}`);
    const state = calls.filter(({ op, path }) => op === 'mkdir' && path.endsWith('/state'));
    for (const call of state) assert.equal(call.mode & 0o777, 0o700);
  });
}
