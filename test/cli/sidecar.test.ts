// The sidecar as a process: it reacts in time, obeys signals, ends cleanly, and what it did is on
// record.

import assert from 'node:assert/strict';
import { type ChildProcess, execFileSync } from 'node:child_process';
import {
  appendFileSync,
  existsSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { type TestContext, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { runTool, startTool } from '../rig/run-tool.ts';
import { aTempFolder, lines } from './rig.ts';

const policy = (size: string): string => `"logs/*.log" {
    size ${size}
    rotate 50
    compress
    copytruncate
}
`;

interface Sidecar {
  readonly child: ChildProcess;
  /** Waits for a line of its own log. */
  says(what: RegExp): Promise<string>;
  ended(): Promise<number | null>;
}

function startSidecar(
  t: TestContext,
  folder: string,
  { args = ['p.conf'], env = {} }: { args?: string[]; env?: Record<string, string> } = {},
): Sidecar {
  const child = startTool(['run', ...args, '--state-dir', 's'], { cwd: folder, env });
  t.after(() => child.kill('SIGKILL'));
  let output = '';
  const gather = (text: Buffer): void => {
    output += text;
  };
  child.stdout?.on('data', gather);
  child.stderr?.on('data', gather);
  const exit = new Promise<number | null>(resolve => child.on('close', resolve));
  return {
    child,
    ended: () => exit,
    says: async what => {
      const until = Date.now() + 30_000;
      for (;;) {
        const line = output.split('\n').find(one => what.test(one));
        if (line !== undefined) return line;
        assert.ok(Date.now() < until, `it never said ${what}:\n${output}`);
        await pause(20);
      }
    },
  };
}

async function seen(what: () => boolean, says: string, within = 20_000): Promise<number> {
  const began = Date.now();
  while (!what()) {
    assert.ok(Date.now() - began < within, says);
    await pause(10);
  }
  return Date.now() - began;
}

test('a log that crosses its limit is rotated, a new one is noticed, and TERM ends it with 0', {
  timeout: 120_000,
}, async t => {
  const folder = aTempFolder(t, { logs: { 'a.log': lines(1000) }, 'p.conf': policy('100k') });
  const sidecar = startSidecar(t, folder);
  await sidecar.says(/"service started"/);
  appendFileSync(`${folder}/logs/a.log`, lines(150_000));
  await seen(() => existsSync(`${folder}/logs/a.log.1.gz`), 'the log was not rotated');
  writeFileSync(`${folder}/logs/new.log`, lines(150_000));
  await seen(() => existsSync(`${folder}/logs/new.log.1.gz`), 'the new log was not noticed');
  const began = Date.now();
  sidecar.child.kill('SIGTERM');
  assert.equal(await sidecar.ended(), 0);
  assert.ok(Date.now() - began < 10_000);
  const joined = await runTool(['cat', 'logs/a.log'], { cwd: folder });
  assert.equal(joined.stdout, lines(1000) + lines(150_000));
  const report = await runTool(['report', '--state-dir', 's'], { cwd: folder });
  assert.match(report.stdout, /2 rotations/);
});

test('HUP takes a good policy over and keeps the old one in force when the new one is faulty', async t => {
  const folder = aTempFolder(t, { logs: { 'a.log': lines(50_000) }, 'p.conf': policy('100k') });
  const sidecar = startSidecar(t, folder);
  await sidecar.says(/"service started"/);
  writeFileSync(`${folder}/p.conf`, policy('zero'));
  sidecar.child.kill('SIGHUP');
  await sidecar.says(/old ones stay in force/);
  assert.ok(!existsSync(`${folder}/logs/a.log.1.gz`));
  writeFileSync(`${folder}/p.conf`, policy('20k'));
  sidecar.child.kill('SIGHUP');
  await sidecar.says(/policies reloaded/);
  await seen(() => existsSync(`${folder}/logs/a.log.1.gz`), 'the smaller limit was not obeyed');
});

const emptied: readonly (readonly [what: string, args: string[], empty: (folder: string) => void])[] = [
  ['a policy file that was emptied', ['p.conf'], folder => writeFileSync(`${folder}/p.conf`, '')],
  ['a folder of policies that was emptied', ['conf'], folder => rmSync(`${folder}/conf/p.conf`)],
  ['the default place, emptied', [], folder => rmSync(`${folder}/config/logmill/p.conf`)],
];

for (const [what, args, empty] of emptied)
  test(`HUP and ${what}: the old policies stay in force, and logs are served`, async t => {
    const folder = aTempFolder(t, {
      logs: { 'a.log': lines(500) },
      'p.conf': policy('100k'),
      conf: { 'p.conf': policy('100k') },
      config: { logmill: { 'p.conf': policy('100k') } },
    });
    const env = { XDG_CONFIG_HOME: `${folder}/config` };
    const sidecar = startSidecar(t, folder, { args, env });
    await sidecar.says(/"service started"/);
    empty(folder);
    sidecar.child.kill('SIGHUP');
    await sidecar.says(/old ones stay in force/);
    appendFileSync(`${folder}/logs/a.log`, lines(150_000));
    await seen(() => existsSync(`${folder}/logs/a.log.1.gz`), 'the log was not rotated');
  });

test('run --only leaves all other logs alone, whatever comes to them', async t => {
  const logs = { 'a.log': lines(150_000), 'b.log': lines(150_000) };
  const folder = aTempFolder(t, { logs, 'p.conf': policy('100k') });
  const sidecar = startSidecar(t, folder, { args: ['p.conf', '--only', 'logs/a.log'] });
  await seen(() => existsSync(`${folder}/logs/a.log.1.gz`), 'the log was not rotated');
  writeFileSync(`${folder}/logs/c.log`, lines(150_000));
  appendFileSync(`${folder}/logs/a.log`, lines(150_000));
  const names = (): string => readdirSync(`${folder}/logs`).sort().join(' ');
  const wanted = 'a.log a.log.1.gz a.log.2.gz b.log c.log';
  await seen(() => names() === wanted, 'the log was not rotated again');
  sidecar.child.kill('SIGTERM');
  assert.equal(await sidecar.ended(), 0);
  assert.equal(names(), wanted);
});

test('USR1 makes a round now, and opens no debugger', { timeout: 120_000 }, async t => {
  const folder = aTempFolder(t, { logs: { 'a.log': lines(1000) }, 'p.conf': policy('100k') });
  const sidecar = startSidecar(t, folder);
  await sidecar.says(/"service started"/);
  // Another file under the same name: no event of growth tells of it.
  writeFileSync(`${folder}/other`, lines(200_000));
  renameSync(`${folder}/other`, `${folder}/logs/a.log`);
  sidecar.child.kill('SIGUSR1');
  await seen(() => existsSync(`${folder}/logs/a.log.1.gz`), 'no round was made');
  sidecar.child.kill('SIGTERM');
  assert.equal(await sidecar.ended(), 0);
});

test('killed at any moment and started again, every line is in exactly one place', {
  timeout: 120_000,
}, async t => {
  const folder = aTempFolder(t, { logs: {}, 'p.conf': policy('64k') });
  let number = 0;
  const write = (count: number): void => {
    let text = '';
    for (let i = 0; i < count; i += 1)
      text += `line ${number++} of the log, with something behind it to make it longer\n`;
    appendFileSync(`${folder}/logs/a.log`, text);
  };
  for (const wait of [0, 30, 60, 90, 140, 200]) {
    write(3000);
    const sidecar = startSidecar(t, folder);
    await sidecar.says(/"service started"/);
    write(3000);
    await pause(wait);
    sidecar.child.kill('SIGKILL');
    await sidecar.ended();
  }
  const last = await runTool(['apply', 'p.conf', '--state-dir', 's'], { cwd: folder });
  assert.equal(last.code, 0, last.stderr);
  const joined = await runTool(['cat', 'logs/a.log'], { cwd: folder });
  const found = joined.stdout
    .trimEnd()
    .split('\n')
    .map(line => Number(line.split(' ')[1]));
  assert.deepEqual(
    found,
    Array.from({ length: number }, (_, index) => index),
  );
  assert.deepEqual(
    readdirSync(`${folder}/logs`).filter(name => name.startsWith('.')),
    [],
  );
});

test('its own log goes to a file that it keeps small by itself', async t => {
  const folder = aTempFolder(t, { logs: { 'a.log': lines(200_000) }, 'p.conf': policy('100k') });
  const sidecar = startSidecar(t, folder, { args: ['p.conf', '--log', 'own.jsonl'] });
  await seen(() => existsSync(`${folder}/logs/a.log.1.gz`), 'the log was not rotated');
  sidecar.child.kill('SIGTERM');
  assert.equal(await sidecar.ended(), 0);
  const records = readFileSync(`${folder}/own.jsonl`, 'utf8')
    .trimEnd()
    .split('\n')
    .map(line => JSON.parse(line));
  assert.ok(records.some(record => record.action === 'rotate' && record.level === 'info'));
  assert.ok(records.every(record => !Number.isNaN(Date.parse(record.time))));
});

test('on a terminal it shows the live view', {
  skip: hasTmux() ? false : 'tmux is not installed',
}, async t => {
  const folder = aTempFolder(t, { logs: { 'a.log': lines(50_000) }, 'p.conf': policy('100k') });
  const socket = `${folder}/tmux`;
  const tmux = (...args: string[]): string =>
    execFileSync('tmux', ['-S', socket, ...args], { encoding: 'utf8' });
  const program = `'${process.execPath}' '${import.meta.dirname}/../../src/bin.cjs' run p.conf --state-dir s`;
  tmux('new-session', '-d', '-x', '90', '-y', '24', `cd '${folder}' && LC_ALL=C.UTF-8 ${program}`);
  const isServed = (): boolean => {
    try {
      return tmux('ls') !== '';
    } catch {
      return false;
    }
  };
  t.after(() => {
    if (isServed()) tmux('kill-server');
  });
  await seen(
    () => /watching.*1 log .*a\.log .*▕/s.test(tmux('capture-pane', '-p')),
    'the live view did not come',
  );
  tmux('send-keys', 'q');
  // The server goes with its last session.
  await seen(() => !existsSync(socket) || !isServed(), 'q did not end it');
});

function hasTmux(): boolean {
  try {
    execFileSync('tmux', ['-V']);
    return true;
  } catch {
    return false;
  }
}
