// A first policy from what lies in a folder: it parses without a word, names what it should, and
// rotates in the way that its writer can bear.

import assert from 'node:assert/strict';
import { chmodSync } from 'node:fs';
import { test } from 'node:test';
import { policyFor } from '../../src/deploy/init-policy.ts';
import { observeLogs } from '../../src/observe/log-sets.ts';
import type { Policy } from '../../src/policy/policy.ts';
import type { Census, World } from '../../src/world/world.ts';
import { watchedWorld } from '../observe/watched-world.ts';
import { readText } from '../rig/policy.ts';
import { type PlantedTree, tempTree } from '../rig/temp-tree.ts';

/** A census in which all files of the folder are held as said. */
function heldBy(name: string, append: boolean | null): (files: ReadonlySet<string>) => Census {
  return files => ({
    complete: true,
    blind: null,
    holders: new Map(
      [...files].map(id => [id, [{ pid: 42, name, access: 'write', append, position: null }]]),
    ),
  });
}

const nobody = (): Census => ({ complete: true, blind: null, holders: new Map() });

async function policiesFor(
  world: World,
  folder: string,
): Promise<{ text: string; policies: readonly Policy[] }> {
  const { text } = await policyFor(world, folder);
  const { policies, diagnostics } = readText(text);
  assert.deepEqual(diagnostics, [], text);
  return { text, policies };
}

test('what is written parses without diagnostics and matches exactly the logs that were found', async () => {
  const trees: Readonly<Record<string, PlantedTree>> = {
    plain: { 'a.log': 'x\n', 'b.log': 'y\n' },
    single: { messages: 'x\n' },
    mixed: {
      'a.log': 'x\n',
      'a.log.1': 'x\n',
      'a.log.2.gz': 'x',
      'b.txt': 'y\n',
      'core.bin': Buffer.from([0, 1, 2]),
    },
    dated: { 'a.log': 'x\n', 'a.log-20260101.gz': 'x', 'a.log-20260102.gz': 'x' },
    hostile: {
      'two words.log': 'x\n',
      'brace{1}.log': 'x\n',
      'star*[a]?.log': 'x\n',
      'line\nbreak.log': 'x\n',
      'byte\udcff.log': 'x\n',
      'quote"\'.log': 'x\n',
      'back\\slash.log': 'x\n',
      '#hash.log': 'x\n',
      'ümläut.txt': 'x\n',
    },
    empty: {},
  };
  for (const [what, tree] of Object.entries(trees)) {
    using temp = tempTree(tree);
    const { world } = watchedWorld({ census: nobody });
    const { found } = await policyFor(world, temp.folder);
    const { policies } = await policiesFor(world, temp.folder);
    const seen = await observeLogs(world, policies, { nonce: 'x' });
    assert.deepEqual(seen.logSets.map(({ path }) => path).sort(), found.map(({ path }) => path).sort(), what);
    assert.ok(
      seen.logSets.every(({ obstacle }) => obstacle === null),
      what,
    );
    assert.deepEqual(seen.troubles, [], what);
  }
});

test('each writer gets the way that it can bear', async () => {
  const table: readonly [writer: string, append: boolean | null, expected: (policy: Policy) => boolean][] = [
    [
      'nginx',
      true,
      ({ settings }) => !settings.copytruncate && settings.scripts.postrotate?.text.includes('USR1') === true,
    ],
    [
      'supervisord',
      true,
      ({ settings }) => !settings.copytruncate && settings.scripts.postrotate?.text.includes('USR2') === true,
    ],
    ['supervisord', false, ({ settings }) => !settings.copytruncate],
    ['rsyslogd', true, ({ settings }) => settings.scripts.postrotate?.text.includes('HUP') === true],
    [
      'PM2 v5.3.0: God',
      true,
      ({ settings }) => settings.scripts.postrotate?.text.includes('reloadLogs') === true,
    ],
    ['python3.12', true, ({ settings }) => settings.copytruncate && settings.truncatewith === 'auto'],
    ['python3.12', false, ({ settings }) => settings.copytruncate && settings.truncatewith === 'punch'],
    ['java', true, ({ settings }) => settings.copytruncate && settings.truncatewith === 'auto'],
    ['sh', false, ({ settings }) => settings.copytruncate && settings.truncatewith === 'punch'],
    ['thing', null, ({ settings }) => settings.copytruncate],
  ];
  for (const [writer, append, expected] of table) {
    using temp = tempTree({ 'a.log': 'x\n' });
    const { world } = watchedWorld({ census: heldBy(writer, append) });
    const { policies, text } = await policiesFor(world, temp.folder);
    assert.equal(policies.length, 1, writer);
    assert.ok(policies[0] !== undefined && expected(policies[0]), `${writer}, append ${append}:\n${text}`);
    assert.ok(text.includes(`written by ${writer}`), text);
  }
});

test('logs of one way stand in one section, others in another', async () => {
  using temp = tempTree({ 'a.log': 'x\n', 'b.log': 'y\n', 'c.log': 'z\n' });
  const idOf = (world: World, name: string) => world.disk.look.stat(temp.path(name))?.id ?? '';
  const plain = watchedWorld().world;
  const holders = new Map([
    [
      idOf(plain, 'a.log'),
      [{ pid: 1, name: 'nginx', access: 'write' as const, append: true, position: null }],
    ],
    [
      idOf(plain, 'b.log'),
      [{ pid: 2, name: 'java', access: 'write' as const, append: true, position: null }],
    ],
    [
      idOf(plain, 'c.log'),
      [{ pid: 3, name: 'java', access: 'write' as const, append: true, position: null }],
    ],
  ]);
  const { world } = watchedWorld({ census: () => ({ complete: true, blind: null, holders }) });
  const { policies } = await policiesFor(world, temp.folder);
  assert.deepEqual(
    policies.map(({ patterns }) => patterns.map(({ text }) => text.slice(temp.folder.length + 1))),
    [['a.log'], ['b.log', 'c.log']],
  );
});

test('the scheme and the compressor that are in use are kept, and nothing that lies there is deleted by count', async () => {
  const old = Object.fromEntries(
    Array.from({ length: 20 }, (_, at) => [`a.log-202601${String(at + 1).padStart(2, '0')}.gz`, 'x']),
  );
  using temp = tempTree({ 'a.log': 'x\n', ...old });
  const { world } = watchedWorld({ census: nobody });
  const { policies, text } = await policiesFor(world, temp.folder);
  const settings = policies[0]?.settings;
  assert.deepEqual(
    [settings?.dateext, settings?.compressor.extension, settings?.rotate],
    [true, '.gz', 20],
    text,
  );
});

test('the limit follows the growth that was seen', async () => {
  const MiB = 1_048_576;
  const limitAt = async (size: number, ageMs: number) => {
    using temp = tempTree({ 'a.log': 'x\n' });
    const made = 1_700_000_000_000;
    const { look } = watchedWorld().world.disk;
    const grown = (path: string) => {
      const stat = look.stat(path);
      return stat?.kind === 'file' ? { ...stat, id: `${stat.id.split(':')[0]}:${made}000000:1`, size } : stat;
    };
    const { world } = watchedWorld({ census: nobody, now: () => made + ageMs, look: { stat: grown } });
    return (await policiesFor(world, temp.folder)).policies[0]?.settings.maxsize;
  };
  const day = 86_400_000;
  assert.deepEqual(
    [
      await limitAt(MiB, day),
      await limitAt(400 * MiB, day),
      await limitAt(400 * MiB, day / 4),
      await limitAt(900_000 * MiB, day),
      await limitAt(MiB, 1000),
    ],
    [10 * MiB, 128 * MiB, 512 * MiB, 1024 * MiB, 10 * MiB],
  );
});

test('a container runtime’s logs are not touched: the text says what to set instead', async () => {
  using temp = tempTree({ 'abc-json.log': '{"log":"x"}\n' });
  const { world } = watchedWorld({ census: nobody });
  const { policies, text } = await policiesFor(world, temp.folder);
  assert.deepEqual(policies, []);
  assert.match(text, /max-size/);
});

test('where others can write, root does the work as the owner of the logs', async () => {
  using temp = tempTree({ 'a.log': 'x\n' });
  chmodSync(temp.folder, 0o1777);
  const { uid, gid } = watchedWorld().world.host;
  const { world } = watchedWorld({ census: nobody, host: { uid: 0 } });
  const { policies } = await policiesFor(world, temp.folder);
  assert.deepEqual([policies[0]?.settings.su?.uid, policies[0]?.settings.su?.gid], [uid, gid]);
});
