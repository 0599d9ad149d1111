// Who writes to a file, from a census of the processes. What a census could not see is null and
// stays null: only a complete census can say "nobody" (rulings 13).

import type { Writer } from '../logs/log-set.ts';
import type { FileId } from '../units/identity.ts';
import type { Census, Holder } from '../world/world.ts';

/**
 * Processes that hold `id` open for writing, one entry each, by pid. An empty list is a true
 * "nobody"; null says that it could not be known. Writers that an incomplete census did find are
 * given: one known writer is enough to decide for the careful way.
 */
export function writersOf(census: Census, id: FileId): readonly Writer[] | null {
  const writing = (census.holders.get(id) ?? []).filter(holder => holder.access === 'write');
  if (writing.length === 0) return census.complete ? [] : null;
  const byPid = new Map<number, Writer>();
  for (const holder of writing) byPid.set(holder.pid, joined(byPid.get(holder.pid), holder));
  return [...byPid.values()].sort((a, b) => a.pid - b.pid);
}

/** Those of `ids` that somebody is known to write to. */
export function heldAmong(census: Census, ids: Iterable<FileId>): Map<FileId, readonly Writer[]> {
  const held = new Map<FileId, readonly Writer[]>();
  for (const id of ids) {
    const writers = writersOf(census, id);
    if (writers !== null && writers.length > 0) held.set(id, writers);
  }
  return held;
}

// One descriptor without O_APPEND is enough to leave a hole after a truncation, so the worst of a
// process's descriptors speaks for it: false before null before true.
function joined(known: Writer | undefined, holder: Holder): Writer {
  const { pid, name, append } = holder;
  if (known === undefined) return { pid, name, append };
  if (known.append === false || append === false) return { pid, name, append: false };
  return { pid, name, append: known.append === null ? null : append };
}
