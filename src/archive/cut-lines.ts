// Of a log as one stream, the lines of an asked time, or the last so many bytes. Exact to the byte:
// what is kept is passed on as it is.

import type { Chunks } from '../codec/codec.ts';
import type { Bytes } from '../units/bytes.ts';
import type { EpochMs } from '../units/duration.ts';
import type { Trouble } from '../world/trouble.ts';
import { entriesOf } from './entries.ts';
import type { LineTimes } from './line-times.ts';
import { endOfLine, newline } from './lines.ts';
import { passing } from './open-archive.ts';
import { isDamage, type OpenPart } from './read-log.ts';
import { isWithin, type TimedPart, type TimeRange } from './time-range.ts';
import { type Window, windowsOf } from './windows.ts';

/** A generation that could not be read to its end; what stands before the damage was given. */
export type TellDamage = (part: OpenPart, error: Trouble) => void;

/**
 * All parts as one stream. Behind a damaged place the next generation begins on a line of its own:
 * two halves would make a line that nobody has written.
 */
export async function* joinedParts(
  parts: readonly Pick<TimedPart, 'part' | 'chunks'>[],
  tell: TellDamage,
  signal?: AbortSignal,
  onPart: (index: number) => void = () => undefined,
): AsyncGenerator<Uint8Array, void, undefined> {
  let last = newline;
  let isTorn = false;
  for (const [index, { part, chunks }] of parts.entries()) {
    signal?.throwIfAborted();
    onPart(index);
    try {
      for await (const chunk of chunks(signal)) {
        if (chunk.length === 0) continue;
        if (isTorn && last !== newline) yield Uint8Array.of(newline);
        isTorn = false;
        last = chunk.at(-1) ?? last;
        yield chunk;
      }
    } catch (error) {
      if (!isDamage(error)) throw error;
      tell(part, error);
      isTorn = true;
    }
  }
}

/** Lines of that time; one without a time belongs to the line before. */
export async function* linesWithin(
  parts: readonly TimedPart[],
  range: TimeRange,
  tell: TellDamage,
  signal?: AbortSignal,
): AsyncGenerator<Uint8Array, void, undefined> {
  let times: LineTimes | null = null;
  const chunks = joinedParts(parts, tell, signal, index => {
    times = parts[index]?.times ?? null;
  });
  const judge = new Judge(range);
  for await (const window of windowsOf(chunks)) if (times !== null) yield* judge.take(window, times);
}

class Judge {
  readonly #range: TimeRange;
  #time: EpochMs | null = null;
  #keeps = false;

  constructor(range: TimeRange) {
    this.#range = range;
  }

  *take({ bytes, begins }: Window, times: LineTimes): Generator<Uint8Array, void, undefined> {
    times.learn(bytes);
    let from = 0;
    let isStart = begins;
    for (let at = 0; at < bytes.length; isStart = true) {
      const end = endOfLine(bytes, at);
      const keeps = isStart ? this.#judge(bytes, at, end, times) : this.#keeps;
      if (keeps !== this.#keeps) {
        if (this.#keeps && at > from) yield bytes.subarray(from, at);
        from = at;
        this.#keeps = keeps;
      }
      at = end + 1;
    }
    if (this.#keeps && bytes.length > from) yield bytes.subarray(from);
  }

  #judge(bytes: Buffer, from: Bytes, to: Bytes, times: LineTimes): boolean {
    this.#time = times.of(bytes, from, to) ?? this.#time;
    return isWithin(this.#range, this.#time);
  }
}

/**
 * Whole lines at the end of the log, `most` bytes of them at most. Where an archive does not say how
 * much it holds, it is decoded once to count and once more to read.
 */
export async function* lastBytes(
  parts: readonly OpenPart[],
  most: Bytes,
  tell: TellDamage,
  signal?: AbortSignal,
): AsyncGenerator<Uint8Array, void, undefined> {
  let left = most;
  let first = parts.length;
  let skip = 0;
  while (left > 0 && first > 0) {
    signal?.throwIfAborted();
    first -= 1;
    const size = await plainSize(parts[first] as OpenPart, signal);
    skip = Math.max(0, size - left);
    left -= size;
  }
  const cutsLine = skip > 0 || (first > 0 && (await lastByte(parts[first - 1] as OpenPart)) !== newline);
  const kept = parts
    .slice(first)
    .map(part => ({ part, chunks: (stop?: AbortSignal) => part.plain(stop, passing) }));
  const chunks = joinedParts(kept, tell, signal);
  // From one byte before: a cut just behind a newline leaves out no line.
  yield* cutsLine ? fromLine(chunks, Math.max(0, skip - 1)) : chunks;
}

/** How many plain bytes can be read; from its tables where it has some. */
export async function plainSize(part: OpenPart, signal?: AbortSignal): Promise<Bytes> {
  let size = 0;
  try {
    const archive = await part.archive();
    const known = archive.codec === 'gzip' ? null : (await entriesOf(archive, signal)).plain;
    if (known !== null) return known;
    for await (const chunk of part.plain(signal, passing)) size += chunk.length;
  } catch (error) {
    if (!isDamage(error)) throw error;
  }
  return size;
}

/** Of the oldest part that is left out only whether it ended its line is of interest. */
async function lastByte(part: OpenPart): Promise<number> {
  let last = newline;
  try {
    for await (const chunk of part.plain(undefined, passing)) last = chunk.at(-1) ?? last;
  } catch (error) {
    if (!isDamage(error)) throw error;
  }
  return last;
}

async function* fromLine(chunks: Chunks, skip: Bytes): AsyncGenerator<Uint8Array, void, undefined> {
  let left = skip;
  let isInside = false;
  for await (const chunk of chunks) {
    if (isInside) {
      yield chunk;
      continue;
    }
    const from = Math.min(left, chunk.length);
    left -= from;
    const found = left > 0 ? -1 : chunk.indexOf(newline, from);
    if (found < 0) continue;
    isInside = true;
    if (found + 1 < chunk.length) yield chunk.subarray(found + 1);
  }
}
