// Holes at the head of live logs. Where a log that is punched begins to be more than one: the record
// remembers it, and the file itself tells, since a hole reads as NUL up to the very byte. A file that does
// not begin with NUL was begun anew, whatever is remembered.

import { setImmediate } from 'node:timers/promises';
import type { LiveLog, LogSet } from '../logs/log-set.ts';
import { isPunched } from '../logs/unarchived.ts';
import type { State } from '../plan/state.ts';
import type { Bytes } from '../units/bytes.ts';
import { lastingId } from '../units/identity.ts';
import { isTrouble } from '../world/trouble.ts';
import type { Look, World } from '../world/world.ts';

const edge: Bytes = 4096;
const piece: Bytes = 1024 * 1024;

/** The log sets with `archived` on live logs whose policy punches, `hollow` on others; those that cannot be read stay as they are. */
export async function withArchived(
  world: World,
  logSets: readonly LogSet[],
  state: State,
): Promise<readonly LogSet[]> {
  if (!logSets.some(({ policy }) => policy.settings.copytruncate)) return logSets;
  const seen: LogSet[] = [];
  for (const logSet of logSets) {
    const { live, policy, obstacle } = logSet;
    // Without an identity it is not due, and what is in it does not matter.
    const asked = live !== null && live.id !== null && obstacle === null && policy.settings.copytruncate;
    if (!asked) seen.push(logSet);
    else if (isPunched(policy)) seen.push({ ...logSet, live: await lookInto(world.disk.look, live, state) });
    else seen.push(logSet.writers === null ? { ...logSet, live: withHole(world.disk.look, live) } : logSet);
  }
  return seen;
}

/** A writer that no census shows tells of itself: without O_APPEND it goes on at its old place. */
function withHole(look: Look, live: LiveLog): LiveLog {
  if (live.allocated + edge > live.size) return live;
  try {
    const head = look.piece(live.path, 0, edge);
    return firstByte(head) === head.length ? { ...live, hollow: true } : live;
  } catch (error) {
    if (!isTrouble(error)) throw error;
    return live;
  }
}

async function lookInto(look: Look, live: LiveLog, state: State): Promise<LiveLog> {
  const remembered = live.id === null ? undefined : state.archived?.get(lastingId(live.id));
  try {
    return { ...live, archived: await endOfHole(look, live, remembered ?? 0) };
  } catch (error) {
    if (!isTrouble(error)) throw error;
    return live;
  }
}

async function endOfHole(look: Look, { path, size }: LiveLog, remembered: Bytes): Promise<Bytes> {
  const head = look.piece(path, 0, Math.min(edge, size));
  if (firstByte(head) < head.length) return firstByte(head);
  const before = Math.max(0, remembered - edge);
  const known =
    remembered > 0 &&
    remembered <= size &&
    firstByte(look.piece(path, before, remembered - before)) === remembered - before;
  // What was punched just before we died, or with a record that is lost, is found by reading on.
  let at = known ? remembered : head.length;
  while (at < size) {
    const found = look.piece(path, at, Math.min(piece, size - at));
    if (found.length === 0) return at;
    const first = firstByte(found);
    at += first;
    if (first < found.length) return at;
    await setImmediate();
  }
  return at;
}

/** Where the first byte that is not NUL stands; the length when there is none. */
function firstByte(bytes: Buffer): number {
  const at = bytes.findIndex(byte => byte !== 0);
  return at < 0 ? bytes.length : at;
}
