// The first look: which logs there are, whose they are, and what stands in the way of each. Only
// live logs are looked at here, one readdir a folder and one stat a log; identity, generations, writers
// and samples are for those that are due (generations.ts).

import type { LogSet, Observation, Obstacle, SeenFile } from '../logs/log-set.ts';
import { folderOfGenerations } from '../logs/naming.ts';
import { type OwnedLog, withoutGenerations } from '../logs/sort-names.ts';
import type { Policy } from '../policy/policy.ts';
import type { EpochMs } from '../units/duration.ts';
import type { FileId } from '../units/identity.ts';
import { folderOf, type Path, showPath } from '../units/path.ts';
import { isTrouble } from '../world/trouble.ts';
import type { FileStat, Glance, Look, World } from '../world/world.ts';
import { type Candidate, findCandidates } from './candidates.ts';
import { lookAtFolders, type SeenFolders } from './folders.ts';
import { type Listings, remember, rememberListings } from './listings.ts';
import { fileObstacle, folderObstacle, missing, unmatched, unreadable } from './obstacles.ts';
import { inBatches, turn } from './pauses.ts';
import { scopeOf } from './scope.ts';
import { SecondNames } from './second-names.ts';
import { startsAsText } from './text.ts';

export interface LookOptions {
  /** Only these logs, and no folder is read that holds none of them. */
  readonly only?: ReadonlySet<Path>;
  /** Random, from outside. */
  readonly nonce: string;
  /** What is never a log, by identity: the record, lock files, logmill's own log; all in these folders. */
  readonly never?: { readonly files: ReadonlySet<FileId>; readonly folders: ReadonlySet<FileId> };
  /** Logs known from before (State.logs): their generations are none even while they are away. */
  readonly known?: { has(log: Path): boolean };
  /** Only logs of these policies; who owns them is decided among all. */
  readonly of?: ReadonlySet<Policy>;
  /** Logs that may be away by now, and yet what is kept of them is to be seen. */
  readonly also?: readonly { readonly path: Path; readonly policy: Policy }[];
  /** The moment of the observation, where it is one of several looks of one run; not said: now. */
  readonly at?: EpochMs;
}

/** Which logs there are and whose, before anything of them is looked at. */
export interface FoundLogs {
  /** What is kept of other logs left out. */
  readonly logs: readonly Candidate[];
  readonly troubles: Observation['troubles'];
}

/** Expands all patterns. For one look, or for several of a run that settles first what it is about. */
export async function findLogs(
  world: World,
  policies: readonly Policy[],
  options: Pick<LookOptions, 'only' | 'known'>,
): Promise<FoundLogs> {
  return findAmong(rememberListings(world), policies, options);
}

/**
 * The live logs of these policies, in the order of the configuration. What could not be looked at
 * is in `troubles` or is a log's obstacle; nothing is thrown for what the disk holds.
 */
export async function observeLogs(
  world: World,
  policies: readonly Policy[],
  options: LookOptions,
): Promise<Observation> {
  const listings = rememberListings(world);
  return see(listings, withThose(options.also, await findAmong(listings, policies, options)), options);
}

function withThose(also: LookOptions['also'] = [], found: FoundLogs): FoundLogs {
  if (also.length === 0) return found;
  const here = new Set(found.logs.map(({ path }) => path));
  const away = also.filter(({ path }) => !here.has(path));
  return {
    ...found,
    logs: [...found.logs, ...away.map(one => ({ ...one, globbed: true, unmatched: false }))],
  };
}

/** The same for logs that were found before. */
export async function observeFound(
  world: World,
  found: FoundLogs,
  options: LookOptions,
): Promise<Observation> {
  return see(rememberListings(world), found, options);
}

async function findAmong(
  listings: Listings,
  policies: readonly Policy[],
  options: Pick<LookOptions, 'only' | 'known'>,
): Promise<FoundLogs> {
  const { candidates, troubles } = await findCandidates(listings, policies, scopeOf(options.only, policies));
  await turn();
  const { zone } = listings.world.clock;
  const sorted = withoutGenerations(candidates, zone, path => options.known?.has(path) ?? false);
  await turn();
  return {
    logs: sorted.logs,
    troubles: [...troubles, ...sorted.generations.filter(({ globbed }) => !globbed).map(notALog)],
  };
}

async function see(
  listings: Listings,
  { logs, troubles }: FoundLogs,
  options: LookOptions,
): Promise<Observation> {
  const { world } = listings;
  const { only, of } = options;
  const isWanted = ({ path, policy }: Candidate) => (of?.has(policy) ?? true) && (only?.has(path) ?? true);
  const wanted = only === undefined && of === undefined ? logs : logs.filter(isWanted);
  const folders = lookAtFolders(listings.look);
  const second = new SecondNames(listings);
  const eyes: Eyes = {
    look: listings.look,
    folders,
    second,
    host: world.host,
    zone: world.clock.zone,
    options,
  };
  const logSets: LogSet[] = [];
  const placeOf = places(eyes, alone(logs, listings));
  await inBatches(wanted, world.clock, candidate => {
    const logSet = seeOne(candidate, placeOf(candidate), eyes);
    if (logSet !== null) logSets.push(logSet);
  });
  const observation: Observation = {
    at: options.at ?? world.clock.now(),
    zone: world.clock.zone,
    boot: world.host.boot,
    host: world.host.name,
    nonce: options.nonce,
    logSets,
    folders: folders.seen,
    troubles,
  };
  return remember(observation, { listings, logs });
}

interface Eyes {
  readonly look: Look;
  readonly folders: SeenFolders;
  readonly second: SecondNames;
  readonly host: World['host'];
  readonly zone: string;
  readonly options: Pick<LookOptions, 'never'>;
}

/** null: not a log after all, or missing as the policy allows. */
function seeOne(candidate: Candidate, place: Place, eyes: Eyes): LogSet | null {
  const { path, policy } = candidate;
  const seen = lookAt(candidate, place, eyes);
  if (seen === 'no log') return null;
  return {
    path,
    policy,
    live: seen.live,
    obstacle: seen.obstacle,
    generations: [],
    generationsSeen: place.alone,
    folder: place.kept,
    taken: nothingTaken,
    writers: null,
    held: nobodyHolds,
    samples: noSamples,
  };
}

const nothingTaken: ReadonlySet<string> = new Set();
const nobodyHolds: LogSet['held'] = new Map();
const noSamples: LogSet['samples'] = new Map();

/** Where a log lies, and all that is the same for its neighbours under one policy. */
interface Place {
  readonly policy: Policy;
  readonly folder: Path;
  /** The folder of the generations. */
  readonly kept: Path;
  /** null: there is no such folder. */
  readonly stat: FileStat | null;
  /** What stands in the way of every log in it. */
  readonly insecure: Obstacle | null;
  readonly unseen: Obstacle | null;
  /** Nothing has been kept of any of them. */
  readonly alone: boolean;
}

/** Logs come folder by folder: what was found out for the last one holds for the next. */
function places(eyes: Eyes, alone: ReadonlySet<Path>): (candidate: Candidate) => Place {
  let last: Place | null = null;
  return ({ path, policy }) => {
    const folder = folderOf(path);
    if (last === null || last.folder !== folder || last.policy !== policy)
      last = placeIn({ folder, path, policy }, alone, eyes);
    return last;
  };
}

function placeIn(
  { folder, path, policy }: { readonly folder: Path } & OwnedLog,
  alone: ReadonlySet<Path>,
  { look, folders, host }: Eyes,
): Place {
  const kept = folderOfGenerations(policy.settings, path);
  folders.add(folder);
  if (kept !== folder) folders.add(kept);
  const place: Place = {
    policy,
    folder,
    kept,
    stat: null,
    insecure: null,
    unseen: null,
    alone: alone.has(kept),
  };
  try {
    const stat = look.statThrough(folder);
    if (stat === null) return place;
    // One that was not to be seen at first: nothing would be done in it, and nothing be said.
    const isUnseen = folders.seen.get(folder)?.id === null;
    const insecure = folderObstacle(folder, stat, policy, host);
    return { ...place, stat, insecure, unseen: isUnseen ? unseen(folder) : null };
  } catch (error) {
    if (!isTrouble(error)) throw error;
    return { ...place, unseen: unreadable(error.message, error.hint) };
  }
}

/**
 * Folders that hold logs and nothing else, so that nothing is kept there of any. Told by counting, since each
 * log that a pattern matched is one of the names; one that is named itself may not be there.
 */
function alone(logs: readonly Candidate[], { isRead, look }: Listings): ReadonlySet<Path> {
  // All policies of a run see to their leftovers alike.
  if (logs[0]?.policy.conduct.leftovers !== 'each round') return new Set();
  const counts = new Map<Path, number>();
  let last = '';
  let count = 0;
  for (const { path, globbed, unmatched: isPattern } of logs) {
    const folder = folderOf(path);
    if (folder !== last) {
      counts.set(last, count);
      last = folder;
      count = counts.get(folder) ?? 0;
    }
    count += globbed && !isPattern ? 1 : Number.NaN;
  }
  counts.set(last, count);
  const filesIn = (folder: Path): number =>
    look.entries(folder).filter(({ kind }) => kind !== 'folder').length;
  const found = [...counts].filter(([folder, number]) => isRead(folder) && filesIn(folder) === number);
  return new Set(found.map(([folder]) => folder));
}

type Seen = { readonly live: SeenFile | null; readonly obstacle: Obstacle | null } | 'no log';

function lookAt(candidate: Candidate, place: Place, eyes: Eyes): Seen {
  const { path, policy } = candidate;
  if (place.stat === null && place.unseen !== null) return { live: null, obstacle: place.unseen };
  try {
    const stat = place.stat === null ? null : eyes.look.glance(path);
    if (stat === null) return absent(candidate, place.insecure);
    if (place.stat !== null && isNever(path, place.stat, eyes)) return 'no log';
    if (!isWanted(candidate, stat, eyes)) return 'no log';
    if (place.unseen !== null) return { live: null, obstacle: place.unseen };
    const obstacle =
      place.insecure ?? fileObstacle(stat, policy, () => eyes.second.areOurs(path, policy, eyes.zone));
    return { live: stat.kind === 'file' ? seenFileOf(path, stat, null) : null, obstacle };
  } catch (error) {
    if (!isTrouble(error)) throw error;
    return { live: null, obstacle: unreadable(error.message, error.hint) };
  }
}

function unseen(folder: Path): Obstacle {
  return unreadable(
    `its folder ${showPath(folder)} could not be looked at`,
    'it will be looked at anew in the next round',
  );
}

function absent({ policy, unmatched: isPattern }: Candidate, insecure: Obstacle | null): Seen {
  // logrotate looks at the folder before it looks for the log.
  const isTold = insecure !== null && policy.conduct.missingLogs === 'remember';
  if (policy.settings.missingok && !isTold) return isPattern ? 'no log' : { live: null, obstacle: null };
  return { live: null, obstacle: insecure ?? (isPattern ? unmatched : missing) };
}

function isNever(path: Path, folder: FileStat, { look, options: { never } }: Eyes): boolean {
  if (never === undefined) return false;
  if (never.folders.has(folder.id)) return true;
  const file = never.files.size === 0 ? null : look.stat(path);
  return file !== null && never.files.has(file.id);
}

/** A policy for a whole folder takes only its text files; others take what they name. */
function isWanted({ policy, path }: Candidate, stat: Glance, { look }: Eyes): boolean {
  if (policy.wholeFolder === undefined) return true;
  return stat.kind === 'file' && startsAsText(look, path);
}

/** @param id null: not asked for */
function seenFileOf(path: Path, stat: Glance, id: FileId | null): SeenFile {
  const { size, allocated, modified, accessed, mode, uid, gid, links } = stat;
  return { path, id, size, allocated, modified, accessed, mode, uid, gid, links };
}

export function seenFile(path: Path, stat: FileStat): SeenFile {
  return seenFileOf(path, stat, stat.id);
}

function notALog({ path, policy }: Candidate): Observation['troubles'][number] {
  return {
    policy: policy.name,
    code: 'EGENERATION',
    message: `${showPath(path)} is what was kept of another log, so it is not rotated itself`,
    hint: 'name only the live logs in a policy; what is kept of them goes with them',
  };
}
