// One generation searched by itself, so that several can be searched side by side. What only its
// neighbours can tell (a line cut between two, context over a border) is left to search.ts, which
// gets all that it may need for it.

import type { Chunks } from '../codec/codec.ts';
import { freeMemory } from '../codec/free-memory.ts';
import type { Bytes } from '../units/bytes.ts';
import type { EpochMs } from '../units/duration.ts';
import { type Facts, type FoundLines, Gathering, type Joining } from './gathering.ts';
import { endOfLine, newlinesIn, startOfLine } from './lines.ts';
import { type LineSearch, OpenWindow } from './open-window.ts';
import { type Window, windowLimit, windowsOf } from './windows.ts';

export type PartEvent =
  /** The first line, not searched: the generation before may hold its beginning. */
  | { readonly kind: 'opening'; readonly line: FoundLines }
  | { readonly kind: 'lines'; readonly lines: readonly FoundLines[]; readonly size: Bytes }
  | { readonly kind: 'count'; readonly count: number }
  /** What stands behind the last newline, not searched: the next generation may hold its end. */
  | { readonly kind: 'closing'; readonly line: FoundLines }
  /** Of all that was read. */
  | { readonly kind: 'end'; readonly size: Bytes; readonly lastTime: EpochMs | null };

export interface PartSearch extends LineSearch {
  /** 'count': how many match and no lines. */
  readonly wanted: 'lines' | 'count';
  readonly numbers: boolean;
  readonly joining: Joining;
  /** Lines of context before and after. */
  readonly before: number;
  readonly after: number;
  readonly limit?: Bytes | undefined;
}

export async function* searchPart(
  chunks: Chunks,
  search: PartSearch,
): AsyncGenerator<PartEvent, void, undefined> {
  const searcher = new Searcher(search);
  try {
    for await (const window of windowsOf(chunks, search.limit)) yield* searcher.take(window);
  } catch (error) {
    yield* searcher.leave();
    throw error;
  }
  yield* searcher.end();
}

/** Context is kept up to so many bytes, whatever the length of its lines. */
const contextLimit: Bytes = 1024 * 1024;

/** Of a line in pieces: a match up to this length is found wherever the pieces part. */
const pieceOverlap: Bytes = 64 * 1024;

/** Not joined to others. */
type OneLine = Facts & { readonly bytes: Buffer };

class Searcher {
  readonly #search: PartSearch;
  readonly #found: Gathering;
  #count = 0;
  #number = 1;
  #owed = 0;
  /** The last lines, not given yet: context of what may follow. */
  #tail: OneLine[] = [];
  #time: EpochMs | null = null;
  /** Whether further lines may be joined to what was found last: what has no time is judged by itself. */
  #joins = false;
  /** Whether the long line that goes on in the next window is among the found. */
  #inFound = false;
  /** The end of the piece before: a match may lie over the border of two. */
  #pieceEnd: Buffer = Buffer.alloc(0);
  #end = 0;

  constructor(search: PartSearch) {
    this.#search = search;
    this.#found = new Gathering(search.joining);
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

  /** What was found before a damage is found all the same. */
  *leave(): Generator<PartEvent, void, undefined> {
    yield* this.#give();
    if (this.#search.wanted === 'count') yield { kind: 'count', count: this.#count };
  }

  *end(): Generator<PartEvent, void, undefined> {
    this.#giveTail();
    yield* this.leave();
    yield { kind: 'end', size: this.#end, lastTime: this.#time };
  }

  /** The first line of all, a piece of a long one, or what stands behind the last newline. */
  *#takePiece(window: Window, end: Bytes): Generator<PartEvent, void, undefined> {
    const bytes = window.bytes.subarray(0, end);
    const ended = end < window.bytes.length;
    const isFirst = window.at === 0;
    const isLast = !ended && window.begins && bytes.length < (this.#search.limit ?? windowLimit);
    // What may be half a line may tell another time than the whole: that is left to whoever joins it.
    const time = window.begins && !isFirst && !isLast ? this.#timeOf(bytes) : this.#time;
    const line = {
      at: window.at,
      numbers: this.#search.numbers ? [this.#number] : null,
      bytes,
      ended,
      continues: !window.begins,
      matched: true,
      time,
    };
    if (ended) this.#number += 1;
    const before = this.#pieceEnd;
    this.#pieceEnd = ended ? Buffer.alloc(0) : Buffer.from(bytes.subarray(-pieceOverlap));
    if (isFirst) {
      yield { kind: 'opening', line: { ...line, bytes: Buffer.from(bytes) } };
      // A long first line goes on: what is found in its further pieces counts by itself.
      this.#inFound = false;
      return;
    }
    yield* this.#give();
    if (isLast) {
      this.#giveTail();
      yield* this.#give();
      yield { kind: 'closing', line: { ...line, bytes: Buffer.from(bytes) } };
      return;
    }
    this.#judgePiece(line, before);
  }

  #judgePiece(line: OneLine, before: Buffer): void {
    const { matcher, inverted, times } = this.#search;
    const wasFound = line.continues && this.#inFound;
    const whole = line.continues ? Buffer.concat([before, line.bytes]) : line.bytes;
    const isFound = wasFound || (matcher.test(whole) !== inverted && (times?.isWanted(line.time) ?? true));
    this.#inFound = isFound && !line.ended;
    if (line.continues) freeMemory(whole);
    if (!isFound) return;
    if (!wasFound) this.#count += 1;
    this.#tail = [];
    this.#owed = this.#search.after;
    this.#push({ ...line, continues: wasFound });
  }

  #searchLines(window: OpenWindow, first: Bytes): void {
    const isCounting = this.#search.wanted === 'count';
    let from = first;
    while (from < window.bytes.length) {
      const start = window.next(from);
      const stop = start < 0 ? window.bytes.length : start;
      if (!isCounting) {
        from = this.#giveAfter(window, from, stop);
        if (start >= 0) this.#giveBefore(window, from, start);
      }
      if (start < 0) {
        this.#remember(window, from);
        break;
      }
      if (isCounting) this.#count += window.isRun ? newlinesIn(window.bytes, start, window.end) : 1;
      else this.#pushFound(window, start);
      from = window.end;
    }
    if (this.#search.numbers) this.#number = window.numberAt(window.bytes.length, this.#number);
    if (this.#search.times !== null) this.#time = window.timeAt(window.lastLine());
  }

  /** The lines that are owed as context behind a match; gives where it stopped. */
  #giveAfter(window: OpenWindow, from: Bytes, stop: Bytes): Bytes {
    let at = from;
    while (this.#owed > 0 && at < stop) {
      this.#giveTail();
      const end = endOfLine(window.bytes, at);
      this.#push(this.#contextIn(window, at, end));
      this.#owed -= 1;
      at = end + 1;
    }
    return at;
  }

  #giveBefore(window: OpenWindow, from: Bytes, start: Bytes): void {
    if (this.#search.before === 0) return;
    for (const line of this.#linesBefore(window, from, start)) this.#push(line);
    this.#tail = [];
  }

  #linesBefore(window: OpenWindow, from: Bytes, start: Bytes): readonly OneLine[] {
    const { before } = this.#search;
    const lines: OneLine[] = [];
    let at = start;
    let size = 0;
    while (lines.length < before && at > from && size < contextLimit) {
      const begin = startOfLine(window.bytes, at - 1);
      lines.unshift(this.#contextIn(window, begin, at - 1));
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

  #contextIn(window: OpenWindow, start: Bytes, end: Bytes): OneLine {
    const numbers = this.#search.numbers ? [window.numberAt(start, this.#number)] : null;
    const bytes = window.bytes.subarray(start, end);
    return {
      at: window.at + start,
      numbers,
      bytes,
      ended: true,
      continues: false,
      matched: false,
      time: null,
    };
  }

  /** The wanted lines from `start` to where the window says that they end. */
  #pushFound(window: OpenWindow, start: Bytes): void {
    const place = { source: window.bytes, from: start, to: window.end - 1 };
    const numbers = this.#numbersOf(window, start);
    this.#owed = this.#search.after;
    if (this.#joins && this.#found.join(place, numbers)) return;
    const time = this.#search.times === null ? null : window.timeAt(start);
    this.#joins = this.#search.times === null || time !== null;
    this.#found.add(
      {
        at: window.at + start,
        numbers: this.#search.numbers ? numbers : null,
        ended: true,
        continues: false,
        matched: true,
        time,
      },
      place,
    );
  }

  #numbersOf(window: OpenWindow, start: Bytes): number[] {
    if (!this.#search.numbers) return [];
    const first = window.numberAt(start, this.#number);
    if (!window.isRun) return [first];
    const count = newlinesIn(window.bytes, start, window.end);
    return Array.from({ length: count }, (_, index) => first + index);
  }

  #timeOf(line: Buffer): EpochMs | null {
    this.#time = this.#search.times?.of.of(line, 0, line.length) ?? this.#time;
    return this.#time;
  }

  #giveTail(): void {
    for (const line of this.#tail.splice(0)) this.#push(line);
  }

  #push(line: OneLine): void {
    if (this.#search.wanted === 'count') return;
    this.#joins = false;
    this.#found.add(line, { source: line.bytes, from: 0, to: line.bytes.length });
  }

  *#give(): Generator<PartEvent, void, undefined> {
    const { size, count } = this.#found;
    if (count > 0) yield { kind: 'lines', lines: this.#found.take(), size: size + 64 * count };
  }
}
