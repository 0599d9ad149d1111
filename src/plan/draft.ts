// A plan in the making. Unlike all else in this room a draft is written to: the stages take turns
// at it, each seeing the log set as it will be by then. Once finished it is read only.

import type { Generation, LiveLog, LogSet, Observation } from '../logs/log-set.ts';
import { type Naming, namingOf } from '../logs/naming.ts';
import { shortageOf } from '../logs/shortage.ts';
import { unarchived } from '../logs/unarchived.ts';
import type { Script, ScriptName, Settings } from '../policy/policy.ts';
import { folderOf, join, nameOf, type Path } from '../units/path.ts';
import type { Due } from './due.ts';
import type { Moment } from './moment.ts';
import type { FileRef, Kept, Planning, Reason, Step, StepBase } from './plan.ts';

/** The whole plan as it grows. */
export interface Draft {
  readonly observation: Observation;
  readonly moment: Moment;
  /** Nothing is begun that would take space: the record could not hold it. */
  readonly recordIsShort: boolean;
  /** Logs that may be touched, null: all; it is known already that the others are not due. */
  readonly touched: ReadonlySet<Path> | null;
  readonly steps: Step[];
  readonly kept: Kept[];
  readonly warnings: Planning['warnings'][number][];
  /** Folders that a step of this plan makes. */
  readonly folders: Map<Path, number>;
  /** Names that logs of this plan will write, by real path: two must not want one. */
  readonly claimed: Map<Path, Path>;
  /** All live logs; asked only when something is due. */
  livePaths(): ReadonlySet<Path>;
}

/** How the live log becomes a generation. */
export type Method = 'move' | 'rename, then copy' | 'copy' | 'copy, then truncate' | 'truncate' | 'nothing';

/** A generation as it will be: `seen` carries its next name once it is shifted. */
export interface DraftGeneration {
  file: Generation;
  /** The step that last moved or made it; null: as it was seen. */
  madeBy: number | null;
  /** It is the live log of before. */
  readonly fresh: boolean;
  /** Why it goes; null: it stays. */
  goes: Reason | null;
  /** Why it stays, unless something later says more. */
  stays: Reason | null;
  /** How many at the front of a joined archive retention let go, and why; all of them: it goes itself. */
  expired: number;
  cut: Reason | null;
  /** Not there: not made yet, or deleted to make room. */
  gone: boolean;
}

/** One log in a plan. */
export interface LogDraft {
  readonly logSet: LogSet;
  readonly settings: Settings;
  readonly due: Due;
  readonly naming: Naming;
  /** Real folders: of the log, and of its generations. */
  readonly home: Path;
  readonly folder: Path;
  live: LiveLog | null;
  /** Newest first. */
  generations: DraftGeneration[];
  /** The generation that this rotation makes, decided before anything is planned. */
  rotation: { readonly method: Method; readonly name: string; readonly mark: Generation['mark'] } | null;
  /** Steps that the next one of this log waits for besides its lane. */
  gate: readonly number[];
  /** The last step of the main lane so far, and those of side lanes. */
  last: number | null;
  readonly side: number[];
  changed: boolean;
  names: Set<string> | null;
  /** Its file system has less room than the policy wants: archives are made early. */
  readonly isShort: boolean;
  /** Names that were deleted to make room. */
  readonly cleared: Set<string>;
  /** The least number from the policy's first on that no generation has, before anything is shifted. */
  readonly firstFree: number;
}

export function draftLog(draft: Draft, logSet: LogSet, due: Due): LogDraft {
  const { policy, path } = logSet;
  return {
    logSet,
    settings: policy.settings,
    due,
    naming: namingOf(policy, path, draft.moment.zone),
    home: realFolder(draft, folderOf(path)),
    folder: realFolder(draft, logSet.folder),
    live: logSet.live,
    generations: logSet.generations.map(file => ({
      file,
      madeBy: null,
      fresh: false,
      goes: null,
      stays: null,
      expired: 0,
      cut: null,
      gone: false,
    })),
    rotation: null,
    gate: [],
    last: null,
    side: [],
    changed: false,
    names: null,
    isShort: draft.recordIsShort || shortageOf(draft, logSet) !== null,
    cleared: new Set(),
    firstFree: firstFreeNumber(logSet),
  };
}

function firstFreeNumber({ generations, policy }: LogSet): number {
  const taken = new Set(generations.map(({ mark }) => (mark.by === 'number' ? mark.number : null)));
  let number = policy.settings.start;
  while (taken.has(number)) number += 1;
  return number;
}

/** The folder with links resolved: this is what steps name, so that what was looked at is acted on. */
export function realFolder(draft: Draft, folder: Path): Path {
  return draft.observation.folders.get(folder)?.real ?? folder;
}

export function realPath(draft: Draft, path: Path): Path {
  return join(realFolder(draft, folderOf(path)), nameOf(path));
}

/** What a step is besides its base; distributes over the kinds. */
export type StepBody = Step extends infer S ? (S extends Step ? Omit<S, keyof StepBase> : never) : never;

/** Adds a step to the log's own lane, or to a side lane that begins after what stands so far. */
export function addStep(draft: Draft, log: LogDraft, why: Reason, body: StepBody, lane?: Lane): number {
  const id = draft.steps.length + 1;
  const after =
    lane === undefined ? log.gate : lane.begun ? [] : log.last === null ? log.gate : [...log.gate, log.last];
  const base: StepBase = {
    id,
    lane: lane?.name ?? log.logSet.path,
    log: log.logSet.path,
    policy: log.logSet.policy.name,
    after,
    always: false,
    why,
  };
  draft.steps.push({ ...base, ...body } as Step); // base and body together are one kind of step
  log.changed = true;
  if (lane === undefined) {
    log.last = id;
    log.gate = [];
  } else {
    lane.begun = true;
    lane.last = id;
  }
  return id;
}

/** Work on one generation beside the log's own lane: its failure stops nothing else. */
export interface Lane {
  readonly name: string;
  begun: boolean;
  last: number | null;
}

export function sideLane(name: string): Lane {
  return { name, begun: false, last: null };
}

export function endLane(log: LogDraft, lane: Lane | undefined): void {
  if (lane !== undefined && lane.last !== null) log.side.push(lane.last);
}

export function scriptBody(settings: Settings, script: ScriptName, args: readonly string[]): StepBody | null {
  const written: Script | undefined = settings.scripts[script];
  if (written === undefined) return null;
  return {
    kind: 'script',
    script,
    at: written.at,
    digest: written.digest,
    args,
    limit: settings.scripttimeout,
  };
}

/** The live log for a step; growth is allowed, so that no mtime is named. */
export function liveRef(log: LogDraft, live: LiveLog): FileRef {
  const path = join(log.home, nameOf(log.logSet.path));
  return { path, id: live.id, madeBy: null, size: live.size, allocated: live.allocated, modified: null };
}

export function generationRef(log: LogDraft, { file, madeBy, fresh }: DraftGeneration): FileRef {
  const path = generationPath(log, file);
  const { id, size, allocated, modified } = file;
  return { path, id, madeBy, size, allocated, modified: fresh ? null : modified };
}

export function generationPath(log: LogDraft, file: Pick<Generation, 'path'>): Path {
  return join(log.folder, nameOf(file.path));
}

/** Whether a name in the folder of generations is free as things stand in the draft. */
export function isFree(log: LogDraft, name: string): boolean {
  return !log.logSet.taken.has(name) && !namesOf(log).has(name);
}

/** Names of the generations as things stand; whoever moves, makes or deletes one keeps it true. */
export function namesOf(log: LogDraft): Set<string> {
  log.names ??= new Set(log.generations.filter(({ gone }) => !gone).map(({ file }) => nameOf(file.path)));
  return log.names;
}

export function keep(
  draft: Draft,
  logSet: LogSet,
  what: Pick<Kept, 'how' | 'why'> & Partial<Pick<Kept, 'path' | 'size' | 'hint' | 'next'>>,
): void {
  draft.kept.push({
    log: logSet.path,
    path: what.path ?? logSet.path,
    policy: logSet.policy.name,
    size: what.size ?? (logSet.live === null ? 0 : unarchived(logSet.live, logSet.policy)),
    how: what.how,
    why: what.why,
    hint: what.hint ?? null,
    next: what.next ?? null,
  });
}
