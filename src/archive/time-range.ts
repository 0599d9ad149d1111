// Which generations, and from which place in each, can hold lines of an asked time. Lines are taken
// to be in order but for a small disorder; where nothing can be told, everything is read.

import type { EpochMs, Ms } from '../units/duration.ts';
import { type Entry, entriesOf, headAt, plainFrom } from './entries.ts';
import { LineTimes, type TimeReading } from './line-times.ts';
import { endOfLine, newline } from './lines.ts';
import { type Archive, passing } from './open-archive.ts';
import { damageIn, isDamage, type OpenPart } from './read-log.ts';

/** Both included; null: no limit. */
export interface TimeRange {
  readonly since: EpochMs | null;
  readonly until: EpochMs | null;
}

export type Dated = Omit<TimeReading, 'near'>;

/** Clocks go back an hour in autumn, and several threads write a little late. */
export const disorder: Ms = 70 * 60_000;

export function isWithin(range: TimeRange, time: EpochMs | null): boolean {
  // What stands before the first line with a time belongs to one that is older.
  if (time === null) return range.since === null;
  return (range.since === null || time >= range.since) && (range.until === null || time <= range.until);
}

export interface TimedPart {
  readonly part: OpenPart;
  /** Plain bytes that can hold lines of that time, from the start of a line. */
  chunks(signal?: AbortSignal): AsyncIterable<Uint8Array>;
  readonly times: LineTimes;
}

export interface Timed {
  readonly parts: readonly TimedPart[];
  /** false: no generation told a time in its first lines. */
  readonly dated: boolean;
}

/**
 * The parts that can hold lines of that time, in order and without a gap: a line may begin in one and end in
 * the next, so one more is read to its first line.
 */
export async function partsWithin(
  parts: readonly OpenPart[],
  range: TimeRange,
  dated: Dated,
): Promise<Timed> {
  const begins: Beginning[] = [];
  for (const part of parts) begins.push(await beginningOf(part, dated));
  const { since, until } = range;
  const first = begins.findIndex((_, index) => {
    const next = begins.slice(index + 1).find(({ latest }) => latest !== null)?.latest ?? null;
    return since === null || next === null || next >= since - disorder;
  });
  const last = begins.findLastIndex(
    ({ earliest }) => until === null || earliest === null || earliest <= until + disorder,
  );
  const kept = last < 0 ? [] : parts.slice(first, last + 2);
  return {
    dated: begins.some(({ earliest }) => earliest !== null),
    parts: kept.map(part => ({
      part,
      times: new LineTimes({ ...dated, near: part.near }),
      chunks: signal => chunksWithin(part, range, dated, signal),
    })),
  };
}

/** Between which moments a part begins; null where that is not known. */
interface Beginning {
  readonly earliest: EpochMs | null;
  readonly latest: EpochMs | null;
}

const unknown: Beginning = { earliest: null, latest: null };
const headSize = 64 * 1024;

/**
 * A rotation may have cut the first line in two, also within its time: what is left of that may look like
 * another one (`2/Nov/2026` of `22/Nov/2026`). So it is believed only where it makes more to be read.
 */
async function beginningOf(part: OpenPart, dated: Dated): Promise<Beginning> {
  try {
    const archive = await part.archive();
    const start = { at: 0, ranges: [{ from: 0, to: archive.packed }] };
    const head = await headAt(archive, start, headSize);
    if (head === null) return unknown;
    const times = new LineTimes({ ...dated, near: part.near });
    const second = endOfLine(head, 0) + 1;
    const next = timeIn(head, times, second);
    const first = timeIn(head.subarray(0, second), times, 0);
    return {
      earliest: first === null || next === null ? (first ?? next) : Math.min(first, next),
      latest: first === null || next === null ? next : Math.max(first, next),
    };
  } catch (error) {
    if (isDamage(error)) return unknown;
    throw error;
  }
}

function timeIn(head: Buffer, times: LineTimes, from: number): EpochMs | null {
  times.learn(head);
  for (let at = from; at < head.length; ) {
    const end = endOfLine(head, at);
    const time = times.of(head, at, end);
    if (time !== null) return time;
    at = end + 1;
  }
  return null;
}

async function* chunksWithin(
  part: OpenPart,
  range: TimeRange,
  dated: Dated,
  signal: AbortSignal | undefined,
): AsyncGenerator<Uint8Array, void, undefined> {
  try {
    const archive = await part.archive();
    const entry = await entryFor(archive, part, range, dated, signal);
    const times = new LineTimes({ ...dated, near: part.near });
    const chunks =
      entry === null
        ? part.plain(signal, passing)
        : fromFirstLine(plainFrom(archive, entry, signal, passing));
    for await (const chunk of chunks) {
      const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
      const whole = bytes.subarray(0, bytes.lastIndexOf(newline) + 1);
      const time = range.until === null ? null : timeIn(whole, times, endOfLine(whole, 0) + 1);
      const isOver = range.until !== null && time !== null && time > range.until + disorder;
      // What is left behind the last newline must not meet the beginning of the next part.
      yield isOver ? whole : chunk;
      if (isOver) return;
    }
  } catch (error) {
    throw damageIn(part.file, error);
  }
}

/** null: from the start. */
async function entryFor(
  archive: Archive,
  part: OpenPart,
  range: TimeRange,
  dated: Dated,
  signal: AbortSignal | undefined,
): Promise<Entry | null> {
  if (range.since === null) return null;
  const { entries } = await entriesOf(archive, signal);
  const wanted = range.since - disorder;
  const timeAt = async (index: number): Promise<EpochMs | null> => {
    const entry = entries[index];
    const head = entry === undefined ? null : await headAt(archive, entry, headSize);
    if (head === null) return null;
    return timeIn(head, new LineTimes({ ...dated, near: part.near }), endOfLine(head, 0) + 1);
  };
  let low = 0;
  let high = entries.length;
  // The last entry known to stand before what is wanted; what tells no time counts as behind it.
  while (high - low > 1) {
    signal?.throwIfAborted();
    const middle = (low + high) >>> 1;
    const time = await timeAt(middle);
    if (time !== null && time < wanted) low = middle;
    else high = middle;
  }
  return low === 0 ? null : (entries[low] ?? null);
}

/** Without the line that began before; what is left of it is not within the asked time anyway. */
async function* fromFirstLine(
  chunks: AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array, void, undefined> {
  let isCut = true;
  for await (const chunk of chunks) {
    if (!isCut) {
      yield chunk;
      continue;
    }
    const found = chunk.indexOf(10);
    if (found < 0) continue;
    isCut = false;
    if (found + 1 < chunk.length) yield chunk.subarray(found + 1);
  }
}
