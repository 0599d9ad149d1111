// `npm run bench`: peers and logmill in turn on the same input; medians and ratios as a table.
// It measures and shows; nothing fails because it was slow.

import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { type Benchmark, compare, type Ground, type Result } from './benchmark.ts';
import { benchmarks } from './benchmarks.ts';
import { writeLogs } from './corpus.ts';
import { thisMachine } from './machine.ts';
import { showMachine, showResult } from './show.ts';
import { buildTool } from './tool.ts';

const usage = `usage: npm run bench -- [--quick] [--only NAME]... [--rounds N] [--json] [--corpus FILE]

  --quick        smaller inputs, fewer rounds; within five minutes
  --only NAME    one of: ${benchmarks.map(one => one.name).join(', ')}
  --rounds N     how often each contender runs
  --json         results as data on stdout
  --corpus FILE  another generator of logs: node FILE --out DIR --seed 1 --size BYTES
`;

const { values: options } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    only: { type: 'string', multiple: true, default: [] },
    rounds: { type: 'string' },
    json: { type: 'boolean', default: false },
    corpus: { type: 'string' },
    help: { type: 'boolean', default: false },
  },
});

async function main(): Promise<number> {
  const wanted = chosen(options.only.flatMap(names => names.split(',')));
  const rounds = options.rounds === undefined ? null : Number(options.rounds);
  if (typeof wanted === 'string') return say(`${wanted}\n${usage}`, 64);
  if (rounds !== null && !(Number.isInteger(rounds) && rounds > 0))
    return say(`'${options.rounds}' is not a number of rounds\n${usage}`, 64);

  const root = realpathSync(mkdtempSync(join(tmpdir(), 'logmill-bench-')));
  const remove = () => rmSync(root, { recursive: true, force: true, maxRetries: 3 });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.once(signal, () => {
      remove();
      process.exit(1);
    });
  }
  try {
    const machine = thisMachine();
    if (!options.json) process.stdout.write(`${showMachine(machine)}\n`);
    const results: Result[] = [];
    for (const benchmark of wanted) {
      const result = await measured(benchmark, root, rounds);
      results.push(result);
      if (!options.json) process.stdout.write(`${showResult(result)}\n`);
    }
    if (options.json) process.stdout.write(`${JSON.stringify({ format: 1, machine, results }, null, 2)}\n`);
    return results.some(result => result.rows.some(row => row.failed !== null)) ? 1 : 0;
  } finally {
    remove();
  }
}

function chosen(names: readonly string[]): readonly Benchmark[] | string {
  const unknown = names.find(name => !benchmarks.some(one => one.name === name));
  if (unknown !== undefined) return `there is no benchmark '${unknown}'`;
  return names.length === 0 ? benchmarks : benchmarks.filter(one => names.includes(one.name));
}

async function measured(benchmark: Benchmark, root: string, rounds: number | null): Promise<Result> {
  process.stderr.write(`${benchmark.name} …\n`);
  const folder = join(root, benchmark.name);
  mkdirSync(folder);
  const ground: Ground = {
    quick: options.quick,
    folder,
    tool: toolIn(root),
    logs: bytes => logsIn(root, bytes),
  };
  try {
    const trial = await benchmark.prepare(ground);
    return await compare(benchmark, trial, rounds ?? benchmark.rounds[options.quick ? 'quick' : 'full']);
  } finally {
    rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
  }
}

let tool: Ground['tool'] | null = null;

/** Made once. */
function toolIn(root: string): Ground['tool'] {
  tool ??= buildTool(join(root, 'package'));
  return tool;
}

const corpora = new Map<number, string>();

async function logsIn(root: string, bytes: number): Promise<string> {
  const known = corpora.get(bytes);
  if (known !== undefined) return known;
  const folder = join(root, `corpus-${bytes}`);
  if (options.corpus === undefined) writeLogs(folder, bytes);
  else generate(options.corpus, folder, bytes);
  corpora.set(bytes, folder);
  return folder;
}

function generate(generator: string, folder: string, bytes: number): void {
  const args = [generator, '--out', folder, '--seed', '1', '--size', String(bytes)];
  const { status, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`${generator} failed: ${stderr.trim()}`);
}

function say(text: string, exit: number): number {
  (exit === 0 ? process.stdout : process.stderr).write(text);
  return exit;
}

process.exitCode = options.help ? say(usage, 0) : await main();
