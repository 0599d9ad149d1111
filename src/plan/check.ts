// What must hold for any plan. It throws, because a plan that breaks it is our mistake and must
// not be applied: steps in order, names free when they are written, sources there when they are
// taken, and nothing deleted that a plan did not first replace or let go.

import type { LogSet } from '../logs/log-set.ts';
import { folderOf, join, nameOf, type Path } from '../units/path.ts';
import type { Plan, Step } from './plan.ts';

/**
 * @param logSets as they were seen; only those that the plan touches are looked at
 * @param real gives a path as steps name it, links in its folder resolved
 * @throws Error `internal: …` on the first thing that does not hold
 */
export function checkPlan(plan: Plan, logSets: readonly LogSet[], real: (path: Path) => Path): void {
  const fail = (step: Step, words: string): never => {
    throw new Error(`internal: step ${step.id} (${step.kind}) ${words} (plan ${plan.id})`);
  };
  const touched = new Set(plan.steps.map(step => step.log));
  const { there, foreign, named } = seen(
    logSets.filter(({ path }) => touched.has(path)),
    real,
  );
  const lives = new Set(logSets.filter(({ path }) => touched.has(path)).map(({ path }) => real(path)));
  const deleted = deletedBySteps(plan.steps);
  for (const [index, step] of plan.steps.entries()) {
    if (step.id !== index + 1) fail(step, `stands at place ${index + 1}`);
    if (step.after.some(id => id >= step.id || id < 1))
      fail(step, `waits for a later step (${step.after.join(', ')})`);
    const { takes, writes, frees } = touches(step, deleted);
    for (const path of takes) if (!there.has(path)) fail(step, `needs ${path}, which is not there by then`);
    if (step.kind === 'delete' && !named.has(step.file.path))
      fail(step, `deletes ${step.file.path}, which nothing in the plan names`);
    if (step.kind === 'delete' && lives.has(step.file.path))
      fail(step, `deletes the live log ${step.file.path}`);
    const isReplaced = step.kind === 'compact' && writes !== null && frees.includes(writes);
    if (writes !== null && !isReplaced && (there.has(writes) || foreign.has(writes)))
      fail(step, `writes to ${writes}, which is not free`);
    if (step.kind === 'truncate' && step.copy !== null && !there.has(step.copy.path))
      fail(step, `empties ${step.file.path} before its copy is there`);
    for (const path of frees) there.delete(path);
    if (writes === null) continue;
    there.add(writes);
    named.add(writes);
  }
}

interface Seen {
  readonly there: Set<Path>;
  readonly foreign: Set<Path>;
  /** Generations, leftovers, and what the plan makes: nothing else is ever deleted. */
  readonly named: Set<Path>;
}

function seen(logSets: readonly LogSet[], real: (path: Path) => Path): Seen {
  const there = new Set<Path>();
  const foreign = new Set<Path>();
  const named = new Set<Path>();
  for (const { path, live, folder, generations, taken, leftovers } of logSets) {
    if (live !== null) there.add(real(path));
    for (const generation of generations) {
      const place = real(join(folder, nameOf(generation.path)));
      there.add(place);
      named.add(place);
    }
    for (const leftover of leftovers ?? []) {
      there.add(real(leftover.path));
      named.add(real(leftover.path));
    }
    for (const name of taken) foreign.add(real(join(folder, name)));
  }
  return { there, foreign, named };
}

/** Paths that have a delete step: compression leaves the plain file to it. */
export function deletedBySteps(steps: readonly Step[]): ReadonlySet<Path> {
  return new Set(steps.flatMap(step => (step.kind === 'delete' ? [step.file.path] : [])));
}

interface Touched {
  readonly takes: readonly Path[];
  readonly writes: Path | null;
  readonly frees: readonly Path[];
}

function touches(step: Step, deleted: ReadonlySet<Path>): Touched {
  switch (step.kind) {
    case 'move':
      return { takes: [step.file.path], writes: step.to, frees: [step.file.path] };
    case 'copy':
      return { takes: [step.file.path], writes: step.to, frees: [] };
    case 'create':
      return { takes: [], writes: step.path, frees: [] };
    case 'compress':
      return {
        takes: [step.file.path],
        writes: step.to,
        frees: deleted.has(step.file.path) ? [] : [step.file.path],
      };
    case 'compact': {
      const takes = step.sources.map(({ file }) => file.path);
      return { takes, writes: step.to, frees: step.leaves ? [] : takes };
    }
    case 'truncate':
      return { takes: [step.file.path], writes: null, frees: [] };
    case 'delete':
      return { takes: [step.file.path], writes: null, frees: [step.file.path] };
    case 'mail':
      return { takes: [step.file.path], writes: null, frees: [] };
    case 'adopt':
    case 'make-folder':
    case 'script':
      return { takes: [], writes: null, frees: [] };
    default:
      return step satisfies never;
  }
}

const nothing: ReadonlySet<Path> = new Set();

/** Folders in which the steps act, in order. */
export function foldersOf(steps: readonly Step[]): ReadonlySet<Path> {
  const folders = new Set<Path>();
  for (const step of steps) {
    const { takes, writes } = touches(step, nothing);
    for (const path of takes) folders.add(folderOf(path));
    if (writes !== null) folders.add(folderOf(writes));
    if (step.kind === 'make-folder') folders.add(folderOf(step.path));
  }
  return folders;
}
