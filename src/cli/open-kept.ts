// A log with all its files open, none of them missed and none twice, though it is rotated meanwhile.

import type { Reading } from '../archive/open-archive.ts';
import { type OpenLog, openLog } from '../archive/read-log.ts';
import { showPath } from '../units/path.ts';
import { isTrouble, Trouble } from '../world/trouble.ts';
import type { World } from '../world/world.ts';
import { type KeptLog, logFor } from './reading.ts';

export interface OpenKept {
  readonly kept: KeptLog;
  readonly log: OpenLog;
}

type Asked = Reading & { readonly signal: AbortSignal };

/**
 * A rotation in the middle of a look takes a file to a name that was looked at already, and it would be
 * missing without a word. So the log is looked at again once all are open, and opened anew where it has changed.
 *
 * @throws Stop as `logFor`; Trouble ESTALE where it has changed each time
 */
export async function openKept(world: World, name: string, reading: Asked): Promise<OpenKept> {
  for (let looks = 0; looks < mostLooks; looks += 1) {
    const found = await openOnce(world, name, reading);
    if (found !== null) return found;
  }
  throw new Trouble({
    code: 'ESTALE',
    path: name,
    message: `${showPath(name)} has changed each time that it was looked at`,
    hint: 'it was rotated or removed while logmill read; run it again',
  });
}

const mostLooks = 8;

/** null: it has changed meanwhile. */
async function openOnce(world: World, name: string, reading: Asked): Promise<OpenKept | null> {
  const kept = await logFor(world, name);
  let log: OpenLog | null = null;
  try {
    log = await openLog(kept, world.disk, reading);
    if (namesAndFiles(await logFor(world, name)) === namesAndFiles(kept)) return { kept, log };
  } catch (error) {
    await log?.close();
    if (isTrouble(error, 'ESTALE')) return null;
    throw error;
  }
  await log.close();
  return null;
}

function namesAndFiles({ live, generations }: KeptLog): string {
  return [live, ...generations].map(file => `${file?.id} ${file?.path}`).join('\0');
}
