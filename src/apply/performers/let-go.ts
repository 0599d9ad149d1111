// Removes a file from under a name that its program may give to another file at any moment: the
// name is set aside in one act and looked at only then, so that what goes is what was meant. A
// program that shifts its files just now loses none of them.

import type { FileId } from '../../units/identity.ts';
import { isTrouble } from '../../world/trouble.ts';
import type { Folder } from '../../world/world.ts';

/**
 * @param aside a name of ours that nobody else uses
 * @throws Trouble ESTALE when another file had the name; it has it again, or stays under `aside`
 *   where a third has come
 */
export async function letGoOf(folder: Folder, name: string, id: FileId, aside: string): Promise<void> {
  try {
    await folder.replace(name, aside);
  } catch (error) {
    if (!isTrouble(error, 'ENOENT')) throw error;
  }
  await clearAside(folder, name, id, aside);
}

/** Ends what a stop has left halfway. */
export async function clearAside(folder: Folder, name: string, id: FileId, aside: string): Promise<void> {
  const found = await folder.stat(aside);
  if (found === null) return;
  if (found.id === id) await folder.unlink(aside);
  else await folder.move(aside, folder, name);
}
