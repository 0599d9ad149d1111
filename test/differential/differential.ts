// Many cases, two at a time, and for one that differs the smallest case that still does.

import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { compare, type Discrepancy } from './compare.ts';
import { type Case, configText, generateCase } from './generate.ts';
import { judge } from './lawful.ts';
import { runBoth } from './run-both.ts';
import { smallerCases } from './shrink.ts';

export interface Failure {
  readonly case: Case;
  readonly left: readonly Discrepancy[];
  readonly said: string;
}

export interface Tally {
  readonly cases: number;
  readonly alike: number;
  /** Name of a lawful difference → how many cases show it. */
  readonly explained: ReadonlyMap<string, number>;
  readonly failures: readonly Failure[];
}

const lanes = 2;
const triesToShrink = 120;

/** Runs cases `seed` to `seed + cases - 1`; of those that differ, the first `atMost` are shrunk. */
export async function differential(cases: number, seed: number, atMost = 3): Promise<Tally> {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'logmill-differential-'));
  fs.chmodSync(folder, 0o755);
  try {
    return await runCases(folder, cases, seed, atMost);
  } finally {
    fs.rmSync(folder, { recursive: true, force: true });
  }
}

async function runCases(folder: string, cases: number, seed: number, atMost: number): Promise<Tally> {
  const explained = new Map<string, number>();
  const failures: Failure[] = [];
  let [next, alike] = [0, 0];
  const lane = async (number: number): Promise<void> => {
    const own = path.join(folder, `lane-${number}`);
    for (let index = next++; index < cases; index = next++) {
      const one = generateCase(seed + index, process.getuid?.() === 0);
      const found = await judged(one, own);
      for (const name of found.explained) explained.set(name, (explained.get(name) ?? 0) + 1);
      if (found.left.length > 0) failures.push({ case: one, left: found.left, said: found.said });
      else if (found.explained.size === 0) alike += 1;
    }
  };
  await Promise.all(Array.from({ length: lanes }, (_, number) => lane(number)));
  failures.sort((one, other) => one.case.seed - other.case.seed);
  const shrunk: Failure[] = [];
  for (const failure of failures.slice(0, atMost)) shrunk.push(await shrink(failure, folder));
  return { cases, alike, explained, failures: [...shrunk, ...failures.slice(atMost)] };
}

interface Judged {
  readonly explained: ReadonlySet<string>;
  readonly left: readonly Discrepancy[];
  readonly said: string;
}

async function judged(one: Case, folder: string): Promise<Judged> {
  const { theirs, ours } = await runBoth(one, folder);
  const { explained, left } = judge(compare(theirs, ours), { case: one, theirs, ours });
  return { explained, left, said: `logrotate said:\n${theirs.said}\nwe said:\n${ours.said}` };
}

/** Takes the first smaller case that still differs, until none does or the tries are used up. */
async function shrink(failure: Failure, folder: string): Promise<Failure> {
  let [smallest, tries] = [failure, 0];
  for (let again = true; again; ) {
    again = false;
    for (const one of smallerCases(smallest.case)) {
      tries += 1;
      if (tries > triesToShrink) return smallest;
      const { left, said } = await judged(one, path.join(folder, 'shrink'));
      if (left.length === 0) continue;
      smallest = { case: one, left, said };
      again = true;
      break;
    }
  }
  return smallest;
}

/** A failure in words: how to see it again, the case, what differs. */
export function showFailure({ case: one, left, said }: Failure): string {
  const { configs, files, ...rest } = one;
  const texts = configs.map((config, index) => `--- ${index}.conf\n${configText(config)}`);
  const seeds = Object.entries(files).map(([name, file]) => `  ${name} ${JSON.stringify(file)}`);
  const places = left.map(
    ({ of, at, theirs, ours }) => `${of} ${at}\n  logrotate: ${theirs}\n  we:        ${ours}`,
  );
  return [`case ${one.seed}: ${JSON.stringify(rest)}`, ...texts, ...seeds, ...places, said].join('\n');
}

export function showTally({ cases, alike, explained }: Tally): string {
  const names = [...explained].sort((one, other) => other[1] - one[1]);
  return [`${cases} cases, ${alike} alike`, ...names.map(([name, count]) => `${count} ${name}`)].join('\n  ');
}
