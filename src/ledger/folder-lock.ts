// One logmill to a folder, whatever their state folders: service, apply and the logrotate door never
// work on one file at once (rulings 26). The lock is named by the folder's identity, so that links
// and bind mounts lead to the same one.

import { tmpdir } from 'node:os';
import type { FileId } from '../units/identity.ts';
import { join, type Path } from '../units/path.ts';
import type { World } from '../world/world.ts';
import { type Held, type Lock, takeLock } from './file-lock.ts';
import { ownFolder } from './state-folder.ts';

/**
 * Takes the lock of the folder with this identity, or says who holds it.
 *
 * @param runtimeFolder where locks stand; not said: see `runtimeFolderOf`
 * @throws Trouble when the runtime folder cannot be made or is not ours alone
 */
export async function lockFolder(
  id: FileId,
  world: World,
  runtimeFolder: Path = runtimeFolderOf(world, process.env),
): Promise<{ release(): Promise<void> } | Held> {
  const folder = await ownFolder(runtimeFolder, world);
  const name = lockName(id);
  try {
    const lock = await takeLock(folder, name, `${name}.pid`, world);
    if ('heldBy' in lock) return lock;
    return { release: () => letGo(lock, runtimeFolder, world) };
  } finally {
    // Not kept open: a plan may work in thousands of folders, and each lock has its descriptor.
    await folder.close();
  }
}

async function letGo(lock: Lock, runtimeFolder: Path, world: World): Promise<void> {
  const folder = await ownFolder(runtimeFolder, world);
  try {
    await lock.release(folder);
  } finally {
    await folder.close();
  }
}

/**
 * Where folder locks stand: /run/logmill for root (/var/run where there is no /run), else in
 * $XDG_RUNTIME_DIR, else in the temporary folder under a name with our user id. Emptied at the next
 * start of the machine in all three.
 */
export function runtimeFolderOf(
  world: World,
  environment: Readonly<Record<string, string | undefined>>,
): Path {
  if (world.host.uid === 0) {
    const run = world.disk.look.statThrough('/run')?.kind === 'folder' ? '/run' : '/var/run';
    return join(run, 'logmill');
  }
  const runtime = environment.XDG_RUNTIME_DIR;
  if (runtime?.startsWith('/') && world.disk.look.statThrough(runtime)?.kind === 'folder')
    return join(runtime, 'logmill');
  return join(tmpdir(), `logmill-${world.host.uid}`);
}

/** `DEVICE-INODE`: locks live no longer than a device number does, one start of the machine. */
function lockName(id: FileId): string {
  return `${id.slice(id.lastIndexOf(':') + 1)}-${id.slice(0, id.indexOf(':'))}`;
}
