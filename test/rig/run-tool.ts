// The real binary in a child: its output, its exit code.

import { type ChildProcess, spawn } from 'node:child_process';
import path from 'node:path';

export interface Ran {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly input?: string;
}

const binary = path.join(import.meta.dirname, '../../src/bin.cjs');

/** Starts logmill with a bare environment: no colour, UTF-8, 100 columns, UTC. */
export function startTool(args: readonly string[], options: RunOptions = {}): ChildProcess {
  const env = {
    PATH: process.env.PATH,
    HOME: process.env.HOME,
    LANG: 'C.UTF-8',
    TZ: 'UTC',
    COLUMNS: '100',
    ...options.env,
  };
  return spawn(process.execPath, [binary, ...args], {
    cwd: options.cwd ?? process.cwd(),
    env,
    stdio: ['pipe', 'pipe', 'pipe'],
  });
}

export async function runTool(args: readonly string[], options: RunOptions = {}): Promise<Ran> {
  const child = startTool(args, options);
  let [stdout, stderr] = ['', ''];
  child.stdout?.setEncoding('utf8').on('data', text => {
    stdout += text;
  });
  child.stderr?.setEncoding('utf8').on('data', text => {
    stderr += text;
  });
  child.stdin?.end(options.input ?? '');
  const code = await new Promise<number | null>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', resolve);
  });
  return { code, stdout, stderr };
}
