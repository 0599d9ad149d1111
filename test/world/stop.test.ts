// Processes that stand still for a moment: all threads, for a moment only, and never for good.

import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { stopProcesses } from '../../src/world/stop.ts';
import { isTrouble } from '../../src/world/trouble.ts';

const noProc = process.platform === 'linux' ? false : 'there is no /proc here';

const stateOf = (pid: number): string =>
  /\) (\S)/.exec(readFileSync(`/proc/${pid}/stat`, 'latin1'))?.[1] ?? '?';

async function until(isSo: () => boolean): Promise<void> {
  const end = performance.now() + 10_000;
  while (!isSo()) {
    if (performance.now() > end) throw new Error('not within 10 s');
    await new Promise(resolve => setTimeout(resolve, 2));
  }
}

/** A process that is always at work. */
function busy(): ChildProcess & Disposable & { readonly pid: number } {
  const child = spawn(process.execPath, ['-e', 'for (;;) require("fs").readFileSync("/proc/self/stat")']);
  return Object.assign(child, { pid: child.pid ?? 0, [Symbol.dispose]: () => child.kill('SIGKILL') });
}

test('they stand still until they are let go, and then run', { skip: noProc }, async () => {
  using child = busy();
  const stopped = await stopProcesses([child.pid], 5_000);
  assert.equal(stateOf(child.pid), 'T');
  assert.ok(stopped.isCertain());
  await stopped.continue();
  await stopped.continue();
  await until(() => stateOf(child.pid) !== 'T');
});

test('one that stood still before is left so', { skip: noProc }, async () => {
  using child = busy();
  process.kill(child.pid, 'SIGSTOP');
  await until(() => stateOf(child.pid) === 'T');
  const stopped = await stopProcesses([child.pid], 1_000);
  await stopped.continue();
  assert.equal(stateOf(child.pid), 'T');
});

test('when one may not be stopped, none is', { skip: noProc }, async () => {
  using child = busy();
  for (const pid of [0, 1, process.pid, process.ppid]) {
    await assert.rejects(
      stopProcesses([child.pid, pid], 1_000),
      error => isTrouble(error, 'ENOTSTOPPED') && /is never stopped/.test(error.message),
    );
  }
  assert.notEqual(stateOf(child.pid), 'T');
});

test('killed in between, we leave nobody stopped: the guard lets them go', { skip: noProc }, async () => {
  using child = busy();
  const module = new URL('../../src/world/stop.ts', import.meta.url).href;
  const us = spawn(
    process.execPath,
    [
      '-e',
      `import(${JSON.stringify(module)}).then(m => m.stopProcesses([${child.pid}], 5000)).then(() => { console.log('stopped'); setInterval(() => {}, 1000) })`,
    ],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  try {
    await new Promise(resolve => us.stdout.once('data', resolve));
    assert.equal(stateOf(child.pid), 'T');
  } finally {
    us.kill('SIGKILL');
  }
  await until(() => stateOf(child.pid) !== 'T');
});
