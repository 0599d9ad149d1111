// What retention let go is deleted, last of all, preremove before each; and what stays is said to
// stay, with its reason.

import { nameOf } from '../../units/path.ts';
import {
  addStep,
  type Draft,
  type DraftGeneration,
  generationPath,
  generationRef,
  keep,
  type Lane,
  type LogDraft,
  namesOf,
  scriptBody,
} from '../draft.ts';
import type { FileRef, Reason } from '../plan.ts';
import { reasonOf } from '../reason.ts';

/** Oldest first, so that a stop in between leaves the newer ones. */
export function remove(draft: Draft, log: LogDraft): void {
  for (const generation of log.generations.toReversed()) {
    if (generation.goes !== null && !generation.gone)
      deleteGeneration(draft, log, generation, generation.goes);
  }
}

export function deleteGeneration(
  draft: Draft,
  log: LogDraft,
  generation: DraftGeneration,
  why: Reason,
): void {
  const file = generationRef(log, generation);
  if (isMailed(log, generation)) mailFile(draft, log, generation, why);
  deleteFile(draft, log, file, why);
  generation.gone = true;
  namesOf(log).delete(nameOf(generation.file.path));
}

/**
 * What goes is mailed before. With mailfirst, as logrotate does it (semantics 15 to 17), of numbered logs
 * only what is over its age, and of dated ones all but the newest, whose place the new one takes.
 */
function isMailed({ settings, generations }: LogDraft, generation: DraftGeneration): boolean {
  if (settings.mail === null) return false;
  if (!settings.mailfirst) return true;
  return settings.dateext
    ? generation !== generations.find(({ goes }) => goes !== null)
    : generation.goes?.directive === 'maxage';
}

/** mailfirst: the generation that this rotation made, once it is as it will be. */
export function mailNewest(draft: Draft, log: LogDraft): void {
  const { settings, logSet } = log;
  const fresh = log.generations.find(generation => generation.fresh && !generation.gone);
  if (settings.mail === null || !settings.mailfirst || fresh === undefined) return;
  mailFile(draft, log, fresh, reasonOf(logSet.policy, 'mailfirst', 'it is the newest'));
}

/** The subject is the file's path; with mailfirst, where letters are of compressed logs, the log's own (semantics 18). */
function mailFile(draft: Draft, log: LogDraft, generation: DraftGeneration, why: Reason): void {
  const { mail, mailfirst, compress, delaycompress, uncompresscmd } = log.settings;
  if (mail === null) return;
  const file = generationRef(log, generation);
  const subject = mailfirst && compress && !delaycompress ? log.logSet.path : file.path;
  const through = generation.file.codec === null ? null : uncompresscmd;
  addStep(draft, log, why, { kind: 'mail', file, subject, address: mail, through });
}

/** preremove, where there is one, then the deletion; its failure keeps the file. */
export function deleteFile(draft: Draft, log: LogDraft, file: FileRef, why: Reason, lane?: Lane): void {
  const { settings } = log;
  const script = scriptBody(settings, 'preremove', [file.path]);
  if (script !== null) addStep(draft, log, why, script, lane);
  addStep(
    draft,
    log,
    why,
    { kind: 'delete', file, shred: settings.shred ? { cycles: settings.shredcycles } : null },
    lane,
  );
}

/** A line for every generation that stays. */
export function sayWhatStays(draft: Draft, log: LogDraft): void {
  for (const generation of log.generations) {
    const { file, goes, stays } = generation;
    if (goes !== null || stays === null || generation.gone) continue;
    keep(draft, log.logSet, { how: 'kept', path: generationPath(log, file), size: file.size, why: stays });
  }
}
