// How fast may be packed: so many plain bytes a second, over all files together. Time passes on the
// clock that is given; what is counted is the debt of what has gone through already.

import type { Pool } from '../codec/codec.ts';
import type { Bytes } from '../units/bytes.ts';
import type { Ms } from '../units/duration.ts';
import type { Clock } from '../world/world.ts';

/** @param rate bytes a second; what comes after a pause goes at once and pays by waiting afterwards */
export function makePace(rate: Bytes, clock: Pick<Clock, 'now' | 'wait'>): NonNullable<Pool['pace']> {
  let owed: Ms = 0;
  let last = clock.now();
  return async (bytes, signal) => {
    const now = clock.now();
    // A clock that is set back must not make anybody wait for the hour to come round again.
    owed = Math.max(0, owed - Math.max(0, now - last));
    last = now;
    const wait = owed;
    owed += (bytes / rate) * 1000;
    if (wait > 0) await clock.wait(wait, signal);
  };
}
