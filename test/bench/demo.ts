// Everything in half a minute: twelve services that log at speed, and logmill as their sidecar.
// Works in a temporary folder of its own, which is gone at the end, also after Ctrl-C.

import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { formatBytes } from '../../src/units/bytes.ts';

const root = join(import.meta.dirname, '..', '..');
const logmill = join(root, 'src', 'bin.cjs');
const writer = join(import.meta.dirname, 'demo-services.ts');
const showFor = 20_000;

const folder = mkdtempSync(join(tmpdir(), 'logmill-demo-'));
const logs = join(folder, 'logs');
const state = join(folder, 'state');
const policyFile = join(folder, 'services.conf');
const children: ChildProcess[] = [];
const stop = new AbortController();

// Once: end in order. Twice: end now; what stands below is done all the same.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, () => (stop.signal.aborted ? process.exit(130) : stop.abort()));
}
// The last thing in any case: nothing that was started goes on, and nothing is left behind.
process.on('exit', () => {
  for (const child of children) child.kill('SIGKILL');
  rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
});

writeFileSync(policyFile, policyText());
process.exitCode = await show();

async function show(): Promise<number> {
  say(`twelve services write into ${logs}; this is the policy that logmill serves:\n\n${policyText()}`);
  const services = start(writer, [logs]);
  await appearance(services);
  const plain = process.stdout.isTTY ? [] : ['--plain'];
  const sidecar = start(logmill, ['run', ...plain, '--state-dir', state, policyFile]);
  await Promise.race([wait(showFor, undefined, { signal: stop.signal }).catch(() => null), ended(sidecar)]);
  const failed = sidecar.exitCode !== null && sidecar.exitCode !== 0;
  await end(services);
  await end(sidecar);
  if (failed) {
    say(`logmill run ended early, with exit code ${sidecar.exitCode}`);
    return 1;
  }
  if (stop.signal.aborted) return 130;
  return summary();
}

function summary(): number {
  say(`after ${showFor / 1000} seconds, what the record says:\n`);
  const report = spawnSync(process.execPath, [logmill, 'report', '--state-dir', state], { stdio: 'inherit' });
  const sizes = readdirSync(logs).map(name => statSync(join(logs, name)).size);
  const bytes = sizes.reduce((sum, size) => sum + size, 0);
  say(
    `${sizes.length} files with ${formatBytes(bytes)} lie in the folder now; it is removed with everything in it`,
  );
  return report.status ?? 1;
}

function policyText(): string {
  return [
    `"${logs}/*.log" {`,
    '    # As soon as a log is over this size; the sidecar sees it within a second.',
    '    size 4M',
    '    rotate 20',
    '    # The services append and never open their logs anew.',
    '    copytruncate',
    '    compress',
    '    compresscmd zstd',
    '    compressoptions -1',
    '}',
    '',
  ].join('\n');
}

function start(program: string, args: readonly string[]): ChildProcess {
  // A group of its own: Ctrl-C comes to us alone, and we end the others in order.
  const child = spawn(process.execPath, [program, ...args], {
    stdio: ['ignore', 'inherit', 'inherit'],
    detached: true,
  });
  children.push(child);
  return child;
}

/** Resolves once the services have written, or have ended without doing so. */
async function appearance(services: ChildProcess): Promise<void> {
  while (services.exitCode === null && !stop.signal.aborted) {
    const names = namesIn(logs);
    if (names.length >= 12) return;
    await wait(20);
  }
}

function namesIn(path: string): string[] {
  try {
    return readdirSync(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill('SIGTERM');
  const gone = ended(child);
  const late = new AbortController();
  const patience = wait(8000, 'late', { signal: late.signal }).catch(() => null);
  if ((await Promise.race([gone, patience])) === 'late') child.kill('SIGKILL');
  late.abort();
  await gone;
}

function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve();
  return new Promise(resolve => {
    child.once('exit', () => resolve());
  });
}

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}
