// One generation searched by itself, so that several can be searched side by side. What only its
// neighbours can tell (a line cut between two, context over a border) is left to search.ts, which
// gets all that it may need for it.

import type { Chunks } from '../codec/codec.ts';
import type { Bytes } from '../units/bytes.ts';
import type { EpochMs } from '../units/duration.ts';
import type { LineTimes } from './line-times.ts';
import { endOfLine, type Matcher, startOfLine } from './matcher.ts';
import { type Window, windowLimit, windowsOf } from './windows.ts';

/** A line, or a piece of one over the limit. */
export interface FoundLine {
  /** Offset in the plain bytes of its generation, where reading began at their start. */
  readonly at: Bytes;
  /** From 1; null when nobody counts. */
  readonly number: number | null;
  /** Without its newline. */
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

export type PartEvent =
  /** The first line, not searched: the generation before may hold its beginning. */
  | { readonly kind: 'opening'; readonly line: FoundLine }
  | { readonly kind: 'lines'; readonly lines: readonly FoundLine[]; readonly size: Bytes }
  | { readonly kind: 'count'; readonly count: number }
  /** What stands behind the last newline, not searched: the next generation may hold its end. */
  | { readonly kind: 'closing'; readonly line: FoundLine }
  /** Of all that was read. */
  | { readonly kind: 'end'; readonly size: Bytes; readonly lastTime: EpochMs | null };

export interface PartSearch {
  readonly matcher: Matcher;
  readonly inverted: boolean;
  /** 'count': how many match and no lines. */
  readonly wanted: 'lines' | 'count';
  readonly numbers: boolean;
  /** Lines of context before and after. */
  readonly before: number;
  readonly after: number;
  /** null: lines are taken whatever their time. */
  readonly times: { readonly of: LineTimes; readonly isWanted: (time: EpochMs | null) => boolean } | null;
  readonly limit?: Bytes | undefined;
}

export async function* searchPart(
  chunks: Chunks,
  search: PartSearch,
): AsyncGenerator<PartEvent, void, undefined> {
  const searcher = new Searcher(search);
  for await (const window of windowsOf(chunks, search.limit)) yield* searcher.take(window);
  yield* searcher.end();
}

/** Context is kept up to so many bytes, whatever the length of its lines. */
const contextLimit: Bytes = 1024 * 1024;

/** Of a line in pieces: a match up to this length is found wherever the pieces part. */
const pieceOverlap: Bytes = 64 * 1024;

class Searcher {
  readonly #search: PartSearch;
  #lines: FoundLine[] = [];
  #size = 0;
  #count = 0;
  #number = 1;
  #owed = 0;
  /** The last lines, not given yet: context of what may follow. */
  #tail: FoundLine[] = [];
  #time: EpochMs | null = null;
  /** Whether the long line that goes on in the next window is among the found. */
  #inFound = false;
  /** The end of the piece before: a match may lie over the border of two. */
  #pieceEnd: Buffer = Buffer.alloc(0);
  #end = 0;

  constructor(search: PartSearch) {
    this.#search = search;
    this.#owed = search.after;
  }

  *take(window: Window): Generator<PartEvent, void, undefined> {
    let from = 0;
    this.#end = window.at + window.bytes.length;
    this.#search.times?.of.learn(window.bytes);
    if (window.at === 0 || !window.begins || !window.ends) {
      const end = endOfLine(window.bytes, 0);
      yield* this.#takePiece(window, end);
      from = end + 1;
    }
    if (from < window.bytes.length) this.#searchLines(new OpenWindow(window, this.#search, this.#time), from);
    yield* this.#give();
  }

  *end(): Generator<PartEvent, void, undefined> {
    for (const line of this.#tail) this.#push(line);
    yield* this.#give();
    if (this.#search.wanted === 'count') yield { kind: 'count', count: this.#count };
    yield { kind: 'end', size: this.#end, lastTime: this.#time };
  }

  /** The first line of all, a piece of a long one, or what stands behind the last newline. */
  *#takePiece(window: Window, end: Bytes): Generator<PartEvent, void, undefined> {
    const bytes = window.bytes.subarray(0, end);
    const ended = end < window.bytes.length;
    const time = window.begins ? this.#timeOf(bytes) : this.#time;
    const line: FoundLine = {
      at: window.at,
      number: this.#search.numbers ? this.#number : null,
      bytes,
      ended,
      continues: !window.begins,
      matched: true,
      time,
    };
    if (ended) this.#number += 1;
    const before = this.#pieceEnd;
    this.#pieceEnd = ended ? Buffer.alloc(0) : Buffer.from(bytes.subarray(-pieceOverlap));
    if (window.at === 0) {
      yield { kind: 'opening', line: { ...line, bytes: Buffer.from(bytes) } };
      // A long first line goes on: what is found in its further pieces counts by itself.
      this.#inFound = false;
      return;
    }
    yield* this.#give();
    const isLast = !ended && window.begins && bytes.length < (this.#search.limit ?? windowLimit);
    if (isLast) {
      for (const one of this.#tail.splice(0)) this.#push(one);
      yield* this.#give();
      yield { kind: 'closing', line: { ...line, bytes: Buffer.from(bytes) } };
      return;
    }
    this.#judgePiece(line, before);
  }

  #judgePiece(line: FoundLine, before: Buffer): void {
    const { matcher, inverted, times } = this.#search;
    const wasFound = line.continues && this.#inFound;
    const whole = line.continues ? Buffer.concat([before, line.bytes]) : line.bytes;
    const isFound = wasFound || (matcher.test(whole) !== inverted && (times?.isWanted(line.time) ?? true));
    this.#inFound = isFound && !line.ended;
    if (!isFound) return;
    if (!wasFound) this.#count += 1;
    this.#tail = [];
    this.#owed = this.#search.after;
    this.#push({ ...line, continues: wasFound });
  }

  #searchLines(window: OpenWindow, first: Bytes): void {
    let from = first;
    while (from < window.bytes.length) {
      const start = window.next(from);
      const stop = start < 0 ? window.bytes.length : start;
      if (this.#search.wanted === 'lines') {
        from = this.#giveAfter(window, from, stop);
        if (start >= 0) this.#giveBefore(window, from, start);
      }
      if (start < 0) {
        this.#remember(window, from);
        break;
      }
      const end = endOfLine(window.bytes, start);
      this.#count += 1;
      if (this.#search.wanted === 'lines') this.#push(this.#lineIn(window, start, end, true));
      this.#owed = this.#search.after;
      this.#tail = [];
      from = end + 1;
    }
    if (this.#search.numbers) this.#number = window.numberAt(window.bytes.length, this.#number);
    if (this.#search.times !== null) this.#time = window.timeAt(window.lastLine());
  }

  /** The lines that are owed as context behind a match; gives where it stopped. */
  #giveAfter(window: OpenWindow, from: Bytes, stop: Bytes): Bytes {
    let at = from;
    while (this.#owed > 0 && at < stop) {
      const end = endOfLine(window.bytes, at);
      if (this.#tail.length > 0) for (const line of this.#tail.splice(0)) this.#push(line);
      this.#push(this.#lineIn(window, at, end, false));
      this.#owed -= 1;
      at = end + 1;
    }
    return at;
  }

  #giveBefore(window: OpenWindow, from: Bytes, start: Bytes): void {
    for (const line of this.#linesBefore(window, from, start)) this.#push(line);
    this.#tail = [];
  }

  #linesBefore(window: OpenWindow, from: Bytes, start: Bytes): readonly FoundLine[] {
    const { before } = this.#search;
    const lines: FoundLine[] = [];
    let at = start;
    let size = 0;
    while (lines.length < before && at > from && size < contextLimit) {
      const begin = startOfLine(window.bytes, at - 1);
      lines.unshift(this.#lineIn(window, begin, at - 1, false));
      size += at - begin;
      at = begin;
    }
    if (at > from || lines.length >= before) return lines;
    return [...this.#tail.slice(lines.length - before), ...lines];
  }

  #remember(window: OpenWindow, from: Bytes): void {
    if (this.#search.before === 0) return;
    const lines = this.#linesBefore(window, from, window.bytes.length);
    this.#tail = lines.map(line => ({ ...line, bytes: Buffer.from(line.bytes) }));
  }

  #lineIn(window: OpenWindow, start: Bytes, end: Bytes, matched: boolean): FoundLine {
    return {
      at: window.at + start,
      number: this.#search.numbers ? window.numberAt(start, this.#number) : null,
      bytes: window.bytes.subarray(start, end),
      ended: true,
      continues: false,
      matched,
      time: matched && this.#search.times !== null ? window.timeAt(start) : null,
    };
  }

  #timeOf(line: Buffer): EpochMs | null {
    this.#time = this.#search.times?.of.of(line, 0, line.length) ?? this.#time;
    return this.#time;
  }

  #push(line: FoundLine): void {
    if (this.#search.wanted === 'count') return;
    this.#lines.push(line);
    this.#size += line.bytes.length;
  }

  *#give(): Generator<PartEvent, void, undefined> {
    if (this.#lines.length === 0) return;
    yield {
      kind: 'lines',
      lines: ownBytes(this.#lines, this.#size),
      size: this.#size + 64 * this.#lines.length,
    };
    this.#lines = [];
    this.#size = 0;
  }
}

/** Copied together: a found line of a hundred bytes must not keep a megabyte in memory. */
function ownBytes(lines: readonly FoundLine[], size: Bytes): readonly FoundLine[] {
  const kept = Buffer.allocUnsafe(size);
  let at = 0;
  return lines.map(line => {
    const bytes = kept.subarray(at, at + line.bytes.length);
    bytes.set(line.bytes);
    at += line.bytes.length;
    return { ...line, bytes };
  });
}

/** A window while it is searched: finds lines, counts and dates them from the front to the back. */
class OpenWindow {
  readonly bytes: Buffer;
  readonly at: Bytes;
  readonly #search: PartSearch;
  readonly #find: (from: Bytes) => Bytes;
  /** The matching line that was found last and not given, for the inverted search. */
  #ahead: Bytes | null = null;
  #counted = { at: 0, lines: 0 };
  #dated: { at: Bytes; time: EpochMs | null };

  constructor(window: Window, search: PartSearch, time: EpochMs | null) {
    this.bytes = window.bytes;
    this.at = window.at;
    this.#search = search;
    this.#find = search.matcher.within(window.bytes);
    this.#dated = { at: -1, time };
    // The window's first line was looked at by itself, and counted.
    if (window.at === 0 || !window.begins) this.#counted = { at: endOfLine(window.bytes, 0) + 1, lines: 0 };
  }

  /** The next wanted line that starts at `from` or behind it, or -1. */
  next(from: Bytes): Bytes {
    for (let at = from; at < this.bytes.length; ) {
      const start = this.#search.inverted ? this.#nextOther(at) : this.#find(at);
      if (start < 0) return -1;
      const { times } = this.#search;
      if (times === null || times.isWanted(this.timeAt(start))) return start;
      at = endOfLine(this.bytes, start) + 1;
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

  #nextOther(from: Bytes): Bytes {
    for (let at = from; at < this.bytes.length; ) {
      if (this.#ahead === null || (this.#ahead >= 0 && this.#ahead < at)) this.#ahead = this.#find(at);
      if (this.#ahead !== at) return at;
      at = endOfLine(this.bytes, at) + 1;
    }
    return -1;
  }
}

function newlinesIn(bytes: Buffer, from: Bytes, to: Bytes): number {
  let found = 0;
  for (let at = from; at < to; at += 1) if (bytes[at] === 10) found += 1;
  return found;
}
