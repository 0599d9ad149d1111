// A log with all its files open, none of them missed and none twice, though it is rotated meanwhile.

import type { Reading } from '../archive/open-archive.ts';
import { isDamage, type OpenLog, openLog } from '../archive/read-log.ts';
import { ByteReader } from '../codec/byte-reader.ts';
import type { Bytes } from '../units/bytes.ts';
import type { Ms } from '../units/duration.ts';
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
 * One that was copied and is not emptied yet would be read twice: it is given a moment. A stopped rotation
 * leaves both, and so do lines that are all alike: then both are given.
 *
 * @throws Stop as `logFor`; Trouble ESTALE where it has changed each time
 */
export async function openKept(world: World, name: string, reading: Asked): Promise<OpenKept> {
  for (let looks = 1; looks <= mostLooks; looks += 1) {
    const found = await openOnce(world, name, reading);
    if (found === null) continue;
    if (looks === mostLooks || !(await isCopied(found))) return found;
    await found.log.close();
    await world.clock.wait(moment, reading.signal);
  }
  throw new Trouble({
    code: 'ESTALE',
    path: name,
    message: `${showPath(name)} has changed each time that it was looked at`,
    hint: 'it was rotated or removed while logmill read; run it again',
  });
}

const mostLooks = 8;

/** Between naming a copy and emptying its log lies a commit of the record. */
const moment: Ms = 100;
const enough: Bytes = 1024 * 1024;

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

/** Whether the live log and its newest generation begin alike, as far as both go, or for so long that they were copied. */
async function isCopied({ log }: OpenKept): Promise<boolean> {
  const [copy, live] = log.parts.slice(-2);
  if (copy === undefined || live?.mark !== null) return false;
  const [one, other] = [new ByteReader(copy.plain(), 'copy'), new ByteReader(live.plain(), 'log')];
  try {
    while (one.at < enough && !((await one.atEnd()) || (await other.atEnd()))) {
      const length = Math.min(one.inHand().length, other.inHand().length);
      if (Buffer.compare(await one.take(length), await other.take(length)) !== 0) return false;
    }
    return one.at > 0;
  } catch (error) {
    // It is being emptied. A damage is told by whoever reads on.
    if (isTrouble(error, 'ESTALE')) return true;
    if (isDamage(error)) return false;
    await log.close();
    throw error;
  } finally {
    await one.leave();
    await other.leave();
  }
}

function namesAndFiles({ live, generations }: KeptLog): string {
  return [live, ...generations].map(file => `${file?.id} ${file?.path}`).join('\0');
}
