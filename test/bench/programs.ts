// Programs as contenders: found on this machine or not, run, and measured from outside.

import { spawn, spawnSync } from 'node:child_process';
import { accessSync, closeSync, constants, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import type { Contender, Measured, Skipped } from './benchmark.ts';

/** Where logrotate lies is not on everybody's path. */
const folders = [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin', '/sbin', '/usr/local/sbin'];

/** The program's file; null when this machine has none. */
export function find(program: string): string | null {
  for (const folder of folders) {
    const file = join(folder, program);
    try {
      accessSync(file, constants.X_OK);
      return file;
    } catch {
      // Not here; the next folder may have it.
    }
  }
  return null;
}

/** Its own words, first line; null when there is no such program. */
export function versionOf(program: string): string | null {
  const file = find(program);
  if (file === null) return null;
  const { stdout, stderr } = spawnSync(file, ['--version'], { encoding: 'utf8' });
  return `${stdout}${stderr}`.trim().split('\n')[0] ?? '';
}

export interface Command {
  readonly program: string;
  readonly args: readonly string[];
  /** stdout goes into this new file. */
  readonly into?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Exit codes that are no failure. */
  readonly good?: readonly number[];
}

export function showCommand({ program, args, into }: Command): string {
  const words = [program, ...args].map(word => (/^[\w@%+=:,./-]+$/.test(word) ? word : `'${word}'`));
  return into === undefined ? words.join(' ') : `${words.join(' ')} > ${into}`;
}

/** GNU time tells CPU and memory of a child and its children; Node tells neither. */
const time = process.platform === 'linux' ? find('time') : null;
let count = 0;

/** @throws Error with what it said when it fails */
export async function measure(command: Command): Promise<Measured> {
  if (time === null) return { wallMs: await timed(command), cpuMs: null, peakBytes: null };
  count += 1;
  const noted = join(tmpdir(), `logmill-bench-time-${process.pid}-${count}`);
  try {
    const args = ['-f', '%U %S %M', '-o', noted, command.program, ...command.args];
    const wallMs = await timed({ ...command, program: time, args });
    // A failing program has its exit code told on a line before.
    const [user = 0, system = 0, peak = 0] =
      readFileSync(noted, 'utf8').trim().split('\n').at(-1)?.split(' ').map(Number) ?? [];
    return { wallMs, cpuMs: (user + system) * 1000, peakBytes: peak * 1024 };
  } finally {
    rmSync(noted, { force: true });
  }
}

/** Wall time alone, with nothing between us and the program. */
export async function timed({ program, args, into, env, good = [0] }: Command): Promise<number> {
  const out = into === undefined ? 'ignore' : openSync(into, 'w');
  try {
    const start = performance.now();
    const child = spawn(program, args, { stdio: ['ignore', out, 'pipe'], env: { ...process.env, ...env } });
    let said = '';
    child.stderr?.setEncoding('utf8').on('data', text => {
      said = (said + text).slice(-2000);
    });
    const code = await new Promise<number | null>((resolve, reject) => {
      child.on('error', reject);
      child.on('close', resolve);
    });
    const wallMs = performance.now() - start;
    if (code === null || !good.includes(code))
      throw new Error(`exit ${code}: ${said.trim().split('\n').at(-1) ?? ''}`);
    return wallMs;
  } finally {
    if (typeof out === 'number') closeSync(out);
  }
}

export interface Peer {
  readonly name: string;
  /** All of these are needed. */
  readonly needs: readonly string[];
  make(): Contender;
}

/** The peers that this machine has, and what is missing of the others. */
export function present(peers: readonly Peer[]): { contenders: Contender[]; skipped: Skipped[] } {
  const contenders: Contender[] = [];
  const skipped: Skipped[] = [];
  for (const peer of peers) {
    const missing = peer.needs.filter(program => find(program) === null);
    if (missing.length === 0) contenders.push(peer.make());
    else skipped.push({ name: peer.name, why: `no ${missing.join(', ')} on this machine` });
  }
  return { contenders, skipped };
}

/** What was copied must not be written back while the next one is measured. */
export function syncDisks(): void {
  spawnSync('sync');
}
