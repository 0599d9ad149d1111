// Facts of the folders that logs and generations stand in. Where a path leads is settled once, at
// the look: what is opened later is the folder that was seen here, by its identity.

import type { SeenFolder } from '../logs/log-set.ts';
import { folderOf, type Path } from '../units/path.ts';
import { isTrouble } from '../world/trouble.ts';
import type { Look, Space, World } from '../world/world.ts';

/** Folders seen in a look, by the path as written; `add` looks at one that is new. */
export interface SeenFolders {
  readonly seen: ReadonlyMap<Path, SeenFolder>;
  add(folder: Path): void;
}

export function lookAtFolders(look: Look): SeenFolders {
  const seen = new Map<Path, SeenFolder>();
  return {
    seen,
    add: folder => {
      // Of one that has to be made its parents too, up to the one that is there.
      for (let next = folder; !seen.has(next); next = folderOf(next)) {
        const found = seeFolder(look, next);
        seen.set(next, found);
        if (found.id !== null) return;
      }
    },
  };
}

/** Links resolved, the last component's too; `id` is null where there is no such folder (an olddir to be made). */
export function seeFolder(look: Look, folder: Path): SeenFolder {
  const unknown = { free: null, blockSize: null, collapses: null };
  try {
    const stat = look.statThrough(folder);
    if (stat?.kind === 'folder') return { path: folder, real: look.real(folder), id: stat.id, ...unknown };
  } catch (error) {
    // Not to be seen, so nothing can be done there either; each log in it says why.
    if (!isTrouble(error)) throw error;
  }
  return { path: folder, real: folder, id: null, ...unknown };
}

/** The folder with what its file system can do and how much room it has. */
export async function withSpace(world: World, folder: SeenFolder): Promise<SeenFolder> {
  if (folder.id === null) return folder;
  try {
    const space = await world.disk.space(folder.real);
    const collapses = collapsesOn(space);
    return {
      ...folder,
      free: space.free,
      size: space.size,
      collapses,
      blockSize: collapses === false ? null : space.blockSize,
    };
  } catch (error) {
    if (!isTrouble(error)) throw error;
    return folder;
  }
}

/**
 * Whether FALLOC_FL_COLLAPSE_RANGE works there, by statfs's magic number. ext2 and ext3 have
 * ext4's number and refuse the call itself; overlayfs passes it on to a file system that cannot be
 * seen from here.
 */
function collapsesOn({ type, ranges }: Space): boolean | null {
  if (ranges === false) return false;
  if (type === ext4 || type === xfs) return true;
  return type === overlay ? null : false;
}

const ext4 = 0xef53;
const xfs = 0x58465342;
const overlay = 0x794c7630;
