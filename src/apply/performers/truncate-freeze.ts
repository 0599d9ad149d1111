// Freeze: as tail, but those who write stand still from the last read until the log is empty, so that
// no line falls in between. Only where all of them are known, append, and may be stopped.

import type { StepOf } from '../../plan/plan.ts';
import type { Bytes } from '../../units/bytes.ts';
import type { Ms } from '../../units/duration.ts';
import { showPath } from '../../units/path.ts';
import { Trouble } from '../../world/trouble.ts';
import type { Stopped } from '../../world/world.ts';
import type { Bench, Performed } from '../bench.ts';
import { stale } from '../bench.ts';
import { copyRange } from '../contents.ts';
import { appendingWriters, writing } from './truncate-census.ts';
import { emptyByTail, emptyIfTaken, finish, type LastAct, type Pair, takeAndEmpty } from './truncate-tail.ts';

/** How long writers may take to stand still. A guard continues them in any case after ten seconds. */
const patience: Ms = 1_000;
/** What may be left to copy when they are stopped: some milliseconds' work. */
const near: Bytes = 1024 * 1024;
const rounds = 6;

export function emptyByFreezing(pair: Pair, step: StepOf<'truncate'>, bench: Bench): Promise<Performed> {
  return emptyByTail(pair, step, bench, freezeAndEmpty);
}

async function freezeAndEmpty(
  pair: Pair,
  step: StepOf<'truncate'>,
  bench: Bench,
  { from }: { readonly from: Bytes },
): Promise<Performed> {
  let position = from;
  for (let round = 0; round < rounds; round += 1) {
    const { size } = await pair.live.stat();
    if (size < position)
      return stale(`${showPath(step.file.path)} was truncated by another program meanwhile`);
    position = await copyRange(pair.live, pair.copy, { from: position, until: size });
    await pair.copy.sync();
    if ((await pair.live.stat()).size - position <= near) break;
  }
  const writers = await appendingWriters(pair.live.id, bench);
  if ('result' in writers) return writers;
  if (writers.pids.length === 0) return takeAndEmpty(pair, step, bench, { from: position, said: null });
  const last = await whileStopped(writers.pids, pair, bench, () => takeRest(pair, position, bench));
  if (last === 'shrunk')
    return stale(`${showPath(step.file.path)} was truncated by another program meanwhile`);
  return finish(pair, { ...last, took: 0, atRisk: 0 });
}

/** Whoever has opened the log, or was forked, while the others were being stopped is stopped too. */
async function whileStopped<T>(
  pids: readonly number[],
  { live }: Pair,
  bench: Bench,
  work: () => Promise<T>,
): Promise<T> {
  const held: Stopped[] = [];
  const known = new Set<number>();
  try {
    let next = [...pids];
    for (let look = 0; next.length > 0; look += 1) {
      if (look === rounds) throw notFrozen('ever more processes write to it');
      held.push(await bench.world.processes.stop(next, patience));
      for (const pid of next) known.add(pid);
      const census = await bench.world.processes.census(new Set([live.id]));
      next = writing(census.holders.get(live.id)).flatMap(({ pid }) => (known.has(pid) ? [] : [pid]));
    }
    const result = await work();
    if (!held.every(stopped => stopped.isCertain())) throw notFrozen('it took too long');
    return result;
  } finally {
    await Promise.all(held.map(stopped => stopped.continue()));
  }
}

/** On the disk before the log is emptied: nobody writes meanwhile, so that there is time for it. */
async function takeRest(pair: Pair, from: Bytes, bench: Bench): Promise<LastAct | 'shrunk'> {
  const { size } = await pair.live.stat();
  if (size < from) return 'shrunk';
  const position = await copyRange(pair.live, pair.copy, { from, until: size });
  await pair.copy.sync();
  const last = emptyIfTaken(pair, position, bench, 'only if all is taken');
  if (last === null) throw notFrozen('somebody whom the census does not show writes to it');
  return last;
}

function notFrozen(why: string): Trouble {
  return new Trouble({
    code: 'ENOTSTOPPED',
    message: `its writers cannot be kept still: ${why}`,
    hint: 'say truncatewith auto',
  });
}
