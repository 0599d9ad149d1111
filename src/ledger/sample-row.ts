// What one log set takes on the disk, as the record keeps it: the last such row is what a report
// calls "on disk".

import type { LogSet } from '../logs/log-set.ts';
import { unarchived } from '../logs/unarchived.ts';
import type { EpochMs } from '../units/duration.ts';
import type { SampleRow } from './history.ts';

export function sampleRow(logSet: LogSet, at: EpochMs): SampleRow {
  const { generations, live } = logSet;
  const sum = (sizes: readonly number[]): number => sizes.reduce((total, size) => total + size, 0);
  return {
    at,
    policy: logSet.policy.name,
    log: logSet.path,
    live: live === null ? 0 : unarchived(live, logSet.policy),
    plain: sum(generations.filter(one => one.codec === null).map(one => one.size)),
    compressed: sum(generations.filter(one => one.codec !== null).map(one => one.size)),
    allocated: sum([live?.allocated ?? 0, ...generations.map(one => one.allocated)]),
    generations: generations.reduce((count, { inside }) => count + (inside?.length ?? 1), 0),
    oldest: oldestOf(generations),
  };
}

/** Also of one in a joined archive. */
function oldestOf(generations: LogSet['generations']): EpochMs | null {
  const moments = generations.map(({ inside, rotated }) => inside?.[0]?.rotated ?? rotated);
  return moments.length === 0 ? null : moments.reduce((least, at) => Math.min(least, at));
}
