// The second half of copytruncate: empties the live log once its copy is whole. Which way is the
// plan's decision; this file looks whether log and copy are still what was planned.

import type { StepOf } from '../../plan/plan.ts';
import { showPath } from '../../units/path.ts';
import { isTrouble } from '../../world/trouble.ts';
import type { OpenFile } from '../../world/world.ts';
import type { Bench, Performed, Performer } from '../bench.ts';
import { difference, facts, inFolderOf, isThatFile, nothing, spaceOf, stale, withFile } from '../bench.ts';
import { HalfDone } from '../half-done.ts';
import { takeBackCopy } from './take-back-copy.ts';
import { worseNow } from './truncate-census.ts';
import { emptyByCollapse } from './truncate-collapse.ts';
import { emptyByFreezing } from './truncate-freeze.ts';
import { emptyByPunching, punchPlainly } from './truncate-punch.ts';
import { emptyByTail, type Pair } from './truncate-tail.ts';

export const truncate: Performer<'truncate'> = async (step, bench) => {
  let performed: Performed | null = null;
  try {
    performed = await empty(step, bench);
    if (performed.result === 'done' || performed.result === 'already') return performed;
  } catch (error) {
    if (isTrouble(error) && !bench.signal.aborted) await takeBackCopy(step, bench);
    throw error;
  }
  if ((await takeBackCopy(step, bench)) === 'could not') throw new HalfDone(performed);
  return performed;
};

const empty: Performer<'truncate'> = (step, bench) =>
  inFolderOf(step.file.path, bench, async (folder, name) => {
    const found = await folder.stat(name);
    // Length is no sign of anything after a stop, so a log that has shrunk is judged by its copy.
    const other = difference({ ...step.file, size: 0 }, found, bench);
    if (other !== null) return stale(other);
    return withFile(folder.open(name, 'write'), async live => {
      if (!isThatFile(step.file, live, bench)) return stale(`${showPath(step.file.path)} was replaced`);
      const worse = await worseNow(step, live.id, bench);
      if (step.copy !== null) return emptyIntoCopy(live, step, bench, worse);
      if (worse !== null) return worse;
      return step.method === 'punch' ? punchPlainly(live, step) : emptyPlainly(live, step, bench);
    });
  });

/**
 * rotate 0: nothing is kept. After a stop a log that is shorter than planned was emptied by us; of
 * one that is longer it cannot be known, so it is kept until the next plan (rulings 11).
 */
async function emptyPlainly(live: OpenFile, step: StepOf<'truncate'>, bench: Bench): Promise<Performed> {
  const before = await live.stat();
  const path = showPath(step.file.path);
  if (before.size < step.file.size || before.size === 0) {
    if (!bench.resumed && before.size > 0)
      return stale(`${path} has shrunk from ${step.file.size} to ${before.size} bytes`);
    const footprint = { before: bench.resumed ? spaceOf(step.file) : nothing, after: nothing };
    return { result: 'already', ...facts({ footprint, made: live.id }) };
  }
  if (bench.resumed && before.size > step.file.size) {
    return stale(
      `${path} has grown since the interruption, and it cannot be told whether it had been emptied before`,
    );
  }
  await live.truncate(0);
  await live.sync();
  return {
    result: 'done',
    ...facts({ footprint: { before: spaceOf(before), after: nothing }, made: live.id }),
  };
}

async function emptyIntoCopy(
  live: OpenFile,
  step: StepOf<'truncate'>,
  bench: Bench,
  worse: Performed | null,
): Promise<Performed> {
  const ref = step.copy;
  const outcome = ref?.madeBy == null ? undefined : bench.outcomes.get(ref.madeBy);
  const plain = outcome !== undefined && 'plain' in outcome ? outcome.plain : null;
  if (ref === null || plain === null) return stale('the log has not been copied');
  return inFolderOf(ref.path, bench, async (copyFolder, copyName) => {
    const other = difference(ref, await copyFolder.stat(copyName), bench);
    if (other !== null) return stale(other);
    return withFile(copyFolder.open(copyName, 'write'), copy => {
      if (!isThatFile(ref, copy, bench)) return Promise.resolve(stale(`${showPath(ref.path)} was replaced`));
      if (worse !== null) return Promise.resolve(worse);
      return ways[step.method]({ live, copy, plain }, step, bench);
    });
  });
}

const ways: Readonly<
  Record<
    StepOf<'truncate'>['method'],
    (pair: Pair, step: StepOf<'truncate'>, bench: Bench) => Promise<Performed>
  >
> = {
  collapse: emptyByCollapse,
  tail: (pair, step, bench) => emptyByTail(pair, step, bench),
  punch: emptyByPunching,
  freeze: emptyByFreezing,
};
