// Which name in a folder belongs to which log, in one pass: 50,000 names cost 50,000 readings,
// however many logs there are. Whether a name is a regular file is for whoever looks.

import type { Policy } from '../policy/policy.ts';
import type { Zone } from '../units/calendar.ts';
import { folderOf, nameOf, type Path } from '../units/path.ts';
import {
  folderOfGenerations,
  type KeyedReading,
  keyOf,
  mayRead,
  type NameReading,
  packingOf,
  readingsOf,
  type Shape,
  shapeOf,
} from './naming.ts';

export interface NamedGeneration extends NameReading {
  readonly name: string;
}

export interface SortedNames {
  readonly generations: readonly NamedGeneration[];
  /** Names that a plan for the log could want, and that are none of its generations. */
  readonly taken: readonly string[];
}

/** A log path and the policy that owns it. */
export interface OwnedLog {
  readonly path: Path;
  readonly policy: Policy;
}

/**
 * The names of one folder, by log.
 *
 * A name that is itself a log is nobody's generation. One that reads as a generation of two logs
 * goes to the first reading: the policy's own scheme before others.
 *
 * @param folder where these names stand, as `folderOfGenerations` calls it
 * @param names all names in it, in any order
 * @param logs those whose generations stand in this folder
 */
export function sortNames(
  folder: Path,
  names: Iterable<string>,
  logs: readonly OwnedLog[],
  zone: Zone,
): ReadonlyMap<Path, SortedNames> {
  const found = new Map<Path, { generations: NamedGeneration[]; taken: string[] }>();
  const live = new Set<string>();
  for (const { path } of logs) {
    found.set(path, { generations: [], taken: [] });
    if (folderOf(path) === folder) live.add(nameOf(path));
  }
  const index = indexOf(logs);
  for (const name of names) {
    const owner = ownerOf(name, index, zone);
    if (owner !== null) {
      const sorted = found.get(owner.log.path);
      if (owner.found.allowed && !live.has(name)) sorted?.generations.push({ name, ...owner.found.reading });
      else sorted?.taken.push(name);
      continue;
    }
    const moved = name.endsWith('.tmp') ? index.bases.get(name.slice(0, -4)) : undefined;
    if (moved !== undefined) found.get(moved.path)?.taken.push(name);
  }
  return found;
}

/**
 * Candidates without generations and archives: a pattern like `d/*` must not eat what it made.
 *
 * @param candidates paths as patterns gave them; `globbed` says that no pattern named the path itself
 * @param isLog further paths that are logs although no candidate has them (one known from before
 *   and just moved away)
 */
export function withoutGenerations<T extends OwnedLog & { readonly globbed: boolean }>(
  candidates: readonly T[],
  zone: Zone,
  isLog: (path: Path) => boolean = () => false,
): { readonly logs: readonly T[]; readonly generations: readonly T[] } {
  const policies = new Set<Policy>();
  for (const { policy } of candidates) policies.add(policy);
  const shapes = distinctShapes(policies);
  // Most names read as none under any policy, and then nothing more has to be found out.
  const isPlain = (name: string): boolean =>
    packingOf(name) === null && !shapes.some(shape => mayRead(name, shape));
  let places: ReadonlyMap<Path, Place> | null = null;
  const logs: T[] = [];
  const generations: T[] = [];
  for (const candidate of candidates) {
    if (isPlain(nameOf(candidate.path))) logs.push(candidate);
    else {
      places ??= placesOf(candidates);
      (isGeneration(candidate, places, zone, isLog) ? generations : logs).push(candidate);
    }
  }
  return { logs, generations };
}

function placesOf(candidates: readonly OwnedLog[]): ReadonlyMap<Path, Place> {
  const places = new Map<Path, Place>();
  for (const candidate of candidates) {
    const folder = folderOfGenerations(candidate.policy.settings, candidate.path);
    const place = places.get(folder) ?? { logs: [], policies: new Set(), shapes: null, index: null };
    if (place.logs.length === 0) places.set(folder, place);
    place.logs.push(candidate);
    place.policies.add(candidate.policy);
  }
  return places;
}

/** A folder of generations. The index is made when a name reads as one. */
interface Place {
  readonly logs: OwnedLog[];
  readonly policies: Set<Policy>;
  shapes: readonly Shape[] | null;
  index: Index | null;
}

function isGeneration(
  candidate: OwnedLog & { readonly globbed: boolean },
  places: ReadonlyMap<Path, Place>,
  zone: Zone,
  isLog: (path: Path) => boolean,
): boolean {
  const { path, policy, globbed } = candidate;
  const name = nameOf(path);
  if (globbed && packingOf(name) !== null) return true;
  const folder = folderOf(path);
  const place = places.get(folder);
  const owner = place === undefined ? null : ownerAt(name, place, zone);
  if (owner !== null && owner.log.path !== path) return true;
  return readingsOf(name, shapeOf(policy), zone).some(({ stem, ext }) => isLog(`${folder}/${stem}${ext}`));
}

function ownerAt(name: string, place: Place, zone: Zone): ReturnType<typeof ownerOf> {
  place.shapes ??= distinctShapes(place.policies);
  if (!place.shapes.some(shape => readingsOf(name, shape, zone).length > 0)) return null;
  place.index ??= indexOf(place.logs);
  return ownerOf(name, place.index, zone);
}

function distinctShapes(policies: Iterable<Policy>): readonly Shape[] {
  const shapes = new Map<string, Shape>();
  for (const policy of policies) shapes.set(shapeText(shapeOf(policy)), shapeOf(policy));
  return [...shapes.values()];
}

interface Index {
  readonly byShape: readonly {
    readonly shape: Shape;
    readonly logs: Map<string, OwnedLog>;
    readonly bare: Map<string, OwnedLog>;
  }[];
  readonly bases: ReadonlyMap<string, OwnedLog>;
}

function indexOf(logs: readonly OwnedLog[]): Index {
  const byShape = new Map<string, Index['byShape'][number]>();
  const groups = new Map<Policy, Index['byShape'][number]>();
  const bases = new Map<string, OwnedLog>();
  for (const log of logs) {
    let group = groups.get(log.policy);
    if (group === undefined) {
      const shape = shapeOf(log.policy);
      const key = shapeText(shape);
      group = byShape.get(key) ?? { shape, logs: new Map(), bare: new Map() };
      byShape.set(key, group);
      groups.set(log.policy, group);
    }
    const base = nameOf(log.path);
    const { stem, ext } = keyOf(base, log.policy.settings);
    const key = `${stem}\0${ext}`;
    if (!group.logs.has(key)) group.logs.set(key, log);
    if (!group.bare.has(base)) group.bare.set(base, log);
    if (!bases.has(base)) bases.set(base, log);
  }
  return { byShape: [...byShape.values()], bases };
}

/** Policies that read names alike share a pass. */
function shapeText({ exts, own, dates, counts, packed, settings }: Shape): string {
  const scheme = own === 'number' ? own : own.text;
  const parts = [
    ...exts,
    '',
    scheme,
    ...dates.map(date => date.text),
    String(counts),
    packed.extension,
    packed.codec,
    String(settings.compress),
  ];
  return parts.join('\0');
}

function ownerOf(
  name: string,
  index: Index,
  zone: Zone,
): { readonly log: OwnedLog; readonly found: KeyedReading } | null {
  for (const { shape, logs, bare } of index.byShape) {
    for (const found of readingsOf(name, shape, zone)) {
      const log = logs.get(`${found.stem}\0${found.ext}`) ?? (found.bare ? bare.get(found.stem) : undefined);
      if (log !== undefined) return { log, found };
    }
  }
  return null;
}
