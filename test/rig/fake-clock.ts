// A clock that moves when the test says so. What waits is woken in the order of its moments, with
// everything that a wake-up sets off done before time moves on.

import { setImmediate } from 'node:timers/promises';
import type { Clock } from '../../src/world/world.ts';

export interface FakeClock extends Clock {
  /** Moves on by `ms`, through every moment that somebody waits for on the way. */
  advance(ms: number): Promise<void>;
  /** Sets the wall clock without time passing: what waits goes on waiting as long as before. */
  set(at: number): void;
  /** How many wait now. */
  readonly waiting: number;
}

interface Waiter {
  readonly until: number;
  wake(): void;
}

export function fakeClock(start: number, zone = 'UTC'): FakeClock {
  /** Passes evenly; the wall clock may be set. */
  let passed = 0;
  let wall = start;
  const waiters = new Set<Waiter>();

  const next = (): Waiter | undefined => [...waiters].sort((a, b) => a.until - b.until)[0];
  const move = (to: number): void => {
    wall += to - passed;
    passed = to;
  };

  return {
    zone,
    now: () => wall,
    wait: (ms, signal) =>
      new Promise(resolve => {
        if (signal?.aborted) return resolve();
        const waiter: Waiter = {
          until: passed + Math.max(0, ms),
          wake: () => {
            waiters.delete(waiter);
            signal?.removeEventListener('abort', waiter.wake);
            resolve();
          },
        };
        waiters.add(waiter);
        signal?.addEventListener('abort', waiter.wake, { once: true });
      }),
    advance: async ms => {
      const end = passed + ms;
      await settle();
      for (let waiter = next(); waiter !== undefined && waiter.until <= end; waiter = next()) {
        move(waiter.until);
        waiter.wake();
        await settle();
      }
      move(end);
      await settle();
    },
    set: at => {
      wall = at;
    },
    get waiting() {
      return waiters.size;
    },
  };
}

/** Lets all that is ready run: promises, and a few turns of the event loop. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 5; turn += 1) await setImmediate();
}
