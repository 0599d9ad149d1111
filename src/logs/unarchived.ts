// How much of a live log is still to be archived. A log that is punched keeps its length, and what
// stands before that is a hole.

import type { Policy } from '../policy/policy.ts';
import type { Bytes } from '../units/bytes.ts';
import type { LiveLog } from './log-set.ts';

/** Whether a policy's logs keep their length. */
export function isPunched({ settings }: Pick<Policy, 'settings'>): boolean {
  return settings.copytruncate && settings.truncatewith === 'punch';
}

/** Its size; of a log that is punched what the hole does not cover, by its blocks until it was looked into. */
export function unarchived(
  live: Pick<LiveLog, 'size' | 'allocated' | 'archived'>,
  policy: Pick<Policy, 'settings'>,
): Bytes {
  if (!isPunched(policy)) return live.size;
  if (live.archived !== undefined) return Math.max(0, live.size - live.archived);
  return Math.min(live.size, live.allocated);
}
