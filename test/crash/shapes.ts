// Policies of every shape with the tree that each is tried on, and what must hold of a tree whenever
// the program has ended: every line in one place, archives whole, nothing of ours left lying about.

import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync, gzipSync, zstdDecompressSync } from 'node:zlib';
import { addSums, noSums, type Sums, sumsOf } from '../../src/ledger/history.ts';
import { openLedger } from '../../src/ledger/open-ledger.ts';
import { thisMachine } from '../../src/world/this-machine.ts';
import type { PlantedTree } from '../rig/temp-tree.ts';

export interface Shape {
  readonly name: string;
  /** @HERE@ stands for the folder of the test. */
  readonly policy: string;
  readonly logs: PlantedTree;
  /** Another policy, applied before and undisturbed; the log has grown since. */
  readonly before?: string;
  /** The logs are of this user, and are worked on as that one. */
  readonly user?: 'nobody';
  /** This folder is a disk of its own. */
  readonly disk?: string;
  /** It cannot be rotated a second time on one day. */
  readonly once?: true;
  /** Not said: `apply p.conf --state-dir state`. */
  readonly args?: readonly string[];
  /** The test holds a.log open with O_APPEND and writes to it between the stop and the new start. */
  readonly held?: 'a few lines' | 'more than it held';
  /** The writer is a process of its own, which may be stopped. */
  readonly writer?: 'a child';
  /** Whose lines must have been mailed, at least once, to whoever plays mail. */
  readonly mails?: string;
  /** Scripts leave a line for each run in `ran`; how many lines an undisturbed round leaves. */
  readonly runs?: number;
}

const old = 1_600_000_000_000;

export function linesOf(name: string, count: number): string {
  return Array.from(
    { length: count },
    (_, n) => `${name} ${n}: a line that is worth keeping, and ${(n * 7919) % 1009}\n`,
  ).join('');
}

const live = (name: string, count = 300) => ({ content: linesOf(name, count), mode: 0o640 });
const aged = (name: string, day = 0) => ({
  content: linesOf(name, 100),
  mode: 0o640,
  mtime: old + day * 86_400_000,
});

/** An archive of the 38th week of 2020, which began a day after `old`. */
const packed = (name: string, day: number) => ({
  content: gzipSync(linesOf(name, 100)),
  mode: 0o640,
  mtime: old + day * 86_400_000,
});

const numbered: PlantedTree = {
  'a.log': live('a'),
  'a.log.1': aged('a1'),
  'a.log.2': aged('a2'),
  'a.log.3': aged('a3'),
};
const alone: PlantedTree = { 'a.log': live('a') };

function section(body: string): string {
  return `"@HERE@/logs/a.log" {\n  size 2k\n${body
    .trim()
    .split('\n')
    .map(line => `  ${line.trim()}\n`)
    .join('')}}\n`;
}

const ranScripts = ['firstaction', 'prerotate', 'postrotate', 'preremove', 'lastaction']
  .map(word => `${word}\necho ${word} >> "@HERE@/ran"\nendscript`)
  .join('\n');

const door = ['logrotate', '-s', 'state/status', '-m', '@HERE@/bin/mail', 'p.conf'];

export const shapes: readonly Shape[] = [
  { name: 'numbered, compress', policy: section('rotate 3\ncompress\ncreate 0640'), logs: numbered },
  {
    name: 'numbered, delaycompress',
    policy: section('rotate 3\ncompress\ndelaycompress\ncreate'),
    logs: numbered,
  },
  {
    name: 'dateext, zstd',
    policy: section(
      'rotate 3\ndateext\ncompress\ncompresscmd zstd\ncompressext .zst\ncompressoptions -3\ncreate',
    ),
    logs: alone,
  },
  {
    name: 'olddir to be made',
    policy: section('rotate 3\nolddir old\ncreateolddir 0750\ncompress\ndelaycompress\ncreate'),
    logs: alone,
  },
  {
    name: 'olddir',
    policy: section('rotate 2\nolddir old\ncompress\nnocreate\nmissingok'),
    logs: { ...alone, old: { 'a.log.1': aged('a1'), 'a.log.2': aged('a2') } },
  },
  {
    name: 'copytruncate by tail',
    policy: section('rotate 3\ncopytruncate\ntruncatewith tail\ncompress'),
    logs: numbered,
  },
  {
    name: 'copytruncate by collapse',
    policy: section('rotate 3\ncopytruncate\ntruncatewith collapse\ncompress'),
    logs: numbered,
  },
  {
    name: 'copytruncate, held, a few lines meanwhile',
    policy: section('rotate 9\ncopytruncate\ncompress'),
    logs: alone,
    held: 'a few lines',
  },
  {
    name: 'copytruncate by tail, held, refilled meanwhile',
    policy: section('rotate 9\ncopytruncate\ntruncatewith tail\ncompress'),
    logs: alone,
    held: 'more than it held',
  },
  {
    name: 'copytruncate by collapse, refilled meanwhile',
    policy: section('rotate 9\ncopytruncate\ntruncatewith collapse\ncompress'),
    logs: alone,
    held: 'more than it held',
  },
  {
    name: 'copytruncate by punch, a few lines meanwhile',
    policy: section('rotate 9\ncopytruncate\ntruncatewith punch\ncompress'),
    logs: alone,
    held: 'a few lines',
  },
  {
    name: 'copytruncate by freeze, a few lines meanwhile',
    policy: section('rotate 9\ncopytruncate\ntruncatewith freeze\ncompress'),
    logs: alone,
    held: 'a few lines',
    writer: 'a child',
  },
  {
    name: 'compact',
    policy: section('rotate 9\ncompress\ncreate\ncompact weekly'),
    logs: {
      ...alone,
      'a.log.1.gz': packed('a1', 3),
      'a.log.2.gz': packed('a2', 2),
      'a.log.3.gz': packed('a3', 1),
    },
  },
  {
    name: 'mail',
    policy: section('rotate 2\nmail someone@example.org\ncompress\ncreate'),
    logs: { ...alone, 'a.log.1': aged('a1'), 'a.log.2.gz': packed('a2', 1) },
    mails: 'a2',
  },
  { name: 'maxage', policy: section('rotate 9\nmaxage 30\ncompress\ncreate'), logs: numbered },
  { name: 'rotate 0', policy: section('rotate 0\ncopytruncate'), logs: alone },
  {
    name: 'renamecopy',
    policy: section('rotate 3\nrenamecopy\ncompress\ncreate'),
    logs: { ...alone, 'a.log.1': aged('a1') },
  },
  {
    name: 'scripts',
    policy: section(`rotate 2\ncompress\ncreate\n${ranScripts}`),
    logs: { ...alone, 'a.log.1': aged('a1'), 'a.log.2': aged('a2') },
    runs: 5,
  },
  {
    name: 'sharedscripts over two logs',
    policy: section(`rotate 2\nsharedscripts\ncompress\ncreate\n${ranScripts}`).replace('a.log', '?.log'),
    logs: { ...alone, 'b.log': live('b') },
    runs: 5,
  },
  {
    name: 'a program compresses',
    policy: section('rotate 3\ncompress\ncompresscmd @HERE@/packer\ncompressext .gz\ncreate'),
    logs: alone,
  },
  {
    name: 'shred',
    policy: section('rotate 1\nshred\nshredcycles 1\ncompress\ncreate'),
    logs: { ...alone, 'a.log.1': aged('a1') },
  },
  {
    name: 'renamecopy to another disk',
    policy: section('rotate 3\nrenamecopy\nolddir old\ncompress\ncreate'),
    logs: { ...alone, old: {} },
    disk: 'logs/old',
  },
  {
    name: 'su',
    policy: section('su nobody :65534\nrotate 2\ncompress\ncreate'),
    logs: numbered,
    user: 'nobody',
  },
  {
    name: 'compact, cut at the front',
    before: section('rotate 9\ncompress\ncreate\ncompact weekly'),
    policy: section('rotate 3\ncompress\ncreate\ncompact weekly'),
    logs: {
      'a.log': live('a', 5),
      'a.log.1.gz': packed('a1', 3),
      'a.log.2.gz': packed('a2', 2),
      'a.log.3.gz': packed('a3', 1),
    },
  },
  { name: 'maxtotal', policy: section('rotate 9\nmaxtotal 2100\ncompress\ncreate'), logs: numbered },
  {
    name: 'leavelive',
    policy: section('rotate 2\nleavelive\ncompress'),
    logs: { ...alone, 'a.log.1': aged('a1', 3), 'a.log.2': aged('a2', 2), 'a.log.3': aged('a3', 1) },
  },
  {
    name: 'the logrotate door',
    policy: '"@HERE@/logs/a.log" {\n  size 2k\n  rotate 3\n  compress\n  create 0640\n}\n',
    logs: numbered,
    args: door,
  },
  {
    name: 'the logrotate door, copytruncate, scripts and mail',
    policy: section(`rotate 2\ncopytruncate\ncompress\nmail someone@example.org\n${ranScripts}`),
    logs: { ...alone, 'a.log.1.gz': packed('a1', 2), 'a.log.2.gz': packed('a2', 1) },
    args: door,
    runs: 5,
    mails: 'a2',
  },
  {
    name: 'the logrotate door, dateext in an olddir',
    policy: section('rotate 2\ndateext\nolddir old\ncreateolddir 0750\ncompress\ncreate'),
    logs: { ...alone, old: { 'a.log-20200914.gz': packed('a1', 1), 'a.log-20200915.gz': packed('a2', 2) } },
    args: door,
    once: true,
  },
];

const today = `-${new Date().toISOString().slice(0, 10).replaceAll('-', '')}`;

/** What stands in a tree of logs, its contents decoded. */
export interface Standing {
  /** Names (the date of today taken out), with mode and decoded content. */
  readonly files: Readonly<Record<string, { readonly mode: number; readonly text: string }>>;
  /** The text of each log from its oldest generation to its live file, joined. */
  readonly streams: Readonly<Record<string, string>>;
  readonly strangers: readonly string[];
}

/** @throws when an archive does not decode */
export function standing(folder: string): Standing {
  const files: Record<string, { mode: number; text: string }> = {};
  const found: { log: string; rank: number; text: string }[] = [];
  const strangers: string[] = [];
  for (const name of readdirSync(folder, { recursive: true, encoding: 'utf8' }).sort()) {
    const stat = statSync(join(folder, name));
    if (stat.isDirectory()) continue;
    const read = /(?:^|\/)([ab]\.log)(?:\.(\d+)|-(\d{8}|\d{12})|-(\d{4}-W\d\d))?(\.gz|\.zst)?$/.exec(name);
    if (read === null) strangers.push(name);
    const bytes = readFileSync(join(folder, name));
    const text = decoded(name, bytes);
    files[name.replace(today, '-DATE')] = { mode: stat.mode & 0o7777, text };
    if (read !== null) found.push({ log: read[1] ?? '', rank: rankOf(read[2], read[3] ?? read[4]), text });
  }
  const streams: Record<string, string> = {};
  // A punched log begins with a hole.
  for (const { log, text } of found.sort((a, b) => a.rank - b.rank))
    streams[log] = (streams[log] ?? '') + text.replace(/^\0+/, '');
  return { files, streams, strangers };
}

function rankOf(number: string | undefined, date: string | undefined): number {
  if (number !== undefined) return -Number(number);
  if (date === undefined) return 1;
  // A week that is joined is older than what stands beside it.
  return date.includes('W') ? -1e13 : Number(date.padEnd(12, '0')) - 1e12;
}

function decoded(name: string, bytes: Buffer): string {
  try {
    if (name.endsWith('.gz')) return gunzipSync(bytes).toString();
    return (name.endsWith('.zst') ? zstdDecompressSync(bytes) : bytes).toString();
  } catch (error) {
    throw new Error(`${name} does not decode`, { cause: error });
  }
}

/** Lines with how often each stands in the streams. */
export function countLines(streams: Standing['streams']): Map<string, number> {
  const counts = new Map<string, number>();
  for (const text of Object.values(streams))
    for (const line of text.split('\n')) if (line !== '') counts.set(line, (counts.get(line) ?? 0) + 1);
  return counts;
}

/** What the record in a state folder says was saved. */
export async function savingsIn(folder: string): Promise<Sums> {
  const ledger = await openLedger(folder, 'for reading', thisMachine());
  if (ledger.problem !== null) throw new Error(ledger.problem);
  const { steps } = ledger.history(0, Number.MAX_SAFE_INTEGER);
  await ledger.end();
  return steps.map(sumsOf).reduce(addSums, noSums);
}
