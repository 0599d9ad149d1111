// Makes an archive of a plain generation: encoded beside, read back, decoded and compared, synced,
// named, and only then the plain one goes. How bytes are packed is in packing.ts.

import { type Digest, digestOf } from '../../codec/digest.ts';
import type { StepOf } from '../../plan/plan.ts';
import type { Ms } from '../../units/duration.ts';
import type { FileId } from '../../units/identity.ts';
import { nameOf, showPath } from '../../units/path.ts';
import { isTrouble } from '../../world/trouble.ts';
import type { FileStat, Folder, Holder, OpenFile } from '../../world/world.ts';
import {
  type Bench,
  buildBeside,
  clearLeftOver,
  difference,
  facts,
  identityOf,
  inFolderOf,
  isThatFile,
  type Performed,
  type Performer,
  sameTime,
  spaceOf,
  stale,
  temporaryName,
  withFile,
} from '../bench.ts';
import { passingChunks } from '../contents.ts';
import { largeFrom } from '../schedule.ts';
import { compressFromTail } from './compress-from-tail.ts';
import { clearAside, letGoOf } from './let-go.ts';
import { decodedContent, type Job, type Packed, pack } from './packing.ts';

interface Ends {
  readonly from: Folder;
  readonly name: string;
  readonly to: Folder;
  readonly toName: string;
}

export const compress: Performer<'compress'> = (step, bench) =>
  step.fromTail !== undefined ? compressFromTail(step, bench) : compressBeside(step, bench);

const compressBeside: Performer<'compress'> = (step, bench) =>
  inFolderOf(step.file.path, bench, (from, name) =>
    inFolderOf(step.to, bench, (to, toName) => compressBetween({ from, name, to, toName }, step, bench)),
  );

async function compressBetween(ends: Ends, step: StepOf<'compress'>, bench: Bench): Promise<Performed> {
  const [plain, archive] = [await ends.from.stat(ends.name), await ends.to.stat(ends.toName)];
  if (archive !== null) return bench.resumed ? foundArchive(ends, plain, archive, step, bench) : taken(step);
  const other = difference(step.file, plain, bench);
  if (other !== null || plain === null) return stale(other ?? 'gone');
  const holder = (await bench.holders.writing(plain.id))[0];
  if (holder !== undefined) return heldBy(holder, step);
  if (!packsFirst(step) && (await isRestless(plain.id, step, bench))) return restless(step);
  return withFile(ends.from.open(ends.name, 'read'), async source => {
    if (!isThatFile(step.file, source, bench)) return stale(`${showPath(step.file.path)} was replaced`);
    return compressOpen(source, plain, ends, step, bench);
  });
}

async function compressOpen(
  source: OpenFile,
  plain: FileStat,
  ends: Ends,
  step: StepOf<'compress'>,
  bench: Bench,
): Promise<Performed> {
  const made = await makeArchive(source, plain, ends, step, bench);
  if (made === 'taken') return taken(step);
  if (made === 'written to') return writtenTo(step);
  if (made === 'restless') return restless(step);
  const { archive, content, said } = made;
  try {
    await bench.folders.sync(ends.to);
    // A last look: what came in while the archive was named would go with the plain file.
    if (!isUnchanged(await source.stat(), plain) || !isUnchanged(await ends.from.stat(ends.name), plain)) {
      await ends.to.unlink(ends.toName);
      await bench.folders.sync(ends.to);
      return writtenTo(step);
    }
    return { result: 'done', ...(await replaced({ plain, archive, content }, ends, step, bench)), said };
  } catch (error) {
    if (isTrouble(error)) await takeBack(archive, plain, ends);
    throw error;
  }
}

function asideName(step: StepOf<'compress'>, bench: Bench): string {
  return `${temporaryName(bench.plan, step)}-aside`;
}

/** The plain file could not go, so its archive does: beside each other they would stand in each other's way. */
async function takeBack(archive: FileStat, plain: FileStat, { from, name, to, toName }: Ends): Promise<void> {
  try {
    const [old, made] = [await from.stat(name), await to.stat(toName)];
    if (old?.id === plain.id && made?.id === archive.id) await to.unlink(toName);
  } catch (error) {
    if (!isTrouble(error)) throw error;
  }
}

interface Replacement {
  readonly plain: FileStat;
  readonly archive: FileStat;
  readonly content: Digest | null;
}

/** The plain file goes, unless the plan has a step of its own for that (preremove comes between). */
async function replaced(
  { plain, archive, content }: Replacement,
  ends: Ends,
  step: StepOf<'compress'>,
  bench: Bench,
) {
  const stays = bench.keepPlain.has(step.id);
  if (!stays) {
    if (step.contested === true) await letGoOf(ends.from, ends.name, plain.id, asideName(step, bench));
    else await ends.from.unlink(ends.name);
    await bench.folders.sync(ends.from);
  }
  const after = stays ? spaceOf(plain, archive) : spaceOf(archive);
  return facts({ footprint: { before: spaceOf(plain), after }, made: archive.id, plain: content });
}

type Made = { readonly archive: FileStat; readonly content: Digest; readonly said: string | null };

async function makeArchive(
  source: OpenFile,
  plain: FileStat,
  { to, toName }: Ends,
  step: StepOf<'compress'>,
  bench: Bench,
): Promise<Made | 'taken' | 'written to' | 'restless'> {
  try {
    return await buildBeside({ folder: to, name: toName, mode: 0o600 }, step, bench, async file => {
      const packed = await packUnchanged({ source, size: plain.size, file }, plain, step, bench);
      if (packsFirst(step) && (await isRestless(plain.id, step, bench))) throw new Restless();
      // Reading back has touched the atime, and here the source's is kept.
      const { accessed, modified } = step.dated ?? plain;
      await file.setAttributes({ accessed, modified });
      return { ...packed, archive: await file.stat() };
    });
  } catch (error) {
    if (error instanceof WrittenTo) return 'written to';
    if (error instanceof Restless) return 'restless';
    if (isTrouble(error, 'EEXIST')) return 'taken';
    throw error;
  }
}

async function packUnchanged(job: Job, plain: FileStat, step: StepOf<'compress'>, bench: Bench) {
  let packed: Packed;
  try {
    packed = await pack(job, step, bench);
  } catch (error) {
    // What somebody changes in the middle does not come back from its archive either.
    if (isTrouble(error, 'EDAMAGED') && !isUnchanged(await job.source.stat(), plain)) throw new WrittenTo();
    throw error;
  }
  if (packed.content.bytes !== plain.size || !isUnchanged(await job.source.stat(), plain))
    throw new WrittenTo();
  return packed;
}

/** Leaves the building of an archive without naming it. */
class WrittenTo extends Error {}
class Restless extends Error {}

function isUnchanged(now: FileStat | null, then: FileStat): boolean {
  return (
    now !== null && now.id === then.id && now.size === then.size && sameTime(now.modified, then.modified)
  );
}

/**
 * After a stop. An archive is named only when it is verified, so with the plain file gone it is
 * enough that it still decodes; with both there, it must hold what the plain one holds.
 */
async function foundArchive(
  ends: Ends,
  plain: FileStat | null,
  archive: FileStat,
  step: StepOf<'compress'>,
  bench: Bench,
): Promise<Performed> {
  await clearLeftOver(ends.to, step, bench);
  if (step.contested === true && step.file.id !== null)
    await clearAside(ends.from, ends.name, step.file.id, asideName(step, bench));
  if (archive.kind !== 'file') return taken(step);
  const held = await withFile(ends.to.open(ends.toName, 'read'), file =>
    decodedContent(file, { size: archive.size, compressor: step.compressor, signal: bench.signal }),
  );
  if (plain === null) {
    if (held === 'damaged') return stale(`${showPath(step.to)} is there and does not decode`);
    await bench.folders.sync(ends.to);
    return { result: 'already', ...plainGone(archive, held === 'foreign' ? null : held, step) };
  }
  if (difference(step.file, plain, bench) !== null || held === 'damaged' || held === 'foreign')
    return taken(step);
  const content = await withFile(ends.from.open(ends.name, 'read'), file =>
    digestOf(passingChunks(file, { from: 0, until: plain.size, signal: bench.signal })),
  );
  if (content.bytes !== held.bytes || content.sha256 !== held.sha256) return taken(step);
  await bench.folders.sync(ends.to);
  return { result: 'already', ...(await replaced({ plain, archive, content }, ends, step, bench)) };
}

function plainGone(archive: FileStat, content: Digest | null, step: StepOf<'compress'>) {
  const { size, allocated } = step.file;
  const bytes = content?.bytes ?? size;
  const block = 4096;
  const before = {
    apparent: bytes,
    allocated: bytes === size ? allocated : Math.ceil(bytes / block) * block,
  };
  return facts({ footprint: { before, after: spaceOf(archive) }, made: archive.id, plain: content });
}

function taken(step: StepOf<'compress'>): Performed {
  return stale(`the name ${showPath(step.to)} is taken by another file`);
}

function writtenTo(step: StepOf<'compress'>): Performed {
  return {
    result: 'deferred',
    message: `${showPath(step.file.path)} was written to while it was compressed`,
  };
}

function heldBy(holder: Holder, step: StepOf<'compress'>): Performed {
  const path = showPath(nameOf(step.file.path));
  return {
    result: 'deferred',
    message: `${path} is still written to by ${showPath(holder.name)} (pid ${holder.pid})`,
  };
}

function restless(step: StepOf<'compress'>): Performed {
  return {
    result: 'deferred',
    message: `${showPath(nameOf(step.file.path))} is still written to, by whom cannot be seen from here`,
  };
}

/** Whether `waitForWriters` may have anything to wait for. */
export function mayBeWrittenTo({ file, wait }: StepOf<'compress'>, { made }: Bench['plan']): boolean {
  return wait > 0 || made - (file.modified ?? made) < lately;
}

/** What was last written to longer before its plan is not looked at twice. */
const lately: Ms = 1000;

/** Waits outside any limit of work until the writer has let go, as long as the plan says. */
export async function waitForWriters(step: StepOf<'compress'>, bench: Bench): Promise<void> {
  const id = identityOf(step.file, bench);
  if (id === null) return;
  if (step.wait > 0) await bench.holders.untilFree(id, step.wait, bench.signal);
  // A copy is ours alone.
  const maker = bench.steps.get(step.file.madeBy ?? 0);
  if (maker?.kind === 'copy') return;
  await bench.holders.lookFirst(id, () => seenNow(step, bench));
  if (!packsFirst(step)) await isRestless(id, step, bench);
}

/** Packing a large log takes longer than the time between the two looks, and nothing is named before the second. */
function packsFirst({ file }: StepOf<'compress'>): boolean {
  return file.size >= largeFrom;
}

function isRestless(id: FileId, step: StepOf<'compress'>, bench: Bench): Promise<boolean> {
  return bench.holders.isRestless(id, () => seenNow(step, bench), bench.signal);
}

/** null also where it cannot be looked at: that shows when the step is performed. */
async function seenNow(step: StepOf<'compress'>, bench: Bench): Promise<FileStat | null> {
  try {
    return await inFolderOf(step.file.path, bench, (folder, name) => folder.stat(name));
  } catch (error) {
    if (!isTrouble(error)) throw error;
    return null;
  }
}
