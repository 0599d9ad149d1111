// Before anything is planned for a log that is due: how it will be rotated, under which name, and
// whether that can be done without touching what is not ours. If not, the log is left as it is.

import type { Generation, Mark } from '../../logs/log-set.ts';
import { unarchived } from '../../logs/unarchived.ts';
import type { Settings } from '../../policy/policy.ts';
import { deviceOf } from '../../units/identity.ts';
import { folderOf, join, nameOf, showPath } from '../../units/path.ts';
import {
  type Draft,
  type DraftGeneration,
  isFree,
  keep,
  type LogDraft,
  type Method,
  realPath,
} from '../draft.ts';
import type { Reason } from '../plan.ts';
import { reasonOf } from '../reason.ts';
import { retain, unitsOf, type Verdict } from '../retain.ts';
import { refusal } from './truncate-method.ts';

/** A log that cannot be rotated now, and why. */
interface Hindrance {
  readonly how: 'refused' | 'trouble';
  readonly why: Reason;
  readonly hint: string | null;
}

/** Decides the rotation. false: the log stays as it is, and the draft says why. */
export function prepare(draft: Draft, log: LogDraft): boolean {
  const method = methodOf(log.settings);
  const hindrance = folderHindrance(draft, log) ?? refusal(log, method) ?? named(draft, log, method);
  if (hindrance === null) return true;
  log.rotation = null;
  log.generations = log.generations.filter(({ fresh }) => !fresh);
  keep(draft, log.logSet, hindrance);
  return false;
}

function methodOf(settings: Settings): Method {
  const nothingKept = settings.rotate === 0 && settings.keepfor === null && settings.mail === null;
  if (settings.copytruncate) return nothingKept ? 'truncate' : 'copy, then truncate';
  // Without a copy that is kept there is nothing to do (semantics 10).
  if (settings.copy) return nothingKept ? 'nothing' : 'copy';
  return settings.renamecopy ? 'rename, then copy' : 'move';
}

function folderHindrance(draft: Draft, log: LogDraft): Hindrance | null {
  const { policy, folder, path } = log.logSet;
  const seen = draft.observation.folders.get(folder);
  if (seen === undefined || log.settings.olddir === null) return null;
  const trouble = (text: string, hint: string): Hindrance => ({
    how: 'trouble',
    why: reasonOf(policy, 'olddir', text),
    hint,
  });
  if (seen.id === null) {
    if (log.settings.createolddir !== null) return null;
    return trouble(
      `its olddir ${showPath(folder)} does not exist`,
      'make it, or say createolddir in the policy',
    );
  }
  const own = draft.observation.folders.get(folderOf(path))?.id;
  const copies = log.settings.copy || log.settings.copytruncate || log.settings.renamecopy;
  if (copies || own === undefined || own === null || deviceOf(own) === deviceOf(seen.id)) return null;
  return trouble(
    `its olddir ${showPath(folder)} is on another file system`,
    'say renamecopy, or name a folder on the same one',
  );
}

/** Finds the name, decides what goes, and sees that all names that will be written are free. */
function named(draft: Draft, log: LogDraft, method: Method): Hindrance | null {
  const { policy } = log.logSet;
  const { at } = draft.moment;
  if (method === 'truncate' || method === 'nothing') {
    log.rotation = { method, name: '', mark: log.naming.markAt(at) };
    judge(draft, log);
    return null;
  }
  const first = log.naming.markAt(at);
  const unreadable = unreadableDate(log, first);
  if (unreadable !== null) return unreadable;
  const mark = nextMark(log, first);
  if (mark === null) {
    const taken = log.naming.write(first, '');
    const place = log.settings.olddir === null ? taken : join(log.logSet.folder, taken);
    const why = reasonOf(
      policy,
      'dateext',
      `${showPath(place)} is there already, from an earlier rotation on this date`,
    );
    return { how: 'trouble', why, hint: 'rotate less often, or say a dateformat with the time in it' };
  }
  const name = log.naming.write(mark, '');
  log.rotation = { method, name, mark };
  insertFresh(log, name, mark, at);
  judge(draft, log);
  return takenHindrance(draft, log, name, method);
}

function unreadableDate({ logSet, naming, settings }: LogDraft, mark: Mark): Hindrance | null {
  if (mark.by === 'number') return null;
  const why = (text: string): Reason => reasonOf(logSet.policy, 'dateformat', text);
  const bytes = mark.text.length;
  if (bytes === 0 || bytes > 63 || mark.text.includes('/')) {
    return {
      how: 'trouble',
      why: why(`'${mark.text}' cannot be part of a name`),
      hint: 'say a dateformat of 1 to 63 characters without a slash',
    };
  }
  if (logSet.policy.conduct.otherNames === 'leave' || naming.read(naming.write(mark, '')) !== null)
    return null;
  const hint = 'say a dateformat that names the day, as in -%Y%m%d';
  return {
    how: 'refused',
    why: why(
      `a date cannot be read back from '${settings.dateformat ?? mark.text}', so its generations could not be counted`,
    ),
    hint,
  };
}

/** A second rotation on one date gets `.2`, `.3`; null where the policy skips it (rulings 16). */
function nextMark(log: LogDraft, first: Mark): Mark | null {
  if (first.by === 'number') return first;
  const again = log.generations
    .map(({ file }) => file.mark)
    .filter(mark => mark.by === 'date' && mark.text === first.text)
    .reduce((most, mark) => Math.max(most, mark.by === 'date' ? mark.again : 0), 0);
  if (again === 0) return first;
  if (log.logSet.policy.conduct.onSameDate === 'skip') return null;
  return { ...first, again: again + 1 };
}

function insertFresh(log: LogDraft, name: string, mark: Mark, at: number): void {
  const { live } = log;
  if (live === null) throw new Error(`internal: ${log.logSet.path} is due without a live log`);
  const size = unarchived(live, log.logSet.policy);
  const file: Generation = {
    ...live,
    size,
    path: join(log.logSet.folder, name),
    mark,
    codec: null,
    rotated: at,
  };
  log.generations = [
    { file, madeBy: null, fresh: true, goes: null, stays: null, expired: 0, cut: null, gone: true },
    ...log.generations,
  ];
}

/** Writes the verdicts of retention into the draft: of a joined archive one for each generation in it. */
export function judge(draft: Draft, log: LogDraft): void {
  const { logSet, settings, generations } = log;
  const units = generations.map(({ file }) => unitsOf(file));
  const files = units.flat();
  const numbersCount = logSet.policy.conduct.otherNames === 'leave' && !settings.dateext;
  const shift = log.rotation === null || log.rotation.name === '' ? 0 : 1;
  // logrotate counts numbers, not files, and never looks beyond the one that falls off the end.
  const byNumber = ({ mark }: Generation, index: number): number | null => {
    if (mark.by !== 'number' || generations[index]?.fresh) return 0;
    const rank = mark.number - settings.start;
    // With rotate 0 only the new one goes.
    return settings.rotate === 0 || isUncounted(log, mark) ? null : rank + shift;
  };
  const ranks = ranksOf(generations);
  const inOrder = (_: Generation, index: number): number => ranks[index] ?? index;
  const verdicts = retain(files, logSet, draft.moment.at, numbersCount ? byNumber : inOrder);
  let from = 0;
  for (const [index, generation] of generations.entries()) {
    const count = units[index]?.length ?? 1;
    sentence(log, generation, verdicts.slice(from, from + count));
    from += count;
  }
}

/** Places of these, newest first; a plain file beside its archive (preremove has kept it) counts once. */
function ranksOf(generations: readonly DraftGeneration[]): readonly number[] {
  let rank = -1;
  return generations.flatMap(({ file, fresh }, index) => {
    const newer = generations[index - 1];
    const isPair =
      newer !== undefined &&
      !newer.fresh &&
      !fresh &&
      (newer.file.codec === null) !== (file.codec === null) &&
      sameMark(newer.file.mark, file.mark);
    return unitsOf(file).map((_, within) => {
      if (!isPair || within > 0) rank += 1;
      return rank;
    });
  });
}

function sameMark(a: Mark, b: Mark): boolean {
  if (a.by === 'number') return b.by === 'number' && a.number === b.number;
  return b.by === 'date' && a.text === b.text && a.again === b.again;
}

/** @param verdicts of what is in it, newest first */
function sentence({ logSet }: LogDraft, generation: DraftGeneration, verdicts: readonly Verdict[]): void {
  const kept = verdicts.findLastIndex(({ goes }) => !goes);
  const [newest, oldest] = [verdicts[0], verdicts.at(-1)];
  if (newest === undefined || oldest === undefined) return;
  generation.goes = kept < 0 ? newest.why : null;
  generation.stays = kept < 0 ? null : newest.why;
  // What goes is cut off its front: what is newer than one that stays must stay with it.
  generation.expired = verdicts.length - 1 - kept;
  generation.cut = generation.expired > 0 ? oldest.why : null;
  if (verdicts.length === 1 || kept < 0) return;
  const text = `${kept + 1} generations, the newest the ${newest.why.text}`;
  generation.stays = reasonOf(logSet.policy, newest.why.directive, text);
}

/** Whether this rotation shifts a generation: those of the policy's own numbers, from `start` on. */
export function isShifted(log: LogDraft, { file, fresh, goes }: DraftGeneration): boolean {
  const { mark } = file;
  if (fresh || mark.by !== 'number' || mark.number < log.settings.start || log.settings.dateext) return false;
  if (hasRoom(log, mark.number)) return false;
  // What was there before rotate 0 makes room once, up to the first gap.
  if (isLeft(log, mark)) return log.settings.rotate === 0 && mark.number < log.firstFree;
  return goes === null || isPushed(log, mark.number);
}

/** The last that is counted makes room only where another wants its place: if what comes before the deletion fails, it has stayed where it was. */
function isPushed({ generations, logSet, settings }: LogDraft, number: number): boolean {
  if (number - settings.start !== settings.rotate || logSet.policy.conduct.otherNames === 'count')
    return true;
  return generations.some(
    ({ file: { mark }, fresh }) => !fresh && mark.by === 'number' && mark.number === number - 1,
  );
}

/** A number that the policy does not count: logrotate never looks beyond the one that falls off the end. */
function isUncounted({ logSet, settings }: LogDraft, mark: Mark): boolean {
  if (mark.by !== 'number' || logSet.policy.conduct.otherNames !== 'leave') return false;
  const rank = mark.number - settings.start;
  return rank < 0 || (settings.rotate >= 0 && rank > Math.max(1, settings.rotate));
}

/** What is left as it is but for its number: in the door what is not counted, and with rotate 0 all that was there before. */
export function isLeft(log: LogDraft, mark: Mark): boolean {
  if (isUncounted(log, mark)) return true;
  const { logSet, settings } = log;
  return mark.by === 'number' && settings.rotate === 0 && logSet.policy.conduct.otherNames === 'leave';
}

/**
 * A rotation that failed has left a gap in the numbers, and the next attempt must not push history
 * out by shifting once more: what stands above a gap stays where it is. In the door gaps move on as
 * in logrotate, except that after a copy that failed the first number is free.
 */
function hasRoom(log: LogDraft, number: number): boolean {
  const method = log.rotation?.method;
  const { start } = log.settings;
  if (method === 'truncate' || method === 'nothing') return true;
  if (log.logSet.policy.conduct.otherNames === 'count') return log.firstFree < number;
  return (method === 'copy' || method === 'copy, then truncate') && log.firstFree === start;
}

/** The name with the next number; EXT and the codec's extension stay as they are. */
export function shiftedName({ naming }: LogDraft, { file }: DraftGeneration): string {
  const { mark } = file;
  if (mark.by !== 'number') throw new Error(`internal: ${file.path} has no number to shift`);
  const name = nameOf(file.path);
  const extension = naming.read(name)?.extension ?? '';
  const next: Mark = { by: 'number', number: mark.number + 1 };
  if (naming.write(mark, extension) === name) return naming.write(next, extension);
  // Read without the policy's EXT: the log's whole name stands before the number.
  return `${naming.base}.${next.number}${extension}`;
}

function takenHindrance(draft: Draft, log: LogDraft, name: string, method: Method): Hindrance | null {
  const { logSet } = log;
  const shifted = log.generations.filter(generation => isShifted(log, generation));
  const vacated = new Set(shifted.map(({ file }) => nameOf(file.path)));
  // One that goes anyway can make room at once where a generation beyond the count is in its way.
  const blocks = (wanted: string, goes: boolean): boolean =>
    logSet.taken.has(wanted) ||
    isAnothers(draft, log, wanted) ||
    !(goes || vacated.has(wanted) || isFree(log, wanted));
  const wanted = shifted.map(generation => shiftedName(log, generation));
  const blocked = [name, ...wanted].find((one, index) =>
    blocks(one, index > 0 && shifted[index - 1]?.goes !== null),
  );
  if (blocked !== undefined) return takenBy(log, join(logSet.folder, blocked));
  const temporary = `${nameOf(logSet.path)}.tmp`;
  if (method !== 'rename, then copy' || log.home !== log.folder || !logSet.taken.has(temporary))
    return claim(draft, log, [name, ...wanted]);
  return takenBy(log, join(folderOf(logSet.path), temporary));
}

function takenBy({ logSet }: LogDraft, path: string): Hindrance {
  const why = reasonOf(
    logSet.policy,
    null,
    `${showPath(path)} is in the way: it is none of this log's generations, and nothing is overwritten`,
  );
  return { how: 'trouble', why, hint: `see what ${showPath(path)} is, and move it away` };
}

function isAnothers(draft: Draft, log: LogDraft, name: string): boolean {
  const path = join(log.folder, name);
  const claimedBy = draft.claimed.get(path);
  return (claimedBy !== undefined && claimedBy !== log.logSet.path) || draft.livePaths().has(path);
}

function claim(draft: Draft, log: LogDraft, names: readonly string[]): null {
  for (const name of names) draft.claimed.set(join(log.folder, name), log.logSet.path);
  if (log.rotation?.method === 'rename, then copy')
    draft.claimed.set(`${realPath(draft, log.logSet.path)}.tmp`, log.logSet.path);
  return null;
}
