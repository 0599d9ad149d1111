// Logs for the commands that read back what was kept: by the policy that has the log where one is
// at hand, else by the names that lie beside it; or one archive by itself. No record is needed.

import { foreignHead, foreignStarting } from '../archive/foreign.ts';
import type { Dated, TimeRange } from '../archive/time-range.ts';
import { writtenFormat } from '../archive/written-format.ts';
import { codecStarting } from '../codec/codecs.ts';
import type { Generation, LiveLog } from '../logs/log-set.ts';
import { packingOf } from '../logs/naming.ts';
import { observeGenerations } from '../observe/generations.ts';
import { observeLogs } from '../observe/log-sets.ts';
import { readPolicyFiles } from '../observe/policies.ts';
import { emptyState } from '../plan/state.ts';
import type { Policy } from '../policy/policy.ts';
import { builtInPolicy } from '../policy/resolve.ts';
import type { Bytes } from '../units/bytes.ts';
import { folderOf, join, nameOf, type Path, showPath } from '../units/path.ts';
import { pathToBytes } from '../world/paths.ts';
import type { World } from '../world/world.ts';
import { absolute } from './absolute.ts';
import { parseMoment, parseUntil } from './moments.ts';
import { type Output, Stop } from './output.ts';
import { defaultPolicies } from './places.ts';
import { type ReadingBar, readingBar } from './screens/reading-bar.ts';

export interface KeptLog {
  readonly path: Path;
  readonly live: LiveLog | null;
  /** Newest first. */
  readonly generations: readonly Generation[];
}

/** @throws Stop when there is neither the log nor a generation of it */
export async function logFor(world: World, log: string): Promise<KeptLog> {
  const path = exactPath(world, absolute(log));
  const archive = archiveAt(world, path);
  if (archive !== null) return archive;
  const served = servedPolicies(world);
  const found = (await look(world, served, path)) ?? (await look(world, [besides(path)], path));
  if (found === null || (found.live === null && found.generations.length === 0))
    throw new Stop('failed', `there is no log ${showPath(path)}, and no generation of it`);
  return found;
}

/**
 * All logs of the policies in the default places, and those that the record knows: where nothing is
 * created after a rotation, no pattern matches until the program writes again.
 */
export async function allLogs(world: World, recorded: Iterable<Path>): Promise<readonly KeptLog[]> {
  const policies = servedPolicies(world);
  const known = new Set(recorded);
  if (policies.length === 0 && known.size === 0)
    throw new Stop(
      'usage',
      'no log is named, and no policy is at hand that names some',
      'name a log or an archive',
    );
  const seen = await observeLogs(world, policies, { nonce: 'read', known });
  const found = (await observeGenerations(world, seen, 'all', emptyState, 'without writers')).logSets;
  const away = [...known].filter(path => !found.some(one => one.path === path));
  const others: KeptLog[] = [];
  for (const path of away) {
    const kept = (await look(world, policies, path)) ?? (await look(world, [besides(path)], path));
    if (kept !== null) others.push(kept);
  }
  return [...found, ...others];
}

export interface TimeOptions {
  readonly since?: string | undefined;
  readonly until?: string | undefined;
  readonly timeFormat?: string | undefined;
}

/** @throws Stop for what is no time; null when no time is asked for */
export function timesOf(
  world: World,
  options: TimeOptions,
): { readonly range: TimeRange | null; readonly dated: Dated } {
  const { zone } = world.clock;
  const format = options.timeFormat === undefined ? null : writtenFormat(options.timeFormat);
  if (options.timeFormat !== undefined && format === null)
    throw new Stop(
      'usage',
      `'${options.timeFormat}' is not a time format`,
      'write it as for date(1), with a day: %d.%m.%Y %H:%M:%S',
    );
  const dated = { zone, format };
  if (options.since === undefined && options.until === undefined) return { range: null, dated };
  const now = world.clock.now();
  const momentOf = (text: string | undefined, parse: typeof parseMoment) => {
    if (text === undefined) return null;
    const at = parse(text, now, zone);
    if (at !== null) return at;
    throw new Stop(
      'usage',
      `'${text}' is not a time`,
      "write 2026-11-22, '2026-11-22 08:30', 08:30, 2h, yesterday",
    );
  };
  return {
    range: { since: momentOf(options.since, parseMoment), until: momentOf(options.until, parseUntil) },
    dated,
  };
}

export function noTimes(path: Path): Stop {
  return new Stop(
    'failed',
    `no line of ${showPath(path)} tells a time`,
    "say how it is written, as with: --time-format '%d.%m.%Y %H:%M:%S'",
  );
}

/** How far reading has come, on stderr. An answer that comes line by line on the same screen says that by itself. */
export function barFor(
  verb: string,
  answer: 'as it comes' | 'at the end',
  world: World,
  output: Output,
): ReadingBar {
  const { errorLook, look } = output;
  return readingBar(verb, {
    look: { ...errorLook, live: errorLook.live && (answer === 'at the end' || !look.live) },
    now: () => world.clock.now(),
    write: text => void process.stderr.write(text),
  });
}

/** What all files of a log take. */
export function sizeOnDisk({ live, generations }: KeptLog): Bytes {
  return generations.reduce((sum, { size }) => sum + size, live?.size ?? 0);
}

/** Node decodes arguments as UTF-8, and other bytes are lost: the one name that looks like it is meant. */
function exactPath(world: World, path: Path): Path {
  if (!path.includes('\ufffd')) return path;
  return path
    .split('/')
    .slice(1)
    .reduce<Path>((folder, name) => {
      if (!name.includes('\ufffd') || world.disk.look.stat(join(folder, name)) !== null)
        return join(folder, name);
      const alike = world.disk.look.names(folder).filter(one => pathToBytes(one).toString() === name);
      if (alike.length > 1)
        throw new Stop(
          'usage',
          `${name} may mean any of ${alike.map(showPath).join(', ')}`,
          'rename all but one',
        );
      return join(folder, alike[0] ?? name);
    }, '/');
}

/** A packed file that is named itself is read alone: by its name, or by its first bytes. */
function archiveAt(world: World, path: Path): KeptLog | null {
  const stat = world.disk.look.stat(path);
  if (stat === null || stat.kind !== 'file') return null;
  const named = packingOf(nameOf(path))?.codec ?? null;
  const head = world.disk.look.head(path, foreignHead);
  if (named === null && codecStarting(head) === null && foreignStarting(head) === null) return null;
  const { kind: _, ...file } = stat;
  const mark = { by: 'number', number: 1 } as const;
  return { path, live: null, generations: [{ ...file, path, mark, codec: named, rotated: stat.modified }] };
}

function servedPolicies(world: World): readonly Policy[] {
  const places = defaultPolicies(world);
  return places.length === 0 ? [] : readPolicyFiles(world, places, 'logmill').policies;
}

/** The built-in policy for just this log; also when it is gone and only generations are left. */
function besides(path: Path): Policy {
  const { wholeFolder: _, ...policy } = builtInPolicy(folderOf(path), { recursive: false });
  const literal = path.replace(/[\\*?[\]]/g, '\\$&');
  return { ...policy, patterns: [{ text: literal, at: policy.at }] };
}

async function look(world: World, policies: readonly Policy[], path: Path): Promise<KeptLog | null> {
  if (policies.length === 0) return null;
  const only = new Set([path]);
  const seen = await observeLogs(world, policies, { nonce: 'read', only, known: only });
  if (seen.logSets.length === 0) return null;
  const whole = await observeGenerations(world, seen, 'all', emptyState, 'without writers');
  return whole.logSets[0] ?? null;
}
