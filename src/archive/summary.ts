// What a generation holds, in numbers: its plain size, its lines, and its first and last time.

import type { Bytes } from '../units/bytes.ts';
import type { EpochMs } from '../units/duration.ts';
import { entriesOf, joinedIndex } from './entries.ts';
import { LineTimes } from './line-times.ts';
import { endOfLine, newlinesIn, startOfLine } from './lines.ts';
import { type Archive, passing } from './open-archive.ts';
import { isDamage, type OpenPart } from './read-log.ts';
import type { Dated } from './time-range.ts';
import { windowsOf } from './windows.ts';

export interface Summary {
  readonly codec: Archive['codec'];
  /** null: only decoding would tell. */
  readonly plain: Bytes | null;
  /** Generations that were joined in it; 1 for all others. */
  readonly joined: number;
  readonly problem: string | null;
}

export interface LongSummary extends Summary {
  readonly lines: number;
  readonly first: EpochMs | null;
  readonly last: EpochMs | null;
}

/** From its first and last bytes alone. */
export async function summaryOf(part: OpenPart, signal?: AbortSignal): Promise<Summary> {
  try {
    const archive = await part.archive();
    const plain = archive.codec === 'gzip' ? null : (await entriesOf(archive, signal)).plain;
    const index = await joinedIndex(archive);
    const known = plain ?? index?.parts.reduce((sum, one) => sum + one.plain, 0) ?? null;
    return { codec: archive.codec, plain: known, joined: index?.parts.length ?? 1, problem: null };
  } catch (error) {
    if (!isDamage(error)) throw error;
    return { codec: null, plain: null, joined: 1, problem: error.message };
  }
}

/** All of it is decoded. Of a damaged one: what stands before the damage. */
export async function longSummaryOf(
  part: OpenPart,
  dated: Dated,
  signal?: AbortSignal,
): Promise<LongSummary> {
  const short = await summaryOf(part, signal);
  const times = new LineTimes({ ...dated, near: part.near });
  let [plain, lines] = [0, 0];
  let first: EpochMs | null = null;
  let last: EpochMs | null = null;
  let { problem } = short;
  try {
    for await (const { bytes, begins, ends } of windowsOf(part.plain(signal, passing))) {
      plain += bytes.length;
      lines += newlinesIn(bytes) + (ends || !begins ? 0 : 1);
      if (!begins) continue;
      times.learn(bytes);
      first ??= firstIn(bytes, times);
      last = lastIn(bytes, times) ?? last;
    }
  } catch (error) {
    if (!isDamage(error)) throw error;
    problem = error.message;
  }
  return { ...short, plain, lines, first, last, problem };
}

function firstIn(bytes: Buffer, times: LineTimes): EpochMs | null {
  for (let at = 0; at < bytes.length; ) {
    const end = endOfLine(bytes, at);
    const time = times.of(bytes, at, end);
    if (time !== null) return time;
    at = end + 1;
  }
  return null;
}

function lastIn(bytes: Buffer, times: LineTimes): EpochMs | null {
  for (let at = bytes.length; at > 0; ) {
    const start = startOfLine(bytes, at - 1);
    const time = times.of(bytes, start, endOfLine(bytes, start));
    if (time !== null) return time;
    at = start;
  }
  return null;
}
