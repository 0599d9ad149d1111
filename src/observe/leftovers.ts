// What a run that was stopped has left under temporary names, and whose record is lost: a plan that
// is still on record takes away its own. Only files that are old enough to belong to nobody at work.

import type { LogSet, SeenFile } from '../logs/log-set.ts';
import { readTemporary } from '../logs/temporary.ts';
import type { EpochMs, Ms } from '../units/duration.ts';
import { folderOf, join, type Path } from '../units/path.ts';
import { isTrouble } from '../world/trouble.ts';
import type { Listings } from './listings.ts';
import { seenFile } from './log-sets.ts';

/** Both the plan and the last write: the largest log is compressed in less. */
const old: Ms = 86_400_000;

/** The log sets, with what lies in their folders at the first that stands there. */
export function withLeftovers(logSets: readonly LogSet[], listings: Listings, at: EpochMs): LogSet[] {
  const looked = new Set<Path>();
  return logSets.map(logSet => {
    const leftovers: SeenFile[] = [];
    for (const folder of [folderOf(logSet.path), logSet.folder]) {
      if (looked.has(folder) || logSet.obstacle !== null) continue;
      looked.add(folder);
      leftovers.push(...leftoversIn(folder, listings, at));
    }
    return leftovers.length === 0 ? logSet : { ...logSet, leftovers };
  });
}

/** A folder that cannot be read is told of elsewhere. */
function leftoversIn(folder: Path, listings: Listings, at: EpochMs): SeenFile[] {
  const found: SeenFile[] = [];
  try {
    for (const name of listings.names(folder)) {
      const temporary = readTemporary(name);
      if (temporary === null || temporary.made > at - old) continue;
      const stat = listings.look.stat(join(folder, name));
      if (stat?.kind === 'file' && stat.modified < at - old) found.push(seenFile(join(folder, name), stat));
    }
  } catch (error) {
    if (!isTrouble(error)) throw error;
  }
  return found;
}
