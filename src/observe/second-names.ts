// Files with two names: whether the second is one that logmill gave. A move links first and unlinks
// after (rulings 3), so a stop between the two leaves a log with two names, and that must not look
// like a hard link made by somebody else.

import { folderOfGenerations, namingOf } from '../logs/naming.ts';
import type { Policy } from '../policy/policy.ts';
import type { Zone } from '../units/calendar.ts';
import type { FileId } from '../units/identity.ts';
import { folderOf, join, nameOf, type Path } from '../units/path.ts';
import { temporaryPrefix } from './candidates.ts';
import type { Listings } from './listings.ts';

/** Answers for one look; each folder is looked through once, and only when a log in it has two names. */
export class SecondNames {
  readonly #listings: Listings;
  readonly #byFolder = new Map<Path, ReadonlyMap<FileId, readonly string[]>>();

  constructor(listings: Listings) {
    this.#listings = listings;
  }

  /** Whether every further name of `log` is a generation of it or a half-made file of ours. */
  areOurs(log: Path, policy: Policy, zone: Zone): boolean {
    const stat = this.#listings.look.stat(log);
    if (stat === null) return false;
    const kept = folderOfGenerations(policy.settings, log);
    const naming = namingOf(policy, log, zone);
    let found = 1;
    for (const folder of new Set([folderOf(log), kept])) {
      for (const name of this.#namesIn(folder).get(stat.id) ?? []) {
        if (folder === folderOf(log) && name === nameOf(log)) continue;
        if (!name.startsWith(temporaryPrefix) && naming.read(name) === null) return false;
        found += 1;
      }
    }
    return found === stat.links;
  }

  #namesIn(folder: Path): ReadonlyMap<FileId, readonly string[]> {
    let names = this.#byFolder.get(folder);
    if (names === undefined) {
      names = linkedNames(this.#listings, folder);
      this.#byFolder.set(folder, names);
    }
    return names;
  }
}

/** Names of the files in a folder that have more than one, by identity. */
function linkedNames({ look, names }: Listings, folder: Path): ReadonlyMap<FileId, readonly string[]> {
  const byId = new Map<FileId, string[]>();
  if (look.statThrough(folder) === null) return byId;
  for (const name of names(folder)) {
    const stat = look.stat(join(folder, name));
    if (stat?.kind !== 'file' || stat.links < 2) continue;
    const known = byId.get(stat.id);
    if (known === undefined) byId.set(stat.id, [name]);
    else known.push(name);
  }
  return byId;
}
