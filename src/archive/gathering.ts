// Lines that were found in a window, on their way out of it. Joined where whoever shows them cannot
// tell the difference, and copied together: a found line of a hundred bytes must not keep a
// megabyte in memory, and a million lines must not be a million objects.

import type { Bytes } from '../units/bytes.ts';
import type { EpochMs } from '../units/duration.ts';
import { newline } from './lines.ts';

/** A line, a piece of one over the limit, or several lines that match. */
export interface FoundLines {
  /** Offset of the first in the plain bytes of its generation, where reading began at their start. */
  readonly at: Bytes;
  /** Of each line, from 1; null when nobody counts. */
  readonly numbers: readonly number[] | null;
  /** With newlines between lines, and without the last one. */
  readonly bytes: Buffer;
  /** A newline follows. */
  readonly ended: boolean;
  /** It goes on with a line whose beginning was given before. */
  readonly continues: boolean;
  /** false: only context. */
  readonly matched: boolean;
  /** The time that it has, by itself or from a line before; null: none stands before it in its generation. */
  readonly time: EpochMs | null;
}

/** Which lines may be joined: none, such as follow each other, or all that match. */
export type Joining = 'none' | 'neighbours' | 'all';

export type Facts = Omit<FoundLines, 'bytes' | 'numbers'> & {
  readonly numbers: number[] | null;
};

export interface Place {
  readonly source: Buffer;
  readonly from: Bytes;
  readonly to: Bytes;
}

interface Gathered {
  readonly line: Facts;
  readonly source: Buffer;
  /** Where the lines lie, from and to in turn; behind each but the last stands a newline. */
  readonly ranges: number[];
}

export class Gathering {
  /** Of all that is gathered. */
  size: Bytes = 0;
  readonly #joining: Joining;
  #gathered: Gathered[] = [];
  /** What the next line may be joined to. */
  #open: Gathered | null = null;

  constructor(joining: Joining) {
    this.#joining = joining;
  }

  get count(): number {
    return this.#gathered.length;
  }

  /** @param line lies in `place`, of which the ends are without its newline */
  add(line: Facts, { source, from, to }: Place): void {
    const gathered = { line, source, ranges: [from, to] };
    this.#gathered.push(gathered);
    this.#open = line.matched && line.ended && this.#joining !== 'none' ? gathered : null;
    this.size += to - from;
  }

  /** Joins lines that match to the one before; false: they have to be added. */
  join({ source, from, to }: Place, numbers: readonly number[]): boolean {
    const open = this.#open;
    if (open === null || open.source !== source) return false;
    const last = open.ranges.length - 1;
    if ((open.ranges[last] as Bytes) + 1 === from) open.ranges[last] = to;
    else if (this.#joining === 'all') open.ranges.push(from, to);
    else return false;
    for (const number of numbers) open.line.numbers?.push(number);
    this.size += to - from + 1;
    return true;
  }

  /** All that was gathered, and nothing is left. */
  take(): readonly FoundLines[] {
    const kept = Buffer.allocUnsafe(this.size);
    let at = 0;
    const lines = this.#gathered.map(({ line, source, ranges }) => {
      const start = at;
      for (let index = 0; index < ranges.length; index += 2) {
        if (index > 0) kept[at++] = newline;
        at += source.copy(kept, at, ranges[index], ranges[index + 1]);
      }
      return { ...line, bytes: kept.subarray(start, at) };
    });
    this.#gathered = [];
    this.#open = null;
    this.size = 0;
    return lines;
  }
}
