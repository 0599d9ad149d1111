// Makes the new live log, empty. Built beside and then named, so that no writer ever opens it
// before its owner and mode are right; and built before the old one is moved away, so that where
// there is no room for a new log the old one stays.

import type { StepOf } from '../../plan/plan.ts';
import type { FileId } from '../../units/identity.ts';
import { showPath } from '../../units/path.ts';
import { isTrouble } from '../../world/trouble.ts';
import type { FileStat, Folder } from '../../world/world.ts';
import { dressLike } from '../acls.ts';
import type { Bench, Beside, Performed, Performer } from '../bench.ts';
import {
  buildBeside,
  clearLeftOver,
  facts,
  inFolderOf,
  removeQuietly,
  stale,
  temporaryName,
} from '../bench.ts';

/** The new log that is to stand where this step takes the old one from; null when none is planned. */
export function newLogFor(step: StepOf<'move'>, bench: Bench): StepOf<'create'> | null {
  const found = bench.creating.get(step.file.path);
  return found !== undefined && found.lane === step.lane && found.id > step.id ? found : null;
}

/** Builds it under its temporary name; `create` names it. Undone by `dropNewLog` when the move fails. */
export async function buildNewLog(step: StepOf<'create'>, folder: Folder, bench: Bench): Promise<void> {
  await clearLeftOver(folder, step, bench);
  const { mode, uid, gid } = step.made;
  const file = await folder.create(temporaryName(bench.plan, step), mode & 0o777, { uid, gid });
  bench.built.set(step.id, file.id);
  if (step.inherits === true) await dressLike(step.path, file, bench);
  await file.close();
}

/** What was built for a step that was never taken: its plan stays open, or an earlier step has failed. */
export async function dropNewLogs(bench: Bench): Promise<void> {
  for (const step of bench.plan.steps) {
    if (step.kind !== 'create' || !bench.built.has(step.id)) continue;
    await inFolderOf(step.path, bench, folder => dropNewLog(step, folder, bench));
  }
}

export async function dropNewLog(step: StepOf<'create'>, folder: Folder, bench: Bench): Promise<void> {
  if (bench.built.delete(step.id)) await removeQuietly(folder, temporaryName(bench.plan, step));
}

export const create: Performer<'create'> = (step, bench) =>
  inFolderOf(step.path, bench, async (folder, name) => {
    const found = await standingAt(folder, name);
    if (found !== null) return alreadyThere(found, folder, step, bench);
    try {
      const { mode, uid, gid } = step.made;
      const beside = { folder, name, mode: mode & 0o777, owner: { uid, gid } };
      const made = await nameNewLog(beside, step, bench);
      bench.built.delete(step.id);
      await bench.folders.sync(folder);
      return { result: 'done', ...facts({ made }) };
    } catch (error) {
      const other = isTrouble(error, 'EEXIST') ? await folder.stat(name) : null;
      if (other === null) throw error;
      return alreadyThere(other, folder, step, bench);
    }
  });

/** null also when it cannot be told: a name that is taken shows when the new log gets it. */
async function standingAt(folder: Folder, name: string): Promise<FileStat | null> {
  try {
    return await folder.stat(name);
  } catch (error) {
    if (!isTrouble(error)) throw error;
    return null;
  }
}

/** What was built before the old log went; else one that is built now, under its own name if need be. */
async function nameNewLog(beside: Beside, step: StepOf<'create'>, bench: Bench): Promise<FileId> {
  const { folder, name, mode, owner } = beside;
  const temporary = temporaryName(bench.plan, step);
  const built = bench.built.get(step.id);
  try {
    if (built === undefined || (await folder.stat(temporary))?.id !== built)
      return await buildBeside(beside, step, bench, async file => file.id);
    await folder.move(temporary, folder, name);
    return built;
  } catch (error) {
    await removeQuietly(folder, temporary);
    if (!isTrouble(error) || error.code === 'EEXIST') throw error;
    // A writer without its log is worse than one that finds it a moment before its mode is right.
    const file = await folder.create(name, mode, owner);
    await file.close();
    return file.id;
  }
}

/** A writer that makes its log itself was faster; or we were, before a stop. */
async function alreadyThere(
  found: FileStat,
  folder: Folder,
  step: StepOf<'create'>,
  bench: Bench,
): Promise<Performed> {
  await clearLeftOver(folder, step, bench);
  if (found.kind !== 'file') return stale(`a ${found.kind} stands at ${showPath(step.path)}`);
  await bench.folders.sync(folder);
  return { result: 'already', ...facts({ made: found.id }) };
}
