// Tail: what came after the copy is added to it until log and copy are equally long and on the
// disk, and in that same tick the log is emptied. A writer that is fast enough to be never caught
// up with is taken in one synchronous stretch, whose length and bytes are reported.

import { type Digest, digestOf } from '../../codec/digest.ts';
import type { StepOf } from '../../plan/plan.ts';
import type { Bytes } from '../../units/bytes.ts';
import type { Ms } from '../../units/duration.ts';
import { showPath } from '../../units/path.ts';
import type { FileStat, OpenFile } from '../../world/world.ts';
import { type Bench, facts, nothing, type Performed, spaceOf, stale } from '../bench.ts';
import { agree, copyRange, passingChunks } from '../contents.ts';
import { repeatsItself } from '../repeats-itself.ts';

/** The log and its copy, both open for writing (and so for reading); offsets in both are the same. */
export interface Pair {
  readonly live: OpenFile;
  readonly copy: OpenFile;
  /** The head [0, bytes) as the copy step has recorded it. */
  readonly plain: Digest;
}

/** Rounds of reading on and syncing before the rest is taken synchronously. */
const rounds = 4;
const edge: Bytes = 64 * 1024;

/** @param take what is done with a log that is still as it was copied */
export async function emptyByTail(
  pair: Pair,
  step: StepOf<'truncate'>,
  bench: Bench,
  take: typeof takeAndEmpty = takeAndEmpty,
): Promise<Performed> {
  const [log, copy] = [await pair.live.stat(), await pair.copy.stat()];
  const path = showPath(step.file.path);
  if (copy.size < pair.plain.bytes) return stale(`the copy of ${path} has shrunk`);
  const state = bench.resumed ? await stateAfterStop(pair, log, copy) : await stateNow(pair, log);
  switch (state) {
    case 'emptied':
      return { result: 'already', ...emptied(pair, { before: copy, copy }) };
    case 'another content':
      return stale(`${path} no longer begins with what was copied`);
    case 'undecided':
      return stale(
        `${path} repeats itself, so it cannot be told whether it was emptied before the interruption`,
      );
    case 'full':
      return take(pair, step, bench, { from: pair.plain.bytes, said: null });
    default:
      return state satisfies never;
  }
}

type State = 'full' | 'emptied' | 'another content' | 'undecided';

async function stateNow(pair: Pair, log: FileStat): Promise<State> {
  return (await headAgrees(pair, log)) ? 'full' : 'another content';
}

/** The copy was made by this very process: ends that agree are enough. */
export async function headAgrees({ live, copy, plain }: Pair, log: FileStat): Promise<boolean> {
  if (log.size < plain.bytes) return false;
  const head = { from: 0, until: Math.min(edge, plain.bytes) };
  const tail = { from: Math.max(0, plain.bytes - edge), until: plain.bytes };
  return (await agree(copy, live, head)) && (await agree(copy, live, tail));
}

/**
 * After a stop: length is never the sign, since a fast writer refills (rulings 11). While the log
 * is full it begins with all that the copy holds; one that does not was emptied, by us if the copy
 * is still the one that was recorded. A log made of repetitions could have been refilled with the
 * same bytes: then it is kept, for doubling beats losing.
 */
async function stateAfterStop(
  { live, copy: copied, plain }: Pair,
  log: FileStat,
  copy: FileStat,
): Promise<State> {
  const recorded = await digestOf(passingChunks(copied, { from: 0, until: plain.bytes }));
  if (recorded.sha256 !== plain.sha256) return 'another content';
  const all = { from: 0, until: copy.size };
  if (log.size < copy.size || !(await agree(copied, live, all))) return 'emptied';
  return (await repeatsItself(copied, copy.size)) ? 'undecided' : 'full';
}

/**
 * Takes the rest and empties the log, whose head up to `from` the copy holds.
 *
 * @param options.said why it is done this way, where another was planned
 */
export async function takeAndEmpty(
  pair: Pair,
  step: StepOf<'truncate'>,
  bench: Bench,
  { from, said }: { readonly from: Bytes; readonly said: string | null },
): Promise<Performed> {
  const path = showPath(step.file.path);
  let position = from;
  for (let round = 0; round < rounds; round += 1) {
    const { size } = await pair.live.stat();
    if (size < position) return stale(`${path} was truncated by another program meanwhile`);
    position = await copyRange(pair.live, pair.copy, { from: position, until: size });
    await pair.copy.sync();
    const last = emptyIfTaken(
      pair,
      position,
      bench,
      round === rounds - 1 ? 'the rest too' : 'only if all is taken',
    );
    if (last === 'shrunk') return stale(`${path} was truncated by another program meanwhile`);
    if (last !== null) return { ...(await finish(pair, last)), said };
  }
  throw new Error(`internal: the last round of emptying ${path} decides`);
}

export interface LastAct {
  readonly before: FileStat;
  readonly took: Ms;
  readonly atRisk: Bytes;
}

/**
 * One tick without an await: nothing of ours comes between the last look at the length and the
 * truncation. null: something came in, and the caller may read on.
 */
export function emptyIfTaken(
  { live, copy }: Pair,
  from: Bytes,
  bench: Bench,
  rest: 'the rest too' | 'only if all is taken',
): LastAct | 'shrunk' | null {
  let position = from;
  let start = bench.world.clock.now();
  let before = live.statNow();
  if (before.size > position && rest === 'only if all is taken') return null;
  const buffer = Buffer.allocUnsafe(edge);
  while (before.size > position) {
    const count = live.readNow(buffer, position);
    if (count === 0) break;
    copy.writeNow(buffer.subarray(0, count), position);
    position += count;
    start = bench.world.clock.now();
    before = live.statNow();
  }
  if (before.size !== position) return 'shrunk';
  live.truncateNow(0);
  return { before, took: Math.max(0, bench.world.clock.now() - start), atRisk: position - from };
}

export async function finish(pair: Pair, { before, took, atRisk }: LastAct) {
  await pair.copy.sync();
  await pair.live.sync();
  const copy = await pair.copy.stat();
  return { result: 'done' as const, ...emptied(pair, { before, copy }), window: { took, atRisk } };
}

/** The log goes, and the copy has grown from what its own step has recorded. */
function emptied(pair: Pair, { before, copy }: { before: FileStat; copy: FileStat }) {
  const grown = copy.size - pair.plain.bytes;
  const after = grown > 0 ? { apparent: grown, allocated: Math.min(grown, copy.allocated) } : nothing;
  return facts({ footprint: { before: spaceOf(before), after }, made: pair.live.id, grown });
}
