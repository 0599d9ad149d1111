// The service over writers of every kind for minutes, killed at random: at the end every line must stand in
// exactly one place, and the service must not have grown. `npm run soak -- --minutes N --seed S`.

import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import {
  appendFileSync,
  closeSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { joined, readLog } from '../../src/archive/read-log.ts';
import { observeGenerations } from '../../src/observe/generations.ts';
import { observeLogs } from '../../src/observe/log-sets.ts';
import { readPolicyFiles } from '../../src/observe/policies.ts';
import { emptyState } from '../../src/plan/state.ts';
import { thisMachine } from '../../src/world/this-machine.ts';
import { allThere, type Counted, countLines } from '../rig/numbered-lines.ts';
import { find } from './programs.ts';
import { pause } from './service.ts';
import { compileWriter, ended, type How, startWriter, type Writing } from './writers.ts';

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '2' },
    seed: { type: 'string', default: '1' },
    keep: { type: 'boolean', default: false },
  },
});
const root = mkdtempSync(path.join(tmpdir(), 'logmill-soak-'));
const logs = path.join(root, 'logs');
const bin = path.join(import.meta.dirname, '../../src/bin.cjs');
const random = mulberry(Number(values.seed));

/** A kind of writer, and the rotation that is right for it (its log is put for LOG, its pid for PID). */
interface Kind {
  readonly name: string;
  readonly count: number;
  readonly how: How | 'SHELL' | 'SUPERVISED';
  readonly rate: number;
  readonly policy: string;
}

const kinds: readonly Kind[] = [
  { name: 'append', count: 3, how: 'KEEP', rate: 3_000, policy: 'copytruncate\ncompress' },
  {
    name: 'append-delay',
    count: 2,
    how: 'KEEP',
    rate: 800,
    policy: 'copytruncate\ncompress\ndelaycompress\ndateext\ndateformat -%s',
  },
  { name: 'jump', count: 3, how: 'JUMP', rate: 1_500, policy: 'copytruncate\ntruncatewith punch\ncompress' },
  {
    name: 'hup',
    count: 2,
    how: 'HUP',
    rate: 2_000,
    policy: 'compress\nnocreate\npostrotate\nkill -HUP PID\nendscript',
  },
  {
    name: 'usr1',
    count: 2,
    how: 'USR1',
    rate: 2_000,
    policy: 'compress\ndateext\ndateformat -%s\nnocreate\npostrotate\nkill -USR1 PID\nendscript',
  },
  {
    name: 'late',
    count: 2,
    how: 'LATE',
    rate: 1_000,
    policy: 'compress\nnocreate\npostrotate\nkill -HUP PID\nendscript',
  },
  { name: 'watched', count: 1, how: 'REOPEN', rate: 2_000, policy: 'compress\nnocreate' },
  { name: 'burst', count: 2, how: 'BURST', rate: 0, policy: 'copytruncate\ncompress' },
  { name: 'shell', count: 1, how: 'SHELL', rate: 100, policy: 'copytruncate\nnocompress' },
  {
    name: 'supervised',
    count: 2,
    how: 'SUPERVISED',
    rate: 1_000,
    policy: 'compress\nnocreate\npostrotate\nkill -USR2 SUPERVISORD\nendscript',
  },
];

interface Subject {
  readonly log: string;
  readonly kind: Kind;
  readonly writing: Writing;
}

const writer = compileWriter(root);
if (writer === null) throw new Error('the soak needs a C compiler');
mkdirSync(logs);
const supervisor = await startSupervisord(writer);
const subjects = startAll(writer, supervisor);
writeFileSync(path.join(root, 'soak.conf'), policies(subjects));
let written: ReadonlyMap<string, number> = new Map();
let living: ChildProcess | null = null;
process.on('exit', () => {
  living?.kill('SIGKILL');
  supervisor.child?.kill('SIGTERM');
});
const churn = setInterval(churnOnce, 300);
const report = await soak(Number(values.minutes) * 60_000);
clearInterval(churn);
const found = await endOf(subjects);
say(report, found);
if (!values.keep) rmSync(root, { recursive: true, force: true });

function startAll(program: string, { pid }: { readonly pid: number | null }): Subject[] {
  const all: Subject[] = [];
  for (const kind of kinds) {
    if (kind.how === 'SUPERVISED' && pid === null) continue;
    for (let number = 0; number < kind.count; number += 1) {
      const log = path.join(logs, `${kind.name}-${number}.log`);
      all.push({ log, kind, writing: startOne(program, kind, log) });
    }
  }
  return all;
}

function startOne(program: string, { how, rate, name }: Kind, log: string): Writing {
  if (how === 'SHELL') return startShell(log, rate);
  if (how === 'SUPERVISED') {
    // supervisord has started it already, and ends it; it says how many lines there were.
    const told = path.join(root, `${path.basename(log, '.log')}.count`);
    return { pid: 0, kill: () => {}, stop: async () => Number(readFileSync(told, 'utf8')) };
  }
  return startWriter(program, log, name.startsWith('burst') ? 0 : rate, how);
}

/** Opened, appended to and closed for each line, as by a shell's >>. */
function startShell(log: string, rate: number): Writing {
  let lines = 0;
  const timer = setInterval(() => {
    appendFileSync(log, `${`${String(lines).padStart(12, '0')} a line of a shell`.padEnd(63, '.')}\n`);
    lines += 1;
  }, 1000 / rate);
  return {
    pid: 0,
    kill: () => clearInterval(timer),
    stop: async () => {
      clearInterval(timer);
      return lines;
    },
  };
}

async function startSupervisord(
  program: string,
): Promise<{ readonly pid: number | null; readonly child: ChildProcess | null }> {
  const supervisord = find('supervisord');
  if (supervisord === null) return { pid: null, child: null };
  const programs = [0, 1].map(
    number => `[program:p${number}]
command=${program} - 1000 KEEP ${root}/supervised-${number}.count
stdout_logfile=${logs}/supervised-${number}.log
stdout_logfile_maxbytes=0
redirect_stderr=false
autorestart=false
`,
  );
  const conf = path.join(root, 'supervisord.conf');
  writeFileSync(
    conf,
    `[supervisord]\nnodaemon=true\nlogfile=${root}/supervisord.log\npidfile=${root}/supervisord.pid\n\n${programs.join('\n')}`,
  );
  const child = spawn(supervisord, ['-c', conf], { stdio: 'ignore' });
  while (!existsSync(path.join(root, 'supervisord.pid')) || !existsSync(path.join(logs, 'supervised-1.log')))
    await pause(20);
  return { pid: child.pid ?? null, child };
}

function policies(all: readonly Subject[]): string {
  const sections = all.map(({ log, kind, writing }) => {
    const body = kind.policy
      .replaceAll('SUPERVISORD', String(supervisor.pid))
      .replaceAll('PID', String(writing.pid));
    return `${log} {\nsize 200k\nrotate 100000\nmissingok\n${body}\n}\n`;
  });
  return `${sections.join('')}${logs}/churn-*.log {\nsize 10k\nrotate 2\nmissingok\nnotifempty\ncopytruncate\n}\n`;
}

/** Logs that come and go under the service's feet; what is in them counts for nothing. */
function churnOnce(): void {
  const name = path.join(logs, `churn-${Math.floor(random() * 8)}.log`);
  if (existsSync(name) && random() < 0.5) unlinkSync(name);
  else appendFileSync(name, 'gone in a moment\n'.repeat(Math.floor(random() * 2000)));
}

interface Use {
  readonly memory: number;
  readonly descriptors: number;
  readonly children: number;
}

interface Report {
  readonly kills: number;
  /** Of the last life, which is not killed: after its first quarter, and at its end. */
  readonly early: Use;
  readonly late: Use;
  readonly endedIn: number;
  readonly exit: number | null;
}

/** Half of the time the service is killed every 2 to 8 seconds, half of it lives. */
async function soak(ms: number): Promise<Report> {
  const start = performance.now();
  let kills = 0;
  while (performance.now() - start < ms / 2) {
    const service = startService();
    await pause(2_000 + random() * 6_000);
    service.child.kill('SIGKILL');
    await service.over;
    kills += 1;
  }
  const { child, over } = startService();
  const began = performance.now();
  const uses: Use[] = [];
  while (performance.now() - start < ms) {
    await pause(500);
    if (child.exitCode !== null) throw new Error(`the service ended: ${tail()}`);
    if (performance.now() - began > ms / 8) uses.push(useOf(child.pid ?? 0));
  }
  const third = Math.max(1, Math.floor(uses.length / 3));
  await stopWriters();
  await pause(4_000);
  const asked = performance.now();
  child.kill('SIGTERM');
  await over;
  return {
    kills,
    early: middle(uses.slice(0, third)),
    late: middle(uses.slice(-third)),
    endedIn: performance.now() - asked,
    exit: child.exitCode,
  };
}

function startService(): { readonly child: ChildProcess; readonly over: Promise<void> } {
  const out = openSync(path.join(root, 'service.log'), 'a');
  const child = spawn(
    process.execPath,
    [bin, 'run', '--json', '--state-dir', path.join(root, 'state'), path.join(root, 'soak.conf')],
    { stdio: ['ignore', out, out] },
  );
  closeSync(out);
  living = child;
  return { child, over: ended(child) };
}

function useOf(pid: number): Use {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim();
  return {
    memory: Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? 0) * 1024,
    descriptors: readdirSync(`/proc/${pid}/fd`).length,
    children: children === '' ? 0 : children.split(' ').length,
  };
}

/** The median of each: a rotation that is going on just then counts for nothing. */
function middle(uses: readonly Use[]): Use {
  const of = (key: keyof Use) =>
    uses.map(use => use[key]).sort((a, b) => a - b)[Math.floor(uses.length / 2)] ?? 0;
  return { memory: of('memory'), descriptors: of('descriptors'), children: of('children') };
}

async function stopWriters(): Promise<void> {
  if (supervisor.child !== null) {
    const over = ended(supervisor.child).catch(() => {});
    supervisor.child.kill('SIGTERM');
    await over;
  }
  const counts = await Promise.all(
    subjects.map(async ({ log, writing }) => [log, await writing.stop()] as const),
  );
  written = new Map(counts);
}

interface Found extends Counted {
  readonly log: string;
  readonly lines: number;
  readonly generations: number;
}

async function endOf(all: readonly Subject[]): Promise<readonly Found[]> {
  const world = thisMachine();
  // Whatever was interrupted last is finished; nothing else may be due.
  const last = spawnSync(
    process.execPath,
    [bin, 'apply', '--quiet', '--state-dir', path.join(root, 'state'), path.join(root, 'soak.conf')],
    { encoding: 'utf8' },
  );
  if (last.status !== 0)
    process.stderr.write(`the last round ended with ${last.status}: ${last.stderr.slice(-2000)}\n`);
  const read = readPolicyFiles(world, [path.join(root, 'soak.conf')], 'logmill');
  const first = await observeLogs(world, read.policies, { nonce: 'soak' });
  const seen = await observeGenerations(world, first, 'all', emptyState, 'with writers');
  const found: Found[] = [];
  for (const { log } of all) {
    const logSet = seen.logSets.find(one => one.path === log);
    const lines = written.get(log) ?? 0;
    if (logSet === undefined) throw new Error(`${log} is gone`);
    const counted = await countLines(joined(readLog(logSet, world.disk)), lines);
    found.push({ log: path.basename(log), lines, generations: logSet.generations.length, ...counted });
  }
  return found;
}

function say(soaked: Report, all: readonly Found[]): void {
  const wrong = all.filter(one => Object.keys(allThere).some(key => one[key as keyof Counted] !== 0));
  for (const one of all) process.stdout.write(`${JSON.stringify(one)}\n`);
  process.stdout.write(`${JSON.stringify(soaked)}\n`);
  const left = readdirSync(logs).filter(name => name.startsWith('.logmill'));
  const { early, late, endedIn, exit } = soaked;
  const faults = [
    ...wrong.map(one => `${one.log}: lines are not in exactly one place each`),
    ...left.map(name => `${name} is left over`),
    ...(late.memory > early.memory * 1.25 + 8e6
      ? [`memory grew from ${early.memory} to ${late.memory}`]
      : []),
    ...(late.descriptors > early.descriptors + 8 ? ['descriptors grew'] : []),
    ...(late.children > early.children + 2 ? ['children grew'] : []),
    ...(endedIn > 10_000 || exit !== 0 ? [`it ended with ${exit} after ${Math.round(endedIn)} ms`] : []),
  ];
  for (const fault of faults) process.stdout.write(`FAULT ${fault}\n`);
  process.stdout.write(faults.length === 0 ? 'nothing lost, nothing grew\n' : `kept: ${root}\n`);
  if (faults.length > 0) process.exit(1);
}

function tail(): string {
  return readFileSync(path.join(root, 'service.log'), 'utf8').slice(-2000);
}

/** mulberry32: small, seeded, the same everywhere. */
function mulberry(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
