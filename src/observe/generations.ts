// The second look, for logs that are asked for: which file each is, what has been kept of them, who still writes to
// what, how much room there is and how well it will compress. Costs more than the first look, so it
// is made only for logs that are due.

import type { Generation, LogSet, Mark, Observation, SeenFolder } from '../logs/log-set.ts';
import { folderOfGenerations } from '../logs/naming.ts';
import { newestFirst } from '../logs/order.ts';
import { type NamedGeneration, type OwnedLog, type SortedNames, sortNames } from '../logs/sort-names.ts';
import type { State } from '../plan/state.ts';
import type { EpochMs } from '../units/duration.ts';
import { type FileId, lastingId } from '../units/identity.ts';
import { folderOf, join, type Path, showPath } from '../units/path.ts';
import { isTrouble } from '../world/trouble.ts';
import type { Look, World } from '../world/world.ts';
import { withArchived } from './archived.ts';
import { withSpace } from './folders.ts';
import { insidesOf } from './insides.ts';
import { withLeftovers } from './leftovers.ts';
import { type LookMemory, memoryOf, remember } from './listings.ts';
import { seenFile } from './log-sets.ts';
import { fileObstacle, missing, unreadable } from './obstacles.ts';
import { inBatches } from './pauses.ts';
import { withTailParts } from './tail-parts.ts';
import { heldAmong, writersOf } from './writers.ts';

/** Logs of which what is kept is looked at, and those of them that may be rotated. */
interface Asked {
  readonly logs: ReadonlySet<Path>;
  readonly due: ReadonlySet<Path>;
}

/** Who writes to a log matters to whoever will touch it, and to ask every process takes longer than a small log. */
type Wanted = 'with writers' | 'without writers';

/**
 * The observation with generations, taken names, room and, where wanted, writers of the logs that are asked for;
 * others stay as they were. A folder that is not the one of the first look is an obstacle for its logs.
 */
export async function observeGenerations(
  world: World,
  observation: Observation,
  asked: Asked | 'all',
  state: State,
  wanted: Wanted,
): Promise<Observation> {
  const memory = memoryOf(observation, world);
  const isAsked = ({ path }: LogSet) => asked === 'all' || asked.logs.has(path);
  const mayRotate = ({ path }: LogSet) => asked === 'all' || asked.due.has(path);
  const logSets = observation.logSets.filter(isAsked);
  const eyes: Eyes = {
    world,
    observation,
    byFolder: byFolder(memory),
    memory,
    state,
    folders: new Map(),
    compared: new Map(),
  };
  const seen = new Map<Path, LogSet>();
  await inBatches(logSets, world.clock, logSet => {
    const live = mayRotate(logSet) ? identified(logSet, world.disk.look) : logSet;
    seen.set(logSet.path, withGenerations(live, eyes));
  });
  const found = withLeftovers([...seen.values()], memory.listings, observation.at);
  const whole = withTailParts(found, memory.listings, observation.zone);
  const held = wanted === 'with writers' ? await withWriters(world, whole) : whole;
  for (const logSet of await withArchived(world, held, state)) seen.set(logSet.path, logSet);
  const made: Observation = {
    ...observation,
    logSets: observation.logSets.map(logSet =>
      isAsked(logSet) ? (seen.get(logSet.path) ?? logSet) : logSet,
    ),
    folders: await withRoom(world, observation.folders, logSets),
  };
  return remember(made, memory);
}

interface Eyes {
  readonly world: World;
  readonly observation: Observation;
  readonly memory: LookMemory;
  readonly state: State;
  /** All logs by the folder of their generations. */
  readonly byFolder: ReadonlyMap<Path, readonly OwnedLog[]>;
  /** Sorted names of the folders of generations that have been looked at. */
  readonly folders: Map<Path, FolderView>;
  /** Folders that were compared with the first look. */
  readonly compared: Map<Path, FolderView>;
}

type FolderView =
  | { readonly names: ReadonlyMap<Path, SortedNames> }
  | { readonly trouble: string; readonly hint: string | null };

/** The live log as it is now, and which file it is: a plan acts on nothing that has no identity. */
function identified(logSet: LogSet, look: Look): LogSet {
  const { path, policy, live } = logSet;
  if (live === null) return logSet;
  try {
    const stat = look.stat(path);
    if (stat?.kind === 'file') return { ...logSet, live: seenFile(path, stat) };
    const gone = policy.settings.missingok ? null : missing;
    return { ...logSet, live: null, obstacle: stat === null ? gone : fileObstacle(stat, policy, () => true) };
  } catch (error) {
    if (!isTrouble(error)) throw error;
    return { ...logSet, live: null, obstacle: unreadable(error.message, error.hint) };
  }
}

function withGenerations(logSet: LogSet, eyes: Eyes): LogSet {
  const views = [viewOf(logSet.folder, eyes), unchanged(folderOf(logSet.path), eyes)];
  for (const view of views) {
    if ('trouble' in view)
      return { ...logSet, obstacle: logSet.obstacle ?? unreadable(view.trouble, view.hint) };
  }
  const [view] = views;
  const sorted = view !== undefined && 'names' in view ? view.names.get(logSet.path) : undefined;
  // Most logs that are looked at by the thousand have nothing kept yet.
  if (sorted === undefined || sorted.generations.length + sorted.taken.length === 0)
    return { ...logSet, generationsSeen: true };
  try {
    return withThese(logSet, sorted, eyes);
  } catch (error) {
    // Without all its generations nothing can be decided on this log; the others do not suffer for it.
    if (!isTrouble(error)) throw error;
    return { ...logSet, obstacle: logSet.obstacle ?? unreadable(error.message, error.hint) };
  }
}

function withThese(logSet: LogSet, sorted: SortedNames, eyes: Eyes): LogSet {
  const taken = new Set(sorted.taken);
  const generations: Generation[] = [];
  for (const named of sorted.generations) {
    const generation = seeGeneration(logSet, named, eyes);
    if (generation === 'no file') taken.add(named.name);
    else if (generation !== null) generations.push(generation);
  }
  const ordered = newestFirst(generations, logSet.policy.settings.start);
  return { ...logSet, generations: ordered, taken, generationsSeen: true };
}

/** null: it has gone since the folder was read. */
function seeGeneration(logSet: LogSet, named: NamedGeneration, eyes: Eyes): Generation | 'no file' | null {
  const path = join(logSet.folder, named.name);
  const stat = eyes.world.disk.look.stat(path);
  if (stat === null) return null;
  if (stat.kind !== 'file') return 'no file';
  const { mark, codec } = named;
  const file = { ...seenFile(path, stat), mark, codec };
  const inside = insidesOf(eyes.world, path, stat, named);
  if (inside === 'damaged') return { ...file, rotated: Math.max(stat.modified, dateOf(mark) ?? 0) };
  const newest = inside === 'none' ? undefined : inside.at(-1);
  if (inside !== 'none' && newest !== undefined) return { ...file, rotated: newest.rotated, inside };
  const rotated = eyes.state.rotations.get(lastingId(stat.id)) ?? rotatedBy(mark, stat.modified);
  return { ...file, rotated };
}

/**
 * A date in a name is that of a day, or of noon of the day before; when on it the log was last written to
 * tells more. An mtime from another time is that of a copy.
 */
function rotatedBy(mark: Mark, modified: EpochMs): EpochMs {
  const date = dateOf(mark);
  if (date === null) return modified;
  return modified > date && modified - date < 2 * dayMs ? modified : date;
}

const dayMs = 86_400_000;

function dateOf(mark: Mark): EpochMs | null {
  return mark.by === 'date' ? mark.at : null;
}

function viewOf(folder: Path, eyes: Eyes): FolderView {
  let view = eyes.folders.get(folder);
  if (view === undefined) {
    view = seeNames(folder, eyes);
    eyes.folders.set(folder, view);
  }
  return view;
}

function seeNames(folder: Path, eyes: Eyes): FolderView {
  const same = unchanged(folder, eyes);
  if ('trouble' in same) return same;
  if (eyes.observation.folders.get(folder)?.id === null) return { names: new Map() };
  try {
    const names = eyes.memory.listings.namesNow(folder);
    return { names: sortNames(folder, names, eyes.byFolder.get(folder) ?? [], eyes.observation.zone) };
  } catch (error) {
    if (!isTrouble(error)) throw error;
    return { trouble: error.message, hint: error.hint };
  }
}

const noNames: FolderView = { names: new Map() };

/** Once a folder: logs stand in it by the thousand, and one moment is as good as another. */
function unchanged(folder: Path, eyes: Eyes): FolderView {
  let view = eyes.compared.get(folder);
  if (view === undefined) {
    view = compared(folder, eyes);
    eyes.compared.set(folder, view);
  }
  return view;
}

/** Trouble when the folder is not the one that the first look saw: a link was put there, or it was replaced. */
function compared(folder: Path, { world, observation }: Eyes): FolderView {
  const then = observation.folders.get(folder);
  if (then === undefined) return noNames;
  try {
    const now = world.disk.look.statThrough(folder);
    if ((now?.id ?? null) === then.id) return noNames;
    return {
      trouble: `${showPath(folder)} is not the folder it was a moment ago`,
      hint: 'it will be looked at anew in the next round',
    };
  } catch (error) {
    if (!isTrouble(error)) throw error;
    return { trouble: error.message, hint: error.hint };
  }
}

function byFolder({ logs }: LookMemory): ReadonlyMap<Path, readonly OwnedLog[]> {
  return Map.groupBy(logs, ({ path, policy }) => folderOfGenerations(policy.settings, path));
}

/** One census for all: of live logs, and of plain generations that are to be compressed. */
async function withWriters(world: World, logSets: readonly LogSet[]): Promise<readonly LogSet[]> {
  const wanted = new Set<FileId>();
  for (const logSet of logSets) for (const id of inQuestion(logSet)) wanted.add(id);
  if (wanted.size === 0) return logSets;
  const census = await world.processes.census(wanted);
  return logSets.map(logSet => {
    const ids = inQuestion(logSet);
    if (ids.length === 0) return logSet;
    const live = logSet.live?.id ?? null;
    const writers = live === null ? null : writersOf(census, live);
    return {
      ...logSet,
      writers,
      held: heldAmong(
        census,
        ids.filter(id => id !== live),
      ),
    };
  });
}

/** Where it matters who writes: what will be truncated, and what will be compressed. */
function inQuestion({ policy, live, generations, obstacle }: LogSet): readonly FileId[] {
  const { copytruncate, compress } = policy.settings;
  if ((!copytruncate && !compress) || obstacle !== null) return [];
  const plain = compress ? generations.filter(({ codec }) => codec === null) : [];
  return [live, ...plain].flatMap(file => file?.id ?? []);
}

/** What the file systems of these logs can do, and the room that is left on them. */
async function withRoom(
  world: World,
  folders: Observation['folders'],
  logSets: readonly LogSet[],
): Promise<ReadonlyMap<Path, SeenFolder>> {
  const asked = new Set(logSets.flatMap(({ path, folder }) => [folderOf(path), folder]));
  const seen = new Map(folders);
  for (const [path, folder] of folders) {
    if (asked.has(path)) seen.set(path, await withSpace(world, folder));
  }
  return seen;
}
