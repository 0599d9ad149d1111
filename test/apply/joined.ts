// Logs with archives of past periods on a real disk, looked at, planned and joined as a round does
// it: what the tests of compaction start from.

import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, utimesSync, writeFileSync } from 'node:fs';
import { gunzipSync, gzipSync, zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import { readIndex } from '../../src/codec/joined.ts';
import { observeGenerations } from '../../src/observe/generations.ts';
import { observeLogs } from '../../src/observe/log-sets.ts';
import { makePlan } from '../../src/plan/make-plan.ts';
import type { Planning } from '../../src/plan/plan.ts';
import type { State } from '../../src/plan/state.ts';
import { day } from '../rig/build.ts';
import { world } from '../rig/plans.ts';
import { aPolicy } from '../rig/policy.ts';
import { type TempTree, tempTree } from '../rig/temp-tree.ts';

/** What a.log.N held, by N: some are empty, have no newline at their end, or look like archives. */
export const contents: readonly Buffer[] = [
  Buffer.from('live\n'),
  ...Array.from({ length: 12 }, (_, n) =>
    Buffer.from(`generation ${n + 1}: ${'a line like any other '.repeat(n * 9)}\n`.repeat(n + 1)),
  ),
];

export const odd: Readonly<Record<number, Buffer>> = {
  9: Buffer.alloc(0),
  10: Buffer.from('no newline at the end'),
  11: gzipSync('an archive within an archive'),
};

export function contentOf(number: number): Buffer {
  return odd[number] ?? contents[number] ?? Buffer.alloc(0);
}

/** a.log, and a.log.1 to .12 (or `last`) rotated so many days ago each; archives as `pack` makes them. */
export function aTree(pack: (number: number) => 'gz' | 'zst' = () => 'gz', last = 12): TempTree {
  const tree = tempTree({ 'a.log': contentOf(0) });
  for (let number = 1; number <= last; number += 1) {
    const ending = pack(number);
    const name = tree.path(`a.log.${number}.${ending}`);
    writeFileSync(name, ending === 'gz' ? gzipSync(contentOf(number)) : zstdCompressSync(contentOf(number)));
    age(name, number);
  }
  return tree;
}

/** The moment of all plans: Sunday noon, so that week 46 ended seven and a half days before. */
export const at = Date.UTC(2026, 10, 22, 12);

export function age(path: string, days: number): void {
  const seconds = (at - days * day) / 1000;
  utimesSync(path, seconds, seconds);
}

/** What a round would plan there now; nothing is rotated. `rotations` is what the record knows of them. */
export async function planIn(
  tree: TempTree,
  body: string,
  moment = at,
  rotations: State['rotations'] = new Map(),
): Promise<Planning> {
  const policy = aPolicy(`size 1G\ncompress\n${body}`, { pattern: tree.path('a.log') });
  const clock = { ...world.clock, now: () => moment, zone: 'UTC' };
  const here = { ...world, clock };
  const state: State = { logs: new Map([[tree.path('a.log'), { rotated: moment }]]), rotations };
  count += 1;
  const seen = await observeLogs(here, [policy], { nonce: `test${count}` });
  const whole = await observeGenerations(here, seen, 'all', state, 'with writers');
  return makePlan({ observation: whole, state, forced: null, cause: { trigger: 'test', detail: '' } });
}

let count = 0;

/** All archives but the live log, oldest first by what logmill itself sees, joined by another's tool. */
export function readByOthers(planning: Planning): Buffer {
  const [logSet] = planning.expected;
  const names = (logSet?.generations ?? []).toReversed().map(({ path }) => path);
  return Buffer.concat(names.map(unpacked));
}

function unpacked(path: string): Buffer {
  if (path.endsWith('.gz')) return execFileSync('zcat', [path], { maxBuffer: 1 << 26 });
  if (path.endsWith('.zst'))
    return hasZstd
      ? execFileSync('zstd', ['-dcq', path], { maxBuffer: 1 << 26 })
      : zstdDecompressSync(readFileSync(path));
  return readFileSync(path);
}

export const hasZstd = (() => {
  try {
    execFileSync('zstd', ['--version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
})();

/** What the generations from `oldest` down to `newest` hold together. */
export function wholeOf(oldest: number, newest = 1): Buffer {
  const parts: Buffer[] = [];
  for (let number = oldest; number >= newest; number -= 1) parts.push(contentOf(number));
  return Buffer.concat(parts);
}

/** The plain size of each generation inside, as the index says it and as each part decodes by itself. */
export function partsOf(path: string): { readonly said: number[]; readonly found: number[] } {
  const bytes = readFileSync(path);
  const index = readIndex(bytes);
  if (index === null || 'wants' in index) throw new Error(`${path} has no index`);
  const found: number[] = [];
  let from = index.length;
  for (const { packed } of index.parts) {
    const part = bytes.subarray(from, from + packed);
    found.push((path.endsWith('.gz') ? gunzipSync(part) : zstdDecompressSync(part)).length);
    from += packed;
  }
  return { said: index.parts.map(({ plain }) => plain), found };
}

export function names(tree: TempTree): string[] {
  return readdirSync(tree.folder).sort();
}
