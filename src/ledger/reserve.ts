// The state folder's reserve: 4 MiB that are really written (on a small disk a sixteenth of it), given up
// when the record finds its disk full, so that the tool that frees disks can still write down what it
// does (rulings 28).

import type { Bytes } from '../units/bytes.ts';
import { join } from '../units/path.ts';
import { isTrouble } from '../world/trouble.ts';
import type { Folder, Space, World } from '../world/world.ts';
import { names } from './state-folder.ts';

const reserveSize: Bytes = 4 << 20;

/** A disk of a few megabytes would else be short for good. */
function sizeOn({ size }: Space): Bytes {
  return Math.min(reserveSize, Math.floor(size / 16));
}

/** Filling it up to the last byte would make it the next full disk's cause. */
function hasRoom(space: Space): boolean {
  return space.free >= 2 * sizeOn(space);
}

export interface Reserve {
  /** Whether it stands, whole. */
  readonly whole: boolean;
  /** Gives it up; whether that freed anything. */
  giveUp(): Promise<boolean>;
  /** Fills it when it is not whole and there is room for more than it alone; whether it is whole now. */
  fill(): Promise<boolean>;
}

export async function makeReserve(folder: Folder, world: World): Promise<Reserve> {
  let whole = (await folder.stat(names.reserve))?.size === reserveSize;
  return {
    get whole() {
      return whole;
    },
    async giveUp() {
      whole = false;
      try {
        const seen = await folder.stat(names.reserve);
        if (seen === null) return false;
        await folder.unlink(names.reserve);
        return seen.allocated > 0;
      } catch (error) {
        // What the record itself could not do is what is told.
        if (!isTrouble(error)) throw error;
        return false;
      }
    },
    async fill() {
      if (whole) return true;
      const space = await world.disk.space(folder.path);
      const size = sizeOn(space);
      whole = (await folder.stat(names.reserve))?.size === size;
      if (!whole && hasRoom(space)) whole = await write(folder, size);
      return whole;
    },
  };
}

/** Whether a reader would find the record short: as the writer's `fill` decides it. */
export async function isShort(folder: string, world: World): Promise<boolean> {
  const found = world.disk.look.stat(join(folder, names.reserve));
  if (found?.size === reserveSize) return false;
  const space = await world.disk.space(folder);
  return found?.size !== sizeOn(space) && !hasRoom(space);
}

async function write(folder: Folder, size: Bytes): Promise<boolean> {
  try {
    if ((await folder.stat(names.reserve)) !== null) await folder.unlink(names.reserve);
    const file = await folder.create(names.reserve, 0o600);
    try {
      // Noise, since zeros take no space on file systems that compress.
      await file.write(process.getBuiltinModule('node:crypto').randomBytes(size), 0);
      await file.sync();
    } finally {
      await file.close();
    }
    return true;
  } catch (error) {
    if (!isTrouble(error)) throw error;
    await removed(folder);
    return false;
  }
}

async function removed(folder: Folder): Promise<void> {
  try {
    await folder.unlink(names.reserve);
  } catch (error) {
    if (!isTrouble(error)) throw error;
  }
}
