// Lines that match, over all generations of a log, each with the one in which it begins.
// Generations are searched side by side (search-part.ts); here their borders are joined, and of the
// lines around a match those are taken that were asked for.

import type { Bytes } from '../units/bytes.ts';
import type { EpochMs } from '../units/duration.ts';
import type { Trouble } from '../world/trouble.ts';
import type { FoundLines, Joining } from './gathering.ts';
import type { LineTimes } from './line-times.ts';
import { newlinesIn } from './lines.ts';
import type { Matcher } from './matcher.ts';
import { isDamage, type OpenPart } from './read-log.ts';
import { type PartEvent, searchPart } from './search-part.ts';
import { sideBySide } from './side-by-side.ts';
import { isWithin, type TimedPart, type TimeRange } from './time-range.ts';
import { windowLimit } from './windows.ts';

export interface Match extends FoundLines {
  readonly part: OpenPart;
  /** Lines that were left out stand between it and the line given before. */
  readonly gap: boolean;
}

export type Found =
  | { readonly kind: 'lines'; readonly lines: readonly Match[] }
  | { readonly kind: 'count'; readonly part: OpenPart; readonly count: number }
  /** The part could not be read to its end; what stands before the damage was searched. */
  | { readonly kind: 'damaged'; readonly part: OpenPart; readonly error: Trouble };

export interface Search {
  readonly matcher: Matcher;
  readonly inverted?: boolean;
  /** 'lines' when not said. */
  readonly wanted?: 'lines' | 'count';
  /** Line numbers are counted; costs a little, and needs each generation from its start. */
  readonly numbers?: boolean;
  /** Whether it is of interest that lines were left out between two; so it is with context. */
  readonly gaps?: boolean;
  readonly before?: number;
  readonly after?: number;
  readonly range?: TimeRange | null;
  /** How many generations are searched at once. */
  readonly lanes?: number;
  /** Longer lines are looked at in pieces of that size. */
  readonly limit?: Bytes;
  readonly signal?: AbortSignal;
}

/** A part and what of it is searched. */
export type Searched = Pick<TimedPart, 'part' | 'chunks'> & {
  readonly times: LineTimes | null;
  /** The log that it is part of: nothing is joined over the borders of two. */
  readonly log: object;
};

/** Found lines in order; a line that is cut between generations counts in the one in which it begins. */
export async function* search(
  parts: readonly Searched[],
  wanted: Search,
): AsyncGenerator<Found, void, undefined> {
  const joiner = new Joiner(wanted);
  const streams = parts.map(searched => (signal: AbortSignal) => eventsOf(searched, wanted, signal));
  const lanes = wanted.lanes ?? 2;
  // Where nothing is shown before all is counted, the largest goes first.
  const weights = wanted.wanted === 'count' ? parts.map(({ part }) => part.file.size) : undefined;
  const events = sideBySide(streams, { lanes, sizeOf, weights, signal: wanted.signal });
  for await (const event of events) yield* joiner.take(event);
  yield* joiner.end();
}

type SearchEvent = (PartEvent | { readonly kind: 'damaged'; readonly error: Trouble }) & {
  readonly searched: Searched;
};

async function* eventsOf(
  searched: Searched,
  wanted: Search,
  signal: AbortSignal,
): AsyncGenerator<SearchEvent> {
  const { range } = wanted;
  const isWanted = (time: EpochMs | null) => time === null || isWithin(range ?? noRange, time);
  try {
    const events = searchPart(searched.chunks(signal), {
      matcher: wanted.matcher,
      inverted: wanted.inverted ?? false,
      // Whether a line without a time counts is known here only.
      wanted: range == null ? (wanted.wanted ?? 'lines') : 'lines',
      numbers: wanted.numbers ?? false,
      joining: joiningOf(wanted),
      before: wanted.before ?? 0,
      after: wanted.after ?? 0,
      times: range == null || searched.times === null ? null : { of: searched.times, isWanted },
      limit: wanted.limit,
    });
    for await (const event of events) yield { ...event, searched };
  } catch (error) {
    if (!isDamage(error)) throw error;
    yield { kind: 'damaged', error, searched };
  }
}

/** Lines that are told with their number and time must be known one by one. */
function joiningOf({ numbers, range, gaps, before = 0, after = 0 }: Search): Joining {
  if (numbers === true && range != null) return 'none';
  return gaps === true || before + after > 0 ? 'neighbours' : 'all';
}

const noRange: TimeRange = { since: null, until: null };

function sizeOf(event: SearchEvent): Bytes {
  if (event.kind === 'lines') return event.size;
  return event.kind === 'opening' || event.kind === 'closing' ? event.line.bytes.length : 0;
}

/** An offset in all generations joined: where a line ends, and so where the next one begins. */
type Place = Bytes;

interface Shown {
  readonly line: Match;
  readonly from: Place;
  readonly to: Place;
}

class Joiner {
  readonly #wanted: Search;
  /** What stands behind the last newline so far. */
  #open: { readonly searched: Searched; readonly line: FoundLines; readonly base: Place } | null = null;
  /** Where the part at hand begins. */
  #base: Place = 0;
  /** The last one told in the parts before. */
  #time: EpochMs | null = null;
  /** Lines behind a match that are still to be shown. */
  #owed = 0;
  /** Lines that are shown if a match follows. */
  #ring: Shown[] = [];
  /** Of the line that was looked at last, and of the one shown last. */
  #last: Place | null = null;
  #shown: Place | null = null;
  #log: object | null = null;
  /** Whatever is shown next stands apart from what was shown last. */
  #apart = false;
  /** A part whose first line was the end of another's counts its lines from the next. */
  readonly #less = new Map<OpenPart, number>();
  readonly #counts = new Map<OpenPart, number>();

  constructor(wanted: Search) {
    this.#wanted = wanted;
  }

  *take(event: SearchEvent): Generator<Found, void, undefined> {
    const { searched } = event;
    const { part } = searched;
    if (searched.log !== this.#log) yield* this.#begin(searched.log);
    switch (event.kind) {
      case 'opening':
        yield* this.#takeOpening(searched, event.line);
        return;
      case 'lines':
        yield* this.#give(event.lines.flatMap(line => this.#judgeHere(part, this.#numbered(part, line))));
        return;
      case 'closing':
        this.#open = { searched, line: this.#numbered(part, event.line), base: this.#base };
        return;
      case 'count':
        this.#add(part, event.count);
        return;
      case 'end':
        this.#time = event.lastTime ?? this.#time;
        this.#base += event.size;
        return;
      case 'damaged':
        yield* this.#close();
        // How much is missing nobody knows: what comes next follows nothing.
        this.#base += 2 ** 44;
        yield { kind: 'damaged', part, error: event.error };
        return;
      default:
        event satisfies never;
    }
  }

  *end(): Generator<Found, void, undefined> {
    yield* this.#close();
    for (const [part, count] of this.#counts) yield { kind: 'count', part, count };
  }

  *#begin(log: object): Generator<Found, void, undefined> {
    yield* this.#close();
    this.#log = log;
    this.#time = null;
    this.#last = null;
    this.#apart ||= this.#shown !== null;
    this.#shown = null;
  }

  *#takeOpening(searched: Searched, line: FoundLines): Generator<Found, void, undefined> {
    const open = this.#open;
    const bytes = open === null ? line.bytes : Buffer.concat([open.line.bytes, line.bytes]);
    const joined = { ...(open?.line ?? line), bytes, ended: line.ended };
    if (open !== null) this.#less.set(searched.part, 1);
    const first = { searched: open?.searched ?? searched, line: joined, base: open?.base ?? this.#base };
    this.#open = first;
    if (line.ended || bytes.length >= (this.#wanted.limit ?? windowLimit)) yield* this.#close();
  }

  /** Searches the line that was kept for what might still belong to it. */
  *#close(): Generator<Found, void, undefined> {
    const open = this.#open;
    if (open === null) return;
    this.#open = null;
    const { searched, line, base } = open;
    const { matcher, inverted } = this.#wanted;
    // In halves it tells none, or another one.
    this.#time = searched.times?.of(line.bytes, 0, line.bytes.length) ?? this.#time;
    const matched = matcher.test(line.bytes) !== (inverted ?? false);
    if (matched && this.#wanted.wanted === 'count' && this.#wanted.range == null) this.#add(searched.part, 1);
    const found = { ...line, matched, time: this.#time };
    yield* this.#give(this.#judge(searched.part, found, base + line.at, base + endOf(line)));
  }

  #numbered(part: OpenPart, line: FoundLines): FoundLines {
    const less = this.#less.get(part) ?? 0;
    if (less === 0 || line.numbers === null) return line;
    return { ...line, numbers: line.numbers.map(number => number - less) };
  }

  #judgeHere(part: OpenPart, line: FoundLines): readonly Match[] {
    return this.#judge(part, line, this.#base + line.at, this.#base + endOf(line));
  }

  /** What is to be shown now that this line has come. */
  #judge(part: OpenPart, found: FoundLines, from: Place, to: Place): readonly Match[] {
    const { range, before = 0, after = 0 } = this.#wanted;
    const inTime = range == null || isWithin(range, found.time ?? this.#time);
    const line = { ...found, part, gap: false, matched: found.matched && inTime };
    if (from !== this.#last) {
      this.#ring = [];
      this.#owed = 0;
    }
    this.#last = to;
    if (line.matched) {
      this.#owed = after;
      const shown = [...this.#ring, { line, from, to }];
      this.#ring = [];
      return shown.map(one => this.#show(one));
    }
    if (this.#owed > 0) {
      this.#owed -= 1;
      return [this.#show({ line, from, to })];
    }
    if (before > 0) this.#ring = [...this.#ring, { line, from, to }].slice(-before);
    return [];
  }

  #show({ line, from, to }: Shown): Match {
    const gap = this.#apart || (this.#shown !== null && this.#shown !== from);
    this.#apart = false;
    this.#shown = to;
    return { ...line, gap };
  }

  *#give(lines: readonly Match[]): Generator<Found, void, undefined> {
    if (lines.length === 0) return;
    if (this.#wanted.wanted !== 'count') yield { kind: 'lines', lines };
    else if (this.#wanted.range != null)
      for (const { part, bytes, matched, continues } of lines)
        if (matched && !continues) this.#add(part, newlinesIn(bytes) + 1);
  }

  #add(part: OpenPart, count: number): void {
    this.#counts.set(part, (this.#counts.get(part) ?? 0) + count);
  }
}

function endOf(line: FoundLines): Bytes {
  return line.at + line.bytes.length + (line.ended ? 1 : 0);
}
