// A folder with logs, a configuration and a state, and the door called on it as a cron job does.

import assert from 'node:assert/strict';
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { gunzipSync, gzipSync } from 'node:zlib';
import { runDoor } from '../../src/cli/logrotate/door.ts';

export const program = path.join(import.meta.dirname, '../../src/bin-logrotate.cjs');
/** The clock of a run where it is not said, in seconds: Sunday 2026-11-22 15:02 UTC. */
export const now = Date.UTC(2026, 10, 22, 15, 2, 0) / 1000;
export const day = 86_400;
export const yesterday = '2026-11-21-3:0:0';
export const onlyRoot = { skip: process.getuid?.() === 0 ? false : 'needs root' };
export const withFlock = {
  skip: spawnSync('flock', ['--version']).status === 0 ? false : 'no flock(1) here',
};

let home = '';

/** Each test of the file has a folder of its own. */
export function useHome(): void {
  beforeEach(() => {
    home = mkdtempSync(path.join(tmpdir(), 'logmill-door-'));
    chmodSync(home, 0o755);
    process.env.TZ = 'UTC';
  });
  afterEach(() => rmSync(home, { recursive: true, force: true }));
}

export const at = (name = '.'): string => path.join(home, name);

/** `@/` in a text is the folder, and a name that ends in .gz is packed. */
export function put(name: string, text: string, ageDays = 0, mode = 0o644): void {
  mkdirSync(path.dirname(at(name)), { recursive: true });
  const whole = text.replaceAll('@/', `${home}/`);
  writeFileSync(at(name), name.endsWith('.gz') ? gzipSync(whole) : whole);
  chmodSync(at(name), mode);
  utimesSync(at(name), now - ageDays * day - 60, now - ageDays * day - 60);
}

export function putAll(files: Readonly<Record<string, string>>): void {
  for (const [name, text] of Object.entries(files)) put(name, text);
}

export const configure = (text: string): void => put('conf', text);

export function remember(entries: Readonly<Record<string, string>>): void {
  const lines = Object.entries(entries).map(([name, last]) => `"@/${name}" ${last}\n`);
  put('state', `logrotate state -- version 2\n${lines.join('')}`, 0, 0o640);
}

export const stateText = (): string => readFileSync(at('state'), 'utf8');

export function lastOf(name: string): string | undefined {
  return new RegExp(`^"${RegExp.escape(at(name))}" (.*)$`, 'm').exec(stateText())?.[1];
}

const notLogs = new Set(['conf', 'conf.d', 'state', 'state.logmill', 'out', 'bin']);

/** Name → text of what is left but for what the door was given; archives are unpacked. */
export function tree(folder = home): Record<string, string> {
  const found: Record<string, string> = {};
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const place = path.join(folder, entry.name);
    if (folder === home && notLogs.has(entry.name)) continue;
    if (entry.isDirectory())
      for (const [name, text] of Object.entries(tree(place))) found[`${entry.name}/${name}`] = text;
    else if (entry.isFile()) {
      const bytes = readFileSync(place);
      found[entry.name] = (entry.name.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString();
    }
  }
  return found;
}

export const names = (): string[] => Object.keys(tree()).sort();

const environment = (clock: number): NodeJS.ProcessEnv => ({
  ...process.env,
  TZ: 'UTC',
  LOGMILL_NOW: `${clock}`,
});

const doorArgs = (more: readonly string[]): string[] => ['-s', at('state'), ...more];

export interface Ran {
  readonly exit: number | null;
  /** What it said on stderr, the folder as `@`. */
  readonly said: string;
}

/** Within this process, with `conf` as the only configuration. */
export async function run(more: readonly string[] = [], clock = now): Promise<Ran> {
  const { write } = process.stderr;
  let said = '';
  process.stderr.write = (text: string | Uint8Array): boolean => {
    said += text.toString();
    return true;
  };
  Object.assign(process.env, environment(clock));
  try {
    const exit = await runDoor([...doorArgs(more), at('conf')]);
    return { exit, said: said.replaceAll(home, '@') };
  } finally {
    process.stderr.write = write;
    delete process.env.LOGMILL_NOW;
  }
}

/** As a program of its own, to its end. @param paths instead of `conf` */
export function runProgram(
  more: readonly string[],
  paths: readonly string[] = [at('conf')],
  env: NodeJS.ProcessEnv = {},
): Ran & { readonly out: string } {
  const done = spawnSync(process.execPath, [program, ...doorArgs(more), ...paths], {
    cwd: home,
    encoding: 'utf8',
    env: { ...environment(now), ...env },
  });
  return { exit: done.status, said: done.stderr.replaceAll(home, '@'), out: done.stdout };
}

export function start(...more: readonly string[]): ChildProcess {
  const args = [program, ...doorArgs(more), at('conf')];
  return spawn(process.execPath, args, { env: environment(now), stdio: 'ignore' });
}

export const ended = (child: ChildProcess): Promise<number | null> =>
  new Promise(resolve => child.once('exit', code => resolve(code)));

export async function until(isSo: () => boolean): Promise<void> {
  const deadline = Date.now() + 20_000;
  while (!isSo()) {
    assert.ok(Date.now() < deadline, 'it never came');
    await pause(10);
  }
}
