// Programs: each in a process group of its own, never through a shell, always waited for, its output
// drained and the end of it kept. What a program did is a result and never an exception.

import { type ChildProcess, spawn } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Ms } from '../units/duration.ts';
import { showPath } from '../units/path.ts';
import { exactCall } from './exact-call.ts';
import { filter } from './filter.ts';
import { KeptEnd } from './kept-end.ts';
import { endGroup } from './process-group.ts';
import { troubleFrom } from './trouble.ts';
import type { Command, Finished, Shell } from './world.ts';

export const shell: Shell = makeShell();

/** @param patience from TERM to KILL (rulings 31: 5 s) */
export function makeShell(patience: Ms = 5_000): Shell {
  return { run: command => run(command, patience), filter };
}

const keptBytes = 16 * 1024;
/** How long output may still come once the program is gone: what it restarted may hold the pipe for ever. */
const graceMs = 200;

async function run(command: Command, patience: Ms): Promise<Finished> {
  const started = performance.now();
  if (command.signal?.aborted) return notRun('stopped', 'it was stopped before it began', started);
  let child: ChildProcess;
  try {
    child = start(command);
    await isSpawned(child);
  } catch (error) {
    const trouble = troubleFrom(error, 'start', command.program);
    return notRun('not started', trouble.message, started);
  }
  return watch(child, command, { started, patience });
}

function start(command: Command): ChildProcess {
  const { stdin = 'ignore', stdout = 'gather', stderr = 'gather' } = command;
  const call = exactCall({
    program: command.program,
    args: command.args,
    folder: command.folder ?? null,
    environment: { ...ourEnvironment(), ...command.environment },
  });
  return spawn(call.program, [...call.args], {
    ...(call.folder === null ? {} : { cwd: call.folder }),
    env: call.environment,
    detached: true,
    stdio: [stdin, stdout === 'gather' ? 'pipe' : stdout, stderr === 'gather' ? 'pipe' : stderr],
  });
}

function ourEnvironment(): Record<string, string> {
  const ours: Record<string, string> = {};
  for (const [name, value] of Object.entries(process.env)) if (value !== undefined) ours[name] = value;
  return ours;
}

function isSpawned(child: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    child.once('spawn', resolve);
    child.once('error', reject);
  });
}

async function watch(child: ChildProcess, command: Command, times: Times): Promise<Finished> {
  const output = new KeptEnd(keptBytes);
  const stderr = new KeptEnd(keptBytes);
  child.stdout?.on('data', (piece: Buffer) => output.add(piece));
  child.stderr?.on('data', (piece: Buffer) => {
    output.add(piece);
    stderr.add(piece);
  });
  const piped = new Promise<void>(resolve => void child.once('close', () => resolve()));
  const gone = new Promise<void>(resolve => void child.once('exit', () => resolve()));
  const ended = await endOf(child, gone, command, times.patience);
  // A pipe that is still open keeps us alive for as long; once it is closed nobody waits for this.
  await Promise.race([piped, sleep(graceMs, undefined, { ref: false })]);
  child.stdout?.destroy();
  child.stderr?.destroy();
  return {
    exit: child.exitCode,
    killedBy: child.signalCode,
    ended,
    output: output.text(),
    stderr: stderr.text(),
    took: performance.now() - times.started,
  };
}

interface Times {
  readonly started: Ms;
  readonly patience: Ms;
}

/** Waits for the program; ends its group at the time limit or when the signal aborts. */
async function endOf(
  child: ChildProcess,
  gone: Promise<void>,
  command: Command,
  patience: Ms,
): Promise<Finished['ended']> {
  const done = new AbortController();
  const reasons: Promise<Finished['ended']>[] = [gone.then(() => 'by itself')];
  if (command.limit !== null) reasons.push(after(command.limit, done.signal));
  if (command.signal !== undefined) reasons.push(aborted(command.signal, done.signal));
  try {
    const ended = await Promise.race(reasons);
    if (ended !== 'by itself' && child.pid !== undefined) await endGroup(child.pid, gone, patience);
    return ended;
  } finally {
    done.abort();
  }
}

async function after(limit: Ms, done: AbortSignal): Promise<Finished['ended']> {
  // Longer than Node's timers can count is no limit to anyone.
  await sleep(Math.min(limit, 2_147_483_647), undefined, { signal: done }).catch(ignoreAbort);
  return 'time limit';
}

function aborted(signal: AbortSignal, done: AbortSignal): Promise<Finished['ended']> {
  return new Promise(resolve => {
    const stop = () => resolve('stopped');
    if (signal.aborted) return stop();
    signal.addEventListener('abort', stop, { once: true });
    done.addEventListener('abort', () => signal.removeEventListener('abort', stop), { once: true });
  });
}

function ignoreAbort(error: Error): void {
  if (error.name !== 'AbortError') throw error;
}

function notRun(ended: Finished['ended'], why: string, started: Ms): Finished {
  const sentence = showPath(why);
  const took = performance.now() - started;
  return { exit: null, killedBy: null, ended, output: sentence, stderr: sentence, took };
}
