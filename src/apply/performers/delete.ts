// Deletes a generation that retention let go, or the plain one whose archive is whole.

import type { Facts, Space } from '../../ledger/outcome.ts';
import type { FileRef, StepOf } from '../../plan/plan.ts';
import type { Bytes } from '../../units/bytes.ts';
import { showPath } from '../../units/path.ts';
import { isTrouble } from '../../world/trouble.ts';
import type { FileStat, Folder } from '../../world/world.ts';
import type { Bench, Performed, Performer } from '../bench.ts';
import { difference, facts, inFolderOf, isThatFile, nothing, spaceOf, stale, withFile } from '../bench.ts';
import { copyOfRenamed, deleteRenamed, grownBefore } from './delete-renamed.ts';

export const remove: Performer<'delete'> = (step, bench) =>
  inFolderOf(step.file.path, bench, async (folder, name) => {
    const found = await folder.stat(name);
    if (found === null) return alreadyGone(folder, step, bench);
    const isHalf = isHalfShredded(step, found, bench);
    const changed = isHalf ? null : difference(step.file, found, bench);
    const other = changed ?? (await heirMissing(step, bench));
    if (other !== null) return stale(other);
    if (step.shred !== null && found.links > 1) return refuseShred(step, found.links);
    const copied = copyOfRenamed(step, bench.plan);
    if (copied !== null) return removeRenamed(folder, name, found, copied, bench);
    const said = step.shred === null ? null : await shred(folder, name, step, bench);
    await unlinkForSure(folder, name);
    await bench.folders.sync(folder);
    const last = found.links <= 1;
    const before = isHalf ? spaceOnRecord(step, bench) : spaceOf(found);
    const footprint = { before, after: last ? nothing : before };
    return { result: 'done', ...facts({ footprint, said }) };
  });

/** What came into the copy on the way has not been counted by its own step. */
async function removeRenamed(
  folder: Folder,
  name: string,
  found: FileStat,
  copied: StepOf<'copy'>,
  bench: Bench,
): Promise<Performed> {
  return withFile(folder.open(name, 'read'), async renamed => {
    if (renamed.id !== found.id) return stale(`${showPath(copied.file.path)} was replaced`);
    const end = await deleteRenamed(renamed, copied, bench, () => unlinkForSure(folder, name));
    if ('result' in end) return end;
    await bench.folders.sync(folder);
    return { result: 'done', ...movedInto(spaceOf(await renamed.stat()), end.grown) };
  });
}

function movedInto(before: Space, grown: Bytes): Facts {
  const after = { apparent: grown, allocated: Math.min(grown, before.allocated) };
  return facts({ footprint: { before, after }, grown });
}

/** Once more after a shortage that may have passed: what stays here is in the way of the next rotation. */
async function unlinkForSure(folder: Folder, name: string): Promise<void> {
  try {
    await folder.unlink(name);
  } catch (error) {
    if (!isTrouble(error, 'EMFILE', 'ENFILE', 'EIO', 'ENOMEM', 'EINTR', 'ENOSPC', 'EDQUOT')) throw error;
    await folder.unlink(name);
  }
}

/** After a stop: what this very step has overwritten has another mtime, and must not stay as it is. */
function isHalfShredded(step: StepOf<'delete'>, found: FileStat, bench: Bench): boolean {
  return bench.resumed && step.shred !== null && found.kind === 'file' && isThatFile(step.file, found, bench);
}

/** Deleted by us before a stop, it counts; gone by another's hand, it is not our saving. */
async function alreadyGone(folder: Folder, step: StepOf<'delete'>, bench: Bench): Promise<Performed> {
  await bench.folders.sync(folder);
  if (!bench.resumed) return { result: 'already', ...facts() };
  const copied = copyOfRenamed(step, bench.plan);
  if (copied !== null) {
    const grown = await grownBefore(copied, bench);
    const { apparent, allocated } = spaceOnRecord(step, bench);
    return { result: 'already', ...movedInto({ apparent: apparent + grown, allocated }, grown) };
  }
  const footprint = { before: spaceOnRecord(step, bench), after: nothing };
  return { result: 'already', ...facts({ footprint }) };
}

/** How large it was: as this plan's own steps have last seen it, else as planned. */
function spaceOnRecord(step: StepOf<'delete'>, bench: Bench): Space {
  const heir = bench.compressing.get(step.file.path);
  const compressed = heir === undefined ? undefined : bench.outcomes.get(heir.id);
  if (compressed !== undefined && 'footprint' in compressed) return compressed.footprint.before;
  const maker = step.file.madeBy === null ? undefined : bench.outcomes.get(step.file.madeBy);
  return maker !== undefined && 'footprint' in maker ? maker.footprint.after : spaceOf(step.file);
}

/** Law 7, once more at the last moment: what this plan packs or joins goes only when its archive stands. */
async function heirMissing(step: StepOf<'delete'>, bench: Bench): Promise<string | null> {
  const heir = heirOf(step, bench);
  if (heir === null) return null;
  const outcome = bench.outcomes.get(heir.id);
  const made = outcome !== undefined && 'made' in outcome ? outcome.made : null;
  if (made === null) return `step ${heir.id} has not packed ${showPath(step.file.path)}`;
  const archive = await inFolderOf(heir.to, bench, (folder, name) => folder.stat(name));
  const ref = { ...step.file, path: heir.to, id: made, madeBy: null };
  return isThatFile(ref, archive, bench) ? null : `the archive ${showPath(heir.to)} is not there`;
}

/** The step that puts the content of this very file into an archive. */
function heirOf({ file }: StepOf<'delete'>, bench: Bench): StepOf<'compress' | 'compact'> | null {
  const isThis = (one: FileRef) => one.path === file.path && one.id === file.id && one.madeBy === file.madeBy;
  const compressing = bench.compressing.get(file.path);
  if (compressing !== undefined && isThis(compressing.file)) return compressing;
  const joining = bench.joining.get(file.path);
  return joining?.sources.some(source => isThis(source.file)) ? joining : null;
}

function refuseShred(step: StepOf<'delete'>, links: number): Performed {
  return {
    result: 'refused',
    message: `${showPath(step.file.path)} has ${links} names, and shredding it would destroy what the others show`,
    hint: 'remove the other names, or use noshred',
  };
}

/** Overwrites the file through its descriptor; when that fails it is deleted all the same, and said. */
async function shred(
  folder: Folder,
  name: string,
  step: StepOf<'delete'>,
  bench: Bench,
): Promise<string | null> {
  return withFile(folder.open(name, 'write'), async file => {
    if (!isThatFile(step.file, file, bench)) return null;
    const cycles = step.shred?.cycles ?? 0;
    const finished = await bench.world.shell.run({
      program: 'shred',
      args: [...(cycles > 0 ? ['-n', String(cycles)] : []), '-'],
      stdout: file.fd,
      limit: null,
    });
    return finished.exit === 0 ? null : `not shredded: ${finished.stderr.trim() || finished.ended}`;
  });
}
