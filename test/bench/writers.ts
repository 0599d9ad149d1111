// Processes that write logs, compiled from writer.c: nothing else is fast enough to lose lines to.

import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { find } from './programs.ts';

/** The compiled writer; null where there is no C compiler. */
export function compileWriter(folder: string): string | null {
  const compiler = find('cc') ?? find('gcc') ?? find('clang');
  if (compiler === null) return null;
  const program = join(folder, 'writer');
  const { status, stderr } = spawnSync(
    compiler,
    ['-O2', '-o', program, join(import.meta.dirname, 'writer.c')],
    { encoding: 'utf8' },
  );
  if (status !== 0) throw new Error(`the writer cannot be compiled: ${stderr}`);
  return program;
}

export interface Writing {
  readonly pid: number;
  /** Ends it without a word, when nothing will be counted. */
  kill(): void;
  /** Ends the writer; how many lines it has written. */
  stop(): Promise<number>;
}

/** See writer.c. */
export type How = 'KEEP' | 'REOPEN' | 'JUMP' | 'HUP' | 'USR1' | 'LATE' | 'BURST';

export function startWriter(program: string, file: string, rate: number, how: How): Writing {
  const child = spawn(program, [file, String(rate), how], { stdio: ['ignore', 'pipe', 'inherit'] });
  let said = '';
  child.stdout.setEncoding('utf8').on('data', text => {
    said += text;
  });
  const over = ended(child);
  return {
    pid: child.pid ?? 0,
    kill: () => {
      child.kill('SIGKILL');
    },
    stop: async () => {
      child.kill('SIGTERM');
      await over;
      if (child.exitCode !== 0)
        throw new Error(`the writer of ${file} ended with ${child.exitCode ?? child.signalCode}`);
      return Number(said);
    },
  };
}

/** Resolves when the child is gone. */
export function ended(child: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', () => resolve());
  });
}
