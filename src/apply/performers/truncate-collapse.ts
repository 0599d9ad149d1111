// Collapse: whole blocks are cut from the front of the log by the file system, under its own lock, so
// that a writer with O_APPEND loses nothing at any speed. The copy is first brought to the very bytes
// that will be cut and is on the disk; archive and log joined are the exact stream. A large range goes
// in slices, and where a stop has left it is read from the contents, never from lengths (rulings 11).

import { digestOf } from '../../codec/digest.ts';
import type { StepOf } from '../../plan/plan.ts';
import type { Bytes } from '../../units/bytes.ts';
import { folderOf, showPath } from '../../units/path.ts';
import { isTrouble } from '../../world/trouble.ts';
import type { FileStat, OpenFile } from '../../world/world.ts';
import { type Bench, facts, Interrupted, nothing, type Performed, spaceOf, stale } from '../bench.ts';
import { copyRange, passingChunks, sameBytes } from '../contents.ts';
import { repeatsItself } from '../repeats-itself.ts';
import { headAgrees, type Pair, takeAndEmpty } from './truncate-tail.ts';

/** One cut stalls the writer about as long as the file system needs for this much: 20 ms. */
const slice: Bytes = 64 * 1024 * 1024;

export async function emptyByCollapse(
  pair: Pair,
  step: StepOf<'truncate'>,
  bench: Bench,
): Promise<Performed> {
  const [log, copy] = [await pair.live.stat(), await pair.copy.stat()];
  const path = showPath(step.file.path);
  const block = (await bench.world.disk.space(folderOf(step.file.path))).blockSize;
  const site: Cutting = { pair, step, bench, block };
  if (bench.resumed) return afterStop(site, log, copy);
  if (copy.size < pair.plain.bytes) return stale(`the copy of ${path} has shrunk`);
  if (!(await headAgrees(pair, log))) return stale(`${path} no longer begins with what was copied`);
  return begin(site, pair.plain.bytes);
}

interface Cutting {
  readonly pair: Pair;
  readonly step: StepOf<'truncate'>;
  readonly bench: Bench;
  /** The file system cuts multiples of this. */
  readonly block: Bytes;
}

/**
 * Nothing is cut yet. The copy is brought to exactly what will go, longer or shorter than it was, while
 * the log still holds all of it.
 */
async function begin(site: Cutting, copied: Bytes): Promise<Performed> {
  const { pair, step, bench } = site;
  const log = await pair.live.stat();
  const target = await cutPoint(site, log.size);
  if (target === null) return takeAndEmpty(pair, step, bench, { from: copied, said: whyNot(site, log) });
  if (target > copied) await copyRange(pair.live, pair.copy, { from: copied, until: target });
  await pair.copy.truncate(target);
  // Both on the disk first: the copy for safety, the log so that the cut stalls its writer less.
  await pair.copy.sync();
  await pair.live.sync();
  return cutOn(site, { log, target, cut: 0 });
}

/**
 * Up to where is cut: as far as whole blocks go, but so that what remains begins otherwise than every
 * slice that is cut. By that it can be told after a stop which of them are gone.
 *
 * @returns null where less than a block would go, or no such place is found: what is cut must differ
 *   from what comes behind it (rulings 11)
 */
async function cutPoint({ pair, block }: Cutting, size: Bytes): Promise<Bytes | null> {
  const furthest = Math.floor(Math.max(0, size - 1) / block) * block;
  for (const target of [furthest, furthest - block]) {
    if (target > 0 && (await isTold(pair.live, target, Math.min(size - target, 2 * block)))) return target;
  }
  return null;
}

/** Blocks that are all alike are not cut: after a stop nothing would tell how many are gone (rulings 11). */
function whyNot({ block }: Cutting, { size }: FileStat): string | null {
  return size <= block ? null : 'it repeats itself from block to block; taken by tail instead';
}

async function isTold(live: OpenFile, target: Bytes, length: Bytes): Promise<boolean> {
  for (const cut of startsIn(target)) {
    if (await sameBytes(live, target, live, cut, length)) return false;
  }
  return true;
}

function* startsIn(target: Bytes): Generator<Bytes> {
  for (let cut = 0; cut < target; cut += slice) yield cut;
}

interface Progress {
  /** The log as it was before the first cut. */
  readonly log: Pick<FileStat, 'size' | 'allocated'>;
  readonly target: Bytes;
  /** How much of that is gone already. */
  readonly cut: Bytes;
}

async function cutOn(site: Cutting, { log, target, cut }: Progress): Promise<Performed> {
  const { pair, step, bench, block } = site;
  for (let done = cut; done < target; done += slice) {
    if (bench.signal.aborted) throw new Interrupted();
    try {
      await pair.live.collapse(Math.min(slice, target - done));
    } catch (error) {
      if (done > 0 || !isTrouble(error, 'EOPNOTSUPP')) throw error;
      // Nothing is cut yet and the copy is the head of the log: the other way is taken, and said.
      return takeAndEmpty(pair, step, bench, {
        from: target,
        said: `${error.message}; taken by tail instead`,
      });
    }
  }
  await pair.live.sync();
  // What is written during the cut counts as new.
  const left = Math.max(0, log.size - target);
  const grown = target - pair.plain.bytes;
  const after = { apparent: Math.max(0, left + grown), allocated: Math.ceil(left / block) * block };
  const footprint = { before: spaceOf(log), after };
  return {
    result: 'done',
    ...facts({ footprint, made: pair.live.id, window: { took: 0, atRisk: 0 }, grown, archived: left }),
  };
}

/**
 * The log begins with the copy from the start of some slice on, or with what came behind all of it. More
 * than one place fits only where contents repeat themselves, and then all is kept: doubling beats losing.
 */
async function afterStop(site: Cutting, log: FileStat, copy: FileStat): Promise<Performed> {
  const { pair, step, block } = site;
  const path = showPath(step.file.path);
  if (copy.size >= pair.plain.bytes && !(await isAsRecorded(pair)))
    return stale(`the copy of ${path} was changed`);
  const fitting: Bytes[] = [];
  for (const cut of startsIn(copy.size)) {
    const rest = copy.size - cut;
    if (log.size >= rest && (await sameBytes(pair.copy, cut, pair.live, 0, rest))) fitting.push(cut);
  }
  const [cut] = fitting;
  if (cut === undefined) return cutAlready(pair, copy);
  if (fitting.length > 1 || (await isDoubtful(pair.copy, copy.size, block)))
    return stale(`${path} repeats itself, so it cannot be told how much was cut off before the interruption`);
  if (cut === 0) return begin(site, Math.min(copy.size, pair.plain.bytes));
  return cutOn(site, {
    log: { size: log.size + cut, allocated: copy.allocated },
    target: copy.size,
    cut,
  });
}

/** Whether all of it may be gone although the log begins like a part of it: see cutPoint. */
async function isDoubtful(copy: OpenFile, size: Bytes, block: Bytes): Promise<boolean> {
  if (await repeatsItself(copy, size)) return true;
  if (size <= block) return false;
  for (const cut of startsIn(size)) {
    if (await sameBytes(copy, size - block, copy, cut, block)) return true;
  }
  return false;
}

async function isAsRecorded({ copy, plain }: Pair): Promise<boolean> {
  const head = await digestOf(passingChunks(copy, { from: 0, until: plain.bytes }));
  return head.sha256 === plain.sha256;
}

function cutAlready(pair: Pair, copy: FileStat): Performed {
  const before = { apparent: Math.max(copy.size, pair.plain.bytes), allocated: copy.allocated };
  const grown = copy.size - pair.plain.bytes;
  return {
    result: 'already',
    ...facts({ footprint: { before, after: nothing }, made: pair.live.id, grown }),
  };
}
