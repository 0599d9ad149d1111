// Who still writes to a file: the census repeated before a step acts (rulings 13). Looking into
// every process costs tens of milliseconds, so one census serves all who ask while it is young.

import type { EpochMs, Ms } from '../units/duration.ts';
import type { FileId } from '../units/identity.ts';
import type { Census, FileStat, Holder, World } from '../world/world.ts';

export interface Holders {
  /**
   * Those who hold the file open for writing. "Held" is always a new look; "nobody" may be up to
   * a second old: whoever opened the file since changes its size or mtime, and that is checked.
   *
   * @returns empty also where not every process can be looked into: the plan has weighed that
   */
  writing(id: FileId): Promise<readonly Holder[]>;
  /** Waits until nobody writes to the file, at most `limit`. */
  untilFree(id: FileId, limit: Ms, signal: AbortSignal): Promise<void>;
  /**
   * The first of the two looks at size and time where "nobody" cannot be known (rulings 13). Of a file that was
   * written to a moment ago it is remembered.
   */
  lookFirst(id: FileId, look: () => Promise<FileStat | null>): Promise<void>;
  /**
   * Waits until the second look is far enough from the first.
   *
   * @returns whether it changed between them: somebody writes whom no census shows
   */
  isRestless(id: FileId, look: () => Promise<FileStat | null>, signal: AbortSignal): Promise<boolean>;
}

const young: Ms = 1000;
/** Between two looks while waiting. */
const pause: Ms = 100;
/** Between the two looks; a file that was quiet for so long is not looked at twice. */
const apart: Ms = 300;

interface Look {
  readonly at: EpochMs;
  readonly asked: ReadonlySet<FileId>;
  readonly census: Census;
}

/** @param soon files that will be asked for, so that one census covers them */
export function watchHolders(world: World, soon: () => Iterable<FileId>): Holders {
  let last: Look | null = null;
  let running: Promise<Look> | null = null;
  let next: Promise<Look> | null = null;
  const wanted = new Set<FileId>();

  async function look(): Promise<Look> {
    const asked = new Set([...soon(), ...wanted]);
    wanted.clear();
    const at = world.clock.now();
    last = { at, asked, census: await world.processes.census(asked) };
    return last;
  }

  async function lookAfter(before: Promise<Look> | null): Promise<Look> {
    await Promise.allSettled([before]);
    running = next;
    next = null;
    return look();
  }

  /** A look that begins after this call: one that is under way may have passed the holder already. */
  function joinNext(id: FileId): Promise<Look> {
    wanted.add(id);
    next ??= lookAfter(running);
    return next;
  }

  async function writing(id: FileId): Promise<readonly Holder[]> {
    if (last?.asked.has(id) && isYoung(last.at, world) && writersIn(last, id).length === 0) return [];
    return writersIn(await joinNext(id), id);
  }

  async function untilFree(id: FileId, limit: Ms, signal: AbortSignal): Promise<void> {
    const end = world.clock.now() + limit;
    while (!signal.aborted && (await writing(id)).length > 0 && world.clock.now() < end) {
      await world.clock.wait(Math.min(pause, Math.max(1, end - world.clock.now())), signal);
    }
  }

  const first = new Map<FileId, { readonly at: EpochMs; readonly seen: FileStat }>();

  async function lookFirst(id: FileId, look: () => Promise<FileStat | null>): Promise<void> {
    const fresh = last?.asked.has(id) === true && isYoung(last.at, world);
    if ((fresh && last !== null ? last : await joinNext(id)).census.complete) return;
    const seen = await look();
    const at = world.clock.now();
    if (seen !== null && at - seen.modified < apart) first.set(id, { at, seen });
  }

  async function isRestless(
    id: FileId,
    look: () => Promise<FileStat | null>,
    signal: AbortSignal,
  ): Promise<boolean> {
    const before = first.get(id);
    if (before === undefined) return false;
    const rest = before.at + apart - world.clock.now();
    if (rest > 0) {
      await world.clock.wait(rest, signal);
      first.set(id, { ...before, at: before.at - apart });
    }
    const now = await look();
    // What cannot be looked at is told by the step itself, which looks once more before anything goes.
    if (now === null) return false;
    return now.size !== before.seen.size || now.modified !== before.seen.modified;
  }

  return { writing, untilFree, lookFirst, isRestless };
}

function writersIn(look: Look, id: FileId): readonly Holder[] {
  return (look.census.holders.get(id) ?? []).filter(holder => holder.access === 'write');
}

function isYoung(at: EpochMs, world: World): boolean {
  const age = world.clock.now() - at;
  return age >= 0 && age < young;
}
