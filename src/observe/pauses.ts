// Long synchronous looks in short batches: the event loop turns between them, so that a service
// goes on answering while it looks at tens of thousands of files (rulings 30).

import type { Ms } from '../units/duration.ts';
import type { Clock } from '../world/world.ts';

const longest: Ms = 8;
/** The clock is asked once for this many files: at 4 µs a file about 0.25 ms. */
const stride = 64;

/** Calls `see` for each in order, and lets the event loop turn about every 8 ms. */
export async function inBatches<T>(all: Iterable<T>, clock: Clock, see: (one: T) => void): Promise<void> {
  let since = clock.now();
  let count = 0;
  for (const one of all) {
    see(one);
    count += 1;
    if (count % stride !== 0 || clock.now() - since < longest) continue;
    await turn();
    since = clock.now();
  }
}

/** Lets the event loop turn once. */
export function turn(): Promise<void> {
  return new Promise(resolve => {
    setImmediate(resolve);
  });
}
