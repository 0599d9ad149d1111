// Places for blocks at work, shared by all files: one pool a process. It starts work and counts
// it; what a block is, and in which order results are wanted, is in-order.ts's affair.

import type { Pool } from './codec.ts';

/** A pool of which less may be used for a while. */
export interface LimitedPool extends Pool {
  /** From now on at most so many at work at once, from 1 to the pool's size; those at work are left. */
  limit(places: number): void;
}

/** For blocks that take much memory: as many at once as there are cores, all files together. */
export function fewerPlaces(pool: Pool): Pool {
  const known = narrow.get(pool);
  if (known !== undefined) return known;
  const inner = makePool(Math.max(1, pool.size - beyondCores));
  const made: Pool = {
    size: inner.size,
    run: (work, weight, signal) => inner.run(() => pool.run(work, weight, signal), weight, signal),
  };
  narrow.set(pool, made);
  return made;
}

const narrow = new WeakMap<Pool, Pool>();

/** So many blocks are read and written while each core packs another one. */
export const beyondCores = 2;

/**
 * A pool with `size` places. Of those waiting the largest weight goes first (a long file begun
 * late would end the round late), among equals the one that came first.
 *
 * Waiting work whose signal aborts is taken out and rejects with the signal's reason. Work that
 * has begun keeps its place until it settles: node:zlib cannot be interrupted in mid-block.
 */
export function makePool(size: number, pace?: Pool['pace']): LimitedPool {
  if (!Number.isInteger(size) || size < 1) throw new Error(`internal: a pool of ${size} places`);
  const waiting: Waiting[] = [];
  let places = size;
  let atWork = 0;

  function startNext(): void {
    while (atWork < places) {
      const next = waiting.shift();
      if (next === undefined) return;
      atWork += 1;
      next.start();
    }
  }

  function leave(): void {
    atWork -= 1;
    startNext();
  }

  function enter(weight: number, signal: AbortSignal | undefined): Promise<void> {
    if (signal?.aborted) return Promise.reject(signal.reason);
    const place = Promise.withResolvers<void>();
    const giveUp = () => {
      waiting.splice(waiting.indexOf(one), 1);
      place.reject(signal?.reason);
    };
    const one: Waiting = {
      weight,
      start: () => {
        signal?.removeEventListener('abort', giveUp);
        place.resolve();
      },
    };
    insert(waiting, one);
    signal?.addEventListener('abort', giveUp, { once: true });
    startNext();
    return place.promise;
  }

  async function run<T>(work: () => Promise<T>, weight = 0, signal?: AbortSignal): Promise<T> {
    await enter(weight, signal);
    try {
      return await work();
    } finally {
      leave();
    }
  }

  function limit(most: number): void {
    places = Math.max(1, Math.min(size, most));
    startNext();
  }

  return { run, size, limit, ...(pace === undefined ? {} : { pace }) };
}

interface Waiting {
  readonly weight: number;
  readonly start: () => void;
}

/** Behind all of its weight or more, so that equals stay in the order in which they came. */
function insert(waiting: Waiting[], one: Waiting): void {
  let low = 0;
  let high = waiting.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((waiting[middle] as Waiting).weight >= one.weight) low = middle + 1;
    else high = middle;
  }
  waiting.splice(low, 0, one);
}
