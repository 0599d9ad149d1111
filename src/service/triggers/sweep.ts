// Every minute all patterns, whatever the watcher said: events get lost when the kernel's queue
// overflows, and network file systems send none. Every ten minutes a round over all logs, which
// also does what was put off.

import type { Ms } from '../../units/duration.ts';
import type { Path } from '../../units/path.ts';
import { makeRollCall } from '../roll-call.ts';
import type { Ground, Running, Trigger } from '../trigger.ts';

export const sweep: Trigger = {
  name: 'sweep',
  start: async ground => startSweep(ground, { every: 60_000, wholeEach: 10 }),
};

export function startSweep(
  ground: Ground,
  pace: { readonly every: Ms; readonly wholeEach: number },
): Running {
  const stop = new AbortController();
  const rollCall = makeRollCall(ground);

  const one = async (): Promise<void> => {
    const news = await rollCall.call();
    const again = new Set(ground.watched.again);
    ground.watched.again.clear();
    if (news.size + again.size === 0) return;
    ground.nudge({ cause: { trigger: 'sweep', detail: detailOf(news, again) }, logs: news.union(again) });
  };

  const sweepOn = async (): Promise<void> => {
    for (let count = 1; ; count += 1) {
      await ground.world.clock.wait(pace.every, stop.signal);
      if (stop.signal.aborted) return;
      if (count % pace.wholeEach === 0) {
        ground.watched.again.clear();
        ground.nudge({ cause: { trigger: 'sweep', detail: 'a look at everything' }, logs: null });
      } else await one();
    }
  };

  const swept = sweepOn();
  return {
    renew: async () => undefined,
    stop: async () => {
      stop.abort();
      await swept;
    },
  };
}

function detailOf(news: ReadonlySet<Path>, again: ReadonlySet<Path>): string {
  const parts = [];
  if (news.size > 0) parts.push(`${news.size} appeared or gone`);
  if (again.size > 0) parts.push(`${again.size} put off`);
  return parts.join(', ');
}
