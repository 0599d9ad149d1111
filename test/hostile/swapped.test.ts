// Somebody who owns the log folder changes it under a root that rotates there: between any two calls
// a link takes the place of the folder or of a file in it. Nothing outside is touched or revealed.

import assert from 'node:assert/strict';
import { chmodSync, chownSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { gunzipSync, gzipSync, zstdDecompressSync } from 'node:zlib';
import { noShim, runWatched } from '../rig/calls.ts';
import { foundTree, type TempTree, tempTree } from '../rig/temp-tree.ts';

const skip = noShim || (process.getuid?.() === 0 ? false : 'a rotation by root is attacked here');
const text = Array.from({ length: 300 }, (_, n) => `${n}: an ordinary line of a log\n`).join('');
const secret = 'the secret that only root may read\n';
const nobody = 65_534;

const attacks: Readonly<Record<string, string>> = {
  'the folder becomes a link to the victim': 'mv "$T/logs" "$T/away" && ln -s "$T/victim" "$T/logs"',
  'the log becomes a link to the victim': 'rm -f "$T/logs/a.log" && ln -s "$T/victim/a.log" "$T/logs/a.log"',
  'the log becomes a hard link to the victim':
    'rm -f "$T/logs/a.log" && ln "$T/victim/a.log" "$T/logs/a.log"',
  'a link waits at the name that is about to be used': 'ln -sfn "$T/victim/a.log" "$CALL_PATH"',
  'the generation becomes a link': 'ln -sfn "$T/victim/a.log" "$T/logs/a.log.1"',
  'the archive becomes a link': 'ln -sfn "$T/victim/a.log" "$T/logs/a.log.1.gz"',
  'the joined archive becomes a link': 'ln -sfn "$T/victim/a.log" "$T/logs/a.log-2020-W38.zst"',
  'what is joined becomes a link': 'ln -sfn "$T/victim/a.log" "$T/logs/a.log.3.gz"',
};

const bodies = [
  'rotate 3\ncompress\ncreate 0644 65534 65534',
  'rotate 3\ncopytruncate\ntruncatewith tail\ncompress',
  'rotate 9\ncompress\ncreate\ncompact weekly',
];

/** Of the 38th week of 2020, to be joined. */
const archive = (day: number) => ({
  content: gzipSync(`${day} ${text}`),
  mtime: 1_600_000_000_000 + day * 86_400_000,
  uid: nobody,
  gid: nobody,
});

function theTree(body: string): TempTree {
  const tree = tempTree({
    logs: {
      'a.log': { content: text, uid: nobody, gid: nobody },
      ...(body.includes('compact') ? { 'a.log.2.gz': archive(2), 'a.log.3.gz': archive(1) } : {}),
    },
    victim: { 'a.log': { content: secret, mode: 0o600 }, other: { content: secret, mode: 0o600 } },
  });
  chownSync(tree.path('logs'), nobody, nobody);
  chmodSync(tree.path('logs'), 0o755);
  chmodSync(tree.path('victim'), 0o755);
  tree.plant({ 'p.conf': `"${tree.folder}/logs/a.log" {\nsize 2k\n${body}\n}\n` });
  return tree;
}

const args = ['apply', 'p.conf', '--state-dir', 'state'];

async function callCount(body: string): Promise<number> {
  using tree = theTree(body);
  const ran = await runWatched(args, { cwd: tree.folder }, { under: [tree.path('logs')], ops: 'all' });
  assert.equal(ran.code, 0, ran.stdout + ran.stderr);
  return ran.calls.length;
}

async function attacked(body: string, script: string, at: number): Promise<void> {
  using tree = theTree(body);
  const before = foundTree(tree.path('victim'));
  const owners = JSON.stringify(ownersIn(tree.path('victim')));
  const ran = await runWatched(
    args,
    { cwd: tree.folder },
    { under: [tree.path('logs')], ops: 'all', at, act: `run:T='${tree.folder}'; ${script}` },
  );
  const told = `at call ${at}, exit ${ran.code}\n${ran.stdout}${ran.stderr}`;
  assert.equal(ran.signal, null, told);
  assert.deepEqual(foundTree(tree.path('victim')), before, told);
  assert.equal(JSON.stringify(ownersIn(tree.path('victim'))), owners, told);
  for (const folder of ['logs', 'away']) revealsNothing(tree, folder, told);
  assert.doesNotMatch(ran.stdout + ran.stderr, /internal| {4}at /, told);
}

function ownersIn(folder: string): unknown {
  return readdirSync(folder).map(name => {
    const { uid, gid, mode, nlink } = statSync(join(folder, name));
    return [name, uid, gid, mode, nlink > 2];
  });
}

/** No regular file of ours holds what stood in the victim. */
function revealsNothing(tree: TempTree, folder: string, told: string): void {
  let names: string[];
  try {
    names = readdirSync(tree.path(folder));
  } catch {
    return;
  }
  const victim = statSync(tree.path('victim/a.log')).ino;
  for (const name of names) {
    const path = tree.path(`${folder}/${name}`);
    if (statSync(path, { throwIfNoEntry: false })?.isFile() !== true || statSync(path).ino === victim)
      continue;
    if (statSync(path).ino === statSync(tree.path('victim/other')).ino) continue;
    const bytes = readFileSync(path);
    const open = name.endsWith('.zst') ? zstdDecompressSync : name.endsWith('.gz') ? gunzipSync : null;
    const plain = open !== null && bytes.length > 0 ? open(bytes) : bytes;
    assert.ok(!plain.includes('the secret'), `${name} reveals the victim: ${told}`);
  }
}

const counts = new Map<string, Promise<number>>();

for (const body of bodies) {
  for (const [index, [name, script]] of Object.entries(attacks).entries()) {
    test(`logrotten, CVE-2011-1548, CVE-2016-1247: ${name}, between any two calls: ${body.replaceAll('\n', ', ')}`, {
      skip,
    }, async () => {
      counts.set(body, counts.get(body) ?? callCount(body));
      const count = (await counts.get(body)) ?? 0;
      const all = process.argv.includes('--all');
      const points = all
        ? Array.from({ length: count }, (_, n) => n + 1)
        : [1 + Math.floor(((0.45 + index * 0.11) % 1) * count)];
      for (const at of points) await attacked(body, script, at);
    });
  }
}
