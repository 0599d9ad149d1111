import assert from 'node:assert/strict';
import { chmodSync, closeSync, existsSync, mkdirSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { pathFromBytes, pathToBytes } from '../../src/world/paths.ts';
import { makeShell, shell } from '../../src/world/shell.ts';
import { aFolder, until } from './temp.ts';

const sh = (script: string, ...args: string[]) => ({
  program: '/bin/sh',
  args: ['-c', script, 'sh', ...args],
  limit: null,
});

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return !/^State:\s*Z/m.test(existsSync('/proc/self') ? readFileSync(`/proc/${pid}/status`, 'utf8') : '');
  } catch {
    return false;
  }
}

const pidsIn = (path: string) => readFileSync(path, 'utf8').trim().split('\n').map(Number);

test('what a program says and how it ends comes back', async () => {
  const finished = await shell.run(sh('echo out; echo err >&2; exit 3'));
  assert.equal(finished.ended, 'by itself');
  assert.deepEqual([finished.exit, finished.killedBy, finished.stderr], [3, null, 'err\n']);
  assert.deepEqual(finished.output.split('\n').sort(), ['', 'err', 'out']);
  assert.ok(finished.took > 0);
});

test('once it has ended nothing of it keeps the process alive', async () => {
  const timers = () => process.getActiveResourcesInfo().filter(kind => kind === 'Timeout').length;
  const before = timers();
  await shell.run(sh('echo out'));
  assert.equal(timers(), before);
});

test('a program ended by a signal says which', async () => {
  const finished = await shell.run(sh('kill -USR2 $$'));
  assert.deepEqual([finished.exit, finished.killedBy, finished.ended], [null, 'SIGUSR2', 'by itself']);
});

test('arguments reach the program as they are, and no shell reads them', async () => {
  const args = ['$(id)', '`id`', "it's", '"', '\\', '*', '', ' ', 'new\nline', '-n', 'ü', '~', '%s', '\t'];
  const finished = await shell.run(sh('for one; do printf "<%s>" "$one"; done', ...args));
  assert.equal(finished.output, args.map(one => `<${one}>`).join(''));
});

test('arguments, variables and the folder are exact to the byte', {
  skip: process.platform !== 'linux' && 'names are UTF-8 here',
}, async t => {
  const folder = `${aFolder(t)}/bad\udcfe`;
  mkdirSync(pathToBytes(folder));
  const args = ['\udcff', 'a\udcff.log\n\n', "it's \udcc3", '$(id)', '', '\\\udc80', '-e\udcff', '%s\udcff'];
  const path = `${folder}/said`;
  const out = openSync(pathToBytes(path), 'w');
  const finished = await shell.run({
    program: 'sh',
    args: ['-c', 'printf "%s\\n" "$PWD" "$ODD" "$PLAIN" "$w"; printf "<%s>" "$@"', 'sh', ...args],
    stdout: out,
    folder,
    environment: { ODD: 'x\udcff\n', PLAIN: 'ü' },
    limit: null,
  });
  closeSync(out);
  assert.deepEqual([finished.exit, finished.output], [0, '']);
  const expected = `${folder}\nx\udcff\n\nü\n\n${args.map(one => `<${one}>`).join('')}`;
  assert.equal(pathFromBytes(readFileSync(pathToBytes(path))), expected);
});

test('a program at a path with undecodable bytes is started, and a missing one is not', {
  skip: process.platform !== 'linux' && 'names are UTF-8 here',
}, async t => {
  const path = `${aFolder(t)}/bad\udcff`;
  writeFileSync(pathToBytes(path), '#!/bin/sh\necho "$1"\n');
  chmodSync(pathToBytes(path), 0o755);
  assert.equal((await shell.run({ program: path, args: ['hello'], limit: null })).output, 'hello\n');
  const here = { folder: aFolder(t), args: ['\udcff'], limit: null };
  writeFileSync(`${here.folder}/-x`, '#!/bin/sh\necho ran\n', { mode: 0o755 });
  assert.equal((await shell.run({ ...here, program: './-x' })).output, 'ran\n');
  assert.equal((await shell.run({ ...here, program: '-x', environment: { PATH: '' } })).output, 'ran\n');
  const missing = await shell.run({ program: `${path}x`, args: [], limit: null });
  assert.equal(missing.ended, 'not started');
  assert.match(missing.stderr, /\\xffx: no such file or folder \(ENOENT\)$/);
});

test('a program that cannot be started is told, never thrown', async t => {
  const folder = aFolder(t);
  writeFileSync(`${folder}/plain`, 'text');
  const cases: readonly [string, string][] = [
    ['no-such-program-here', 'ENOENT'],
    ['', 'ENOENT'],
    [`${folder}/none`, 'ENOENT'],
    [`${folder}/plain`, 'EACCES'],
  ];
  for (const [program, code] of cases) {
    const finished = await shell.run({
      program,
      args: ['x'],
      environment: { PATH: '/usr/bin:/bin' },
      limit: null,
    });
    assert.deepEqual([finished.ended, finished.exit, finished.killedBy], ['not started', null, null]);
    assert.ok(finished.output.includes(code), finished.output);
  }
  const huge = await shell.run({ program: 'true', args: ['x'.repeat(4 * 1024 * 1024)], limit: null });
  assert.equal(huge.ended, 'not started');
  const nowhere = await shell.run({ program: 'true', args: [], folder: `${folder}/none`, limit: null });
  assert.equal(nowhere.ended, 'not started');
});

test('the environment is ours with what is given, the folder as asked', async t => {
  const folder = aFolder(t);
  process.env.LOGMILL_TEST_OURS = 'ours';
  t.after(() => delete process.env.LOGMILL_TEST_OURS);
  const command = sh('echo "$LOGMILL_TEST_OURS $GIVEN $PWD"');
  const finished = await shell.run({ ...command, folder, environment: { GIVEN: 'given' } });
  assert.equal(finished.output, `ours given ${folder}\n`);
});

test('stdin and stdout can be files, and stdin is empty otherwise', async t => {
  const folder = aFolder(t);
  writeFileSync(`${folder}/in`, 'from the file');
  const [input, output] = [openSync(`${folder}/in`, 'r'), openSync(`${folder}/out`, 'w')];
  const finished = await shell.run({ ...sh('cat; echo said >&2'), stdin: input, stdout: output });
  closeSync(input);
  closeSync(output);
  assert.equal(readFileSync(`${folder}/out`, 'utf8'), 'from the file');
  assert.equal(finished.output, 'said\n');
  assert.equal((await shell.run(sh('cat; echo end'))).output, 'end\n');
  assert.equal((await shell.run({ ...sh('echo unheard'), stdout: 'ignore' })).output, '');
});

test('of much output the end is kept, and the program never waits', async () => {
  const finished = await shell.run(
    sh('i=0; while [ $i -lt 20000 ]; do echo "line ü $i"; i=$((i+1)); done; echo last >&2'),
  );
  assert.equal(finished.exit, 0);
  assert.ok(Buffer.byteLength(finished.output) <= 16 * 1024);
  assert.ok(Buffer.byteLength(finished.output) > 16 * 1024 - 4);
  assert.match(finished.output, /line ü 19999\n/);
  assert.ok(!finished.output.includes('\ufffd'));
  assert.equal(finished.stderr, 'last\n');
});

test('at the time limit the whole group is ended', async t => {
  const path = `${aFolder(t)}/pids`;
  const finished = await shell.run({
    ...sh('sleep 60 & echo $! > "$1"; echo $$ >> "$1"; wait', path),
    limit: 150,
  });
  assert.deepEqual([finished.ended, finished.killedBy], ['time limit', 'SIGTERM']);
  assert.ok(finished.took < 4_000);
  for (const pid of pidsIn(path)) await until(`${pid} is gone`, () => !isAlive(pid));
});

test('what ignores TERM is killed when patience is at its end', async t => {
  const path = `${aFolder(t)}/pids`;
  const command = sh(
    'trap "" TERM; sleep 60 & echo $! > "$1"; echo $$ >> "$1"; while :; do wait; done',
    path,
  );
  const finished = await makeShell(300).run({ ...command, limit: 200 });
  assert.deepEqual([finished.ended, finished.killedBy], ['time limit', 'SIGKILL']);
  assert.ok(finished.took >= 500 && finished.took < 4_000, String(finished.took));
  for (const pid of pidsIn(path)) await until(`${pid} is gone`, () => !isAlive(pid));
});

test('a signal stops the group, before the start or later', async t => {
  const before = await shell.run({ ...sh('echo ran'), signal: AbortSignal.abort() });
  assert.deepEqual([before.ended, before.exit], ['stopped', null]);
  const path = `${aFolder(t)}/pids`;
  const stop = new AbortController();
  const run = shell.run({
    ...sh('echo $$ > "$1.part"; mv "$1.part" "$1"; sleep 60', path),
    signal: stop.signal,
  });
  await until('the program runs', () => existsSync(path));
  stop.abort();
  const finished = await run;
  assert.deepEqual([finished.ended, finished.killedBy], ['stopped', 'SIGTERM']);
});

test('a daemon that a script starts keeps running and is not waited for', async t => {
  const path = `${aFolder(t)}/pid`;
  const finished = await shell.run(sh('sleep 60 & echo $! > "$1"; echo started', path));
  const [daemon = 0] = pidsIn(path);
  assert.deepEqual([finished.ended, finished.exit, finished.output], ['by itself', 0, 'started\n']);
  assert.ok(finished.took < 3_000, String(finished.took));
  assert.ok(isAlive(daemon));
  process.kill(daemon, 'SIGKILL');
});

test('a signal that is used for many programs gathers no listeners', async t => {
  const stop = new AbortController();
  const warned = t.mock.fn();
  process.on('warning', warned);
  t.after(() => process.off('warning', warned));
  for (let index = 0; index < 15; index += 1)
    await shell.run({ ...sh(':'), signal: stop.signal, limit: 10_000 });
  await Promise.all(Array.from({ length: 3 }, () => shell.run({ ...sh(':'), signal: stop.signal })));
  assert.equal(warned.mock.callCount(), 0);
});
