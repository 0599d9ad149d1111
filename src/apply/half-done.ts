// What a step that failed has left behind. Whoever fails takes back what it had begun; on a disk that
// has become read-only, or with no descriptors left, that fails too. Such a step gets no outcome: its
// plan stays open, and the next round performs it again, with the disk asked first what is done already.

import type { Outcome } from '../ledger/outcome.ts';
import type { Step, StepOf } from '../plan/plan.ts';
import { nameOf, type Path } from '../units/path.ts';
import { isTrouble } from '../world/trouble.ts';
import type { FileStat, Folder } from '../world/world.ts';
import { type Bench, difference, inFolderOf, isThatFile, temporaryName } from './bench.ts';
import { newLogFor } from './performers/create.ts';
import { hasParts } from './performers/tail-state.ts';

/** Thrown by a performer that knows: the outcome is told, and not written down. */
export class HalfDone extends Error {
  readonly outcome: Exclude<Outcome, { result: 'done' }>;

  constructor(outcome: HalfDone['outcome']) {
    super('half done');
    this.name = 'HalfDone';
    this.outcome = outcome;
  }
}

/** Whether something of a step that failed stands there; also where that cannot be told. */
export async function leftHalfDone(step: Step, bench: Bench): Promise<boolean> {
  if (isBehindRename(step, bench) || isAmongShifts(step, bench)) return true;
  try {
    return await standsThere(step, bench);
  } catch (error) {
    if (!isTrouble(error)) throw error;
    // Where its folder is another one, or gone, nothing of ours can be reached again.
    return !isTrouble(error, 'ESTALE', 'ENOENT', 'ENOTDIR', 'ELOOP');
  }
}

function standsThere(step: Step, bench: Bench): Promise<boolean> | boolean {
  switch (step.kind) {
    case 'compress':
      return seeAt(
        step.to,
        bench,
        async (found, folder) =>
          found !== null ||
          (await isBuilding(step, folder, bench)) ||
          (step.fromTail !== undefined && hasParts(folder, nameOf(step.file.path))),
      );
    case 'copy':
      return seeAt(
        step.to,
        bench,
        async (found, folder) => found !== null || isBuilding(step, folder, bench),
      );
    case 'compact':
      return seeAt(step.to, bench, async (found, folder) => {
        const source = step.sources.find(({ file }) => file.path === step.to);
        const isOurs =
          found !== null && (source === undefined || difference(source.file, found, bench) !== null);
        return isOurs || isBuilding(step, folder, bench);
      });
    case 'move':
      return isHalfMoved(step, bench);
    case 'truncate':
      return step.copy !== null && seeAt(step.copy.path, bench, async found => found !== null);
    case 'create':
      // A writer without its log is the last that may be left for good.
      return seeAt(
        step.path,
        bench,
        async (found, folder) => found === null || isBuilding(step, folder, bench),
      );
    case 'delete':
      return seeAt(step.file.path, bench, async found => {
        const matters = step.shred !== null || isPacked(step.file.path, bench);
        return matters && isThatFile(step.file, found, bench);
      });
    case 'make-folder':
      return bench.world.disk.look.stat(step.path)?.kind === 'folder';
    case 'script':
      return step.script === 'preremove' && isPacked(step.args[0] ?? '', bench);
    case 'adopt':
    case 'mail':
      return false;
    default:
      return step satisfies never;
  }
}

/** Beside its archive a plain file counts as one more generation, and would push another one out. */
function isPacked(path: Path, bench: Bench): boolean {
  const packing = bench.compressing.get(path);
  return packing !== undefined && wasDone(packing.id, bench);
}

function wasDone(step: number, bench: Bench): boolean {
  const result = bench.outcomes.get(step)?.result;
  return result === 'done' || result === 'already';
}

function seeAt(
  path: Path,
  bench: Bench,
  judge: (found: FileStat | null, folder: Folder) => Promise<boolean>,
): Promise<boolean> {
  return inFolderOf(path, bench, async (folder, name) => judge(await folder.stat(name), folder));
}

async function isBuilding(step: Step, folder: Folder, bench: Bench): Promise<boolean> {
  return (await folder.stat(temporaryName(bench.plan, step))) !== null;
}

/** It has its new name, whatever has become of the old one; or the new log waits beside under its temporary name. */
async function isHalfMoved(step: StepOf<'move'>, bench: Bench): Promise<boolean> {
  if (await seeAt(step.to, bench, async found => isThatFile(step.file, found, bench))) return true;
  const newLog = newLogFor(step, bench);
  return newLog !== null && seeAt(newLog.path, bench, (_, folder) => isBuilding(newLog, folder, bench));
}

/** Older generations have made room, and the log has not come: shifted again, they would leave a gap. */
function isAmongShifts({ id, lane }: Step, bench: Bench): boolean {
  let isShifted = false;
  for (const step of bench.plan.steps) {
    if (step.lane !== lane || (step.kind !== 'move' && step.kind !== 'copy')) continue;
    const isDone = wasDone(step.id, bench);
    if (!step.rotates) isShifted ||= isDone && step.id < id;
    else if (isShifted) return step.id >= id && !isDone;
  }
  return false;
}

/** renamecopy: the log waits under another name, where no later plan would look for it. */
function isBehindRename({ id, lane }: Step, bench: Bench): boolean {
  return bench.plan.steps.some(step => {
    if ((step.kind !== 'copy' && step.kind !== 'move') || !step.rotates) return false;
    const { madeBy } = step.file;
    if (madeBy === null || step.lane !== lane) return false;
    return wasDone(madeBy, bench) && id > madeBy && !isOver(step, bench);
  });
}

/** The log has its own name; or its copy is made, and the renamed log deleted. */
function isOver(second: StepOf<'copy' | 'move'>, bench: Bench): boolean {
  if (second.kind === 'move') return bench.outcomes.has(second.id);
  const { path, madeBy } = second.file;
  const removal = bench.plan.steps.find(
    step => step.kind === 'delete' && step.file.path === path && step.file.madeBy === madeBy,
  );
  return removal !== undefined && bench.outcomes.has(removal.id);
}
