// The door as a cron job sees it: what becomes of the folder, the state and the exit status. Each
// expectation was compared with logrotate 3.21, or is one of the named differences.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chmodSync, chownSync, existsSync, linkSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { test } from 'node:test';
import {
  at,
  configure,
  day,
  lastOf,
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

type Files = Readonly<Record<string, string>>;

const written = (): string =>
  existsSync(at('out')) ? readFileSync(at('out'), 'utf8').replaceAll(at(), '@') : '';

interface Case {
  readonly says: string;
  readonly section: string;
  readonly before: Files;
  readonly after: Files;
  readonly exit?: number;
  readonly args?: readonly string[];
  /** Last rotated; 3 in the morning of the day before where not said. */
  readonly last?: string;
}

const cases: readonly Case[] = [
  {
    says: 'daily shifts, and what is beyond rotate goes',
    section: 'daily\nrotate 2',
    before: { 'a.log': 'n', 'a.log.1': '1', 'a.log.2': '2' },
    after: { 'a.log.1': 'n', 'a.log.2': '1' },
  },
  {
    says: 'numbers above rotate are not touched',
    section: 'daily\nrotate 1',
    before: { 'a.log': 'n', 'a.log.1': '1', 'a.log.9': '9' },
    after: { 'a.log.1': 'n', 'a.log.9': '9' },
  },
  {
    says: 'not due',
    section: 'daily\nrotate 2',
    before: { 'a.log': 'n' },
    after: { 'a.log': 'n' },
    last: '2026-11-22-3:0:0',
  },
  {
    says: 'compress',
    section: 'daily\nrotate 2\ncompress',
    before: { 'a.log': 'n', 'a.log.1.gz': '1', 'a.log.2.gz': '2' },
    after: { 'a.log.1.gz': 'n', 'a.log.2.gz': '1' },
  },
  {
    says: 'delaycompress',
    section: 'daily\nrotate 3\ncompress\ndelaycompress',
    before: { 'a.log': 'n', 'a.log.1': '1', 'a.log.2.gz': '2' },
    after: { 'a.log.1': 'n', 'a.log.2.gz': '1', 'a.log.3.gz': '2' },
  },
  {
    says: 'a plain leftover is kept and compressed',
    section: 'daily\nrotate 3\ncompress',
    before: { 'a.log': 'n', 'a.log.1': '1' },
    after: { 'a.log.1.gz': 'n', 'a.log.2.gz': '1' },
  },
  {
    says: 'start 0 and rotate -1 keep everything',
    section: 'daily\nrotate -1\nstart 0',
    before: { 'a.log': 'n', 'a.log.0': '0', 'a.log.1': '1' },
    after: { 'a.log.0': 'n', 'a.log.1': '0', 'a.log.2': '1' },
  },
  {
    says: 'copytruncate',
    section: 'daily\nrotate 2\ncopytruncate',
    before: { 'a.log': 'n', 'a.log.1': '1' },
    after: { 'a.log': '', 'a.log.1': 'n', 'a.log.2': '1' },
  },
  {
    says: 'copy leaves the log',
    section: 'daily\nrotate 2\ncopy',
    before: { 'a.log': 'n' },
    after: { 'a.log': 'n', 'a.log.1': 'n' },
  },
  {
    says: 'rotate 0 with copytruncate empties',
    section: 'daily\ncopytruncate',
    before: { 'a.log': 'n' },
    after: { 'a.log': '' },
  },
  { says: 'rotate 0 keeps none', section: 'daily\ncreate', before: { 'a.log': 'n' }, after: { 'a.log': '' } },
  {
    says: 'rotate 0 makes room and loses no old log',
    section: 'daily\nrotate 0',
    before: { 'a.log': 'n', 'a.log.1': '1', 'a.log.2': '2', 'a.log.4': '4' },
    after: { 'a.log.2': '1', 'a.log.3': '2', 'a.log.4': '4' },
  },
  {
    says: 'rotate 0 leaves old logs where they are when it makes none',
    section: 'daily\nrotate 0\ncopytruncate',
    before: { 'a.log': 'n', 'a.log.1': '1', 'a.log.2': '2' },
    after: { 'a.log': '', 'a.log.1': '1', 'a.log.2': '2' },
  },
  {
    says: 'the last that is counted stays where it is until it goes',
    section: 'daily\nrotate 2\npostrotate\nexit 1\nendscript',
    before: { 'a.log': 'n', 'a.log.3': '3' },
    after: { 'a.log.1': 'n', 'a.log.3': '3' },
    exit: 1,
  },
  {
    says: 'renamecopy',
    section: 'daily\nrotate 2\nrenamecopy\ncreate',
    before: { 'a.log': 'n', 'a.log.1': '1' },
    after: { 'a.log': '', 'a.log.1': 'n', 'a.log.2': '1' },
  },
  {
    says: 'dateext removes the oldest',
    section: 'daily\nrotate 2\ndateext',
    before: { 'a.log': 'n', 'a.log-20261119': '1', 'a.log-20261120': '2' },
    after: { 'a.log-20261122': 'n', 'a.log-20261120': '2' },
  },
  {
    says: 'a dated name that is taken leaves the log (exit 1)',
    section: 'daily\nrotate 2\ndateext',
    before: { 'a.log': 'n', 'a.log-20261122': '1' },
    after: { 'a.log': 'n', 'a.log-20261122': '1' },
    exit: 1,
  },
  {
    says: 'dateformat is ordered by its date',
    section: 'daily\nrotate 2\ndateext\ndateformat _%d%m%Y',
    before: { 'a.log': 'n', 'a.log_01122025': 'o', 'a.log_02012026': 'p', 'a.log_31102026': 'q' },
    after: { 'a.log_22112026': 'n', 'a.log_31102026': 'q' },
  },
  {
    says: 'dateyesterday',
    section: 'hourly\nrotate 2\ndateext\ndateyesterday',
    before: { 'a.log': 'n' },
    after: { 'a.log-2026112112': 'n' },
  },
  {
    says: 'extension',
    section: 'daily\nrotate 2\nextension .log\ncompress',
    before: { 'a.log': 'n', 'a.1.log.gz': '1' },
    after: { 'a.1.log.gz': 'n', 'a.2.log.gz': '1' },
  },
  {
    says: 'addextension',
    section: 'daily\nrotate 2\naddextension .old',
    before: { 'a.log': 'n', 'a.log.1.old': '1' },
    after: { 'a.log.1.old': 'n', 'a.log.2.old': '1' },
  },
  {
    says: 'olddir',
    section: 'daily\nrotate 2\nolddir old',
    before: { 'a.log': 'n', 'old/a.log.1': '1' },
    after: { 'old/a.log.1': 'n', 'old/a.log.2': '1' },
  },
  {
    says: 'createolddir makes parents too',
    section: 'daily\nrotate 2\nolddir x/y\ncreateolddir 0750',
    before: { 'a.log': 'n' },
    after: { 'x/y/a.log.1': 'n' },
  },
  {
    says: 'an olddir that is missing is an error (exit 1)',
    section: 'daily\nrotate 2\nolddir nowhere',
    before: { 'a.log': 'n' },
    after: { 'a.log': 'n' },
    exit: 1,
  },
  {
    says: 'minsize holds time back',
    section: 'daily\nrotate 2\nminsize 1k',
    before: { 'a.log': 'n' },
    after: { 'a.log': 'n' },
  },
  {
    says: 'maxsize runs ahead of time',
    section: 'yearly\nrotate 2\nmaxsize 1',
    before: { 'a.log': 'nn' },
    after: { 'a.log.1': 'nn' },
  },
  {
    says: 'size',
    section: 'size 2\nrotate 2',
    before: { 'a.log': 'nn' },
    after: { 'a.log.1': 'nn' },
    last: '2026-11-22-15:2:0',
  },
  {
    says: 'force',
    section: 'yearly\nrotate 2',
    before: { 'a.log': 'n' },
    after: { 'a.log.1': 'n' },
    args: ['-f'],
  },
  {
    says: 'notifempty beats force',
    section: 'yearly\nrotate 2\nnotifempty',
    before: { 'a.log': '' },
    after: { 'a.log': '' },
    args: ['-f'],
  },
  {
    says: 'weekly on its day',
    section: 'weekly 0\nrotate 2',
    before: { 'a.log': 'n' },
    after: { 'a.log.1': 'n' },
  },
  {
    says: 'weekly on another day',
    section: 'weekly 1\nrotate 2',
    before: { 'a.log': 'n' },
    after: { 'a.log': 'n' },
  },
  {
    says: 'an unknown directive is a warning',
    section: 'daily\nrotate 2\nfrobnicate',
    before: { 'a.log': 'n' },
    after: { 'a.log.1': 'n' },
  },
  {
    says: 'a bad value leaves its section alone (exit 1)',
    section: 'daily\nrotate x',
    before: { 'a.log': 'n', 'a.log.1': '1' },
    after: { 'a.log': 'n', 'a.log.1': '1' },
    exit: 1,
  },
  {
    says: 'a compressor that fails loses nothing (exit 1)',
    section: 'daily\nrotate 2\ncompress\ncompresscmd /bin/false',
    before: { 'a.log': 'n' },
    after: { 'a.log.1': 'n' },
    exit: 1,
  },
];

for (const { says, section, before, after, exit = 0, args = [], last = yesterday } of cases) {
  test(`${says}: ${section.replaceAll('\n', ' · ')}`, async () => {
    putAll(before);
    configure(`"@/a.log" {\n${section}\n}\n`);
    remember({ 'a.log': last });
    const done = await run(args);
    assert.deepEqual(tree(), { ...after }, done.said);
    assert.equal(done.exit, exit, done.said);
  });
}

test('a log seen for the first time gets the hour, one that is missing too', async () => {
  putAll({ 'a.log': 'n' });
  configure('"@/a.log" "@/gone.log" @/none*.log {\ndaily\nrotate 2\nmissingok\n}\n');
  assert.deepEqual(await run(), { exit: 0, said: '' });
  for (const name of ['a.log', 'gone.log', 'none*.log']) assert.equal(lastOf(name), '2026-11-22-15:0:0');
  assert.equal((await run([], now + day)).exit, 0);
  assert.equal(lastOf('a.log'), '2026-11-23-15:2:0');
});

const scripts = ['firstaction', 'prerotate', 'postrotate', 'preremove', 'lastaction']
  .map(name => `${name}\necho ${name} $# "$1" "$2" >> @/out\nendscript\n`)
  .join('');

const calls = (): string[] =>
  written()
    .trimEnd()
    .split('\n')
    .map(line => line.trimEnd());

test('scripts run in order, a log after the other', async () => {
  putAll({ 'a.log': 'a', 'b.log': 'b', 'a.log.1': '1' });
  configure(`@/*.log {\ndaily\nrotate 1\n${scripts}}\n`);
  remember({ 'a.log': yesterday, 'b.log': yesterday });
  assert.equal((await run()).exit, 0);
  assert.deepEqual(calls(), [
    'firstaction 1 @/*.log',
    'prerotate 1 @/a.log',
    'postrotate 2 @/a.log @/a.log.1',
    'preremove 1 @/a.log.2',
    'prerotate 1 @/b.log',
    'postrotate 2 @/b.log @/b.log.1',
    'lastaction 1 @/*.log',
  ]);
});

test('sharedscripts run once, and preremove for the plain file of a compression too', async () => {
  putAll({ 'a.log': 'a', 'b.log': 'b' });
  configure(`@/*.log {\ndaily\nrotate 1\ncompress\nsharedscripts\n${scripts}}\n`);
  remember({ 'a.log': yesterday, 'b.log': yesterday });
  assert.equal((await run()).exit, 0);
  assert.deepEqual(calls(), [
    'firstaction 1 @/*.log',
    'prerotate 1 @/*.log',
    'postrotate 1 @/*.log',
    'preremove 1 @/a.log.1',
    'preremove 1 @/b.log.1',
    'lastaction 1 @/*.log',
  ]);
});

test('a prerotate that fails comes before anything is touched, and the state keeps its time', async () => {
  putAll({ 'a.log': 'a', 'a.log.1': '1' });
  configure(
    '"@/a.log" {\ndaily\nrotate 3\nprerotate\nexit 3\nendscript\nlastaction\necho last >> @/out\nendscript\n}\n',
  );
  remember({ 'a.log': yesterday });
  const { exit, said } = await run();
  assert.equal(exit, 1);
  assert.match(said, /^error: error running non-shared prerotate script for @\/a\.log of '"@\/a\.log"'/m);
  assert.deepEqual(tree(), { 'a.log': 'a', 'a.log.1': '1' });
  assert.equal(lastOf('a.log'), yesterday);
  assert.equal(written(), 'last\n');
});

test('after a firstaction that fails nothing runs, not even lastaction', async () => {
  putAll({ 'a.log': 'a' });
  configure(
    '"@/a.log" {\ndaily\nrotate 3\nfirstaction\nexit 3\nendscript\nlastaction\necho last >> @/out\nendscript\n}\n',
  );
  remember({ 'a.log': yesterday });
  assert.equal((await run()).exit, 1);
  assert.deepEqual([tree(), written()], [{ 'a.log': 'a' }, '']);
});

test('with sharedscripts a missing log leaves the section but for its first and last action', async () => {
  putAll({ 'a.log': 'a' });
  configure(`"@/a.log" "@/b.log" {\ndaily\nrotate 3\nsharedscripts\n${scripts}}\n`);
  remember({ 'a.log': yesterday, 'b.log': yesterday });
  assert.equal((await run()).exit, 1);
  assert.deepEqual(tree(), { 'a.log': 'a' });
  assert.deepEqual(
    written()
      .split('\n')
      .map(line => line.split(' ')[0]),
    ['firstaction', 'lastaction', ''],
  );
});

test('what goes is mailed first, through uncompresscmd, and stays when the letter fails', async () => {
  putAll({ 'a.log': 'a', 'a.log.1.gz': 'one' });
  put('mailer', '#!/bin/sh\n{ echo "$1 $2 $3"; cat; } >> @/out\n', 0, 0o755);
  configure('"@/a.log" {\ndaily\nrotate 1\ncompress\nmail me@there\n}\n');
  remember({ 'a.log': yesterday });
  assert.equal((await run(['-m', at('mailer')])).exit, 0);
  assert.equal(written(), '-s @/a.log.2.gz me@there\none');
  putAll({ 'a.log': 'b' });
  const failed = await run(['-m', '/bin/false'], now + day);
  assert.equal(failed.exit, 1);
  assert.match(failed.said, /mail command failed for @\/a\.log\.2\.gz/);
  assert.equal(tree()['a.log.2.gz'], 'a');
});

test('with mailfirst, letters of compressed logs have the log itself as their subject', async () => {
  configure('"@/a.log" {\nsize 1\nrotate 1\ndateext\ncompress\nmail me@here\nmailfirst\n}\n');
  putAll({ 'a.log': 'a', 'a.log-20200101.gz': '', 'a.log-20200102.gz': '', 'a.log-20200103.gz': '' });
  put('mail', '#!/bin/sh\ncat > /dev/null\necho "$2" >> @/out\n', 0, 0o755);
  await run(['-m', at('mail')]);
  assert.equal(written(), '@/a.log\n'.repeat(3));
});

test('-d says what would be and changes nothing at all', async () => {
  putAll({ 'a.log': 'a', 'a.log.1': '1' });
  configure(
    '"@/a.log" {\ndaily\nrotate 1\nolddir old\ncreateolddir\npostrotate\necho x >> @/out\nendscript\n}\n',
  );
  remember({ 'a.log': yesterday });
  const [before, state] = [tree(), stateText()];
  const { exit, said } = await run(['-d']);
  assert.equal(exit, 0);
  for (const line of [
    'reading config file @/conf',
    'considering log @/a.log',
    '  log needs rotating',
    'renaming @/a.log to @/old/a.log.1',
    'running postrotate script',
    'running script with args @/a.log @/old/a.log.1: "',
    'echo x >> @/out',
  ]) {
    assert.ok(said.split('\n').includes(line), `${line}\n${said}`);
  }
  assert.deepEqual([tree(), stateText(), written()], [before, state, '']);
  assert.deepEqual(readdirSync(at()).sort(), ['a.log', 'a.log.1', 'conf', 'state']);
});

test('a state of /dev/null is neither written nor locked, and leaves no record', async () => {
  putAll({ 'a.log': 'a' });
  configure('"@/a.log" {\nsize 1\nrotate 1\n}\n');
  assert.equal((await run(['-s', '/dev/null'])).exit, 0);
  assert.deepEqual(readdirSync(at()).sort(), ['a.log.1', 'conf']);
});

test('a bad state line is told, costs its entry only, and is gone afterwards', async () => {
  putAll({ 'a.log': 'a', 'b.log': 'b' });
  configure('@/*.log {\ndaily\nrotate 1\n}\n');
  remember({ 'a.log': 'rubbish', 'b.log': yesterday });
  const { exit, said } = await run();
  assert.equal(exit, 1);
  assert.match(said, /^error: bad line 2 in state file @\/state$/m);
  assert.deepEqual(tree(), { 'a.log': 'a', 'b.log.1': 'b' });
  assert.equal(lastOf('a.log'), '2026-11-22-15:0:0');
});

test('a pattern that takes everything does not rotate what it made', async () => {
  putAll({ 'd/a': '0', 'd/b': '0' });
  chmodSync(at('d'), 0o755);
  configure('@/d/* {\ndaily\nrotate 1\n}\n');
  for (let turn = 0; turn < 4; turn += 1) {
    await run([], now + turn * day);
    putAll({ 'd/a': String(turn + 1), 'd/b': String(turn + 1) });
  }
  assert.deepEqual(tree(), { 'd/a': '4', 'd/b': '4', 'd/a.1': '3', 'd/b.1': '3' });
});

test('a second section that names a log again is an error, its other logs are served', async () => {
  putAll({ 'a.log': 'a', 'b.log': 'b' });
  configure('"@/a.log" {\ndaily\nrotate 1\n}\n@/*.log {\ndaily\nrotate 1\n}\n');
  remember({ 'a.log': yesterday, 'b.log': yesterday });
  const { exit, said } = await run();
  assert.equal(exit, 1);
  assert.match(said, /^error: @\/conf:5 duplicate log entry for @\/a\.log/m);
  assert.deepEqual(tree(), { 'a.log.1': 'a', 'b.log.1': 'b' });
});

test('links are never followed, and files with two names only with allowhardlink', async () => {
  putAll({ 'a.log': 'a' });
  linkSync(at('a.log'), at('other'));
  configure('"@/a.log" {\ndaily\nrotate 1\n}\n');
  remember({ 'a.log': yesterday });
  assert.equal((await run()).exit, 0);
  assert.deepEqual(Object.keys(tree()), ['a.log', 'other']);
});

test('root does not rotate in a folder that others can write to', onlyRoot, async () => {
  putAll({ 'a.log': 'a' });
  chmodSync(at(), 0o777);
  configure('"@/a.log" {\ndaily\nrotate 1\n}\n');
  remember({ 'a.log': yesterday });
  const { exit, said } = await run();
  assert.equal(exit, 1);
  assert.match(said, /^error: skipping "@\/a\.log" because parent directory has insecure permissions/m);
});

test('with su the files are those of the user, and what that user may not do fails', onlyRoot, async () => {
  putAll({ 'd/a.log': 'a', 'e/a.log': 'a' });
  chownSync(at('d'), 65_534, 65_534);
  chownSync(at('d/a.log'), 65_534, 65_534);
  const body = 'su nobody :65534\nsize 1\nrotate 1\ncompress\ncreate\n';
  configure(`"@/d/a.log" {\n${body}}\n"@/e/a.log" {\n${body}}\n`);
  const done = spawnSync(process.execPath, [program, '-s', at('state'), at('conf')], { encoding: 'utf8' });
  assert.equal(done.status, 1, done.stderr);
  assert.match(done.stderr, /permission denied/);
  assert.deepEqual(tree(), { 'd/a.log': '', 'd/a.log.1.gz': 'a', 'e/a.log': 'a' });
  assert.equal(statSync(at('d/a.log.1.gz')).uid, 65_534);
});
