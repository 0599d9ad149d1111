// Generations that are being compressed from their tail, or were until a stop: what they held is in the
// parts beside them. Such a log is left alone by every new plan, since whoever began goes on with it, and
// is read with its parts.

import type { Generation, LogSet } from '../logs/log-set.ts';
import { namingOf } from '../logs/naming.ts';
import { readTailPart, type TailPartName } from '../logs/tail-parts.ts';
import type { Zone } from '../units/calendar.ts';
import { join, nameOf, type Path, showPath } from '../units/path.ts';
import { isTrouble } from '../world/trouble.ts';
import type { FileStat } from '../world/world.ts';
import type { Listings } from './listings.ts';
import { seenFile } from './log-sets.ts';

interface NamedPart extends TailPartName {
  readonly name: string;
}

/** The log sets, those with parts beside a generation obstructed, and with the parts among their generations. */
export function withTailParts(logSets: readonly LogSet[], listings: Listings, zone: Zone): readonly LogSet[] {
  const folders = new Map<Path, readonly NamedPart[]>();
  return logSets.map(logSet => {
    let found = folders.get(logSet.folder);
    if (found === undefined) {
      found = partsIn(logSet.folder, listings);
      folders.set(logSet.folder, found);
    }
    if (found.length === 0) return logSet;
    const naming = namingOf(logSet.policy, logSet.path, zone);
    // The folder may have been read a while ago: what has been joined since is gone.
    const own = found.filter(
      ({ plain, name }) =>
        naming.read(plain) !== null && statOf(join(logSet.folder, name), listings) !== null,
    );
    return own.length === 0 ? logSet : withParts(logSet, own, listings);
  });
}

/** A folder that cannot be read is told of elsewhere. */
function partsIn(folder: Path, { names }: Listings): readonly NamedPart[] {
  try {
    return names(folder).flatMap(name => {
      const read = readTailPart(name);
      return read === null ? [] : [{ ...read, name }];
    });
  } catch (error) {
    if (!isTrouble(error)) throw error;
    return [];
  }
}

function withParts(logSet: LogSet, parts: readonly NamedPart[], listings: Listings): LogSet {
  const [first] = parts;
  const generations = [...logSet.generations];
  for (const plain of new Set(parts.map(part => part.plain))) {
    const at = generations.findIndex(({ path }) => nameOf(path) === plain);
    const source = generations[at];
    if (source === undefined) continue;
    const own = parts.filter(part => part.plain === plain);
    // The last part gets the archive's name, and for a moment has both.
    const known = new Set(logSet.generations.map(({ id }) => id));
    const found = asGenerations(logSet.folder, source, own, listings);
    generations.splice(at, 0, ...found.filter(({ id }) => !known.has(id)));
  }
  const words = `${showPath(first?.plain ?? '')} is being compressed from its end, or was until a stop: the parts beside it (${showPath(`${first?.plain}.logmill-tail-`)}…) hold the only copy of its lines`;
  const hint =
    'apply with the state folder that this was begun with goes on; without that record, unpack the parts in the order of their first numbers behind what is left of it';
  return { ...logSet, generations, obstacle: { kind: 'half-compressed', words, hint } };
}

/** Newest first. A part whose bytes the source, or the part before, still or already has is left out. */
function asGenerations(
  folder: Path,
  source: Generation,
  parts: readonly NamedPart[],
  listings: Listings,
): readonly Generation[] {
  const found: Generation[] = [];
  let end = source.size;
  for (const { name, from, until } of parts.toSorted((a, b) => a.from - b.from || b.until - a.until)) {
    const stat = statOf(join(folder, name), listings);
    if (stat === null || stat === 'unseen' || stat.kind !== 'file' || from < end) continue;
    end = until;
    const codec = name.endsWith('.zst') ? 'zstd' : 'gzip';
    // A mark of its own: what is under one mark may be one generation twice.
    const mark = { by: 'date', text: `.logmill-tail-${from}`, at: null, again: 1 } as const;
    found.unshift({ ...seenFile(join(folder, name), stat), mark, codec, rotated: source.rotated });
  }
  return found;
}

function statOf(path: Path, { look }: Listings): FileStat | 'unseen' | null {
  try {
    return look.stat(path);
  } catch (error) {
    if (!isTrouble(error)) throw error;
    return 'unseen';
  }
}
