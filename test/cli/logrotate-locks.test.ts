// STATE as others may hold it, replace it or name it by mistake, and a run that is ended before its time.

import assert from 'node:assert/strict';
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { existsSync, lstatSync, mkdirSync, readFileSync, renameSync, symlinkSync } from 'node:fs';
import { test } from 'node:test';
import {
  at,
  configure,
  ended,
  names,
  put,
  putAll,
  remember,
  run,
  start,
  stateText,
  until,
  useHome,
  withFlock,
  yesterday,
} from './logrotate-rig.ts';

useHome();

/** Holds the lock of a file until it is told to let go. */
async function hold(name: string): Promise<() => Promise<void>> {
  const holder = spawn('flock', [at(name), 'sh', '-c', `: > ${at('held')}; read x`], {
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  await until(() => existsSync(at('held')));
  return async () => {
    const gone = ended(holder);
    holder.stdin?.end('\n');
    await gone;
  };
}

const logs = (): string[] => names().filter(name => /\.log/.test(name));

test('a state that another holds ends the run with 3, and nothing is touched', withFlock, async () => {
  put('a.log', 'a');
  configure('@/a.log {\nsize 1\nrotate 1\n}\n');
  remember({});
  const letGo = await hold('state');
  const { exit, said } = await run();
  await letGo();
  assert.equal(exit, 3);
  assert.match(said, /^error: state file @\/state is already locked$/m);
  assert.deepEqual(logs(), ['a.log']);
  assert.equal((await run()).exit, 0);
  assert.deepEqual(logs(), ['a.log.1']);
});

for (const [says, args, mode] of [
  ['with --skip-state-lock', ['--skip-state-lock'], 0o640],
  ['while others may read the state', [], 0o644],
] as const) {
  test(
    `${says} no lock is asked for, and the state is for us alone to read afterwards`,
    withFlock,
    async () => {
      put('a.log', 'a');
      configure('@/a.log {\nsize 1\nrotate 1\n}\n');
      remember({});
      put('state', stateText(), 0, mode);
      const letGo = await hold('state');
      const { exit, said } = await run(args);
      await letGo();
      assert.deepEqual([exit, logs()], [0, ['a.log.1']], said);
      assert.equal(/world-readable/.test(said), mode === 0o644);
      assert.equal(lstatSync(at('state')).mode & 0o004, 0);
    },
  );
}

const theirs = {
  skip:
    spawnSync('logrotate', ['--version']).status === 0 && withFlock.skip === false
      ? false
      : 'no logrotate here',
};

/** A logrotate that holds STATE until the file `go` is there. */
async function logrotateAtWork(): Promise<ChildProcess> {
  put('b.log', 'n');
  put(
    'theirs',
    '@/b.log {\nsize 1\nrotate 1\nprerotate\n: > @/began\nwhile [ ! -e @/go ]; do sleep 0.05; done\nendscript\n}\n',
  );
  const child = spawn('logrotate', ['-s', at('state'), at('theirs')], { stdio: 'ignore' });
  await until(() => existsSync(at('began')));
  return child;
}

test("logrotate's own lock is honoured", theirs, async () => {
  put('a.log', 'n');
  configure('@/a.log {\nsize 1\nrotate 1\n}\n');
  const exit = ended(await logrotateAtWork());
  const refused = await run();
  put('go', '');
  assert.equal(await exit, 0);
  assert.equal(refused.exit, 3);
  assert.match(refused.said, /^error: state file @\/state is already locked$/m);
  assert.equal((await run()).exit, 0);
  assert.deepEqual(logs(), ['a.log.1', 'b.log.1']);
});

test('logrotate honours ours, also once the state was replaced while it is held', theirs, async () => {
  putAll({ 'a.log': 'n', 'b.log': 'n' });
  // The first section ends, and STATE is written, before the second waits.
  configure(
    '@/a.log {\nsize 1\nrotate 1\npostrotate\ntrue\nendscript\n}\n@/b.log {\nsize 1\nrotate 1\nprerotate\n: > @/began\nwhile [ ! -e @/go ]; do sleep 0.05; done\nendscript\n}\n',
  );
  remember({ 'a.log': yesterday });
  const before = lstatSync(at('state')).ino;
  const exit = ended(start());
  await until(() => existsSync(at('began')) && lstatSync(at('state')).ino !== before);
  const refused = spawnSync('logrotate', ['-s', at('state'), at('conf')], { encoding: 'utf8' });
  put('go', '');
  assert.equal(await exit, 0);
  assert.deepEqual([refused.status, logs()], [3, ['a.log.1', 'b.log.1']]);
  assert.match(refused.stderr, /already locked/);
});

test('who waited for a logrotate holds the state that it has put in place', theirs, async () => {
  put('a.log', 'n');
  configure(
    '@/a.log {\nsize 1\nrotate 1\nprerotate\n: > @/ours\nwhile [ ! -e @/end ]; do sleep 0.05; done\nendscript\n}\n',
  );
  const exit = ended(await logrotateAtWork());
  const waiter = ended(start('-l', at('told'), '--wait-for-state-lock'));
  await until(() => existsSync(at('told')) && readFileSync(at('told'), 'utf8').includes('waiting for lock'));
  put('go', '');
  assert.equal(await exit, 0);
  await until(() => existsSync(at('ours')));
  const third = spawnSync('logrotate', ['-s', at('state'), at('theirs')], { encoding: 'utf8' });
  put('end', '');
  assert.deepEqual([third.status, await waiter], [3, 0], third.stderr);
  // What logrotate wrote meanwhile is still there.
  assert.match(stateText(), /a\.log[\s\S]*b\.log|b\.log[\s\S]*a\.log/);
});

for (const [signal, status] of [
  ['SIGTERM', 143],
  ['SIGINT', 130],
] as const) {
  test(`who waits for the state's lock leaves on ${signal}, and nothing was touched`, withFlock, async () => {
    put('a.log', 'n');
    configure('@/a.log {\nsize 1\nrotate 1\n}\n');
    remember({});
    const letGo = await hold('state');
    const waiter = start('-v', '-l', at('told'), '--wait-for-state-lock');
    const exit = ended(waiter);
    await until(
      () => existsSync(at('told')) && readFileSync(at('told'), 'utf8').includes('waiting for lock'),
    );
    waiter.kill(signal);
    assert.equal(await exit, status);
    await letGo();
    assert.deepEqual(logs(), ['a.log']);
    assert.equal((await run(['--wait-for-state-lock'])).exit, 0);
    assert.deepEqual(logs(), ['a.log.1']);
  });
}

test('TERM in the middle: what is begun is written down, and the next run finishes it', async () => {
  put('a.log', 'n');
  configure(
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
  assert.match(stateText(), /a\.log" 2026-11-22-15:2:/);
});

test('a file that is no state file is refused: it stays as it is, and nothing is rotated', async () => {
  put('a.log', 'n');
  configure('@/a.log {\nsize 1\nrotate 1\n}\n');
  put('state', '/var/log/messages {\n  rotate 3\n}\n');
  const before = stateText();
  const { exit, said } = await run();
  assert.equal(exit, 3);
  assert.match(said, /^error: bad top line in state file @\/state$/m);
  assert.deepEqual([stateText(), logs()], [before, ['a.log']]);
});

for (const name of ['', '.', './']) {
  test(`'${name}' names no file: as a state it ends the run with 3, with -l it is told`, async () => {
    put('a.log', 'text');
    configure('@/a.log {\nsize 1\nrotate 1\n}\n');
    const state = await run(['-s', name]);
    assert.match(state.said, /^error: error opening state file /);
    assert.deepEqual([state.exit, logs()], [3, ['a.log']]);
    const log = await run(['-l', name]);
    assert.match(log.said, /^error: error opening log file /);
    assert.deepEqual([log.exit, logs()], [0, ['a.log.1']]);
  });
}

test('a state that is a link is read through it and replaced by a file; where it led nothing changes', async () => {
  put('a.log', 'n');
  configure('@/a.log {\nsize 1\nrotate 1\n}\n');
  remember({ 'b.log': yesterday });
  renameSync(at('state'), at('elsewhere'));
  symlinkSync('elsewhere', at('state'));
  const before = readFileSync(at('elsewhere'), 'utf8');
  const { exit, said } = await run();
  assert.deepEqual([exit, logs()], [0, ['a.log.1']], said);
  assert.deepEqual([lstatSync(at('state')).isFile(), readFileSync(at('elsewhere'), 'utf8')], [true, before]);
  assert.match(stateText(), /b\.log" 2026-11-21-3:0:0/);
});

test('a link that takes the place of the state during a run is replaced, never written through', async () => {
  putAll({ 'a.log': 'n', victim: 'keep me\n' });
  configure(
    '@/a.log {\nsize 1\nrotate 1\npostrotate\nln -sf @/victim @/state; ln -sf @/victim @/state.tmp\nendscript\n}\n',
  );
  remember({ 'a.log': yesterday });
  const { exit, said } = await run();
  assert.deepEqual([exit, logs()], [0, ['a.log.1']], said);
  assert.equal(readFileSync(at('victim'), 'utf8'), 'keep me\n');
  assert.ok(lstatSync(at('state')).isFile());
  assert.match(stateText(), /a\.log" 2026-11-22-15:2:0/);
});

test('a folder in the place of the state is told, and nothing in it changes', async () => {
  put('a.log', 'n');
  configure('@/a.log {\nsize 1\nrotate 1\npostrotate\nrm @/state; mkdir @/state\nendscript\n}\n');
  remember({ 'a.log': yesterday });
  const { exit, said } = await run();
  assert.deepEqual([exit, logs()], [1, ['a.log.1']]);
  assert.match(said, /^error: error writing the state file: .*is not a regular file/m);
  mkdirSync(at('state'), { recursive: true });
});
