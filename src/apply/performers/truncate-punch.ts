// Punch: what was archived becomes a hole, and the log keeps its length, so that a writer without
// O_APPEND goes on where it is. Offsets never move: to do it twice does nothing the second time.

import type { StepOf } from '../../plan/plan.ts';
import type { Bytes } from '../../units/bytes.ts';
import { showPath } from '../../units/path.ts';
import { isTrouble } from '../../world/trouble.ts';
import type { FileStat, OpenFile } from '../../world/world.ts';
import { type Bench, facts, type Performed, stale } from '../bench.ts';
import { chunksOf, sameBytes } from '../contents.ts';
import { repeatsItself } from '../repeats-itself.ts';
import type { Pair } from './truncate-tail.ts';

export async function emptyByPunching(
  { live, copy, plain }: Pair,
  step: StepOf<'truncate'>,
  bench: Bench,
): Promise<Performed> {
  const from = step.from ?? 0;
  const until = from + plain.bytes;
  const path = showPath(step.file.path);
  const log = await live.stat();
  if (log.size < until) return stale(`${path} has shrunk from ${until} to ${log.size} bytes`);
  if (!(await sameBytes(copy, 0, live, from, plain.bytes))) {
    if (bench.resumed && (await isBlank(live, from, until)))
      return { result: 'already', ...punched(live, log, from, until) };
    return stale(`${path} no longer holds what was copied`);
  }
  // Begun anew by its writer meanwhile it could hold the same again.
  if (bench.resumed && (await repeatsItself(copy, plain.bytes)))
    return stale(
      `${path} repeats itself, so it cannot be told whether it was begun anew since the interruption`,
    );
  return punch(live, { log, from, until }, path);
}

/** rotate 0: nothing is kept. */
export async function punchPlainly(live: OpenFile, step: StepOf<'truncate'>): Promise<Performed> {
  const log = await live.stat();
  const from = step.from ?? 0;
  const until = Math.max(from, Math.min(log.size, step.file.size));
  return punch(live, { log, from, until }, showPath(step.file.path));
}

async function punch(
  live: OpenFile,
  { log, from, until }: { readonly log: FileStat; readonly from: Bytes; readonly until: Bytes },
  path: string,
): Promise<Performed> {
  try {
    if (until > from) await live.punch(from, until);
  } catch (error) {
    if (!isTrouble(error, 'EOPNOTSUPP')) throw error;
    return {
      result: 'refused',
      message: `${path} cannot be punched: ${error.message}`,
      hint: 'let its writer append (>> instead of >) and say truncatewith auto',
    };
  }
  await live.sync();
  return { result: 'done', ...punched(live, log, from, until, await live.stat()) };
}

/** Apparent bytes here are those that the hole does not cover. */
function punched(live: OpenFile, log: FileStat, from: Bytes, until: Bytes, now: FileStat = log) {
  return facts({
    footprint: {
      before: { apparent: log.size - from, allocated: log.allocated },
      after: { apparent: log.size - until, allocated: now.allocated },
    },
    made: live.id,
    window: { took: 0, atRisk: 0 },
    archived: until,
  });
}

/** Whether a range reads as NUL throughout. */
export async function isBlank(file: OpenFile, from: Bytes, until: Bytes): Promise<boolean> {
  for await (const chunk of chunksOf(file, { from, until })) {
    if (chunk.some(byte => byte !== 0)) return false;
  }
  return true;
}
