// Gives back what rounds leave behind. After a look at ten thousand logs V8 would keep the pages of
// its garbage for as long as nothing happens, which in a sidecar is most of the time.

import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { Bytes } from '../units/bytes.ts';
import type { Ms } from '../units/duration.ts';
import type { Clock } from '../world/world.ts';

const every: Ms = 5_000;
/** Less than this is not worth the collector's time: about 50 ms with ten thousand logs. */
const slack: Bytes = 12 * 1024 * 1024;

/** Every few seconds, when `isIdle`: collects if the process has grown since it last did. Ends with `signal`. */
export async function keepMemorySmall(
  clock: Clock,
  isIdle: () => boolean,
  signal: AbortSignal,
): Promise<void> {
  // So the first time it always does: the start leaves most.
  let least: Bytes = 0;
  for (;;) {
    await clock.wait(every, signal);
    if (signal.aborted) return;
    const resident = process.memoryUsage.rss();
    least = Math.min(least, resident);
    if (resident < least + slack || !isIdle()) continue;
    collectAll();
    least = process.memoryUsage.rss();
  }
}

/** V8 gives its collector only to contexts that are made after the flag is set. */
function collectAll(): void {
  setFlagsFromString('--expose-gc');
  runInNewContext("gc({ type: 'major', flavor: 'last-resort' })");
}
