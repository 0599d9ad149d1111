// The real program under a shim (calls.c) that counts and logs its file system calls in given folders,
// and at one of them kills it, fails the call, shortens it, or runs a program first. Needs gcc and Linux.

import { spawn, spawnSync } from 'node:child_process';
import {
  closeSync,
  existsSync,
  mkdtempSync,
  openSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface Call {
  readonly number: number;
  readonly pid: number;
  /** create, open, write, read, truncate, sync, chmod, chown, times, fallocate, unlink, link, rename, mkdir, stat, … */
  readonly op: string;
  readonly result: 'ok' | 'error' | 'failed' | 'killed' | 'swapped';
  readonly inode: string;
  /** Type and permission bits after the call; 0 when there is nothing (any more). */
  readonly mode: number;
  readonly length: number;
  readonly offset: number;
  readonly size: number;
  readonly path: string;
  readonly to: string | null;
}

export interface Watch {
  /** Only calls on what lies in these folders count. */
  readonly under: readonly string[];
  /** Not said: those that change something. */
  readonly ops?: string;
  readonly at?: number;
  /** At this call and all that follow. */
  readonly from?: number;
  readonly act?: 'kill' | 'short' | `errno:${number}` | `run:${string}`;
}

export interface Watched {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
  readonly calls: readonly Call[];
}

export interface Setting {
  readonly cwd: string;
  readonly env?: Readonly<Record<string, string>>;
}

const program = process.env.LOGMILL_PROGRAM ?? join(import.meta.dirname, '../../src/bin.cjs');

/** Why there can be no shim here; false where there can. */
export const noShim: string | false =
  process.platform !== 'linux'
    ? 'the shim is for Linux'
    : spawnSync('gcc', ['--version']).error === undefined
      ? false
      : 'there is no gcc here';

let built: string | null = null;

function shim(): string {
  if (built !== null) return built;
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'logmill-shim-')));
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  const library = join(folder, 'calls.so');
  const args = ['-O1', '-w', '-shared', '-fPIC', '-o', library, join(import.meta.dirname, 'calls.c'), '-ldl'];
  const made = spawnSync('gcc', args, { encoding: 'utf8' });
  if (made.status !== 0) throw new Error(made.stderr);
  built = library;
  return library;
}

let runs = 0;

/** Runs logmill with these arguments, watched or (with null) as it is. */
export async function runWatched(
  args: readonly string[],
  setting: Setting,
  watch: Watch | null = null,
): Promise<Watched> {
  const folder = watch === null ? '' : join(shim(), '..');
  runs += 1;
  const [count, log] = [join(folder, `count-${runs}`), join(folder, `log-${runs}`)];
  if (watch !== null) {
    writeFileSync(count, Buffer.alloc(16));
    closeSync(openSync(log, 'w', 0o666));
  }
  const env = {
    PATH: process.env.PATH,
    HOME: process.env.HOME,
    LANG: 'C.UTF-8',
    TZ: 'UTC',
    COLUMNS: '160',
    // See all-seen.ts.
    ...(process.env.NODE_OPTIONS === undefined ? {} : { NODE_OPTIONS: process.env.NODE_OPTIONS }),
    ...(process.env.XDG_RUNTIME_DIR === undefined ? {} : { XDG_RUNTIME_DIR: process.env.XDG_RUNTIME_DIR }),
    ...(watch === null ? {} : variables(watch, count, log)),
    ...setting.env,
  };
  const child = spawn(process.execPath, [program, ...args], {
    cwd: setting.cwd,
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let [stdout, stderr] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', text => {
    stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', text => {
    stderr += text;
  });
  const ended = await new Promise<{ code: number | null; signal: NodeJS.Signals | null }>(
    (resolve, reject) => {
      child.once('error', reject);
      child.once('close', (code, signal) => resolve({ code, signal }));
    },
  );
  const calls = watch !== null && existsSync(log) ? readCalls(readFileSync(log, 'latin1')) : [];
  if (watch !== null) for (const file of [count, log]) rmSync(file, { force: true });
  return { ...ended, stdout, stderr, calls };
}

function variables(watch: Watch, count: string, log: string): Record<string, string> {
  return {
    LD_PRELOAD: shim(),
    CALLS_UNDER: watch.under.join(':'),
    CALLS_COUNT: count,
    CALLS_LOG: log,
    CALLS_OPS: watch.ops ?? 'changes',
    CALLS_AT: String(watch.at ?? 0),
    CALLS_FROM: String(watch.from ?? 0),
    ...(watch.act === undefined ? {} : { CALLS_DO: watch.act }),
  };
}

function readCalls(text: string): Call[] {
  return text
    .split('\n')
    .filter(line => line !== '')
    .map(line => {
      const [number, pid, op, result, inode, mode, length, offset, size, path, to] = line.split(' ');
      return {
        number: Number(number),
        pid: Number(pid),
        op: op ?? '',
        // The shim writes one of these words.
        result: result as Call['result'],
        inode: inode ?? '',
        mode: Number.parseInt(mode ?? '0', 8),
        length: Number(length),
        offset: Number(offset),
        size: Number(size),
        path: unescaped(path ?? ''),
        to: to === '-' ? null : unescaped(to ?? ''),
      };
    })
    .sort((a, b) => a.number - b.number);
}

function unescaped(text: string): string {
  return text.replaceAll(/%([0-9a-f]{2})/g, (_, hex: string) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  );
}

/** A call in words, for messages. */
export function showCall(call: Call | undefined): string {
  if (call === undefined) return 'no call';
  const name = (path: string): string => path.split('/').at(-1) ?? path;
  return `call ${call.number}, ${call.op} ${name(call.path)}${call.to === null ? '' : ` to ${name(call.to)}`}`;
}
