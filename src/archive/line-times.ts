// The time that a line tells of itself. Which form a log uses is learned from its lines and kept: a
// date that stands somewhere in a message is then not taken for the line's own.

import type { Zone } from '../units/calendar.ts';
import type { EpochMs } from '../units/duration.ts';
import { LineClock, type TimeFormat, timeFormats } from './time-formats.ts';

export interface TimeReading {
  /** Of times without one of their own. */
  readonly zone: Zone;
  /** A moment shortly after the lines (the generation's rotation): tells the year where none is written. */
  readonly near: EpochMs;
  /** The only form to look for; null: what is found. */
  readonly format: TimeFormat | null;
}

/** From which byte on a time is looked for no longer; keys in JSON may stand far behind. */
const headSize = 256;
const keyedHeadSize = 2048;
/** A learned time may begin that much further right: names of threads and levels differ in length. */
const shift = 24;
/** So many lines without a time in a row, and the form is looked for anew. */
const patience = 64;

export class LineTimes {
  readonly #formats: readonly TimeFormat[];
  readonly #clock: LineClock;
  #learned: TimeFormat | null;
  #farthest = Number.POSITIVE_INFINITY;
  #misses = 0;

  constructor(reading: TimeReading) {
    this.#formats = reading.format === null ? timeFormats : [reading.format];
    this.#clock = new LineClock(reading.zone, reading.near);
    this.#learned = reading.format;
  }

  /** Looks at the first lines of `bytes`, once something has been found no more. */
  learn(bytes: Buffer): void {
    if (this.#learned !== null) return;
    const heads = headsOf(bytes, 100);
    let best: { format: TimeFormat; found: number; column: number; farthest: number } | null = null;
    for (const format of this.#formats) {
      const columns = heads.flatMap(head => this.#columnOf(format, head) ?? []);
      const found = columns.length;
      if (found === 0) continue;
      const column = columns.reduce((sum, one) => sum + one, 0) / found;
      const isJson = heads[0]?.trimStart().startsWith('{') ?? false;
      const better =
        best === null ||
        found > best.found ||
        (found === best.found && column < best.column && !(isJson && best.format.keyed));
      if (better) best = { format, found, column, farthest: farthestOf(columns) };
    }
    if (best === null) return;
    this.#learned = best.format;
    this.#farthest = best.format.keyed ? Number.POSITIVE_INFINITY : best.farthest + shift;
  }

  /** The moment that the line from `from` to `to` tells; null when it tells none. */
  of(bytes: Buffer, from: number, to: number): EpochMs | null {
    if (this.#learned === null) this.learn(bytes.subarray(from, to));
    if (this.#learned === null) return null;
    const { keyed, pattern, read } = this.#learned;
    const match = pattern.exec(
      bytes.toString('latin1', from, Math.min(to, from + (keyed ? keyedHeadSize : headSize))),
    );
    const at = match === null || match.index > this.#farthest ? null : read(match, this.#clock);
    if (at !== null) this.#misses = 0;
    else this.#miss(bytes, from, to);
    return at;
  }

  #columnOf(format: TimeFormat, head: string): number | null {
    const match = format.pattern.exec(format.keyed ? head : head.slice(0, headSize));
    return match === null || format.read(match, this.#clock) === null ? null : match.index;
  }

  /** A program that was updated may have begun to write its time otherwise. */
  #miss(bytes: Buffer, from: number, to: number): void {
    this.#misses += 1;
    if (this.#formats.length === 1 || this.#misses % patience !== 0) return;
    const before = this.#learned;
    this.#learned = null;
    this.learn(bytes.subarray(from, to));
    this.#learned ??= before;
  }
}

/** One line in a hundred may hold a date in its message, far to the right of where the times stand. */
function farthestOf(columns: readonly number[]): number {
  const sorted = columns.toSorted((a, b) => a - b);
  const middle = sorted[(sorted.length - 1) >>> 1] ?? 0;
  return Math.max(...sorted.filter(column => column <= middle + shift));
}

function headsOf(bytes: Buffer, most: number): readonly string[] {
  const heads: string[] = [];
  for (let from = 0; from < bytes.length && heads.length < most; ) {
    const newline = bytes.indexOf(10, from);
    const end = newline < 0 ? bytes.length : newline;
    heads.push(bytes.toString('latin1', from, Math.min(end, from + keyedHeadSize)));
    from = end + 1;
  }
  return heads;
}
