// How much room a file system has.

import { constants } from 'node:fs';
import { access, statfs } from 'node:fs/promises';
import type { Path } from '../units/path.ts';
import { systemPath } from './paths.ts';
import { troubleFrom } from './trouble.ts';
import type { Space } from './world.ts';

/**
 * `free` is what df(1) calls available, for root too: the blocks kept back are for emergencies,
 * and those who write the logs do not have them.
 */
export async function spaceOf(path: Path): Promise<Space> {
  try {
    const found = await statfs(systemPath(path));
    return {
      free: found.bavail * found.bsize,
      size: found.blocks * found.bsize,
      inodes: found.files === 0 ? null : found.ffree,
      type: found.type,
      blockSize: found.bsize,
      readOnly: await isReadOnly(path),
    };
  } catch (error) {
    throw troubleFrom(error, 'look at the file system of', path);
  }
}

/** access(2) tells a read-only file system or mount even to root. */
async function isReadOnly(path: Path): Promise<boolean> {
  try {
    await access(systemPath(path), constants.W_OK);
    return false;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EROFS';
  }
}
