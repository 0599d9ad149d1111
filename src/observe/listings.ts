// Each folder is read once in a look, however many patterns and logs ask for it: a world whose
// synchronous half remembers its listings. The second look of a round goes on with the same
// listings, where the folder has not changed since.

import type { Observation } from '../logs/log-set.ts';
import type { OwnedLog } from '../logs/sort-names.ts';
import type { Path } from '../units/path.ts';
import { isTrouble } from '../world/trouble.ts';
import type { FileStat, Look, World } from '../world/world.ts';
import type { Scope } from './scope.ts';

/** A file system remembered for one look. */
export interface Listings {
  /** The same world, with listings, folder facts and canonical paths remembered. */
  readonly world: World;
  readonly look: Look;
  /** Whether a folder was read, and could be. */
  isRead(folder: Path): boolean;
  /** Names in a folder, in no order; throws Trouble, the same one each time. */
  names(folder: Path): readonly string[];
  /** The same listings if the folder is as it was when it was read, else read anew. */
  namesNow(folder: Path): readonly string[];
  /** The same world, in which only what is in scope exists, and a folder that cannot be read tells so and is empty. */
  within(scope: Scope, tell: (error: unknown) => void): World;
}

export function rememberListings(world: World): Listings {
  const source = world.disk.look;
  const statThrough = remembered<FileStat | null>(path => source.statThrough(path));
  const read = new Set<Path>();
  const entries = remembered(folder => {
    // Before the reading: what changes in between must show as a change.
    statThrough(folder);
    const found = source.entries(folder);
    read.add(folder);
    return found;
  });
  const names = remembered<string[]>(folder => entries(folder).map(entry => entry.name));
  const look: Look = {
    names,
    entries,
    stat: path => source.stat(path),
    glance: path => source.glance(path),
    statThrough,
    real: remembered(path => source.real(path)),
    head: (path, limit) => source.head(path, limit),
    piece: (path, position, length) => source.piece(path, position, length),
    pieces: (path, positions, length) => source.pieces(path, positions, length),
    text: (path, limit) => source.text(path, limit),
  };
  const namesNow = (folder: Path) => {
    const [then, now] = [statThrough(folder), source.statThrough(folder)];
    const unchanged = then !== null && now !== null && then.id === now.id && then.modified === now.modified;
    return unchanged ? names(folder) : source.names(folder);
  };
  const within = (scope: Scope, tell: (error: unknown) => void) => {
    const entriesInScope: Look['entries'] = folder => {
      if (!scope.holds(folder)) return [];
      try {
        const all = entries(folder);
        return scope.isAll ? all : all.filter(({ name }) => scope.concerns(folder, name));
      } catch (error) {
        // A pattern's folder may well not be there, which is nothing to tell.
        if (!isTrouble(error, 'ENOENT', 'ENOTDIR')) tell(error);
        return [];
      }
    };
    return withLook(world, { ...look, entries: entriesInScope });
  };
  return { world: withLook(world, look), look, isRead: folder => read.has(folder), names, namesNow, within };
}

/** What the first look knows and an observation does not hold: whose every path is, and the listings. */
export interface LookMemory {
  readonly listings: Listings;
  /** All logs of all policies, also where only some were asked for. */
  readonly logs: readonly OwnedLog[];
}

// By its folders: an observation of which some logs were left out still has them.
const memories = new WeakMap<Observation['folders'], LookMemory>();

export function remember(observation: Observation, memory: LookMemory): Observation {
  memories.set(observation.folders, memory);
  return observation;
}

/** Of an observation that was made elsewhere (read from a file, built in a test): made from what it holds. */
export function memoryOf(observation: Observation, world: World): LookMemory {
  const known = memories.get(observation.folders);
  return known ?? { listings: rememberListings(world), logs: observation.logSets };
}

function withLook(world: World, look: Look): World {
  const { disk } = world;
  return {
    clock: world.clock,
    shell: world.shell,
    processes: world.processes,
    host: world.host,
    disk: {
      look,
      openFolder: (path, expected) => disk.openFolder(path, expected),
      makeFolder: (path, mode, owner) => disk.makeFolder(path, mode, owner),
      space: path => disk.space(path),
    },
  };
}

type Answer<T> = { readonly value: T } | { readonly error: unknown };

/** Remembers what `ask` gave or threw, by path; a slash at its end makes no difference. */
function remembered<T>(ask: (path: Path) => T): (path: Path) => T {
  const known = new Map<Path, Answer<T>>();
  return written => {
    const path = written.length > 1 && written.endsWith('/') ? written.slice(0, -1) : written;
    let answer = known.get(path);
    if (answer === undefined) {
      answer = attempt(ask, path);
      known.set(path, answer);
    }
    if ('error' in answer) throw answer.error;
    return answer.value;
  };
}

function attempt<T>(ask: (path: Path) => T, path: Path): Answer<T> {
  try {
    return { value: ask(path) };
  } catch (error) {
    return { error };
  }
}
