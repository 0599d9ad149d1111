// What a performer works with, and the questions that all of them ask the disk first: is this the
// file that was planned, is that name free, what did the earlier step make.

import type { Pool } from '../codec/codec.ts';
import type { Facts, Outcome, Space } from '../ledger/outcome.ts';
import { temporaryName as temporaryNameOf } from '../logs/temporary.ts';
import type { FileRef, Plan, Step, StepKind, StepOf } from '../plan/plan.ts';
import type { Bytes } from '../units/bytes.ts';
import { type FileId, sameFile } from '../units/identity.ts';
import { folderOf, nameOf, type Path, showPath } from '../units/path.ts';
import { isTrouble } from '../world/trouble.ts';
import type { FileStat, Folder, OpenFile, Owner, Shell, World } from '../world/world.ts';
import type { Acls } from './acls.ts';
import type { Folders } from './folders.ts';
import type { Holders } from './holders.ts';

export interface Bench {
  readonly plan: Plan;
  /** Of the plan, by their numbers. */
  readonly steps: ReadonlyMap<number, Step>;
  readonly world: World;
  readonly pool: Pool;
  /** A script's text by its digest; null when the policy no longer holds it. */
  readonly scripts: (digest: string) => string | null;
  /** Runs the policy's scripts: as whoever started logmill, whomever files are worked on as. */
  readonly scriptShell: Pick<Shell, 'run'>;
  /** What scripts say is gathered into their outcomes, or goes where our own words go. */
  readonly streams: 'gathered' | 'ours';
  /** The program that sends letters: `PROGRAM -s SUBJECT ADDRESS`, the letter on stdin. */
  readonly mailCommand: string;
  readonly outcomes: ReadonlyMap<number, Outcome>;
  /** The plan was begun before: each step without an outcome may have been done, or half of it. */
  readonly resumed: boolean;
  readonly folders: Folders;
  readonly holders: Holders;
  readonly acls: Acls;
  readonly signal: AbortSignal;
  /** The step of this plan that compresses the file under this path. */
  readonly compressing: ReadonlyMap<Path, StepOf<'compress'>>;
  /** The step of this plan that makes the new log under this path. */
  readonly creating: ReadonlyMap<Path, StepOf<'create'>>;
  /** The step of this plan that joins the archive under this path with others. */
  readonly joining: ReadonlyMap<Path, StepOf<'compact'>>;
  /** Compressions that leave the plain file to a later deletion (behind preremove, or with shred). */
  readonly keepPlain: ReadonlySet<number>;
  /** New logs that stand under their temporary names already, by the step that names them. */
  readonly built: Map<number, FileId>;
  /** Tells of progress, at most ten times a second and step. */
  readonly progress: (step: Step, read: Bytes, written: Bytes) => void;
}

/** As an Outcome, but how long it took is measured by whoever calls the performer. */
export type Performed = ({ readonly result: 'done' } & Facts) | Exclude<Outcome, { result: 'done' }>;

export type Performer<K extends StepKind> = (step: StepOf<K>, bench: Bench) => Promise<Performed>;

/** The step was ended by the signal: it has no outcome, and is performed again by the next apply. */
export class Interrupted extends Error {
  constructor() {
    super('interrupted');
    this.name = 'Interrupted';
  }
}

export const nothing: Space = { apparent: 0, allocated: 0 };

/** Facts of a step that touched no file, with those that are given. */
export function facts(some: Partial<Facts> = {}): Facts {
  return {
    footprint: { before: nothing, after: nothing },
    made: null,
    plain: null,
    window: null,
    said: null,
    ...some,
  };
}

export function stale(found: string): Performed {
  return { result: 'stale', found };
}

export function spaceOf(...files: readonly { size: Bytes; allocated: Bytes }[]): Space {
  return {
    apparent: files.reduce((sum, file) => sum + file.size, 0),
    allocated: files.reduce((sum, file) => sum + file.allocated, 0),
  };
}

/** Runs `work` with the folder of `path`, and the name of `path` in it. */
export function inFolderOf<T>(
  path: Path,
  bench: Bench,
  work: (folder: Folder, name: string) => Promise<T>,
): Promise<T> {
  return bench.folders.within(folderOf(path), folder => work(folder, nameOf(path)));
}

/** Runs `work` with an open file and closes it, whatever happens. */
export async function withFile<T>(
  opened: Promise<OpenFile>,
  work: (file: OpenFile) => Promise<T>,
): Promise<T> {
  const file = await opened;
  try {
    return await work(file);
  } finally {
    await file.close();
  }
}

/** Which file the plan means: as it was seen, or as the earlier step has made it; null when it made none. */
export function identityOf(ref: FileRef, bench: Bench): FileId | null {
  if (ref.madeBy === null) return ref.id;
  const outcome = bench.outcomes.get(ref.madeBy);
  return outcome !== undefined && 'made' in outcome ? outcome.made : null;
}

/** Identity alone: the same file, whatever has become of its content. */
export function isThatFile(ref: FileRef, found: { readonly id: FileId } | null, bench: Bench): boolean {
  const id = identityOf(ref, bench);
  return found !== null && id !== null && sameFile(id, found.id, bench.plan.boot === bench.world.host.boot);
}

/**
 * Why `found` is not the file that was planned, in words; null when it is. A live log may have
 * grown, and what the plan itself has made is known by identity; of a generation size and mtime
 * decide as well, also after it was shifted (rulings 7).
 */
export function difference(ref: FileRef, found: FileStat | null, bench: Bench): string | null {
  const path = showPath(ref.path);
  if (found === null) return `${path} is gone`;
  if (found.kind !== 'file') return `${path} is now a ${found.kind}`;
  if (ref.madeBy !== null && identityOf(ref, bench) === null)
    return `step ${ref.madeBy} has not made ${path}`;
  if (!isThatFile(ref, found, bench)) return `${path} is another file than the one that was planned`;
  if (ref.madeBy !== null && (ref.id === null || ref.modified === null)) return null;
  if (ref.modified === null)
    return found.size < ref.size ? `${path} has shrunk from ${ref.size} to ${found.size} bytes` : null;
  if (found.size !== ref.size) return `${path} had ${ref.size} bytes and has ${found.size}`;
  if (!sameTime(found.modified, ref.modified)) return `${path} was written to since it was looked at`;
  return null;
}

/** Ten microseconds: a clock tick of any file system is longer, a rounded fraction shorter. */
export function sameTime(a: number, b: number): boolean {
  return Math.abs(a - b) < 0.01;
}

/** Under which name a step of this plan builds its file, in the folder where it will stand. */
export function temporaryName(plan: Plan, step: Step): string {
  return temporaryNameOf(plan.id, step.id);
}

/** Removes what an interrupted attempt at the same step has left. */
export async function clearLeftOver(folder: Folder, step: Step, bench: Bench): Promise<void> {
  if (bench.resumed) await removeName(folder, temporaryName(bench.plan, step));
}

/** Removes a name; there being none is as good. */
export async function removeName(folder: Folder, name: string): Promise<void> {
  try {
    await folder.unlink(name);
  } catch (error) {
    if (!isTrouble(error, 'ENOENT')) throw error;
  }
}

/** Where a file is to stand, and what it is until it does. */
export interface Beside {
  readonly folder: Folder;
  readonly name: string;
  readonly mode: number;
  readonly owner?: Owner;
}

/**
 * Builds a file under its temporary name and, once `work` is through, gives it its own. Whatever
 * fails, nothing half-made stays.
 *
 * @throws Trouble EEXIST when the name is taken
 */
export async function buildBeside<T>(
  { folder, name, mode, owner }: Beside,
  step: Step,
  bench: Bench,
  work: (file: OpenFile) => Promise<T>,
): Promise<T> {
  await clearLeftOver(folder, step, bench);
  const temporary = temporaryName(bench.plan, step);
  const file = await folder.create(temporary, mode, owner);
  try {
    const result = await work(file);
    await folder.move(temporary, folder, name);
    return result;
  } catch (error) {
    await removeQuietly(folder, temporary);
    throw error;
  } finally {
    await file.close();
  }
}

/** What went wrong first is what is told. */
export async function removeQuietly(folder: Folder, name: string): Promise<void> {
  try {
    await removeName(folder, name);
  } catch (error) {
    if (!isTrouble(error)) throw error;
  }
}
