// The door where no comparison with logrotate 3.21 can show it: what newer releases do, signals,
// locks held by others, syslog, and what must never happen to a file that is named by mistake.

import assert from 'node:assert/strict';
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { runDoor } from '../../src/cli/logrotate/door.ts';

const program = path.join(import.meta.dirname, '../../src/bin-logrotate.cjs');
const now = Date.UTC(2026, 10, 22, 15, 2, 0) / 1000;
const day = 86_400;
let home = '';

beforeEach(() => {
  home = mkdtempSync(path.join(tmpdir(), 'logmill-beyond-'));
  chmodSync(home, 0o755);
});
afterEach(() => rmSync(home, { recursive: true, force: true }));

const at = (name: string): string => path.join(home, name);

/** `@/` is the folder. */
function put(name: string, text: string, ageDays = 0): void {
  mkdirSync(path.dirname(at(name)), { recursive: true });
  writeFileSync(at(name), text.replaceAll('@/', `${home}/`), { mode: 0o644 });
  utimesSync(at(name), now - ageDays * day - 60, now - ageDays * day - 60);
}

function remember(entries: Readonly<Record<string, string>>): void {
  const lines = Object.entries(entries).map(([name, last]) => `"@/${name}" ${last}\n`);
  put('state', `logrotate state -- version 2\n${lines.join('')}`);
  chmodSync(at('state'), 0o640);
}

const args = (...more: readonly string[]): string[] => [
  program,
  '-s',
  at('state'),
  '-m',
  at('mailer'),
  ...more,
  at('conf'),
];
const environment = (clock: number): NodeJS.ProcessEnv => ({
  ...process.env,
  TZ: 'UTC',
  LOGMILL_NOW: `${clock}`,
});

async function run(more: readonly string[] = []): Promise<{ exit: number; said: string }> {
  const { write } = process.stderr;
  let said = '';
  process.stderr.write = (text: string | Uint8Array): boolean => {
    said += text.toString();
    return true;
  };
  Object.assign(process.env, environment(now));
  try {
    const exit = await runDoor(args(...more).slice(1));
    return { exit, said: said.replaceAll(home, '@') };
  } finally {
    process.stderr.write = write;
    delete process.env.LOGMILL_NOW;
  }
}

function start(...more: readonly string[]): ChildProcess {
  return spawn(process.execPath, args(...more), { env: environment(now), stdio: 'ignore' });
}

const ended = (child: ChildProcess): Promise<number | null> =>
  new Promise(resolve => child.once('exit', code => resolve(code)));

async function until(isSo: () => boolean): Promise<void> {
  const deadline = Date.now() + 20_000;
  while (!isSo()) {
    assert.ok(Date.now() < deadline, 'it never came');
    await pause(10);
  }
}

const logs = (): string[] =>
  readdirSync(home)
    .filter(name => /^[a-z]\.log/.test(name))
    .sort();

const newer = [
  ['monthly 22 on its day', 'monthly 22\nrotate 2', '2026-11-20-3:0:0', ['a.log.1']],
  ['monthly 21 a day later', 'monthly 21\nrotate 2', '2026-11-20-3:0:0', ['a.log']],
  ['minutes 30 after an hour', 'minutes 30\nrotate 2', '2026-11-22-14:0:0', ['a.log.1']],
  ['minutes 90 after an hour', 'minutes 90\nrotate 2', '2026-11-22-14:0:0', ['a.log']],
  [
    'the letters of dateformat',
    'daily\nrotate 2\ndateext\ndateformat -%G.%y.%g.%U.%W.%u.%w.%j',
    '2026-11-21-3:0:0',
    ['a.log-2026.26.26.47.46.7.0.326'],
  ],
  ['minutes with dateext', 'minutes 1\nrotate 2\ndateext', '2026-11-22-14:0:0', ['a.log-202611221502']],
  [
    'nodateyesterday',
    'daily\nrotate 2\ndateext\ndateyesterday\nnodateyesterday',
    '2026-11-21-3:0:0',
    ['a.log-20261122'],
  ],
  [
    'nodatehourago',
    'hourly\nrotate 2\ndateext\ndatehourago\nnodatehourago',
    '2026-11-21-3:0:0',
    ['a.log-2026112215'],
  ],
  ['maxage 0 is none', 'daily\nrotate 3\nmaxage 0', '2026-11-21-3:0:0', ['a.log.1', 'a.log.2']],
  ['maxsize 0 is none', 'daily\nrotate 3\nmaxsize 0', '2026-11-22-3:0:0', ['a.log', 'a.log.1']],
] as const;

for (const [says, section, last, after] of newer) {
  test(`${says}: ${section.replaceAll('\n', ' · ')}`, async () => {
    put('a.log', 'n');
    if (says.endsWith('is none')) put('a.log.1', '1', 9);
    put('conf', `@/a.log {\n${section}\n}\n`);
    remember({ 'a.log': last });
    const { exit, said } = await run();
    assert.deepEqual([exit, logs()], [0, [...after]], said);
  });
}

test('with rotate 0 and copytruncate the copy is mailed and removed', async () => {
  put('a.log', 'text\n');
  put('mailer', '#!/bin/sh\n{ echo "$2"; cat; } >> @/letters\n');
  chmodSync(at('mailer'), 0o755);
  put('conf', '@/a.log {\nsize 1\nrotate 0\ncopytruncate\nmail me@there\n}\n');
  assert.equal((await run()).exit, 0);
  assert.deepEqual(logs(), ['a.log']);
  assert.equal(statSync(at('a.log')).size, 0);
  assert.equal(readFileSync(at('letters'), 'utf8'), `${at('a.log.1')}\ntext\n`);
});

test('letters are sent log by log, each where its old log goes', async () => {
  for (const log of ['a.log', 'b.log']) {
    put(log, 'new');
    put(`${log}.1`, `old ${log} `);
  }
  put('mailer', '#!/bin/sh\n{ printf "%s " "$(basename "$2")"; cat; } >> @/letters\n');
  chmodSync(at('mailer'), 0o755);
  const script = 'postrotate\nprintf "post %s " "$(basename "$1")" >> @/letters\nendscript\n';
  put('conf', `@/a.log @/b.log {\nsize 1\nrotate 1\nmail me@there\n${script}}\n`);
  assert.equal((await run()).exit, 0);
  assert.equal(
    readFileSync(at('letters'), 'utf8'),
    'post a.log a.log.2 old a.log post b.log b.log.2 old b.log ',
  );
});

test('the archive of a log that is copied is dated as the log was', async () => {
  for (const how of ['copytruncate', 'copy', 'renamecopy']) {
    put('a.log', 'n', 3);
    rmSync(at('a.log.1.gz'), { force: true });
    put('conf', `@/a.log {\nsize 1\nrotate 1\ncompress\n${how}\n}\n`);
    assert.equal((await run()).exit, 0);
    assert.equal(Math.round(statSync(at('a.log.1.gz')).mtimeMs / 1000), now - 3 * day - 60, how);
  }
});

test('a file that is no state file is refused: it stays as it is, and nothing is rotated', async () => {
  put('a.log', 'n');
  put('conf', '@/a.log {\nsize 1\nrotate 1\n}\n');
  put('state', '/var/log/messages {\n  rotate 3\n}\n');
  const before = readFileSync(at('state'), 'utf8');
  const { exit, said } = await run();
  assert.equal(exit, 3);
  assert.match(said, /^error: bad top line in state file @\/state$/m);
  assert.deepEqual([readFileSync(at('state'), 'utf8'), logs()], [before, ['a.log']]);
});

for (const name of ['', '.', './']) {
  test(`'${name}' names no file: as a state it ends the run with 3, with -l it is told`, async () => {
    put('a.log', 'text');
    put('conf', '@/a.log {\nsize 1\nrotate 1\n}\n');
    const state = await run(['-s', name]);
    assert.match(state.said, /^error: error opening state file /);
    assert.deepEqual([state.exit, logs()], [3, ['a.log']]);
    const log = await run(['-l', name]);
    assert.match(log.said, /^error: error opening log file /);
    assert.deepEqual([log.exit, logs()], [0, ['a.log.1']]);
  });
}

test('a last rotation in the future is told in the words that are looked for', async () => {
  put('a.log', 'text');
  put('conf', '@/a.log {\ndaily\nrotate 1\n}\n');
  remember({ 'a.log': '2026-12-22-3:0:0' });
  const said = 'error: log @/a.log last rotated in the future -- rotation forced\n';
  assert.deepEqual(await run(), { exit: 0, said });
});

test('a pattern that matches folders alone is about nothing, and one that matches nothing is an error', async () => {
  mkdirSync(at('a.log'));
  put('conf', '@/a* {\nsize 1\nrotate 1\n}\n');
  assert.deepEqual(await run(), { exit: 0, said: '' });
  put('conf', '@/b* {\nsize 1\nrotate 1\n}\n');
  assert.equal((await run()).exit, 1);
});

test('an old entry of a log that is gone is dropped, however many sections there are', async () => {
  put('a.log', 'n');
  put(
    'conf',
    '@/a.log {\nsize 1\nrotate 1\npostrotate\ntrue\nendscript\n}\n@/b.log {\nmissingok\nsize 1\n}\n',
  );
  remember({ 'b.log': '2025-4-28-2:29:0' });
  assert.equal((await run()).exit, 0);
  assert.doesNotMatch(readFileSync(at('state'), 'utf8'), /b\.log/);
});

test('create says anew only what it says, also after nocreate', async () => {
  put('a.log', 'n');
  put('conf', 'create 0604\n@/a.log {\nsize 1\nrotate 1\nnocreate\ncreate\n}\n');
  assert.equal((await run()).exit, 0);
  assert.equal(statSync(at('a.log')).mode & 0o777, 0o604);
});

test('the folder of createolddir is there for the others when the first log is not rotated', async () => {
  put('a.log', 'n');
  put('b.log', 'n');
  put(
    'conf',
    '@/a.log @/b.log {\nsize 1\nrotate 1\nolddir old/er\ncreateolddir 0755\nprerotate\ncase "$1" in *a.log) exit 3;; esac\nendscript\n}\n',
  );
  assert.equal((await run()).exit, 1);
  assert.deepEqual([logs(), readdirSync(at('old/er'))], [['a.log'], ['b.log.1']]);
});

test('members of an include folder: what is taboo before it is read stays out', async () => {
  for (const name of ['app.conf', 'app.rpmsave', 'app.pacnew', 'app.own', '.app.conf.swp'])
    put(`conf.d/${name}`, `@/${name.replaceAll('.', '')}.x {\nsize 1\nrotate 1\n}\ntabooext + .conf\n`);
  for (const name of ['appconf.x', 'apprpmsave.x', 'apppacnew.x', 'appown.x', 'appconfswp.x']) put(name, 'n');
  put('conf', 'tabooext + .own\ninclude @/conf.d\n');
  const { exit, said } = await run();
  assert.equal(exit, 0, said);
  assert.deepEqual(
    readdirSync(home).filter(name => name.endsWith('.x.1')),
    ['appconf.x.1'],
  );
});

test('-l syslog sends every level through logger', async () => {
  put('a.log', 'n');
  put('conf', '@/a.log @/gone.log {\nsize 1\nrotate 1\n}\n');
  put('bin/logger', '#!/bin/sh\n{ echo "args $*"; cat; } >> @/syslog\n');
  chmodSync(at('bin/logger'), 0o755);
  const env = { ...environment(now), PATH: `${at('bin')}:${process.env.PATH}` };
  const done = spawnSync(process.execPath, args('-l', 'syslog'), { encoding: 'utf8', env });
  assert.equal(done.status, 1, done.stderr);
  const syslog = readFileSync(at('syslog'), 'utf8');
  assert.match(syslog, /^args -t logrotate -p user\.info\nreading config file /m);
  assert.match(syslog, /^args -t logrotate -p user\.err\nerror: stat of .*gone\.log failed/m);
});

test('TERM in the middle: what is begun is written down, and the next run finishes it', async () => {
  put('a.log', 'n');
  put(
    'conf',
    '@/a.log {\nsize 1\nrotate 1\nmissingok\npostrotate\n: > @/began\nwhile [ ! -e @/go ]; do sleep 0.05; done\necho done >> @/out\nendscript\n}\n',
  );
  const child = start();
  const exit = ended(child);
  await until(() => existsSync(at('began')));
  child.kill('SIGTERM');
  assert.equal(await exit, 143);
  assert.deepEqual([logs(), existsSync(at('out'))], [['a.log.1'], false]);
  put('go', '');
  assert.equal((await run()).exit, 0);
  assert.deepEqual([logs(), readFileSync(at('out'), 'utf8')], [['a.log.1'], 'done\n']);
  assert.match(readFileSync(at('state'), 'utf8'), /a\.log" 2026-11-22-15:2:/);
});

const flock = { skip: spawnSync('flock', ['--version']).status === 0 ? false : 'no flock(1) here' };

for (const [signal, status] of [
  ['SIGTERM', 143],
  ['SIGINT', 130],
] as const) {
  test(`who waits for the state's lock leaves on ${signal}, and nothing was touched`, flock, async () => {
    put('a.log', 'n');
    put('conf', '@/a.log {\nsize 1\nrotate 1\n}\n');
    remember({});
    const holder = spawn('flock', [at('state'), 'sh', '-c', `: > ${at('held')}; read x`], {
      stdio: ['pipe', 'ignore', 'ignore'],
    });
    await until(() => existsSync(at('held')));
    const waiter = start('-v', '-l', at('told'), '--wait-for-state-lock');
    const exit = ended(waiter);
    await until(
      () => existsSync(at('told')) && readFileSync(at('told'), 'utf8').includes('waiting for lock'),
    );
    waiter.kill(signal);
    assert.equal(await exit, status);
    const gone = ended(holder);
    holder.stdin?.end('\n');
    await gone;
    assert.deepEqual(logs(), ['a.log']);
    assert.equal((await run(['--wait-for-state-lock'])).exit, 0);
    assert.deepEqual(logs(), ['a.log.1']);
  });
}

test("logrotate's own lock is honoured", {
  skip:
    spawnSync('logrotate', ['--version']).status === 0 && flock.skip === false ? false : 'no logrotate here',
}, async () => {
  put('b.log', 'n');
  put('a.log', 'n');
  put('conf', '@/a.log {\nsize 1\nrotate 1\n}\n');
  put(
    'theirs',
    '@/b.log {\nsize 1\nrotate 1\nprerotate\n: > @/began\nwhile [ ! -e @/go ]; do sleep 0.05; done\nendscript\n}\n',
  );
  const theirs = spawn('logrotate', ['-s', at('state'), at('theirs')], { stdio: 'ignore' });
  const exit = ended(theirs);
  await until(() => existsSync(at('began')));
  const refused = await run();
  put('go', '');
  assert.equal(await exit, 0);
  assert.equal(refused.exit, 3);
  assert.match(refused.said, /^error: state file @\/state is already locked$/m);
  assert.equal((await run()).exit, 0);
  assert.deepEqual(logs(), ['a.log.1', 'b.log.1']);
});
