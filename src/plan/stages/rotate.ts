// The live log becomes a generation: older ones are shifted from the oldest down, then it is moved
// away (or copied), then it is made anew (or emptied). Everything was decided by prepare.ts.

import type { Generation, LiveLog } from '../../logs/log-set.ts';
import type { Attributes } from '../../policy/policy.ts';
import { deviceOf } from '../../units/identity.ts';
import { folderOf, join, nameOf, type Path } from '../../units/path.ts';
import {
  addStep,
  type Draft,
  type DraftGeneration,
  generationRef,
  isFree,
  type LogDraft,
  liveRef,
  namesOf,
} from '../draft.ts';
import type { FileRef, Made, Reason } from '../plan.ts';
import { reasonOf } from '../reason.ts';
import { isShifted, shiftedName } from './prepare.ts';
import { deleteGeneration } from './remove.ts';
import { census, sayCensus, truncation } from './truncate-method.ts';

/** Folders that are not there yet, parents first; a folder that two logs need is made once. */
export function makeFolders(draft: Draft, log: LogDraft): void {
  const { logSet, settings } = log;
  const { createolddir } = settings;
  if (createolddir === null || log.rotation === null || log.rotation.name === '') return;
  const missing: Path[] = [];
  const { folders } = draft.observation;
  for (let folder = logSet.folder; folders.get(folder)?.id === null; folder = folderOf(folder))
    missing.unshift(folder);
  let last: number | null = null;
  for (const folder of missing) {
    last = draft.folders.get(folder) ?? makeFolder(draft, log, folder, createolddir, last);
    draft.folders.set(folder, last);
  }
  if (last !== null) log.gate = [...log.gate, last];
}

/** In a lane of its own: other logs need the folder too, whatever becomes of this one. */
function makeFolder(
  draft: Draft,
  log: LogDraft,
  folder: Path,
  made: Attributes,
  parent: number | null,
): number {
  const { logSet } = log;
  const path =
    folder === logSet.folder ? log.folder : (draft.observation.folders.get(folder)?.real ?? folder);
  const why = reasonOf(logSet.policy, 'createolddir', 'the olddir does not exist');
  const after = parent === null ? log.gate : [parent];
  const waits = { name: path, begun: true, last: null };
  const id = addStep(draft, log, why, { kind: 'make-folder', path, made }, waits);
  const step = draft.steps[id - 1];
  if (step !== undefined) draft.steps[id - 1] = { ...step, after };
  return id;
}

/** From the oldest down: each move finds its target free, and a stop in between leaves a gap, never two files that want one name. */
export function shift(draft: Draft, log: LogDraft): void {
  const shifted = log.generations
    .filter(generation => isShifted(log, generation))
    .sort((a, b) => numberOf(b.file) - numberOf(a.file));
  for (const generation of shifted) {
    const name = shiftedName(log, generation);
    if (isFree(log, name)) shiftOne(draft, log, generation, name);
    // Only one that goes anyway can find its next name taken; it makes room at once.
    else if (generation.goes !== null) {
      log.cleared.add(nameOf(generation.file.path));
      deleteGeneration(draft, log, generation, generation.goes);
    } else throw new Error(`internal: ${generation.file.path} has no room at ${name}`);
  }
}

function numberOf({ mark }: Generation): number {
  return mark.by === 'number' ? mark.number : 0;
}

function shiftOne(draft: Draft, log: LogDraft, generation: DraftGeneration, name: string): void {
  const { file } = generation;
  const body = {
    kind: 'move',
    file: generationRef(log, generation),
    to: join(log.folder, name),
    rotates: false,
  } as const;
  const why =
    generation.goes ?? reasonOf(log.logSet.policy, 'rotate', `makes room for ${log.rotation?.name ?? ''}`);
  generation.madeBy = addStep(draft, log, why, body);
  namesOf(log).delete(nameOf(file.path));
  namesOf(log).add(name);
  const mark = { by: 'number', number: numberOf(file) + 1 } as const;
  generation.file = { ...file, path: join(log.logSet.folder, name), mark };
}

/** The live log itself; with renamecopy only its first half, up to the scripts. */
export function take(draft: Draft, log: LogDraft): void {
  const { live, rotation, due } = log;
  if (live === null || rotation === null) return;
  const file = liveRef(log, live);
  const to = join(log.folder, rotation.name);
  switch (rotation.method) {
    case 'move':
      arrive(log, addStep(draft, log, due.why, { kind: 'move', file, to, rotates: true }), live.id);
      create(draft, log);
      return;
    case 'rename, then copy':
      addStep(draft, log, due.why, { kind: 'move', file, to: temporaryPath(file.path), rotates: false });
      create(draft, log);
      return;
    case 'copy':
      arrive(
        log,
        addStep(draft, log, due.why, { kind: 'copy', file, to, made: madeAs(live), rotates: true }),
        null,
      );
      return;
    case 'copy, then truncate':
      arrive(
        log,
        addStep(draft, log, due.why, {
          kind: 'copy',
          file,
          to,
          made: madeAs(live),
          rotates: true,
          ...begins(live),
        }),
        null,
      );
      empty(draft, log, file);
      return;
    case 'truncate':
      empty(draft, log, file);
      return;
    case 'nothing':
      restartClock(draft, log);
      return;
    default:
      rotation.method satisfies never;
  }
}

function temporaryPath(path: Path): Path {
  return `${path}.tmp`;
}

/** The generation is there, made by a step. */
function arrive(log: LogDraft, madeBy: number, id: string | null): void {
  const fresh = freshOf(log);
  if (fresh === undefined) throw new Error(`internal: ${log.logSet.path} is rotated to no generation`);
  fresh.gone = false;
  fresh.madeBy = madeBy;
  fresh.file = { ...fresh.file, id };
  namesOf(log).add(nameOf(fresh.file.path));
}

export function freshOf(log: LogDraft): DraftGeneration | undefined {
  return log.generations.find(({ fresh }) => fresh);
}

function create(draft: Draft, log: LogDraft): void {
  const { live, settings, logSet } = log;
  log.live = null;
  if (settings.create === null || live === null) return;
  const { mode, uid, gid } = settings.create;
  const made: Made = { mode: mode ?? live.mode & 0o777, uid: uid ?? live.uid, gid: gid ?? live.gid };
  const path = join(log.home, nameOf(logSet.path));
  addStep(draft, log, reasonOf(logSet.policy, 'create', 'the writer finds a new log'), {
    kind: 'create',
    path,
    made,
    // A mode that is said is the whole of what is wanted (semantics 18).
    ...(mode === null ? { inherits: true as const } : {}),
  });
  const { at } = draft.moment;
  log.live = { ...live, ...made, id: null, size: 0, allocated: 0, modified: at, accessed: at, links: 1 };
}

function empty(draft: Draft, log: LogDraft, file: FileRef): void {
  const { live, logSet } = log;
  if (live === null) return;
  const seen = draft.observation.folders.get(folderOf(logSet.path));
  const method = truncation(log, seen);
  const fresh = freshOf(log);
  const copy = fresh === undefined ? null : generationRef(log, fresh);
  addStep(draft, log, emptied(log, copy === null), {
    kind: 'truncate',
    file,
    copy,
    method,
    writers: census(log),
    ...(method === 'punch' ? begins(live) : {}),
  });
  if (method === 'punch') {
    log.live = { ...live, archived: live.size, allocated: 0 };
    return;
  }
  const block = seen?.blockSize ?? 4096;
  // Collapsing takes whole blocks: up to one of them stays.
  const size = method === 'collapse' ? live.size - Math.floor(Math.max(0, live.size - 1) / block) * block : 0;
  log.live = { ...live, size, allocated: size === 0 ? 0 : block, modified: draft.moment.at };
}

/** Where what is not archived begins, in a log that is punched. */
function begins({ archived }: LiveLog): { readonly from?: number } {
  return archived === undefined || archived === 0 ? {} : { from: archived };
}

function emptied(log: LogDraft, withoutCopy: boolean): Reason {
  const { logSet, due } = log;
  if (withoutCopy) return reasonOf(logSet.policy, 'rotate', `${due.why.text}; rotate 0 keeps nothing`);
  return reasonOf(logSet.policy, 'copytruncate', `its copy is whole; ${sayCensus(log)}`);
}

/** Nothing is done to the log, but its period begins anew. */
function restartClock(draft: Draft, log: LogDraft): void {
  const why = { ...log.due.why, text: `${log.due.why.text}; rotate 0 and copy keep nothing` };
  addStep(draft, log, why, { kind: 'adopt' });
}

/**
 * The second half of renamecopy, once the writer has reopened; also after a postrotate that failed, or the
 * log would lie under the wrong name. On one file system it is a rename: a writer that has not reopened after
 * all goes on in the generation, where a copy would miss its lines.
 */
export function finishRename(draft: Draft, log: LogDraft): void {
  const { rotation, logSet } = log;
  const renamed = logSet.live;
  if (rotation?.method !== 'rename, then copy' || renamed === null) return;
  const seen = liveRef(log, renamed);
  const first = movedBy(draft, seen.path);
  const file: FileRef = { ...seen, path: temporaryPath(seen.path), madeBy: first };
  const to = join(log.folder, rotation.name);
  const why = reasonOf(logSet.policy, 'renamecopy', 'the writer has had its time to reopen');
  if (isOnOneFileSystem(draft, log)) {
    const moved = addStep(draft, log, why, { kind: 'move', file, to, rotates: true });
    evenAfterScript(draft, moved, first);
    arrive(log, moved, renamed.id);
    return;
  }
  const copy = addStep(draft, log, why, { kind: 'copy', file, to, made: madeAs(renamed), rotates: true });
  evenAfterScript(draft, copy, first);
  arrive(log, copy, null);
  const done = reasonOf(logSet.policy, 'renamecopy', 'its copy is whole');
  evenAfterScript(draft, addStep(draft, log, done, { kind: 'delete', file, shred: null }), copy);
}

function isOnOneFileSystem({ observation }: Draft, { logSet }: LogDraft): boolean {
  const home = observation.folders.get(folderOf(logSet.path))?.id ?? null;
  // An olddir that is yet to be made is not known.
  const target = observation.folders.get(logSet.folder)?.id ?? null;
  return home !== null && target !== null && deviceOf(home) === deviceOf(target);
}

/** The step needs `needed` and nothing else that came before it. */
function evenAfterScript(draft: Draft, id: number, needed: number): void {
  const step = draft.steps[id - 1];
  if (step === undefined) throw new Error(`internal: there is no step ${id}`);
  draft.steps[id - 1] = { ...step, always: true, after: [...step.after, needed], needs: [needed] };
}

/** The step that renamed the live log. */
function movedBy(draft: Draft, path: Path): number {
  const found = draft.steps.findLast(step => step.kind === 'move' && step.file.path === path);
  if (found === undefined) throw new Error(`internal: ${path} is not renamed`);
  return found.id;
}

export function madeAs({ mode, uid, gid }: Made): Made {
  return { mode, uid, gid };
}
