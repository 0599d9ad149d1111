// Calls logrotate under faketime, and our door: mostly in a process that lives on, and for one seed in
// twelve as the program that people start.

import { type ChildProcess, execFile, execFileSync, fork } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import type { Answer, Call } from './served-door.ts';

export type Program = 'logrotate' | 'served door' | 'door';

const door = path.join(import.meta.dirname, '../../src/bin-logrotate.cjs');
const logrotate = '/usr/sbin/logrotate';
const deadlineMs = 60_000;

/** Why the two cannot be compared on this machine, or null. */
export function missingHere(): string | null {
  try {
    const version = execFileSync(logrotate, ['--version'], { encoding: 'utf8', stdio: 'pipe' });
    if (!/logrotate 3\.21/.test(version)) return `logrotate is not 3.21: ${version.split('\n')[0]}`;
  } catch {
    return 'there is no logrotate 3.21 here';
  }
  for (const [program, option] of [
    ['faketime', '--version'],
    ['setfacl', '--version'],
    ['shred', '--version'],
    ['xz', '--version'],
  ] as const) {
    try {
      execFileSync(program, [option], { stdio: 'ignore' });
    } catch {
      return `there is no ${program} here`;
    }
  }
  return fs.existsSync('/usr/share/zoneinfo/Asia/Kolkata') ? null : 'there is no zone database here';
}

export interface Doors {
  /** @param now in seconds */
  run(program: Program, folder: string, args: readonly string[], zone: string, now: number): Promise<Answer>;
  end(): void;
}

export function openDoors(): Doors {
  let served: ChildProcess | null = null;
  return {
    async run(program, folder, args, zone, now) {
      const env = { LANG: 'C.UTF-8', TZ: zone };
      if (program === 'logrotate') {
        library ??= fakeTimeLibrary();
        const fake = { LD_PRELOAD: library, FAKETIME: `@${now}`, FAKETIME_FMT: '%s', NO_FAKE_STAT: '1' };
        return runProgram(logrotate, args, folder, { ...env, ...fake });
      }
      const ours = { ...env, LOGMILL_NOW: `${now}` };
      if (program === 'door') return runProgram(process.execPath, [door, ...args], folder, ours);
      served ??= fork(path.join(import.meta.dirname, 'served-door.ts'), {
        execArgv: [],
        stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
      });
      return ask(served, { folder, args, env: ours });
    },
    end: () => void served?.kill(),
  };
}

/**
 * What faketime(1) loads. Its own start is spared: it makes a semaphore by its process id, and when
 * one of an earlier process is still there it leaves with exit status 0, nothing having been run.
 */
function fakeTimeLibrary(): string {
  return execFileSync('faketime', ['-f', '+0d', 'printenv', 'LD_PRELOAD'], { encoding: 'utf8' }).trim();
}

let library: string | null = null;

function ask(served: ChildProcess, call: Call): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const ended = (): void => reject(new Error(`the door ended: ${JSON.stringify(call)}`));
    served.once('exit', ended);
    served.once('message', answer => {
      served.off('exit', ended);
      resolve(answer as Answer); // what served-door.ts sends
    });
    served.send(call);
  });
}

function runProgram(
  program: string,
  args: readonly string[],
  cwd: string,
  env: Readonly<Record<string, string>>,
): Promise<Answer> {
  const bare = { PATH: process.env.PATH, HOME: process.env.HOME };
  return new Promise((resolve, reject) => {
    execFile(
      program,
      args,
      { cwd, env: { ...bare, ...env }, timeout: deadlineMs, maxBuffer: 1 << 26 },
      (error, _, said) => {
        if (error !== null && typeof error.code !== 'number') return reject(error);
        resolve({ exit: typeof error?.code === 'number' ? error.code : 0, said });
      },
    );
  });
}
