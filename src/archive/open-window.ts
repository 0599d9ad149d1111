// A window of whole lines while it is searched: finds wanted lines, counts and dates them, from the
// front to the back.

import type { Bytes } from '../units/bytes.ts';
import type { EpochMs } from '../units/duration.ts';
import type { LineTimes } from './line-times.ts';
import { endOfLine, newlinesIn, startOfLine } from './lines.ts';
import type { Matcher } from './matcher.ts';
import type { Window } from './windows.ts';

/** Which lines of a window are wanted. */
export interface LineSearch {
  readonly matcher: Matcher;
  readonly inverted: boolean;
  /** null: lines are taken whatever their time. */
  readonly times: { readonly of: LineTimes; readonly isWanted: (time: EpochMs | null) => boolean } | null;
}

export class OpenWindow {
  readonly bytes: Buffer;
  readonly at: Bytes;
  readonly #search: LineSearch;
  readonly #find: (from: Bytes) => Bytes;
  /** Behind the newline of the last line that `next` found. */
  end: Bytes = 0;
  /** Whether it finds all lines up to the next that is not wanted at once. */
  readonly isRun: boolean;
  /** The matching line that stands next, for the inverted search; null: none does. */
  #ahead: Bytes | null = -1;
  #counted = { at: 0, lines: 0 };
  #dated: { at: Bytes; time: EpochMs | null };

  constructor(window: Window, search: LineSearch, time: EpochMs | null) {
    this.bytes = window.bytes;
    this.at = window.at;
    this.#search = search;
    this.#find = search.matcher.within(window.bytes);
    this.isRun = search.inverted && search.times === null;
    this.#dated = { at: -1, time };
    if (window.at > 0 && window.begins) return;
    // The window's first line was looked at by itself, counted and dated.
    const end = endOfLine(window.bytes, 0);
    this.#counted = { at: end + 1, lines: 0 };
    this.#dated = { at: end, time };
  }

  /** Where the next wanted line starts, at `from` or behind it, or -1; it, or the run of them, goes to `end`. */
  next(from: Bytes): Bytes {
    const { times, inverted } = this.#search;
    for (let at = from; at < this.bytes.length; at = this.end) {
      const start = inverted ? this.#nextOther(at) : this.#find(at);
      if (start < 0) return -1;
      this.end = this.isRun ? (this.#ahead ?? this.bytes.length) : endOfLine(this.bytes, start) + 1;
      if (times === null || times.isWanted(this.timeAt(start))) return start;
    }
    return -1;
  }

  /** `base` is the number of the first line that was not looked at by itself. */
  numberAt(start: Bytes, base: number): number {
    const { at, lines } = this.#counted;
    if (start < at) return base + lines - newlinesIn(this.bytes, start, at);
    this.#counted = { at: start, lines: lines + newlinesIn(this.bytes, at, start) };
    return base + this.#counted.lines;
  }

  /** Of the line that starts there: its own, or that of the nearest line before which has one. */
  timeAt(start: Bytes): EpochMs | null {
    const known = this.#dated;
    if (start === known.at) return known.time;
    const time = this.#timeBackFrom(start, known.at) ?? known.time;
    this.#dated = { at: start, time };
    return time;
  }

  lastLine(): Bytes {
    return startOfLine(this.bytes, this.bytes.length - 1);
  }

  #timeBackFrom(start: Bytes, limit: Bytes): EpochMs | null {
    for (let at = start; at > limit; at = startOfLine(this.bytes, at - 1)) {
      const time = this.#search.times?.of.of(this.bytes, at, endOfLine(this.bytes, at)) ?? null;
      if (time !== null || at === 0) return time;
    }
    return null;
  }

  /** Of the lines from there on the first that does not match. */
  #nextOther(from: Bytes): Bytes {
    for (let at = from; at < this.bytes.length; ) {
      if (this.#ahead !== null && this.#ahead < at) this.#ahead = this.#matchFrom(at);
      if (this.#ahead !== at) return at;
      at = endOfLine(this.bytes, at) + 1;
    }
    return -1;
  }

  #matchFrom(at: Bytes): Bytes | null {
    const found = this.#find(at);
    return found < 0 ? null : found;
  }
}
