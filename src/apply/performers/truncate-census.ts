// The census repeated before a log is copied and before it is emptied (rulings 13): what the plan was
// made on may no longer hold.

import type { StepOf } from '../../plan/plan.ts';
import type { Bytes } from '../../units/bytes.ts';
import type { FileId } from '../../units/identity.ts';
import { showPath } from '../../units/path.ts';
import type { Holder } from '../../world/world.ts';
import { type Bench, type Performed, stale } from '../bench.ts';

/** Below this a log is emptied by tail whoever holds it (rulings 12). */
const small: Bytes = 4096;

/** Why the log must not be emptied as planned, from those who hold it now; null when nothing got worse. */
export async function worseNow(
  step: StepOf<'truncate'>,
  id: FileId,
  bench: Bench,
): Promise<Performed | null> {
  // A hole is right whoever writes.
  if (step.method === 'punch') return null;
  if (step.method === 'freeze' && step.copy !== null) {
    const writers = await appendingWriters(id, bench);
    return 'result' in writers ? writers : null;
  }
  const writers = await bench.holders.writing(id);
  const path = showPath(step.file.path);
  const jumping = writers.find(writer => writer.append === false);
  if (jumping !== undefined && step.file.size > 0)
    return stale(
      `${sayHolder(jumping)} holds ${path} open without O_APPEND, which was not so when it was looked at`,
    );
  const [first] = writers;
  if (first === undefined || step.method !== 'tail' || step.writers !== 'nobody' || step.file.size < small)
    return null;
  return stale(`${sayHolder(first)} has opened ${path} since it was looked at`);
}

/** The step that empties what `copy` copies; it stands right behind. */
export function emptyingAfter(copy: StepOf<'copy'>, bench: Bench): StepOf<'truncate'> | null {
  const next = bench.steps.get(copy.id + 1);
  return next?.kind === 'truncate' && next.copy?.madeBy === copy.id ? next : null;
}

export function sayHolder({ name, pid }: Holder): string {
  return `${showPath(name)} (pid ${pid})`;
}

/** Pids of all who write, or why they cannot be stopped with a good conscience. */
export async function appendingWriters(
  id: FileId,
  bench: Bench,
): Promise<{ readonly pids: readonly number[] } | Refused> {
  const census = await bench.world.processes.census(new Set([id]));
  if (!census.complete) {
    return refused(
      `freeze needs to know everyone who writes, and that cannot be known: ${census.blind ?? 'the census is not complete'}`,
    );
  }
  const writers = writing(census.holders.get(id));
  const jumping = writers.find(({ append }) => append !== true);
  if (jumping !== undefined)
    return refused(`${sayHolder(jumping)} is not known to append, and would leave a hole when it goes on`);
  return { pids: [...new Set(writers.map(({ pid }) => pid))] };
}

type Refused = Extract<Performed, { result: 'refused' }>;

function refused(message: string): Refused {
  return {
    result: 'refused',
    message,
    hint: 'say truncatewith auto or collapse for writers that append, truncatewith punch for others',
  };
}

export function writing(holders: readonly Holder[] | undefined): readonly Holder[] {
  return (holders ?? []).filter(({ access }) => access === 'write');
}
