// Archives of one past period become one, and what retention let go at the front of a joined
// archive is cut off. Each in a lane of its own. What is plain, held, foreign or the newest is never
// joined, and neither is anything that would change the order of the generations.

import { indexLength, type JoinedPart } from '../../codec/joined.ts';
import { isCopiedInto } from '../../logs/joining.ts';
import type { Generation, Mark, Sample } from '../../logs/log-set.ts';
import { dateInOrder, newestFirst } from '../../logs/order.ts';
import { type NamedPeriod, periodOf } from '../../logs/periods.ts';
import type { Compactor } from '../../policy/policy.ts';
import { formatDuration } from '../../units/duration.ts';
import { join, nameOf } from '../../units/path.ts';
import {
  addStep,
  type Draft,
  type DraftGeneration,
  endLane,
  generationRef,
  isFree,
  type LogDraft,
  namesOf,
  sideLane,
} from '../draft.ts';
import type { JoinSource, Prediction, Reason } from '../plan.ts';
import { reasonOf } from '../reason.ts';
import { deleteFile } from './remove.ts';
import { madeAs } from './rotate.ts';

export function compact(draft: Draft, log: LogDraft): void {
  const { settings } = log;
  const staying = log.generations.filter(({ gone, goes }) => !gone && goes === null);
  if (settings.compact === null && staying.every(({ expired }) => expired === 0)) return;
  for (const run of runsOf(draft, log, staying)) {
    const [first] = run.members;
    if (first === undefined) continue;
    if (run.period !== null && run.members.length > 1) {
      if (joinRun(draft, log, run.members, run.period)) continue;
    }
    for (const member of run.members) if (member.expired > 0) cutFront(draft, log, member);
  }
}

/** Neighbours of one period, newest first; alone what cannot be joined. */
interface Run {
  readonly period: NamedPeriod | null;
  readonly members: DraftGeneration[];
}

function runsOf(draft: Draft, log: LogDraft, staying: readonly DraftGeneration[]): readonly Run[] {
  const periods = staying.map(generation => periodIn(draft, log, generation));
  const ripe = ripePeriods(draft, log, staying, periods);
  const runs: Run[] = [];
  for (const [index, generation] of staying.entries()) {
    const found = periods[index] ?? null;
    const isJoined = found !== null && index > 0 && isArchive(log, generation) && ripe.has(found.text);
    const period = isJoined ? found : null;
    const last = runs.at(-1);
    if (period !== null && last?.period?.text === period.text) last.members.push(generation);
    else runs.push({ period, members: [generation] });
  }
  return runs;
}

/** The period that holds all of a generation; null where a joined archive reaches over two. */
function periodIn(
  draft: Draft,
  { settings }: LogDraft,
  { file, expired }: DraftGeneration,
): NamedPeriod | null {
  // What is cut off a joined archive could not be mailed.
  const isMailed = settings.mail !== null && !settings.mailfirst;
  if (settings.compact === null || isMailed) return null;
  const { zone } = draft.moment;
  const period = periodOf(settings.compact, file.rotated, zone);
  const oldest = file.inside?.[expired]?.rotated ?? file.rotated;
  return oldest >= period.start && oldest < period.end ? period : null;
}

/** Those that are past and of which nothing is younger than compactafter, so that each is joined once. */
function ripePeriods(
  draft: Draft,
  { settings, isShort }: LogDraft,
  staying: readonly DraftGeneration[],
  periods: readonly (NamedPeriod | null)[],
): ReadonlySet<string> {
  const { at } = draft.moment;
  const ripe = new Set<string>();
  const young = new Set<string>();
  for (const [index, { file }] of staying.entries()) {
    const period = periods[index];
    if (period === undefined || period === null) continue;
    const isRipe = period.end <= at && (isShort || at - file.rotated >= settings.compactafter);
    (isRipe ? ripe : young).add(period.text);
  }
  return ripe.difference(young);
}

/** One that can be read here, and that this plan does not also delete under its name. */
function isArchive({ cleared }: LogDraft, { file, fresh }: DraftGeneration): boolean {
  return !fresh && file.codec !== null && file.codec !== 'foreign' && !cleared.has(nameOf(file.path));
}

/** false: it would not be read back in the right place, so all stay apart. */
function joinRun(
  draft: Draft,
  log: LogDraft,
  members: readonly DraftGeneration[],
  period: NamedPeriod,
): boolean {
  const { settings, logSet } = log;
  const { compactor } = settings;
  const mark: Mark = { by: 'date', text: period.text, at: period.start, again: 1 };
  const planned = plannedJoin(draft, log, members, { mark, compactor });
  if (planned === null || !keepsOrder(log, members, planned.file)) return false;
  const { at } = draft.moment;
  const age = formatDuration(Math.max(0, at - (members[0]?.file.rotated ?? at)));
  const count = `${members.length} archives of ${period.text.slice(1)}`;
  const why = log.isShort
    ? reasonOf(logSet.policy, 'keepfree', `${count}, and the file system is short of room`)
    : reasonOf(logSet.policy, 'compact', `${count}, the youngest rotated ${age} ago`);
  carryOut(draft, log, members, planned, why);
  return true;
}

/** What retention let go is left out, and the rest is copied as it is. */
function cutFront(draft: Draft, log: LogDraft, member: DraftGeneration): void {
  const { file, cut } = member;
  const { codec, mark } = file;
  if (cut === null || (codec !== 'gzip' && codec !== 'zstd')) return;
  const compactor = { codec, level: log.settings.compactor.level };
  const planned = plannedJoin(draft, log, [member], { mark, compactor });
  if (planned !== null) carryOut(draft, log, [member], planned, cut);
}

interface Planned {
  readonly sources: readonly JoinSource[];
  readonly name: string;
  readonly file: Generation;
  readonly compactor: Compactor;
  readonly predicted: Prediction;
  readonly cut: number;
}

function plannedJoin(
  draft: Draft,
  log: LogDraft,
  members: readonly DraftGeneration[],
  { mark, compactor }: { readonly mark: Mark; readonly compactor: Compactor },
): Planned | null {
  const oldestFirst = members.toReversed();
  const sources = oldestFirst.flatMap(member => sourceOf(log, member, compactor));
  const named = nameFor(draft, log, members, mark, compactor);
  const [newest] = members;
  if (named === null || newest === undefined || sources.length < members.length) return null;
  const inside = oldestFirst.flatMap(member => partsOf(log, member, compactor));
  const index = indexLength(compactor.codec, inside.length);
  const bytes = inside.reduce((sum, { packed }) => sum + packed, index);
  const error = oldestFirst.reduce((sum, member) => sum + errorOf(log, member, compactor), 0);
  const { rotated, modified } = inside.at(-1) ?? newest.file;
  const file: Generation = {
    ...newest.file,
    path: join(log.logSet.folder, named.name),
    id: null,
    size: bytes,
    allocated: bytes,
    modified,
    links: 1,
    mark: named.mark,
    codec: compactor.codec,
    rotated,
    inside,
  };
  const predicted = { bytes, error: Math.round(error) };
  return { sources, name: named.name, file, compactor, predicted, cut: cutBytes(members) };
}

function sourceOf(log: LogDraft, member: DraftGeneration, compactor: Compactor): readonly JoinSource[] {
  const { file, expired } = member;
  const { codec, rotated, modified, inside } = file;
  if (codec === null || codec === 'foreign') return [];
  const part = inside === undefined ? { rotated, modified, dated: dateInOrder(file) } : null;
  const how = isCopiedInto(log.settings, file, compactor) ? 'copy' : 'pack';
  return [{ file: generationRef(log, member), codec, how, skip: expired, part }];
}

/** As the index will say, with sizes as they are foretold; digests are known once it is made. */
function partsOf(
  log: LogDraft,
  { file, expired }: DraftGeneration,
  compactor: Compactor,
): readonly JoinedPart[] {
  const { ratio } = sampleFor(log, file, compactor);
  if (file.inside !== undefined)
    return file.inside.slice(expired).map(part => ({ ...part, packed: Math.round(part.packed * ratio) }));
  const { rotated, modified, size } = file;
  const packed = Math.round(size * ratio);
  return [{ rotated, modified, dated: dateInOrder(file), plain: 0, packed, sha256: '' }];
}

function errorOf(log: LogDraft, { file }: DraftGeneration, compactor: Compactor): number {
  const { ratio, error } = sampleFor(log, file, compactor);
  return file.size * ratio * error;
}

/** Joined size over archive size: by a sample of this log, else as it usually is. */
function sampleFor({ settings, logSet }: LogDraft, file: Generation, compactor: Compactor): Sample {
  if (isCopiedInto(settings, file, compactor)) return { ratio: 1, error: 0 };
  const sample = file.id === null ? undefined : logSet.samples.get(file.id);
  return sample ?? { ratio: ratios[`${file.codec} ${compactor.codec}`] ?? 1, error: 0.2 };
}

/** From one codec's usual level to the other's, on logs. */
const ratios: Readonly<Record<string, number>> = {
  'gzip zstd': 0.8,
  'brotli zstd': 1,
  'zstd gzip': 1.3,
  'brotli gzip': 1.25,
};

function cutBytes(members: readonly DraftGeneration[]): number {
  const cut = ({ file, expired }: DraftGeneration) => file.inside?.slice(0, expired) ?? [];
  return members.flatMap(cut).reduce((sum, { packed }) => sum + packed, 0);
}

/**
 * The period's name. One that a source has is free, since the file is replaced in one act; where it
 * must not be (shred, preremove) or where something else has it, `.2` and up stand behind it.
 */
function nameFor(
  draft: Draft,
  log: LogDraft,
  members: readonly DraftGeneration[],
  mark: Mark,
  { codec }: Compactor,
): { readonly name: string; readonly mark: Mark } | null {
  if (mark.by !== 'date') return null;
  const extension = codec === 'zstd' ? '.zst' : '.gz';
  const own = leavesSources(log) ? new Set<string>() : new Set(members.map(({ file }) => nameOf(file.path)));
  for (let again = mark.again; again < mark.again + 100; again += 1) {
    const next: Mark = { ...mark, again };
    const name = log.naming.write(next, extension);
    const isTaken = !own.has(name) && (!isFree(log, name) || draft.livePaths().has(join(log.folder, name)));
    if (isTaken || draft.claimed.has(join(log.folder, name))) continue;
    const read = log.naming.read(name);
    return read?.codec === codec && read.mark.by === 'date' && read.mark.text === mark.text
      ? { name, mark: next }
      : null;
  }
  return null;
}

/** preremove and shred are for every file that goes: deletions of the plan see to that. */
function leavesSources({ settings }: LogDraft): boolean {
  return settings.scripts.preremove !== undefined || settings.shred;
}

/** Whether the joined archive will be seen where its generations were. */
function keepsOrder(log: LogDraft, members: readonly DraftGeneration[], joined: Generation): boolean {
  const wanted: Generation[] = [];
  for (const generation of log.generations) {
    if (generation.gone || generation.goes !== null) continue;
    if (!members.includes(generation)) wanted.push(generation.file);
    else if (generation === members[0]) wanted.push(joined);
  }
  const seen = newestFirst(wanted, log.settings.start);
  return wanted.every((file, index) => seen[index] === file);
}

function carryOut(
  draft: Draft,
  log: LogDraft,
  members: readonly DraftGeneration[],
  planned: Planned,
  why: Reason,
): void {
  const { sources, name, file, compactor, predicted, cut } = planned;
  const [newest] = members;
  if (newest === undefined) return;
  const to = join(log.folder, name);
  const lane = sideLane(to);
  const leaves = leavesSources(log);
  const made = madeAs(newest.file);
  const body = { kind: 'compact', sources, to, compactor, made, predicted, cut, leaves } as const;
  const madeBy = addStep(draft, log, why, body, lane);
  waitFor(draft, madeBy, sources);
  const gone = reasonOf(log.logSet.policy, 'compact', `its content stands in ${name}`);
  if (leaves) for (const source of sources) deleteFile(draft, log, source.file, gone, lane);
  endLane(log, lane);
  for (const member of members) namesOf(log).delete(nameOf(member.file.path));
  namesOf(log).add(name);
  const count = file.inside?.length ?? 1;
  const rank = newest.stays?.text.replace(/^\d+ generations, the newest the /, '') ?? '';
  const stays = reasonOf(log.logSet.policy, newest.stays?.directive ?? null, holds(count, rank));
  const joined = { file, madeBy, fresh: false, goes: null, stays, expired: 0, cut: null, gone: false };
  log.generations = log.generations.flatMap(generation => {
    if (generation === newest) return [joined];
    return members.includes(generation) ? [] : [generation];
  });
}

/** `7 generations, the newest the 8th of 14`. */
function holds(count: number, newest: string): string {
  return `${count} generations, the newest the ${newest}`;
}

/** Sources that this plan makes in lanes of their own. */
function waitFor(draft: Draft, id: number, sources: readonly JoinSource[]): void {
  const step = draft.steps[id - 1];
  const makers = sources.flatMap(({ file }) => file.madeBy ?? []);
  if (step === undefined || makers.length === 0) return;
  draft.steps[id - 1] = { ...step, after: [...new Set([...step.after, ...makers])].sort((a, b) => a - b) };
}
