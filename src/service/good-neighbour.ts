// The service packs beside others: when the machine is short of CPU or memory, fewer blocks are at work
// at once. How much may be packed a second, and on how many cores, is said on the command line.

import type { LimitedPool } from '../codec/pool.ts';
import type { Ms } from '../units/duration.ts';
import type { Pressure } from '../world/pressure.ts';
import type { Clock } from '../world/world.ts';

export interface Neighbourhood {
  readonly clock: Clock;
  readonly pool: Pick<LimitedPool, 'limit'>;
  /** At work at once on a machine with nothing else to do. */
  readonly most: number;
  readonly isBusy: () => boolean;
  /** null: nothing is known, and nothing is done. */
  readonly pressure: () => Promise<Pressure | null>;
}

const every: Ms = 2_000;

/** Looks every two seconds while there is work; ends with `signal`. */
export async function yieldToOthers(
  { clock, pool, most, isBusy, pressure }: Neighbourhood,
  signal: AbortSignal,
): Promise<void> {
  let places = most;
  pool.limit(places);
  for (;;) {
    await clock.wait(every, signal);
    if (signal.aborted) return;
    if (!isBusy()) continue;
    const found = await pressure();
    if (found === null) continue;
    places = placesUnder(found, places, most);
    pool.limit(places);
  }
}

/**
 * One less while others wait for a CPU, one more when they do not; between the two it stays. Our own
 * threads wait too: as many as there are cores, at low priority, come to 10 to 25 percent, so the limits
 * lie above that. Where memory is short, one: each block at work takes megabytes.
 */
export function placesUnder({ cpu, memory }: Pressure, places: number, most: number): number {
  if (memory >= 10) return 1;
  if (cpu >= 50) return Math.max(1, places - 1);
  return cpu < 30 ? Math.min(most, places + 1) : places;
}
