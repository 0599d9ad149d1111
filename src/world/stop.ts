// Processes that stand still for a moment, so that a file can be emptied between two of their writes. A
// guard, a child of its own, continues them when we die in between: nobody else would.

import { type ChildProcess, spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Ms } from '../units/duration.ts';
import { Trouble } from './trouble.ts';
import type { Stopped } from './world.ts';

/** When the guard takes it that we hang. */
const guardLimit: Ms = 10_000;

/**
 * @throws Trouble ENOTSTOPPED for pid 1, ourselves and our parents, for what we may not signal, and when
 *   one of them does not stop within `limit`; all that were stopped go on then
 */
export async function stopProcesses(pids: readonly number[], limit: Ms): Promise<Stopped> {
  const ours = ancestry(process.pid);
  const untouchable = pids.find(pid => pid <= 1 || ours.has(pid));
  if (untouchable !== undefined) throw notStopped(`process ${untouchable} is never stopped`);
  const running = pids.filter(pid => !standsStill(pid));
  const began = performance.now();
  const guard = await startGuard(running);
  let ended = false;
  guard.once('exit', () => {
    ended = true;
  });
  const stopped: Stopped = {
    isCertain: () => !ended && performance.now() - began < guardLimit / 2,
    continue: () => release(guard, running),
  };
  try {
    for (const pid of running) signal(pid, 'SIGSTOP');
    await untilStill(running, began + limit);
    return stopped;
  } catch (error) {
    await stopped.continue();
    throw error;
  }
}

// The reader is the child that ends the waiting: when we close the pipe, or are gone. Whichever way it
// ends, the processes are continued; to continue one that runs does nothing.
const guardScript = `sleep ${guardLimit / 1000} & timer=$!
{ read -r word; kill $timer; } <&3 2>/dev/null &
echo ready
wait $timer
kill -CONT "$@" 2>/dev/null
exit 0`;

/** In a session of its own: what ends our process group must not end it. Resolves when it is at its post. */
async function startGuard(pids: readonly number[]): Promise<ChildProcess> {
  const guard = spawn('/bin/sh', ['-c', guardScript, 'logmill-guard', ...pids.map(String)], {
    detached: true,
    stdio: ['ignore', 'pipe', 'ignore', 'pipe'],
  });
  await new Promise<void>((resolve, reject) => {
    guard.stdout?.once('data', () => resolve());
    guard.once('error', error => reject(notStopped(`the guard cannot be started: ${error.message}`)));
    guard.once('exit', () => reject(notStopped('the guard ended at once')));
  });
  return guard;
}

async function release(guard: ChildProcess, pids: readonly number[]): Promise<void> {
  for (const pid of pids) signal(pid, 'SIGCONT');
  const gone = new Promise<void>(resolve => void guard.once('exit', () => resolve()));
  const isGone = guard.exitCode !== null || guard.signalCode !== null;
  guard.stdio[3]?.destroy();
  guard.stdout?.destroy();
  if (!isGone) await gone;
}

function signal(pid: number, name: 'SIGSTOP' | 'SIGCONT'): void {
  try {
    process.kill(pid, name);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ESRCH') return;
    throw notStopped(`process ${pid} may not be stopped (${code})`);
  }
}

/** A signal to stop is delivered when a thread leaves the kernel: one that writes just now ends its write first. */
async function untilStill(pids: readonly number[], end: Ms): Promise<void> {
  for (const pid of pids) {
    while (!standsStill(pid)) {
      if (performance.now() > end) throw notStopped(`process ${pid} does not stop`);
      await sleep(1);
    }
  }
}

/** Every thread is stopped (T), or the process is gone; a debugger's `t` goes on when that likes, and does not count. */
function standsStill(pid: number): boolean {
  try {
    return readdirSync(`/proc/${pid}/task`).every(thread => /[TZX]/.test(statOf(pid, thread)?.state ?? 'X'));
  } catch {
    return true;
  }
}

/** The name stands in parentheses and may hold any byte, so what follows is found from the end. */
function statOf(pid: number, thread: string): { readonly state: string; readonly parent: number } | null {
  try {
    const text = readFileSync(`/proc/${pid}/task/${thread}/stat`, 'latin1');
    const [state = '?', parent = '0'] = text.slice(text.lastIndexOf(')') + 2).split(' ');
    return { state, parent: Number(parent) };
  } catch {
    return null;
  }
}

function ancestry(pid: number): ReadonlySet<number> {
  const found = new Set<number>();
  for (let at = pid; at > 1 && !found.has(at); at = statOf(at, String(at))?.parent ?? 0) found.add(at);
  return found;
}

function notStopped(what: string): Trouble {
  return new Trouble({ code: 'ENOTSTOPPED', message: what, hint: null });
}
