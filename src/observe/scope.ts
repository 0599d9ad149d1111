// Which folders have to be read for the logs that are asked for. A service wakes for one log among
// tens of thousands; reading the one folder that holds it must be enough.

import type { Policy } from '../policy/policy.ts';
import { folderOf, join, type Path } from '../units/path.ts';

export interface Scope {
  /** All there is. */
  readonly isAll: boolean;
  /** Whether something in this folder, or below it, is asked for. */
  holds(folder: Path): boolean;
  /** Whether an entry of such a folder is of concern: all beside a log that is asked for, else what leads to one. */
  concerns(folder: Path, name: string): boolean;
}

const everything: Scope = { isAll: true, holds: () => true, concerns: () => true };

/**
 * The folders on the way to `only`, whole where they hold one of them: the neighbours say whose the
 * names there are. Everything, where an olddir gathers what is kept of logs in several folders.
 */
export function scopeOf(only: ReadonlySet<Path> | undefined, policies: readonly Policy[]): Scope {
  if (only === undefined || policies.some(gathers)) return everything;
  const holders = new Set<Path>();
  const onTheWay = new Set<Path>();
  for (const path of only) {
    holders.add(folderOf(path));
    for (let folder = folderOf(path); !onTheWay.has(folder); folder = folderOf(folder)) onTheWay.add(folder);
  }
  return {
    isAll: false,
    holds: folder => onTheWay.has(plain(folder)),
    concerns: (folder, name) => {
      const here = plain(folder);
      return holders.has(here) || onTheWay.has(here === '.' ? name : join(here, name));
    },
  };
}

function gathers({ settings: { olddir } }: Policy): boolean {
  return olddir !== null && (olddir.startsWith('/') || olddir.split('/').includes('..'));
}

/** As folderOf writes it. */
function plain(folder: Path): Path {
  return folder.length > 1 && folder.endsWith('/') ? folder.slice(0, -1) : folder;
}
