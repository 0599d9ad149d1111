// Gives a file another name: the live log becomes a generation, or a generation is shifted. Never
// over a file that is there already.

import type { Facts } from '../../ledger/outcome.ts';
import type { StepOf } from '../../plan/plan.ts';
import { showPath } from '../../units/path.ts';
import { isTrouble } from '../../world/trouble.ts';
import type { FileStat, Folder } from '../../world/world.ts';
import type { Bench, Performed, Performer } from '../bench.ts';
import { clearLeftOver, difference, facts, inFolderOf, isThatFile, spaceOf, stale } from '../bench.ts';
import { buildNewLog, dropNewLog, newLogFor } from './create.ts';

interface Ends {
  readonly from: Folder;
  readonly name: string;
  readonly to: Folder;
  readonly toName: string;
}

export const move: Performer<'move'> = (step, bench) =>
  inFolderOf(step.file.path, bench, (from, name) =>
    inFolderOf(step.to, bench, (to, toName) => moveBetween({ from, name, to, toName }, step, bench)),
  );

async function moveBetween(ends: Ends, step: StepOf<'move'>, bench: Bench): Promise<Performed> {
  const { from, name, to, toName } = ends;
  const [source, target] = await Promise.all([from.stat(name), to.stat(toName)]);
  if (target !== null && isThatFile(step.file, target, bench)) {
    // Stopped between link and unlink: the old name is a second one of the same file.
    if (source !== null && isThatFile(step.file, source, bench)) await from.move(name, to, toName);
    await syncBoth(ends, bench);
    return { result: 'already', ...moved(target) };
  }
  const newLog = newLogFor(step, bench);
  if (newLog !== null) await clearLeftOver(from, newLog, bench);
  const other = difference(step.file, source, bench);
  if (other !== null) return stale(other);
  if (target !== null || source === null)
    return stale(`the name ${showPath(step.to)} is taken by another file`);
  if (newLog !== null) await buildNewLog(newLog, from, bench);
  try {
    await moveDurably(ends, source, bench);
  } catch (error) {
    if (newLog !== null) await dropNewLog(newLog, from, bench);
    throw error;
  }
  return { result: 'done', ...moved(await asItIsNow(ends, source)) };
}

/**
 * Across folders the new name is made durable before the old one goes: a power cut could else
 * keep the second change and lose the first. A move that cannot be made durable is undone, so that
 * the log stands where its writer and the next round look for it.
 */
async function moveDurably(ends: Ends, source: FileStat, bench: Bench): Promise<void> {
  const { from, name, to, toName } = ends;
  try {
    if (from.id !== to.id && (await linked(ends))) await bench.folders.sync(to);
    await from.move(name, to, toName);
    await syncBoth(ends, bench);
  } catch (error) {
    if (isTrouble(error) && error.code !== 'EEXIST') await undo(ends, source);
    throw error;
  }
}

/** It may have grown. What is done is done, whether or not it can be looked at once more. */
async function asItIsNow({ to, toName }: Ends, source: FileStat): Promise<FileStat> {
  try {
    return (await to.stat(toName)) ?? source;
  } catch (error) {
    if (!isTrouble(error)) throw error;
    return source;
  }
}

/** One name again, the old one. What went wrong first is what is told. */
async function undo({ from, name, to, toName }: Ends, source: FileStat): Promise<void> {
  try {
    const [old, made] = [await from.stat(name), await to.stat(toName)];
    if (made?.id !== source.id) return;
    if (old === null) await to.move(toName, from, name);
    else if (old.id === source.id && old.links > 1) await to.unlink(toName);
  } catch (error) {
    if (!isTrouble(error)) throw error;
  }
}

/** Where links are refused `move` has another way, without the two steps. */
async function linked({ from, name, to, toName }: Ends): Promise<boolean> {
  try {
    await from.link(name, to, toName);
    return true;
  } catch (error) {
    if (isTrouble(error, 'EPERM', 'EACCES', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK', 'ENOSPC', 'EDQUOT'))
      return false;
    throw error;
  }
}

async function syncBoth({ from, to }: Ends, bench: Bench): Promise<void> {
  await bench.folders.sync(to);
  if (from.id !== to.id) await bench.folders.sync(from);
}

function moved(file: FileStat): Facts {
  const space = spaceOf(file);
  return facts({ footprint: { before: space, after: space }, made: file.id });
}
