// The door does as logrotate does after 3.21, which no comparison with 3.21 can show: a test for each
// row of what the releases differ in (semantics 24).

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chownSync, linkSync, lstatSync, mkdirSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { test } from 'node:test';
import {
  at,
  configure,
  lastOf,
  names,
  onlyRoot,
  put,
  putAll,
  remember,
  run,
  runProgram,
  tree,
  useHome,
  yesterday,
} from './logrotate-rig.ts';

useHome();

interface Row {
  readonly says: string;
  readonly section: string;
  readonly last: string;
  readonly after: readonly string[];
  readonly before?: Readonly<Record<string, number>>;
}

const utc = (year: number, month: number, date: number): number =>
  Date.UTC(year, month - 1, date, 15, 2) / 1000;

/** It is Sunday, 2026-11-22, 15:02; names of old logs and how many days they are old. */
const rows: readonly Row[] = [
  { says: 'monthly on its day', section: 'monthly 22', last: '2026-11-20-3:0:0', after: ['a.log.1'] },
  { says: 'monthly a day later', section: 'monthly 21', last: '2026-11-20-3:0:0', after: ['a.log'] },
  { says: 'monthly 31 days later', section: 'monthly 21', last: '2026-10-22-3:0:0', after: ['a.log.1'] },
  { says: 'minutes after an hour', section: 'minutes 30', last: '2026-11-22-14:0:0', after: ['a.log.1'] },
  { says: 'not enough minutes', section: 'minutes 90', last: '2026-11-22-14:0:0', after: ['a.log'] },
  {
    says: 'minutes in the name',
    section: 'minutes 1\ndateext',
    last: '2026-11-22-14:0:0',
    after: ['a.log-202611221502'],
  },
  {
    says: 'the letters of dateformat',
    section: 'daily\ndateext\ndateformat -%G.%y.%g.%U.%W.%u.%w.%j%z',
    last: yesterday,
    after: ['a.log-2026.26.26.47.46.7.0.326+0000'],
  },
  {
    says: 'nodateyesterday',
    section: 'daily\ndateext\ndateyesterday\nnodateyesterday',
    last: yesterday,
    after: ['a.log-20261122'],
  },
  {
    says: 'nodatehourago',
    section: 'hourly\ndateext\ndatehourago\nnodatehourago',
    last: yesterday,
    after: ['a.log-2026112215'],
  },
  {
    says: 'maxage is more than so many whole days',
    section: 'daily\nmaxage 2',
    last: yesterday,
    before: { 'a.log.1': 2, 'a.log.2': 3 },
    after: ['a.log.1', 'a.log.2'],
  },
  {
    says: 'maxage 0 is none',
    section: 'daily\nmaxage 0',
    last: yesterday,
    before: { 'a.log.1': 9 },
    after: ['a.log.1', 'a.log.2'],
  },
  {
    says: 'maxsize 0 is none',
    section: 'daily\nmaxsize 0',
    last: '2026-11-22-3:0:0',
    before: { 'a.log.1': 9 },
    after: ['a.log', 'a.log.1'],
  },
  {
    says: 'minage counts whole days in seconds',
    section: 'daily\nminage 1',
    last: yesterday,
    after: ['a.log'],
  },
  {
    says: 'compresscmd zip has the ending .zip',
    section: 'daily\ncompress\ncompresscmd @/bin/zip',
    last: yesterday,
    after: ['a.log.1.zip'],
  },
];

for (const { says, section, last, after, before = {} } of rows) {
  test(`${says}: ${section.replaceAll('\n', ' · ')}`, async () => {
    put('a.log', 'n');
    put('bin/zip', '#!/bin/sh\ncat\n', 0, 0o755);
    for (const [name, age] of Object.entries(before)) put(name, name, age);
    configure(`@/a.log {\nrotate 3\n${section}\n}\n`);
    remember({ 'a.log': last });
    const { exit, said } = await run();
    assert.deepEqual([exit, names()], [0, [...after]], said);
  });
}

for (const [says, at1, due] of [
  ["monthly 31 on the month's last day", utc(2026, 11, 30), true],
  ['monthly 31 on the day before', utc(2026, 11, 29), false],
] as const) {
  test(says, async () => {
    put('a.log', 'n');
    configure('@/a.log {\nmonthly 31\nrotate 1\n}\n');
    remember({ 'a.log': '2026-11-20-3:0:0' });
    assert.equal((await run([], at1)).exit, 0);
    assert.deepEqual(names(), [due ? 'a.log.1' : 'a.log']);
  });
}

test('ids with a colon need no name, and a number alone is one that exists', onlyRoot, async () => {
  put('a.log', 'n');
  configure('@/a.log {\nsize 1\nrotate 1\ncreate 0600 :54321 :54322\n}\n');
  assert.equal((await run()).exit, 0);
  const { uid, gid } = statSync(at('a.log'));
  assert.deepEqual([uid, gid], [54_321, 54_322]);
  configure('@/a.log {\nsize 0\nrotate 1\ncreate 54321 54322\n}\n');
  const { exit, said } = await run();
  assert.equal(exit, 1, said);
  assert.match(said, /^error: @\/conf:4 unknown user '54321'$/m);
});

test('names of users may be quoted, and two words are owner and group', onlyRoot, async () => {
  put('a.log', 'n');
  configure('@/a.log {\nsize 1\nrotate 1\ncreate "daemon" \'1\'\n}\n');
  assert.equal((await run()).exit, 0);
  const { uid, gid } = statSync(at('a.log'));
  assert.deepEqual([uid, gid], [1, 1]);
});

const taboo =
  ',v .bak .cfsaved .disabled .dpkg-bak .dpkg-del .dpkg-dist .dpkg-new .dpkg-old .dpkg-tmp .new .old .orig .pacnew .pacorig .pacsave .rhn-cfg-tmp-a1 .rpmnew .rpmorig .rpmsave .swp .ucf-dist .ucf-new .ucf-old ~';

test('every taboo ending in a folder of configurations is left out, beside another path', async () => {
  for (const [index, ending] of ['', ...taboo.split(' '), '.conf'].entries()) {
    put(`conf.d/app${ending}`, `@/${index}.x {\nsize 1\nrotate 1\n}\n`);
    put(`${index}.x`, 'n');
  }
  put('a.log', 'n');
  configure('@/a.log {\nsize 1\nrotate 1\n}\n');
  const { exit, said } = await run([at('conf.d')]);
  assert.equal(exit, 0, said);
  const last = taboo.split(' ').length + 1;
  assert.deepEqual(
    names().filter(name => name.endsWith('.1')),
    ['0.x.1', `${last}.x.1`, 'a.log.1'],
  );
});

test('members of an include folder: what is taboo before it is read stays out', async () => {
  for (const name of ['app.conf', 'app.own', '.app.conf.swp'])
    put(`conf.d/${name}`, `@/${name.replaceAll('.', '')}.x {\nsize 1\nrotate 1\n}\ntabooext + .conf\n`);
  putAll({ 'appconf.x': 'n', 'appown.x': 'n', 'appconfswp.x': 'n' });
  configure('tabooext + .own\ninclude @/conf.d\n');
  const { exit, said } = await run();
  assert.equal(exit, 0, said);
  assert.deepEqual(
    names().filter(name => name.endsWith('.1')),
    ['appconf.x.1'],
  );
});

test('delaycompress without compress is a warning, and an unknown directive too', async () => {
  put('a.log', 'n');
  configure('@/a.log {\nsize 1\nrotate 1\ndelaycompress\nfrobnicate\n}\n');
  const { exit, said } = await run();
  assert.deepEqual([exit, names()], [0, ['a.log.1']]);
  assert.match(said, /^warning: @\/a\.log: 'delaycompress' is enabled but 'compress' is not; ignoring/m);
  assert.match(said, /^warning: @\/conf:5 unknown option 'frobnicate' -- ignoring line$/m);
});

test('prerotate comes before anything is prepared', async () => {
  putAll({ 'a.log': 'n', 'a.log.1': '1' });
  configure('@/a.log {\nsize 1\nrotate 2\nprerotate\ncd @/; ls | grep a.log > @/out\nexit 1\nendscript\n}\n');
  remember({ 'a.log': yesterday });
  assert.equal((await run()).exit, 1);
  assert.equal(readFileSync(at('out'), 'utf8'), 'a.log\na.log.1\n');
  assert.deepEqual([names(), lastOf('a.log')], [['a.log', 'a.log.1'], yesterday]);
});

for (const [says, mode, owner, words] of [
  [
    'that others can write',
    0o666,
    0,
    [
      'warning: Potentially dangerous mode on @/conf: 0666',
      'error: Ignoring @/conf because it is writable by group or others.',
    ],
  ],
  [
    'of another user',
    0o644,
    1,
    ['error: Ignoring @/conf because the file owner is wrong (should be root or user with uid 0).'],
  ],
] as const) {
  test(`a configuration ${says} is not obeyed, and that is an error`, onlyRoot, async () => {
    put('a.log', 'n');
    put('conf', '@/a.log {\nsize 1\nrotate 1\n}\n', 0, mode);
    chownSync(at('conf'), owner, owner);
    const { exit, said } = await run();
    assert.deepEqual([exit, names()], [1, ['a.log']]);
    assert.deepEqual(said.split('\n').slice(0, words.length), words);
  });
}

test('the patterns are given to shared scripts as they are written, without a blank behind', async () => {
  put('a.log', 'n');
  configure(
    '@/a.log\n  "@/b.log" {\nsize 1\nrotate 1\nmissingok\nsharedscripts\npostrotate\nprintf "<%s>" "$@" > @/out\nendscript\n}\n',
  );
  assert.equal((await run()).exit, 0);
  assert.equal(readFileSync(at('out'), 'utf8'), `<${at('a.log')}\n  "${at('b.log')}">`);
});

test('an olddir that is made has mode 0755 where none is said, whatever the umask', async () => {
  put('a.log', 'n');
  configure('@/a.log {\nsize 1\nrotate 1\nolddir old\ncreateolddir\n}\n');
  const umask = process.umask(0o077);
  try {
    assert.equal((await run()).exit, 0);
  } finally {
    process.umask(umask);
  }
  assert.equal(statSync(at('old')).mode & 0o7777, 0o755);
});

test('a home folder is known in olddir', async () => {
  put('a.log', 'n');
  mkdirSync(at('me/kept'), { recursive: true });
  configure('@/a.log {\nsize 1\nrotate 1\nolddir ~/kept\n}\n');
  const { exit, said } = runProgram([], undefined, { HOME: at('me') });
  assert.deepEqual([exit, names()], [0, ['me/kept/a.log.1']], said);
});

test('with ignoreduplicates a log that is named again stays with its first section', async () => {
  putAll({ 'a.log': 'a', 'b.log': 'b' });
  configure('@/a.log {\nsize 1\nrotate 1\nignoreduplicates\n}\n@/*.log {\nsize 1\nrotate 1\n}\n');
  assert.deepEqual(await run(), { exit: 0, said: '' });
  assert.deepEqual(names(), ['a.log.1', 'b.log.1']);
});

test('a log with two names is rotated with allowhardlink, and both hold what they held', async () => {
  put('a.log', 'a');
  linkSync(at('a.log'), at('other'));
  configure('@/a.log {\nsize 1\nrotate 1\nallowhardlink\n}\n');
  assert.equal((await run()).exit, 0);
  assert.deepEqual(tree(), { 'a.log.1': 'a', other: 'a' });
});

test('with rotate 0 and copytruncate the copy is mailed and removed', async () => {
  put('a.log', 'text\n');
  put('bin/mailer', '#!/bin/sh\n{ echo "$2"; cat; } >> @/out\n', 0, 0o755);
  configure('@/a.log {\nsize 1\nrotate 0\ncopytruncate\nmail me@there\n}\n');
  assert.equal((await run(['-m', at('bin/mailer')])).exit, 0);
  assert.deepEqual(tree(), { 'a.log': '' });
  assert.equal(readFileSync(at('out'), 'utf8'), `${at('a.log.1')}\ntext\n`);
});

test('a state that is no regular file is not written, and nothing is rotated', async () => {
  put('a.log', 'n');
  mkdirSync(at('folder'));
  execFileSync('mkfifo', [at('fifo')]);
  configure('@/a.log {\nsize 1\nrotate 1\n}\n');
  for (const place of ['folder', 'fifo']) {
    const { exit, said } = await run(['-s', at(place)]);
    assert.deepEqual([exit, names()], [3, ['a.log']], said);
    assert.match(said, /^error: error opening state file /);
  }
  assert.deepEqual([readdirSync(at('folder')), lstatSync(at('fifo')).isFIFO()], [[], true]);
});
