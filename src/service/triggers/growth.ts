// The schedule of stat calls: each live log's next one is placed by its size, its limit and the
// growth seen, so that a limit is noticed within a second also where watching is deaf, and idle
// logs cost nothing. A log over its limit is named; what follows is the planner's affair.

import { setImmediate } from 'node:timers/promises';
import type { Bytes } from '../../units/bytes.ts';
import { formatBytes } from '../../units/bytes.ts';
import type { EpochMs, Ms } from '../../units/duration.ts';
import { nameOf, type Path } from '../../units/path.ts';
import { isTrouble } from '../../world/trouble.ts';
import type { FileStat } from '../../world/world.ts';
import type { Ground, Running, Trigger } from '../trigger.ts';
import { crosses, limitOf, type Stir, type WatchedLog } from '../watched.ts';

export const growth: Trigger = { name: 'growth', start: async ground => startGrowth(ground) };

export const pace = {
  /** Nearest a next look may be. */
  soonest: 100,
  /** A log that somebody writes to: with the inbox's second, a limit is met within two. */
  active: 900,
  /** A log without a size limit is looked at for its growth only. */
  unlimited: 5_000,
  idle: 60_000,
  /** In a deaf folder a log counts as written to for so long after it grew. */
  warm: 60_000,
  /** Idle logs share one budget: 5 µs a look at 0.03 % of a core. From 4,000 on it takes over a minute. */
  each: 15,
} as const;

export interface Growing {
  /** To the limit; null: there is none. */
  readonly remaining: Bytes | null;
  /** Bytes a second. */
  readonly rate: number;
  /** Whether the kernel would tell us of a write. */
  readonly heard: boolean;
  /** Whether it grew lately (or, for `heard`, whether somebody wrote since the last look). */
  readonly warm: boolean;
  /** How many logs there are, and how many of them lie in deaf folders. */
  readonly count: number;
  readonly deaf: number;
}

/** How long until the next look: half the time that it may take to reach the limit, within bounds. */
export function placeNext(log: Growing): Ms {
  const idle = Math.max(pace.idle, log.count * pace.each);
  if (log.remaining === null) return log.warm && log.heard ? pace.unlimited : idle;
  const half = log.rate > 0 ? (log.remaining / log.rate) * 500 : Number.POSITIVE_INFINITY;
  return Math.max(pace.soonest, Math.min(half, longest(log, idle)));
}

function longest(log: Growing, idle: Ms): Ms {
  if (log.warm) return pace.active;
  if (log.heard) return idle;
  return Math.max(pace.active, Math.min(log.deaf * pace.each, idle));
}

interface Place {
  /** The slot it stands in. */
  due: EpochMs;
  /** How often it was named since it crossed, and when it may be named again. */
  asked: number;
  askAfter: EpochMs;
}

function startGrowth(ground: Ground): Running {
  const { watched } = ground;
  const { clock } = ground.world;
  const places = new Map<Path, Place>();
  /** Due time → logs. Times are rounded, the longer the coarser, so that idle logs share wake-ups. */
  const slots = new Map<EpochMs, Set<Path>>();
  const stop = new AbortController();
  let wake = new AbortController();
  let wakeAt: EpochMs = Number.POSITIVE_INFINITY;
  let counts = { count: 0, deaf: 0 };

  const put = (path: Path, wait: Ms): void => {
    const place = places.get(path) ?? { due: 0, asked: 0, askAfter: 0 };
    slots.get(place.due)?.delete(path);
    // 900 ms in steps of 100, a minute in steps of 6.4 s.
    const step = 100 * 2 ** Math.max(0, Math.floor(Math.log2(wait / 1000)) + 1);
    place.due = Math.max(1, Math.floor((clock.now() + wait) / step)) * step;
    places.set(path, place);
    const slot = slots.get(place.due);
    if (slot === undefined) slots.set(place.due, new Set([path]));
    else slot.add(path);
    if (place.due < wakeAt) wake.abort();
  };

  const look = (path: Path, due: EpochMs): void => {
    const before = watched.logs.get(path);
    const place = places.get(path);
    // Moved to another slot meanwhile, or gone.
    if (place === undefined || place.due !== due) return;
    if (before === undefined || before.obstacle !== null) {
      places.delete(path);
      return;
    }
    const now = clock.now();
    const { size: sizeBefore, seenAt } = before;
    const stat = statOf(ground, path);
    watched.saw(path, stat?.kind === 'file' ? stat : null, now);
    const log = watched.logs.get(path) ?? before;
    // The smoothed rate learns slowly; a sudden burst is placed by the last look alone.
    const burst = (((log.size ?? 0) - (sizeBefore ?? 0)) / Math.max(1, now - seenAt)) * 1000;
    const rate = Math.max(log.rate, burst);
    const heard = watched.isHeard(path);
    const warm = heard ? false : log.grewAt !== null && now - log.grewAt < pace.warm;
    if (log.size !== null && crosses(log.policy, log.size)) {
      ask(log, place, now);
      return;
    }
    place.asked = 0;
    place.askAfter = 0;
    put(path, placeNext({ remaining: remainingOf(log), rate, heard, warm, ...counts }));
  };

  /** Names it once, then with growing pauses: the planner may have its reasons to leave it. */
  const ask = (log: WatchedLog, place: Place, now: EpochMs): void => {
    if (now >= place.askAfter) {
      const limit = limitOf(log.policy) ?? 0;
      const detail = `${nameOf(log.path)}: ${formatBytes(log.size ?? 0)} of ${formatBytes(limit)}`;
      ground.nudge({ cause: { trigger: 'growth', detail }, logs: new Set([log.path]) });
      place.asked += 1;
      place.askAfter = now + Math.min(1000 * 2 ** place.asked, 300_000);
    }
    put(log.path, Math.max(pace.soonest, place.askAfter - now));
  };

  const lookAtDue = async (): Promise<void> => {
    const now = clock.now();
    for (const [due, paths] of [...slots]) {
      if (due > now) continue;
      slots.delete(due);
      let count = 0;
      for (const path of paths) {
        look(path, due);
        count += 1;
        // About 5 µs a log: under 10 ms at a stretch (rulings 30).
        if (count % 1000 === 0) await setImmediate();
        if (stop.signal.aborted) return;
      }
    }
  };

  const watchOn = async (): Promise<void> => {
    let last = clock.now();
    let version = -1;
    while (!stop.signal.aborted) {
      // Set back, the clock would let everything wait for the moment that was planned.
      if (clock.now() < last - pace.soonest) for (const path of places.keys()) put(path, pace.soonest);
      if (watched.version !== version) renew();
      version = watched.version;
      last = clock.now();
      wakeAt = Math.min(...slots.keys());
      wake = new AbortController();
      await clock.wait(Math.min(Math.max(0, wakeAt - clock.now()), pace.idle), wake.signal);
      if (!stop.signal.aborted) await lookAtDue();
    }
  };

  const renew = (): void => {
    const logs = [...watched.logs.values()].filter(log => log.obstacle === null);
    const deaf = logs.filter(log => !watched.isHeard(log.path) && limitOf(log.policy) !== null).length;
    counts = { count: logs.length, deaf };
    for (const log of logs) if (!places.has(log.path)) put(log.path, pace.soonest);
    for (const path of places.keys()) if (!watched.logs.has(path)) forget(path);
  };

  const forget = (path: Path): void => {
    const due = places.get(path)?.due;
    if (due !== undefined) slots.get(due)?.delete(path);
    places.delete(path);
  };

  const stirred = (path: Path, why: Stir): void => {
    const place = places.get(path);
    const log = watched.logs.get(path);
    if (place === undefined || log === undefined) return;
    if (why === 'worked on') {
      // While a plan worked on it no other could: what it was named for then is named anew.
      place.asked = 0;
      place.askAfter = 0;
      put(path, pace.soonest);
    }
    const now = clock.now();
    if (place.askAfter > now) return;
    const rested = now - log.seenAt;
    const soon = placeNext({
      remaining: remainingOf(log),
      rate: log.rate,
      heard: true,
      warm: true,
      ...counts,
    });
    // A lone write is looked at soon, one of many when the log's time has come.
    const wait = Math.max(pace.soonest, soon - rested);
    if (now + wait < place.due - 100) put(path, wait);
  };

  const unlisten = watched.onStir(stirred);
  const watching = watchOn();
  return {
    renew: async () => renew(),
    stop: async () => {
      unlisten();
      stop.abort();
      wake.abort();
      await watching;
    },
  };
}

function remainingOf(log: WatchedLog): Bytes | null {
  const limit = limitOf(log.policy);
  return limit === null ? null : Math.max(0, limit - (log.size ?? 0));
}

/** A log that cannot be looked at is as one that is not there: the round says why. */
function statOf(ground: Ground, path: Path): FileStat | null {
  try {
    return ground.world.disk.look.stat(path);
  } catch (error) {
    if (isTrouble(error)) return null;
    throw error;
  }
}
