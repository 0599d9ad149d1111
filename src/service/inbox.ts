// Merges nudges into one demand for a round. It waits for quiet, so that a burst makes one round,
// but not for ever: a limit must be met within two seconds of being crossed.

import type { Cause } from '../plan/plan.ts';
import type { Ms } from '../units/duration.ts';
import type { Path } from '../units/path.ts';
import type { Clock } from '../world/world.ts';
import type { Nudge } from './trigger.ts';

/** Nudges, merged. */
export interface Demand {
  readonly cause: Cause;
  readonly logs: ReadonlySet<Path> | null;
  readonly forced: ReadonlySet<Path> | 'all' | null;
  /** A person waits for it. */
  readonly atOnce: boolean;
}

export interface Inbox {
  put(nudge: Nudge): void;
  /** Puts back what could not be done; it is merged with what comes. */
  back(demand: Demand): void;
  /** The next demand, once it is quiet; null when `signal` aborts. One caller at a time. */
  next(signal: AbortSignal): Promise<Demand | null>;
}

export interface Patience {
  /** Nothing new for this long: go. */
  readonly quiet: Ms;
  /** Never later than this after the first nudge. */
  readonly most: Ms;
}

export function makeInbox(clock: Clock, patience: Patience = { quiet: 200, most: 1000 }): Inbox {
  let merged: Demand | null = null;
  let count = 0;
  let wake = new AbortController();

  /** Resolves after `ms`, when a nudge wakes us, or when `signal` aborts. */
  const rest = async (ms: Ms, signal: AbortSignal, until: AbortController): Promise<void> => {
    const end = (): void => until.abort();
    signal.addEventListener('abort', end, { once: true });
    if (signal.aborted) until.abort();
    await clock.wait(ms, until.signal);
    signal.removeEventListener('abort', end);
  };

  const arrival = async (signal: AbortSignal): Promise<void> => {
    while (merged === null && !signal.aborted) {
      wake = new AbortController();
      await rest(forever, signal, wake);
    }
  };

  const quiet = async (signal: AbortSignal): Promise<void> => {
    const latest = clock.now() + patience.most;
    for (let seen = -1; seen !== count && merged?.atOnce !== true && !signal.aborted; ) {
      seen = count;
      const left = latest - clock.now();
      if (left <= 0) return;
      wake = new AbortController();
      await rest(Math.min(patience.quiet, left), signal, wake);
    }
  };

  return {
    put: nudge => {
      merged = merge(merged, nudge);
      count += 1;
      // While it waits for quiet only haste may cut the wait short.
      if (merged.atOnce || count === 1) wake.abort();
    },
    back: demand => {
      merged = merged === null ? { ...demand, atOnce: false } : merge({ ...demand, atOnce: false }, merged);
      wake.abort();
    },
    next: async signal => {
      await arrival(signal);
      if (signal.aborted) return null;
      await quiet(signal);
      const demand = merged;
      merged = null;
      count = 0;
      return signal.aborted ? null : demand;
    },
  };
}

/** Long enough to mean for ever, short enough for a timer (2^31 ms). */
const forever: Ms = 86_400_000;

function merge(into: Demand | null, nudge: Nudge | Demand): Demand {
  if (into === null)
    return {
      cause: nudge.cause,
      logs: nudge.logs,
      forced: nudge.forced ?? null,
      atOnce: nudge.atOnce ?? false,
    };
  return {
    cause: mergeCauses(into.cause, nudge.cause),
    logs: into.logs === null || nudge.logs === null ? null : into.logs.union(nudge.logs),
    forced: mergeForced(into.forced, nudge.forced ?? null),
    atOnce: into.atOnce || nudge.atOnce === true,
  };
}

function mergeForced(a: Demand['forced'], b: Demand['forced']): Demand['forced'] {
  if (a === 'all' || b === 'all') return 'all';
  if (a === null || b === null) return a ?? b;
  return a.union(b);
}

/** The first cause stands for all; how many came with it is said once. */
function mergeCauses(first: Cause, next: Cause): Cause {
  if (first.trigger === next.trigger && first.detail === next.detail) return first;
  const match = /^(.*) and (\d+) more$/s.exec(first.detail);
  const detail =
    match === null ? `${first.detail} and 1 more` : `${match[1]} and ${Number(match[2]) + 1} more`;
  return { trigger: first.trigger, detail };
}
