// The folder that holds the record: made for us alone, and refused where somebody else could put
// something else in its place (CVE-2022-1348 was a state file that others could reach).

import { folderOf, join, type Path, showPath } from '../units/path.ts';
import { isTrouble, Trouble } from '../world/trouble.ts';
import type { FileStat, Folder, World } from '../world/world.ts';

/** What stands in a state folder. SQLite adds `-wal` and `-shm` to the record's name while it is open. */
export const names = {
  record: 'record.db',
  fresh: 'record.new',
  lock: 'lock',
  pid: 'pid',
  reserve: 'reserve',
} as const;

export function placesIn(folder: Path): { readonly [K in keyof typeof names]: Path } {
  return {
    record: join(folder, names.record),
    fresh: join(folder, names.fresh),
    lock: join(folder, names.lock),
    pid: join(folder, names.pid),
    reserve: join(folder, names.reserve),
  };
}

/**
 * Opens the folder, made with its parents where missing (0700).
 *
 * @throws Trouble EUNSAFE when it is a link, another's, or writable by others
 */
export async function ownFolder(path: Path, world: World): Promise<Folder> {
  await makeMissing(path, world);
  const danger = dangerOf(path, world, 'for writing');
  if (danger !== null) throw danger;
  const seen = world.disk.look.stat(path);
  const folder = await world.disk.openFolder(
    path,
    ...(seen === null ? [] : [{ id: seen.id, sameBoot: true }]),
  );
  try {
    await mustHoldFiles(folder);
    return folder;
  } catch (error) {
    await folder.close();
    throw error;
  }
}

/** SQLite follows a link, and would wait for ever at the other end of a FIFO. */
async function mustHoldFiles(folder: Folder): Promise<void> {
  const databases = [names.record, names.fresh, names.lock];
  const sides = databases.flatMap(name => ['-journal', '-wal', '-shm'].map(side => name + side));
  for (const name of [...databases, ...sides, names.pid, names.reserve]) {
    const trouble = noFile(join(folder.path, name), await folder.stat(name));
    if (trouble !== null) throw trouble;
  }
}

/** What stands in place of a file of ours; null: such a file, or nothing. */
export function noFile(path: Path, found: Pick<FileStat, 'kind'> | null): Trouble | null {
  if (found === null || found.kind === 'file') return null;
  return new Trouble({
    code: 'EUNSAFE',
    path,
    message: `${showPath(path)} is a ${found.kind}, and logmill keeps a file under that name`,
    hint: 'see who put it there, and move it away',
  });
}

/**
 * Why what stands there is not to be trusted; null when it is, or when nothing is there. Root may
 * read the record of a service that runs as somebody else, and not write to it.
 */
export function dangerOf(path: Path, world: World, mode: 'for reading' | 'for writing'): Trouble | null {
  const seen = world.disk.look.stat(path);
  if (seen === null) return null;
  const own = `give a folder of its own with --state-dir, as ${showPath(join(path, 'logmill'))}`;
  const because = (reason: string, hint: string): Trouble =>
    new Trouble({
      code: 'EUNSAFE',
      path,
      message: `${showPath(path)} cannot hold the record: ${reason}`,
      hint,
    });
  if (seen.kind === 'link')
    return because('it is a symbolic link', 'give the folder itself with --state-dir');
  if (seen.kind !== 'folder') return because(`it is a ${seen.kind}`, own);
  const { uid } = world.host;
  if (seen.uid !== uid && !(uid === 0 && mode === 'for reading'))
    return because(
      `it belongs to user ${seen.uid}, and this is user ${uid}`,
      `run logmill as its owner, or ${own}`,
    );
  if ((seen.mode & 0o022) !== 0)
    return because('others can write to it', `chmod go-w ${showPath(path)}, or ${own}`);
  return null;
}

/** Creates an empty file for us alone, unless there is one; an existing one is not opened. */
export async function touch(folder: Folder, name: string): Promise<void> {
  if ((await folder.stat(name)) !== null) return;
  try {
    await (await folder.create(name, 0o600)).close();
  } catch (error) {
    if (!isTrouble(error, 'EEXIST')) throw error;
  }
}

async function makeMissing(path: Path, world: World): Promise<void> {
  if (world.disk.look.stat(path) !== null) return;
  const parent = folderOf(path);
  // Parents through links: /var/lib and a home folder may be links, and belong to who they belong to.
  if (parent !== path && world.disk.look.statThrough(parent) === null) await makeMissing(parent, world);
  try {
    await world.disk.makeFolder(path, 0o700);
  } catch (error) {
    if (!isTrouble(error, 'EEXIST')) throw error;
  }
}
