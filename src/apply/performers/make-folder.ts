// Makes the folder for old generations. Its parent is there: the plan makes one folder a step.

import type { Attributes } from '../../policy/policy.ts';
import { folderOf, type Path, showPath } from '../../units/path.ts';
import { isTrouble } from '../../world/trouble.ts';
import type { Owner, World } from '../../world/world.ts';
import type { Bench, Performed, Performer } from '../bench.ts';
import { facts, stale } from '../bench.ts';

export const makeFolder: Performer<'make-folder'> = async (step, bench) => {
  const { disk } = bench.world;
  const found = disk.look.stat(step.path);
  if (found !== null && (!bench.resumed || found.kind !== 'folder')) return foundFolder(step.path, bench);
  const owner = ownerOf(step.made, bench.world);
  try {
    await disk.makeFolder(
      step.path,
      step.made.mode ?? 0o755,
      owner,
      bench.resumed ? 'is taken too' : undefined,
    );
  } catch (error) {
    if (isTrouble(error, 'EEXIST')) return foundFolder(step.path, bench);
    throw error;
  }
  await syncFolder(folderOf(step.path), bench);
  return { result: 'done', ...facts({ made: disk.look.stat(step.path)?.id ?? null }) };
};

async function foundFolder(path: Path, bench: Bench): Promise<Performed> {
  const found = bench.world.disk.look.stat(path);
  if (found?.kind !== 'folder')
    return stale(`${showPath(path)} is a ${found?.kind ?? 'name that comes and goes'}, not a folder`);
  await syncFolder(folderOf(path), bench);
  return { result: 'already', ...facts({ made: found.id }) };
}

function ownerOf(made: Attributes, world: World): Owner | undefined {
  if (made.uid === null && made.gid === null) return undefined;
  return { uid: made.uid ?? world.host.uid, gid: made.gid ?? world.host.gid };
}

/** The parent need not be one of the plan's folders: nothing in it is named but the new one. */
async function syncFolder(path: Path, bench: Bench): Promise<void> {
  const { disk } = bench.world;
  const folder = await disk.openFolder(disk.look.real(path));
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}
