// The record's rows added up: by log, and by day. A day that the record has folded already and a day
// whose steps it still has count alike.

import {
  addSums,
  type History,
  noSums,
  type SampleRow,
  type StepRow,
  type Sums,
  sumsOf,
} from '../ledger/history.ts';
import type { Bytes } from '../units/bytes.ts';
import { epochOf, localTime, type Zone } from '../units/calendar.ts';
import type { EpochMs, Ms } from '../units/duration.ts';
import type { Path } from '../units/path.ts';

/** What one log came to under one policy. */
export interface Tally {
  readonly policy: string;
  /** '' for what served a whole section. */
  readonly log: Path;
  readonly sums: Sums;
  readonly byDay: ReadonlyMap<EpochMs, Sums>;
  /** The longest time in which a line could be lost while the live log was emptied; null: it never was. */
  readonly worst: Ms | null;
  /** The last sample of all, and the last before anything was done in the time asked for; null: none was taken. */
  readonly last: SampleRow | null;
  readonly first: SampleRow | null;
}

/**
 * In order of policy and log.
 *
 * @param days as `daysOf` gives them; what lies before the first counts to it
 */
export function tallyByLog(history: History, days: readonly EpochMs[]): readonly Tally[] {
  const tallies = new Map<string, Growing>();
  const of = (policy: string, log: Path | null): Growing => {
    const key = `${policy}\0${log ?? ''}`;
    const known = tallies.get(key) ?? {
      policy,
      log: log ?? '',
      sums: noSums,
      byDay: new Map(),
      worst: null,
      last: null,
      first: null,
    };
    tallies.set(key, known);
    return known;
  };
  for (const row of history.days) grow(of(row.policy, row.log), dayAt(days, row.day), row);
  const begun = new Map<string, EpochMs>();
  for (const row of history.steps) {
    const tally = of(row.policy, row.log);
    const log = row.log ?? '';
    begun.set(log, Math.min(begun.get(log) ?? row.at, row.at));
    grow(tally, dayAt(days, row.at), sumsOf(row));
    tally.worst = longer(tally.worst, row);
  }
  for (const row of history.samples) {
    const tally = of(row.policy, row.log);
    if (row.at < history.from || row.at < (begun.get(row.log) ?? 0)) tally.first = row;
    if (tally.last === null || row.at >= tally.last.at) tally.last = row;
  }
  return [...tallies.values()].sort((a, b) => order(a.policy, b.policy) || order(a.log, b.log));
}

export function sumOf(tallies: readonly Tally[]): Sums {
  return tallies.reduce((sum, tally) => addSums(sum, tally.sums), noSums);
}

/** One entry a local day from the first to the last of the time asked for, quiet days included. */
export function sumsByDay(tallies: readonly Tally[], days: readonly EpochMs[]): readonly Sums[] {
  const sums = new Map<EpochMs, Sums>(days.map(day => [day, noSums]));
  for (const tally of tallies)
    for (const [day, some] of tally.byDay) sums.set(day, addSums(sums.get(day) ?? noSums, some));
  return [...sums.values()];
}

/** The starts of the local days from the first that holds anything until the end of the time asked for. */
export function daysOf(history: History, zone: Zone): readonly EpochMs[] {
  const { steps, samples, until } = history;
  const firsts = [steps[0]?.at, history.days[0]?.day, ...samples.map(sample => sample.at)];
  const first = firsts.reduce<EpochMs>((least, at) => Math.min(least, at ?? until), until);
  const from = Math.max(history.from, first);
  const days: EpochMs[] = [];
  const { year, month, day } = localTime(from, zone);
  for (let ahead = 0; ; ahead += 1) {
    const start = epochOf({ year, month, day: day + ahead }, zone);
    if (start >= until) return days;
    // A day that the calendar leaves out (Samoa, 2011-12-30) begins where the next one does.
    if (days.at(-1) !== start) days.push(start);
  }
}

/** What compression took away: what went in less what came out. */
export function compressedAway(sums: Sums): Bytes {
  return sums.compressedFrom - sums.compressedTo;
}

/** All that is no longer there: every line of the first two is kept, of what was deleted none. */
export function savedIn(sums: Sums): Bytes {
  return compressedAway(sums) + sums.compacted + sums.deleted;
}

/** Generations, plain and compressed; the live log is not among what was rotated. */
export function keptBytes(sample: SampleRow | null): Bytes | null {
  return sample === null ? null : sample.plain + sample.compressed;
}

type Growing = { -readonly [K in keyof Tally]: Tally[K] } & { byDay: Map<EpochMs, Sums> };

function grow(tally: Growing, day: EpochMs, sums: Sums): void {
  // Field by field: a DayRow holds more than its sums.
  tally.sums = addSums(tally.sums, sums);
  tally.byDay.set(day, addSums(tally.byDay.get(day) ?? noSums, sums));
}

function longer(known: Ms | null, row: StepRow): Ms | null {
  if (row.window === null) return known;
  return known === null ? row.window.took : Math.max(known, row.window.took);
}

/** The last of `days` that is not after `at`: days folded in another zone fall into ours. */
function dayAt(days: readonly EpochMs[], at: EpochMs): EpochMs {
  let low = 0;
  let high = days.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((days[middle] ?? 0) <= at) low = middle + 1;
    else high = middle;
  }
  return days[low - 1] ?? days[0] ?? at;
}

function order(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
