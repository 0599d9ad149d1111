// A temporary folder for one test, gone when the test is.

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';

export function aFolder(context: TestContext): string {
  const folder = mkdtempSync(join(realpathSync(tmpdir()), 'logmill-world-'));
  context.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** A program that opens a FIFO to write, and waits there for a reader. */
export async function aWaitingWriter(context: TestContext, fifo: string): Promise<ChildProcess> {
  const writer = spawn('sh', ['-c', 'echo ready; [ -p "$1" ] && echo x > "$1"', 'sh', fifo], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  context.after(() => writer.kill('SIGKILL'));
  await once(writer.stdout, 'data');
  return writer;
}

/** Polls for what a test waits for, and fails with its name after 5 s. */
export async function until(what: string, isSo: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = performance.now() + 5_000;
  while (!(await isSo())) {
    if (performance.now() > deadline) throw new Error(`not within 5 s: ${what}`);
    await new Promise(resolve => setTimeout(resolve, 5));
  }
}
