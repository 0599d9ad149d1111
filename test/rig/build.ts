// Small worlds for tests of pure rooms, in one line each: log sets, generations, observations.
// What is not said is as on a quiet day: Sunday 22 November 2026, 08:30:05 in Berlin.

import type { JoinedPart } from '../../src/codec/joined.ts';
import type { Generation, LogSet, Observation, SeenFolder, Writer } from '../../src/logs/log-set.ts';
import { folderOfGenerations, namingOf } from '../../src/logs/naming.ts';
import { newestFirst } from '../../src/logs/order.ts';
import { makePlan } from '../../src/plan/make-plan.ts';
import { type Moment, momentOf } from '../../src/plan/moment.ts';
import type { Planning, Step } from '../../src/plan/plan.ts';
import type { State } from '../../src/plan/state.ts';
import type { Policy } from '../../src/policy/policy.ts';
import { epochOf } from '../../src/units/calendar.ts';
import { folderOf, join, type Path } from '../../src/units/path.ts';
import { aPolicy } from './policy.ts';

export const KiB = 1024;
export const MiB = 1024 * KiB;
export const GiB = 1024 * MiB;
export const minute = 60_000;
export const hour = 60 * minute;
export const day = 24 * hour;

export const zone = 'Europe/Berlin';

/** `2026-11-22 08:30`, as a clock in `inZone` shows it. */
export function at(text: string, inZone: string = zone): number {
  const [date = '', time = '00:00'] = text.split(' ');
  const [year = 0, month = 1, dayOfMonth = 1] = date.split('-').map(Number);
  const [hours = 0, minutes = 0, second = 0] = time.split(':').map(Number);
  return epochOf({ year, month, day: dayOfMonth, hour: hours, minute: minutes, second }, inZone);
}

export const now = at('2026-11-22 08:30:05');

export interface LogSetOptions {
  readonly path?: Path;
  /** The body of a section, or a policy. */
  readonly policy?: string | Policy;
  /** Size of the live log; null: there is none. */
  readonly live?: number | null;
  readonly modified?: number;
  /** Names of generations; `NAME SIZE`, `NAME SIZE AGE-IN-DAYS` and for a joined one `NAME SIZE AGE,AGE,…` (oldest first) say more. */
  readonly generations?: readonly string[];
  readonly taken?: readonly string[];
  readonly writers?: readonly Writer[] | null;
  /** Names of generations that somebody holds. */
  readonly held?: readonly string[];
  readonly obstacle?: LogSet['obstacle'];
  /** Every file is taken to compress to this part of its size. */
  readonly ratio?: number;
}

/** Policies by their text, so that logs with one text are one section. */
const policies = new Map<string, Policy>();

export function policyOf(policy: string | Policy): Policy {
  if (typeof policy !== 'string') return policy;
  const known = policies.get(policy);
  if (known !== undefined) return known;
  const made = aPolicy(policy);
  policies.set(policy, made);
  return made;
}

/** /var/log/app/a.log, 10 MiB, last written an hour ago, without generations. */
export function aLogSet(options: LogSetOptions = {}): LogSet {
  const { path = '/var/log/app/a.log', live = 10 * MiB, modified = now - hour, held = [], ratio } = options;
  const policy = policyOf(options.policy ?? 'daily\nrotate 7');
  const folder = folderOfGenerations(policy.settings, path);
  const generations = newestFirst(
    (options.generations ?? []).map(text => aGeneration(text, path, policy)),
    policy.settings.start,
  );
  const file = live === null ? null : seenFile(path, live, modified);
  const heldIds = generations.filter(({ path: one }) => held.some(name => one.endsWith(`/${name}`)));
  const all = [...(file === null ? [] : [file]), ...generations];
  return {
    path,
    policy,
    live: file,
    obstacle: options.obstacle ?? null,
    generations,
    generationsSeen: true,
    folder,
    taken: new Set(options.taken),
    writers: options.writers === undefined ? [] : options.writers,
    held: new Map(heldIds.map(({ id }) => [id ?? '', [{ pid: 4121, name: 'nginx', append: true }]])),
    samples: new Map(ratio === undefined ? [] : all.map(({ id }) => [id ?? '', { ratio, error: 0.05 }])),
  };
}

function aGeneration(text: string, log: Path, policy: Policy): Generation {
  const [name = '', size = '1048576', age] = text.split(' ');
  const reading = namingOf(policy, log, zone).read(name);
  if (reading === null) throw new Error(`'${name}' is no generation of ${log} under this policy`);
  const { mark, codec } = reading;
  const dated = mark.by === 'date' ? mark.at : now - mark.number * day;
  const ages = age?.split(',') ?? [];
  const rotated = age === undefined ? (dated ?? now) : now - Number(ages.at(-1)) * day;
  const path = join(folderOfGenerations(policy.settings, log), name);
  const file = { ...seenFile(path, Number(size), rotated), mark, codec, rotated };
  return ages.length < 2
    ? file
    : { ...file, inside: ages.map(one => aPart(Number(one), Number(size) / ages.length)) };
}

/** A generation in a joined archive, rotated so many days ago. */
export function aPart(age: number, packed: number): JoinedPart {
  const moment = now - age * day;
  return {
    rotated: moment,
    modified: moment,
    dated: moment,
    plain: packed * 5,
    packed,
    sha256: 'ab'.repeat(32),
  };
}

function seenFile(path: Path, size: number, modified: number) {
  const allocated = Math.ceil(size / 4096) * 4096;
  return {
    path,
    id: idOf(path),
    size,
    allocated,
    modified,
    accessed: modified,
    mode: 0o640,
    uid: 1000,
    gid: 4,
    links: 1,
  };
}

/** An identity that follows from the path, so that plans stay the same from run to run. */
function idOf(path: Path): string {
  let inode = 7;
  for (const character of path) inode = (inode * 31 + (character.codePointAt(0) ?? 0)) % 1_000_003;
  return `${inode}:${inode}00:2049`;
}

export function aFolder(path: Path, options: Partial<SeenFolder> = {}): SeenFolder {
  return { path, real: path, id: idOf(path), free: 100 * GiB, blockSize: 4096, collapses: null, ...options };
}

export function anObservation(
  logSets: readonly LogSet[],
  options: Partial<Pick<Observation, 'at' | 'zone' | 'nonce'>> & {
    readonly folders?: readonly SeenFolder[];
  } = {},
): Observation {
  const folders = new Map<Path, SeenFolder>();
  for (const { path, folder } of logSets) {
    for (const one of [folderOf(path), folder]) if (!folders.has(one)) folders.set(one, aFolder(one));
  }
  for (const folder of options.folders ?? []) folders.set(folder.path, folder);
  const { at: moment = now, zone: inZone = zone, nonce = '5f3a9c' } = options;
  return { at: moment, zone: inZone, boot: 'boot-1', host: 'mill', nonce, logSets, folders, troubles: [] };
}

export function aMoment(
  options: { readonly at?: number; readonly zone?: string; readonly forced?: Moment['forced'] } = {},
): Moment {
  return momentOf({ at: options.at ?? now, zone: options.zone ?? zone }, options.forced ?? null);
}

/** What is remembered: each of these logs last rotated then. */
export function aState(rotated: number, ...logs: readonly (LogSet | Path)[]): State {
  const paths = logs.map(log => (typeof log === 'string' ? log : log.path));
  return { logs: new Map(paths.map(path => [path, { rotated }])), rotations: new Map() };
}

export interface PlanOptions {
  readonly at?: number;
  /** When every log was last rotated; null: never seen. */
  readonly rotated?: number | null;
  readonly forced?: Moment['forced'];
  readonly folders?: readonly SeenFolder[];
}

/** A plan for these logs, all last rotated a day and a half ago unless said otherwise. */
export function planFor(logSets: readonly LogSet[], options: PlanOptions = {}): Planning {
  const { rotated = now - 1.5 * day, forced = null, folders = [] } = options;
  const state = rotated === null ? aState(0) : aState(rotated, ...logSets);
  const observation = anObservation(logSets, { at: options.at ?? now, folders });
  return makePlan({ observation, state, forced, cause: { trigger: 'test', detail: '' } });
}

/** Steps as `kind name` or `kind name > name`, in order: enough to see what a plan does. */
export function outline(planning: Planning): string[] {
  return planning.plan.steps.map(outlineStep);
}

function outlineStep(step: Step): string {
  const name = (path: Path): string => path.slice(path.lastIndexOf('/') + 1);
  switch (step.kind) {
    case 'adopt':
      return `adopt ${name(step.log ?? '')}`;
    case 'make-folder':
    case 'create':
      return `${step.kind} ${name(step.path)}`;
    case 'move':
    case 'copy':
    case 'compress':
      return `${step.kind} ${name(step.file.path)} > ${name(step.to)}`;
    case 'compact': {
      const sources = step.sources.map(({ file, skip }) => name(file.path) + (skip > 0 ? `[${skip}:]` : ''));
      return `compact ${sources.join(' + ')} > ${name(step.to)}`;
    }
    case 'truncate':
      return `truncate ${name(step.file.path)} ${step.method}`;
    case 'delete':
      return `delete ${name(step.file.path)}`;
    case 'mail':
      return `mail ${name(step.file.path)} > ${step.address}`;
    case 'script':
      return `script ${step.script}`;
    default:
      return step satisfies never;
  }
}
