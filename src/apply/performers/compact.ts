// Joins archives of one period, or cuts off the front of a joined one: built beside, synced, read
// back from end to end and compared generation by generation, named, and only then do the sources
// go. How the bytes get there is in joining.ts.

import type { StepOf } from '../../plan/plan.ts';
import { folderOf, nameOf, showPath } from '../../units/path.ts';
import { isTrouble } from '../../world/trouble.ts';
import type { FileStat, Folder, OpenFile } from '../../world/world.ts';
import {
  type Bench,
  clearLeftOver,
  difference,
  facts,
  inFolderOf,
  nothing,
  type Performed,
  type Performer,
  removeName,
  spaceOf,
  stale,
  temporaryName,
  withFile,
} from '../bench.ts';
import { joinInto, type OpenSource, provenParts, sourceParts } from './joining.ts';

type Step = StepOf<'compact'>;

export const compact: Performer<'compact'> = (step, bench) =>
  inFolderOf(step.to, bench, async (folder, toName) => {
    const found = await folder.stat(toName);
    const replaced = step.sources.find(({ file }) => file.path === step.to);
    const isSource = replaced !== undefined && difference(replaced.file, found, bench) === null;
    if (found !== null && !isSource) {
      if (bench.resumed) return foundJoined(folder, found, step, bench);
      return stale(`the name ${showPath(step.to)} is taken by another file`);
    }
    return joinSources(folder, toName, step, bench);
  });

async function joinSources(folder: Folder, toName: string, step: Step, bench: Bench): Promise<Performed> {
  const sources: OpenSource[] = [];
  try {
    for (const source of step.sources) {
      const path = showPath(source.file.path);
      if (folderOf(source.file.path) !== folderOf(step.to))
        throw new Error(`internal: ${path} is joined into another folder`);
      const name = nameOf(source.file.path);
      const stat = await folder.stat(name);
      const other = difference(source.file, stat, bench);
      if (other !== null || stat === null) return stale(other ?? `${path} is gone`);
      const file = await folder.open(name, 'read');
      sources.push({ source, stat, file });
      if (file.id !== stat.id) return stale(`${path} was replaced`);
    }
    return await joinOpen(folder, toName, sources, step, bench);
  } finally {
    await Promise.all(sources.map(({ file }) => file.close()));
  }
}

async function joinOpen(
  folder: Folder,
  toName: string,
  sources: readonly OpenSource[],
  step: Step,
  bench: Bench,
): Promise<Performed> {
  await clearLeftOver(folder, step, bench);
  const temporary = temporaryName(bench.plan, step);
  const file = await folder.create(temporary, 0o600);
  let archive: FileStat;
  try {
    await joinInto(file, sources, step, bench);
    archive = await file.stat();
    const changed = await changedSource(folder, sources, bench);
    const isTaken = changed === null && !(await named(folder, temporary, toName, step));
    if (changed !== null || isTaken) {
      await removeName(folder, temporary);
      return stale(changed ?? `the name ${showPath(step.to)} is taken by another file`);
    }
  } catch (error) {
    await removeQuietly(folder, temporary);
    throw error;
  } finally {
    await file.close();
  }
  await bench.folders.sync(folder);
  const gone = sources.map(({ stat }) => stat);
  await letGo(folder, step, bench);
  return { result: 'done', ...factsOf(gone, archive, step) };
}

/** What was read is still what stands there: only then may it go. */
async function changedSource(
  folder: Folder,
  sources: readonly OpenSource[],
  bench: Bench,
): Promise<string | null> {
  for (const { source } of sources) {
    const other = difference(source.file, await folder.stat(nameOf(source.file.path)), bench);
    if (other !== null) return other;
  }
  return null;
}

/** false: another file has the name. A source's name is taken over in one act. */
async function named(folder: Folder, temporary: string, toName: string, step: Step): Promise<boolean> {
  if (step.sources.some(({ file }) => file.path === step.to)) {
    await folder.replace(temporary, toName);
    return true;
  }
  try {
    await folder.move(temporary, folder, toName);
    return true;
  } catch (error) {
    if (isTrouble(error, 'EEXIST')) return false;
    throw error;
  }
}

/** The sources go, each only if it is the file that was joined. */
async function letGo(folder: Folder, step: Step, bench: Bench): Promise<void> {
  if (step.leaves) return;
  let count = 0;
  for (const { file } of step.sources) {
    if (file.path === step.to) continue;
    const found = await folder.stat(nameOf(file.path));
    if (difference(file, found, bench) !== null) continue;
    await removeName(folder, nameOf(file.path));
    count += 1;
  }
  if (count > 0) await bench.folders.sync(folder);
}

function factsOf(gone: readonly Sized[], archive: FileStat, step: Step) {
  const after = step.leaves ? spaceOf(archive, ...gone) : spaceOf(archive);
  return facts({ footprint: { before: spaceOf(...gone), after }, made: archive.id });
}

type Sized = { readonly size: number; readonly allocated: number };

/**
 * After a stop the archive is named, so it was whole; it is proven once more by its own index, and
 * each source that is still there must be in it before it goes.
 */
async function foundJoined(folder: Folder, found: FileStat, step: Step, bench: Bench): Promise<Performed> {
  await clearLeftOver(folder, step, bench);
  const taken = stale(`the name ${showPath(step.to)} is taken by another file`);
  if (found.kind !== 'file') return taken;
  const parts = await withFile(folder.open(nameOf(step.to), 'read'), file =>
    provenParts(file, found.size, step.compactor.codec, bench),
  );
  if (parts === null) return taken;
  const digests = new Set(parts.map(({ sha256, rotated }) => `${rotated} ${sha256}`));
  const before: Sized[] = [];
  for (const source of step.sources) {
    const { file, part } = source;
    if (part !== null && !parts.some(one => one.rotated === part.rotated)) return taken;
    const stat = file.path === step.to ? null : await folder.stat(nameOf(file.path));
    if (stat === null || difference(file, stat, bench) !== null) {
      before.push(sizeOf(file, bench));
      continue;
    }
    before.push(stat);
    const held = await withFile(folder.open(nameOf(file.path), 'read'), (open: OpenFile) =>
      sourceParts({ source, stat, file: open }, bench),
    );
    if (held.some(({ sha256, rotated }) => !digests.has(`${rotated} ${sha256}`))) return taken;
  }
  await bench.folders.sync(folder);
  await letGo(folder, step, bench);
  return { result: 'already', ...factsOf(before, found, step) };
}

/** Of a source that has gone: as planned, or as the step that made it has recorded. */
function sizeOf(file: Step['sources'][number]['file'], bench: Bench): Sized {
  const outcome = file.madeBy === null ? undefined : bench.outcomes.get(file.madeBy);
  if (file.id !== null || outcome === undefined || !('footprint' in outcome)) return file;
  const { apparent, allocated } = outcome.footprint.after ?? nothing;
  return { size: apparent, allocated };
}

/** What went wrong first is what is told. */
async function removeQuietly(folder: Folder, name: string): Promise<void> {
  try {
    await removeName(folder, name);
  } catch (error) {
    if (!isTrouble(error)) throw error;
  }
}
