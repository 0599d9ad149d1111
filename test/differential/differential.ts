// Many cases, a few at a time, and for one that differs the smallest case that still does.

import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { type Case, configText } from './case.ts';
import { compare, type Discrepancy } from './compare.ts';
import { type Doors, openDoors } from './doors.ts';
import { generateCase } from './generate.ts';
import { isInOnePlace, judge } from './lawful.ts';
import { type Both, runBoth } from './run-both.ts';
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

export interface Wanted {
  readonly cases: number;
  /** Of the first case; the others follow it. */
  readonly seed: number;
  /** How many of those that differ are made as small as they can be. */
  readonly shrunk: number;
}

/** The door waits for timers a good deal of its time. */
const lanes = os.availableParallelism() * 2;
const triesToShrink = 400;

export async function differential(wanted: Wanted): Promise<Tally> {
  // In memory where that can be had: what both sync is not what is compared.
  const memory = '/dev/shm';
  const home = fs.existsSync(memory) ? memory : os.tmpdir();
  const folder = fs.mkdtempSync(path.join(home, 'logmill-differential-'));
  fs.chmodSync(folder, 0o755);
  try {
    return await runCases(folder, wanted);
  } finally {
    fs.rmSync(folder, { recursive: true, force: true });
  }
}

async function runCases(folder: string, { cases, seed, shrunk }: Wanted): Promise<Tally> {
  const explained = new Map<string, number>();
  const failures: Failure[] = [];
  let [next, alike] = [0, 0];
  const lane = async (number: number): Promise<void> => {
    const own = path.join(folder, `${number}`);
    const doors = openDoors();
    try {
      for (let index = next++; index < cases; index = next++) {
        const one = generateCase(seed + index, process.getuid?.() === 0);
        const found = await judged(one, own, doors);
        for (const name of found.explained) explained.set(name, (explained.get(name) ?? 0) + 1);
        if (found.left.length > 0) failures.push({ case: one, left: found.left, said: found.said });
        else if (found.explained.size === 0) alike += 1;
      }
    } finally {
      doors.end();
    }
  };
  await Promise.all(Array.from({ length: lanes }, (_, number) => lane(number)));
  failures.sort((one, other) => one.case.seed - other.case.seed);
  const small = await Promise.all(
    failures.slice(0, shrunk).map((failure, index) => shrink(failure, path.join(folder, `small-${index}`))),
  );
  return { cases, alike, explained, failures: [...small, ...failures.slice(shrunk)] };
}

interface Judged {
  readonly explained: ReadonlySet<string>;
  readonly left: readonly Discrepancy[];
  readonly said: string;
}

/** Run by run; where a lawful difference leaves the two in different places, both go on from logrotate's. */
async function judged(one: Case, folder: string, doors: Doors): Promise<Judged> {
  const explained = new Set<string>();
  let left: readonly Discrepancy[] = [];
  let said = '';
  await runBoth(one, folder, doors, both => {
    const found = judge(compare(both), { case: one, ...both });
    for (const name of found.explained) explained.add(name);
    left = found.left;
    said = `run ${both.run}, logrotate said:\n${both.theirs.said}\nwe said:\n${loud(both.ours)}`;
    if (left.length > 0) return 'ends';
    return isInOnePlace(found.explained) ? 'goes on' : 'goes on from theirs';
  });
  return { explained, left, said };
}

function loud({ said }: Both['ours']): string {
  return said
    .split('\n')
    .filter(line => /^(error|warning|logrotate_script|internal| {4}at )/.test(line))
    .join('\n');
}

/** Takes the first smaller case that still differs in the same way, until none does or the tries are used up. */
async function shrink(failure: Failure, folder: string): Promise<Failure> {
  let [smallest, tries] = [failure, 0];
  const kinds = (left: readonly Discrepancy[]): string => left.map(({ of }) => of)[0] ?? '';
  const doors = openDoors();
  try {
    for (let again = true; again; ) {
      again = false;
      for (const one of smallerCases(smallest.case)) {
        tries += 1;
        if (tries > triesToShrink) return smallest;
        const { left, said } = await judged(one, folder, doors);
        if (left.length === 0 || kinds(left) !== kinds(failure.left)) continue;
        smallest = { case: one, left, said };
        again = true;
        break;
      }
    }
    return smallest;
  } finally {
    doors.end();
  }
}

/** A failure in words: how to see it again, the case, what differs. */
export function showFailure({ case: one, left, said }: Failure): string {
  const { configs, files, included, ...rest } = one;
  const texts = configs.map((config, index) => `--- ${index}.conf\n${configText(config)}`);
  const more = Object.entries(included).map(([name, text]) => `--- conf.d/${name}\n${text}`);
  const seeds = Object.entries(files).map(([name, file]) => `  ${name} ${JSON.stringify(file)}`);
  const places = left.map(
    ({ of, at, theirs, ours }) => `${of} ${at}\n  logrotate: ${theirs}\n  we:        ${ours}`,
  );
  return [`case ${one.seed}: ${JSON.stringify(rest)}`, ...texts, ...more, ...seeds, ...places, said].join(
    '\n',
  );
}

export function showTally({ cases, alike, explained, failures }: Tally): string {
  const names = [...explained].sort((one, other) => other[1] - one[1]);
  const lines = [`${cases} cases, ${alike} alike`, ...names.map(([name, count]) => `${count} ${name}`)];
  return `${lines.join('\n  ')}\n${failures.length} differ without a reason`;
}
