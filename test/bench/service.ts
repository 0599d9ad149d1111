// The running service as something to measure: started, waited for, asked what it uses, stopped.

import { spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Ground } from './benchmark.ts';
import { ended } from './writers.ts';

export interface Service {
  /** Milliseconds of CPU so far; null where /proc does not tell. */
  cpuMs(): number | null;
  residentBytes(): number | null;
  peakBytes(): number | null;
  stop(): Promise<void>;
}

export interface Place {
  readonly policy: string;
  readonly record: string;
}

export function serviceArgs({ tool }: Ground, { policy, record }: Place): readonly string[] {
  return [tool.bin, 'run', '--json', '--state-dir', record, policy];
}

/** Started, its first round done. @throws Error when it ends before that */
export async function startService(ground: Ground, place: Place): Promise<Service> {
  const said = join(ground.folder, 'service.log');
  const out = openSync(said, 'w');
  const child = spawn(ground.tool.node, serviceArgs(ground, place), { stdio: ['ignore', out, out] });
  closeSync(out);
  const over = ended(child);
  const isUp = () => /plan applied|startup/.test(readFileSync(said, 'utf8'));
  await until(() => isUp() || child.exitCode !== null, 120_000);
  if (child.exitCode !== null)
    throw new Error(`the service ended: ${readFileSync(said, 'utf8').slice(-500)}`);
  const { pid } = child;
  return {
    cpuMs: () => cpuOf(pid),
    residentBytes: () => memoryOf(pid, 'VmRSS'),
    peakBytes: () => memoryOf(pid, 'VmHWM'),
    stop: async () => {
      child.kill('SIGTERM');
      await over;
    },
  };
}

/** Looks every millisecond; how long it took. @throws Error after `limitMs` */
export async function until(isSo: () => boolean, limitMs: number): Promise<number> {
  const start = performance.now();
  while (!isSo()) {
    if (performance.now() - start > limitMs) throw new Error(`not within ${limitMs} ms`);
    await pause(1);
  }
  return performance.now() - start;
}

export function pause(ms: number): Promise<void> {
  return new Promise(resolve => {
    setTimeout(resolve, ms);
  });
}

/** proc(5): fields 14 and 15, in ticks of 10 ms. */
function cpuOf(pid: number | undefined): number | null {
  const stat = read(`/proc/${pid}/stat`);
  const fields = stat?.slice(stat.lastIndexOf(')') + 2).split(' ');
  return fields === undefined ? null : (Number(fields[11]) + Number(fields[12])) * 10;
}

function memoryOf(pid: number | undefined, field: string): number | null {
  const found = new RegExp(`^${field}:\\s+(\\d+) kB`, 'm').exec(read(`/proc/${pid}/status`) ?? '');
  return found === null ? null : Number(found[1]) * 1024;
}

function read(file: string): string | null {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    // macOS has no /proc.
    return null;
  }
}
