// The disk: folders opened to work in them, and the look. The acts themselves are in folder.ts and
// open-file.ts.

import { constants, existsSync } from 'node:fs';
import { type FileHandle, mkdir, open, readdir } from 'node:fs/promises';
import type { Path } from '../units/path.ts';
import { openFolder, type Reach } from './folder.ts';
import { look } from './look.ts';
import { giveTo } from './open-file.ts';
import { systemPath } from './paths.ts';
import { spaceOf } from './space.ts';
import { refusal, troubleFrom } from './trouble.ts';
import type { Disk, Owner } from './world.ts';

/** @param reach 'by handle' only where `canReachByHandle` */
export function diskOf(reach: Reach): Disk {
  return {
    look,
    openFolder: (path, expected) => openFolder(path, reach, expected),
    makeFolder,
    space: async path => ({ ...(await spaceOf(path)), ranges: reach === 'by handle' }),
  };
}

/** Linux with /proc in place; a chroot may lack it. */
export function canReachByHandle(): boolean {
  return process.platform === 'linux' && existsSync('/proc/self/fd');
}

/** Ours alone until owner and mode are set; the sticky and set-gid bits are a folder's right. */
async function makeFolder(
  path: Path,
  mode: number,
  owner?: Owner,
  unfinished?: 'is taken too',
): Promise<void> {
  const at = systemPath(path);
  try {
    const isNew = await madeOrThere(at, unfinished);
    const handle = await open(at, constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW);
    try {
      if (!isNew && !(await isUnfinished(handle, at, owner))) throw refusal('EEXIST', 'create', path);
      if (owner !== undefined) await giveTo(handle, owner);
      await handle.chmod(mode & 0o7777);
    } finally {
      await handle.close();
    }
  } catch (error) {
    throw troubleFrom(error, 'create', path);
  }
}

/** false: something has the name already. */
async function madeOrThere(at: string | Buffer, unfinished: 'is taken too' | undefined): Promise<boolean> {
  try {
    await mkdir(at, 0o700);
    return true;
  } catch (error) {
    if (unfinished === undefined || (error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    return false;
  }
}

async function isUnfinished(handle: FileHandle, at: string | Buffer, owner?: Owner): Promise<boolean> {
  const { uid, mode } = await handle.stat();
  const isOurs = uid === process.geteuid?.() || uid === owner?.uid;
  return isOurs && (mode & 0o7777) === 0o700 && (await readdir(at)).length === 0;
}
