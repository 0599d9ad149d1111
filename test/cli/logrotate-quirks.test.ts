// Accidents of the original that users would call defects, each as it is decided (semantics 25): what
// is mended stays mended, and what configurations rely on is kept. Those of the language are in
// test/policy/door.test.ts, those of the clock in test/plan/due.test.ts.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chmodSync, chownSync, mkdirSync, readFileSync, statSync } from 'node:fs';
import { test } from 'node:test';
import {
  at,
  configure,
  day,
  lastOf,
  names,
  now,
  onlyRoot,
  program,
  put,
  putAll,
  remember,
  run,
  stateText,
  tree,
  useHome,
  yesterday,
} from './logrotate-rig.ts';

useHome();

interface Row {
  readonly says: string;
  readonly section: string;
  readonly before: Readonly<Record<string, string>>;
  readonly after: Readonly<Record<string, string>>;
  readonly exit?: number;
  /** The state's entry afterwards, where the log was not rotated. */
  readonly last?: string;
}

const rows: readonly Row[] = [
  {
    says: 'a rotation that fails is not recorded as done (4)',
    section: 'daily\nrotate 2\nolddir nowhere',
    before: { 'a.log': 'n' },
    after: { 'a.log': 'n' },
    exit: 1,
    last: yesterday,
  },
  {
    says: 'nor one that is skipped, since the dated name is taken (4)',
    section: 'daily\nrotate 2\ndateext',
    before: { 'a.log': 'n', 'a.log-20261122': '1' },
    after: { 'a.log': 'n', 'a.log-20261122': '1' },
    exit: 1,
    last: yesterday,
  },
  {
    says: 'what has another ending, or a number above rotate, is left alone (8)',
    section: 'daily\nrotate 2\ncompress',
    before: { 'a.log': 'n', 'a.log.1.gz': '1', 'a.log.1.zst': 'z', 'a.log.7.gz': '7' },
    after: { 'a.log.1.gz': 'n', 'a.log.2.gz': '1', 'a.log.1.zst': 'z', 'a.log.7.gz': '7' },
  },
  {
    says: 'numbers stay where they are when the copy cannot be made (9)',
    section: 'daily\nrotate 2\ncopytruncate\nolddir nowhere',
    before: { 'a.log': 'n', 'a.log.1': '1', 'a.log.2': '2' },
    after: { 'a.log': 'n', 'a.log.1': '1', 'a.log.2': '2' },
    exit: 1,
    last: yesterday,
  },
  {
    says: 'nothing is overwritten, and nothing is named .backup (20)',
    section: 'daily\nrotate 2\ndateext\ncompress',
    before: { 'a.log': 'n', 'a.log-20261122': 'in the way' },
    after: { 'a.log': 'n', 'a.log-20261122': 'in the way' },
    exit: 1,
    last: yesterday,
  },
  {
    says: 'several directives on a line, and a comment behind one that takes nothing (23)',
    section: 'daily missingok compress # note\nrotate 2',
    before: { 'a.log': 'n' },
    after: { 'a.log.1.gz': 'n' },
  },
  {
    says: 'with rotate 0 and dateext no old log stays (24)',
    section: 'daily\nrotate 0\ndateext',
    before: { 'a.log': 'n', 'a.log-20261120': '1', 'a.log-20261121': '2' },
    after: {},
  },
];

for (const { says, section, before, after, exit = 0, last } of rows) {
  test(`${says}: ${section.replaceAll('\n', ' · ')}`, async () => {
    putAll(before);
    configure(`"@/a.log" {\n${section}\n}\n`);
    remember({ 'a.log': yesterday });
    const done = await run();
    assert.deepEqual([done.exit, tree()], [exit, after], done.said);
    assert.equal(lastOf('a.log'), last ?? '2026-11-22-15:2:0');
  });
}

for (const [pattern, log] of [
  ['app[[]1].log', 'app[1].log'],
  ['what[?].log', 'what?.log'],
  ['star[*].log', 'star*.log'],
] as const) {
  test(`${log} keeps as many dated logs as its policy says (18)`, async () => {
    configure(`"@/${pattern}" {\ndaily\nrotate 2\ndateext\n}\n`);
    put('app1.log-20261101', 'of another');
    for (const [turn, text] of ['a', 'b', 'c', 'd'].entries()) {
      put(log, text);
      assert.equal((await run([], now + turn * day)).exit, 0);
    }
    assert.deepEqual(tree(), {
      'app1.log-20261101': 'of another',
      [`${log}-20261124`]: 'c',
      [`${log}-20261125`]: 'd',
    });
  });
}

for (const log of ['a b.log', 'q"q.log', "it's.log", 'two\nlines.log', 'back\\slash.log', ' ~', '-d']) {
  test(`${JSON.stringify(log)} is rotated, given to scripts and found again in the state`, async () => {
    const name = log.replace(/[\\"]/g, '\\$&');
    configure(
      `"@/d/${name}" {\ndaily\nrotate 2\ncompress\ndelaycompress\npostrotate\nprintf '<%s>' "$1" >> @/out\nendscript\n}\n`,
    );
    for (const [turn, text] of ['a', 'b', 'c'].entries()) {
      put(`d/${log}`, text);
      assert.equal((await run([], now + turn * day)).exit, 0);
    }
    assert.deepEqual(tree(), { [`d/${log}.1`]: 'c', [`d/${log}.2.gz`]: 'b' });
    assert.equal(readFileSync(at('out'), 'utf8'), `<${at(`d/${log}`)}>`.repeat(2));
  });
}

test('a log that is seen for the first time was last rotated on the hour, so that minutes may be over (16)', async () => {
  put('a.log', 'n');
  for (const [minutes, after] of [
    [2, 'a.log'],
    [1, 'a.log.1'],
  ] as const) {
    configure(`@/a.log {\nminutes ${minutes}\nrotate 1\n}\n`);
    assert.equal((await run()).exit, 0);
    assert.deepEqual(names(), [after]);
  }
});

test('in a folder that others can write to, a log that is missing is an error too', onlyRoot, async () => {
  mkdirSync(at('d'));
  chmodSync(at('d'), 0o777);
  for (const name of ['gone.log', 'none*.log']) {
    configure(`@/d/${name} {\ndaily\nrotate 1\nmissingok\n}\n`);
    const { exit, said } = await run();
    assert.equal(exit, 1);
    assert.ok(said.startsWith(`error: skipping "@/d/${name}" because parent directory has insecure`), said);
    assert.equal(lastOf(`d/${name}`), '2026-11-22-15:0:0');
  }
});

test('under su what works has none of our further groups (19)', onlyRoot, async t => {
  const setpriv = ['--groups', '0,4,24'];
  if (spawnSync('setpriv', [...setpriv, 'true']).status !== 0) return t.skip('there is no setpriv here');
  put('d/a.log', 'n');
  for (const name of ['d', 'd/a.log']) chownSync(at(name), 1, 1);
  put('bin/groups', '#!/bin/sh\nid -G > @/d/groups\nexec gzip\n', 0, 0o755);
  configure('@/d/a.log {\nsu daemon daemon\nsize 1\nrotate 1\ncompress\ncompresscmd @/bin/groups\n}\n');
  const args = [...setpriv, process.execPath, program, '-s', at('state'), at('conf')];
  const done = spawnSync('setpriv', args, { encoding: 'utf8' });
  assert.equal(done.status, 0, done.stderr);
  assert.equal(readFileSync(at('d/groups'), 'utf8'), '1\n');
  assert.equal(statSync(at('d/a.log.1.gz')).uid, 1);
});

test('-d makes no olddir and sends no letter (11)', async () => {
  putAll({ 'a.log': 'n', 'a.log-20261101': '1' });
  put('bin/mailer', '#!/bin/sh\necho sent >> @/out\n', 0, 0o755);
  configure('@/a.log {\ndaily\nrotate 1\ndateext\nolddir kept\ncreateolddir\nmail me@there\nmailfirst\n}\n');
  remember({ 'a.log': yesterday });
  assert.equal((await run(['-d', '-m', at('bin/mailer')])).exit, 0);
  assert.deepEqual(names(), ['a.log', 'a.log-20261101']);
  assert.throws(() => readFileSync(at('out')), /ENOENT/);
});

test('with mailfirst what is over its age is mailed, also where it is over the count', async () => {
  put('a.log', 'new');
  put('a.log.1', 'one', 9);
  put('a.log.2', 'two', 9);
  put('bin/mailer', '#!/bin/sh\n{ cat; echo; } >> @/out\n', 0, 0o755);
  configure('@/a.log {\nsize 1\nrotate 2\nmaxage 3\nmail me@there\nmailfirst\n}\n');
  assert.equal((await run(['-m', at('bin/mailer')])).exit, 0);
  assert.deepEqual(tree(), { 'a.log.1': 'new' });
  assert.deepEqual(readFileSync(at('out'), 'utf8').trim().split('\n').sort(), ['new', 'one', 'two']);
});

test('with mailfirst and dateext the newest of those that go is not mailed, however old it is', async () => {
  put('a.log', 'new');
  put('a.log-20261101', 'one', 21);
  put('a.log-20261102', 'two', 20);
  put('bin/mailer', '#!/bin/sh\n{ cat; echo; } >> @/out\n', 0, 0o755);
  configure('@/a.log {\nsize 1\nrotate 9\nmaxage 3\ndateext\nmail me@there\nmailfirst\n}\n');
  assert.equal((await run(['-m', at('bin/mailer')])).exit, 0);
  assert.deepEqual(names(), ['a.log-20261122']);
  assert.deepEqual(readFileSync(at('out'), 'utf8').trim().split('\n').sort(), ['new', 'one']);
});

test('letters are sent log by log, each where its old log goes', async () => {
  for (const log of ['a.log', 'b.log']) putAll({ [log]: 'new', [`${log}.1`]: `old ${log} ` });
  put('bin/mailer', '#!/bin/sh\n{ printf "%s " "$(basename "$2")"; cat; } >> @/out\n', 0, 0o755);
  const script = 'postrotate\nprintf "post %s " "$(basename "$1")" >> @/out\nendscript\n';
  configure(`@/a.log @/b.log {\nsize 1\nrotate 1\nmail me@there\n${script}}\n`);
  assert.equal((await run(['-m', at('bin/mailer')])).exit, 0);
  assert.equal(readFileSync(at('out'), 'utf8'), 'post a.log a.log.2 old a.log post b.log b.log.2 old b.log ');
});

test('the archive of a log that is copied is dated as the log was', async () => {
  for (const how of ['copytruncate', 'copy', 'renamecopy']) {
    put(`${how}.log`, 'n', 3);
    configure(`@/${how}.log {\nsize 1\nrotate 1\ncompress\n${how}\n}\n`);
    assert.equal((await run()).exit, 0);
    assert.equal(Math.round(statSync(at(`${how}.log.1.gz`)).mtimeMs / 1000), now - 3 * day - 60, how);
  }
});

test('a pattern that matches folders alone is about nothing, and one that matches nothing is an error', async () => {
  mkdirSync(at('a.log'));
  configure('@/a* {\nsize 1\nrotate 1\n}\n');
  assert.deepEqual(await run(), { exit: 0, said: '' });
  configure('@/b* {\nsize 1\nrotate 1\n}\n');
  assert.equal((await run()).exit, 1);
});

test('an old entry of a log that is gone is dropped, however many sections there are', async () => {
  put('a.log', 'n');
  configure('@/a.log {\nsize 1\nrotate 1\npostrotate\ntrue\nendscript\n}\n@/b.log {\nmissingok\nsize 1\n}\n');
  remember({ 'b.log': '2025-4-28-2:29:0' });
  assert.equal((await run()).exit, 0);
  assert.doesNotMatch(stateText(), /b\.log/);
});

test('create says anew only what it says, also after nocreate', async () => {
  put('a.log', 'n');
  configure('create 0604\n@/a.log {\nsize 1\nrotate 1\nnocreate\ncreate\n}\n');
  assert.equal((await run()).exit, 0);
  assert.equal(statSync(at('a.log')).mode & 0o777, 0o604);
});

test('the folder of createolddir is there for the others when the first log is not rotated', async () => {
  putAll({ 'a.log': 'n', 'b.log': 'n' });
  configure(
    '@/a.log @/b.log {\nsize 1\nrotate 1\nolddir old/er\ncreateolddir 0755\nprerotate\ncase "$1" in *a.log) exit 3;; esac\nendscript\n}\n',
  );
  assert.equal((await run()).exit, 1);
  assert.deepEqual(names(), ['a.log', 'old/er/b.log.1']);
});
