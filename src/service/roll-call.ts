// Which files the patterns match now, against those that are watched: finds logs that came and
// went, whatever the kernel told. It names them only; a look at each is the round's affair.

import { setImmediate } from 'node:timers/promises';
import type { Policy } from '../policy/policy.ts';
import type { EpochMs, Ms } from '../units/duration.ts';
import type { FileId } from '../units/identity.ts';
import { folderOf, join, nameOf, type Path } from '../units/path.ts';
import { isTrouble } from '../world/trouble.ts';
import type { Ground } from './trigger.ts';

export interface RollCall {
  /** Logs that appeared and logs that are gone; each is named once, until it changes again. */
  call(): Promise<ReadonlySet<Path>>;
}

export function makeRollCall(ground: Ground): RollCall {
  /** Matched, named to the round, and not taken up by it (a generation, a folder): not named again. */
  let asked = new Set<Path>();
  let missed = new Set<Path>();
  let last: Stamps | null = null;
  return {
    call: async () => {
      const stamps = stampsOf(ground);
      if (last !== null && isUnchanged(last, stamps)) return new Set();
      last = stamps;
      const found = await findAll(ground);
      const { logs } = ground.watched;
      const isUnknown = (path: Path): boolean => (logs.get(path)?.size ?? null) === null;
      const appeared = [...found].filter(path => isUnknown(path) && !asked.has(path));
      const gone = [...logs.values()]
        .filter(log => log.size !== null && !found.has(log.path))
        .map(log => log.path);
      const news = [...appeared, ...gone.filter(path => !missed.has(path))];
      asked = new Set([...asked, ...appeared].filter(path => found.has(path) && isUnknown(path)));
      missed = new Set(gone);
      return new Set(news);
    },
  };
}

/** What the folders' own times say: while they stay, no name came or went. */
interface Stamps {
  readonly at: EpochMs;
  readonly patterns: string;
  readonly folders: ReadonlyMap<Path, { readonly id: FileId; readonly modified: EpochMs } | null>;
}

/** Times tick every few milliseconds, on some file systems every two seconds: younger ones prove nothing. */
const settled: Ms = 2_500;

function stampsOf(ground: Ground): Stamps {
  const folders = new Map<Path, { id: FileId; modified: EpochMs } | null>();
  for (const folder of foldersToWatch(ground)) folders.set(folder, stampOf(ground, folder));
  return { at: ground.world.clock.now(), patterns: [...patternsOf(ground.policies())].join('\n'), folders };
}

function stampOf(ground: Ground, folder: Path): { id: FileId; modified: EpochMs } | null {
  try {
    const stat = ground.world.disk.look.statThrough(folder);
    return stat === null ? null : { id: stat.id, modified: stat.modified };
  } catch (error) {
    if (isTrouble(error)) return null;
    throw error;
  }
}

function isUnchanged(last: Stamps, now: Stamps): boolean {
  if (last.patterns !== now.patterns || last.folders.size !== now.folders.size) return false;
  for (const [folder, stamp] of now.folders) {
    const before = last.folders.get(folder);
    if (before === undefined || before?.id !== stamp?.id || before?.modified !== stamp?.modified)
      return false;
    if (stamp !== null && stamp.modified > last.at - settled) return false;
  }
  return true;
}

async function findAll(ground: Ground): Promise<Set<Path>> {
  const found = new Set<Path>();
  for (const pattern of patternsOf(ground.policies())) {
    for (const path of findQuietly(ground, pattern)) found.add(path);
    // A pattern is one synchronous look; between two of them the event loop turns (rulings 30).
    await setImmediate();
  }
  return found;
}

/**
 * Folders in which logs are, or may come to be: those of watched logs, those that the folder part of
 * a pattern matches, and where that part begins to vary, so that a new folder is noticed.
 */
export function foldersToWatch(ground: Ground): ReadonlySet<Path> {
  const folders = new Set<Path>();
  for (const log of ground.watched.logs.values()) folders.add(folderOf(log.path));
  for (const pattern of patternsOf(ground.policies())) {
    const part = folderOf(pattern);
    if (!varies(part)) {
      folders.add(literal(part));
      continue;
    }
    folders.add(literal(fixedPart(part)));
    for (const path of findQuietly(ground, part)) folders.add(path);
  }
  return folders;
}

/** Path of what appeared or vanished in a folder, as the watcher names it. */
export function pathIn(folder: Path, name: string): Path {
  return join(folder, nameOf(name));
}

function patternsOf(policies: readonly Policy[]): ReadonlySet<string> {
  return new Set(policies.flatMap(policy => policy.patterns.map(pattern => pattern.text)));
}

/** The round says what cannot be looked at; here it is as if there were nothing. */
function findQuietly(ground: Ground, pattern: string): readonly Path[] {
  try {
    return ground.find(pattern);
  } catch (error) {
    if (!isTrouble(error)) throw error;
    ground.say('debug', { file: error.path, code: error.code }, error.message);
    return [];
  }
}

/** Whether glob(3) may match more than one name; `~` is expanded by it too. */
function varies(pattern: string): boolean {
  return /(?:^|[^\\])(?:\\\\)*[*?[]/.test(pattern) || pattern.startsWith('~');
}

function fixedPart(pattern: string): string {
  let part = pattern;
  while (varies(part) && part !== '.' && part !== '/') part = folderOf(part);
  return part;
}

function literal(pattern: string): Path {
  return pattern.replace(/\\(.)/g, '$1');
}
