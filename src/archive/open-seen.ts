// Opens a file that was seen before, and only that one: between the look and now a rotation may
// have given its name to another.

import type { SeenFile } from '../logs/log-set.ts';
import { folderOf, nameOf, showPath } from '../units/path.ts';
import { Trouble } from '../world/trouble.ts';
import type { Disk, OpenFile } from '../world/world.ts';

/** @throws Trouble ESTALE when the name is free by now, or another file's */
export async function openSeen(disk: Disk, seen: SeenFile): Promise<OpenFile> {
  const folder = await disk.openFolder(disk.look.real(folderOf(seen.path)));
  try {
    const file = await folder.open(nameOf(seen.path), 'read');
    if (seen.id === null || file.id === seen.id) return file;
    await file.close();
    throw changed(seen, 'is another file than a moment ago');
  } catch (error) {
    if (error instanceof Trouble && error.code === 'ENOENT') throw changed(seen, 'is gone', error);
    throw error;
  } finally {
    await folder.close();
  }
}

export function changed(seen: SeenFile, what: string, cause?: unknown): Trouble {
  return new Trouble({
    code: 'ESTALE',
    path: seen.path,
    message: `${showPath(seen.path)} ${what}`,
    hint: 'it was rotated or removed while logmill read; run it again',
    cause,
  });
}
