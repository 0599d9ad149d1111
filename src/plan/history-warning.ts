// Reacting in a second shortens history: under daily cron `size 100k, rotate 7` keeps seven days,
// under a watcher perhaps minutes (rulings 14). This says for how long the generations of a log
// last at the growth seen, where no keepfor sees to it.

import type { LogSet } from '../logs/log-set.ts';
import type { Policy } from '../policy/policy.ts';
import { type EpochMs, formatDuration, type Ms } from '../units/duration.ts';
import { showPath } from '../units/path.ts';
import type { Draft } from './draft.ts';
import { lastRotated } from './moment.ts';
import type { State } from './state.ts';

/** One warning a policy, about the log whose history is the shortest. */
export function warnOfShortHistory(
  draft: Draft,
  policy: Policy,
  logSets: readonly LogSet[],
  state: State,
): void {
  const limit = sizeRule(policy);
  const { rotate, keepfor } = policy.settings;
  if (limit === null || rotate < 1 || keepfor !== null) return;
  let shortest: { readonly lasts: Ms; readonly log: LogSet } | null = null;
  for (const log of logSets) {
    // Most are far from it, whenever they were rotated.
    if (log.generations.length === 0 && lastsAtLeast(log, limit.size) * rotate >= longEnough) continue;
    const fills = timeToFill(log, limit.size, lastRotated(log.path, state), draft.moment.at);
    if (fills === null || fills * rotate >= longEnough) continue;
    if (shortest === null || fills * rotate < shortest.lasts) shortest = { lasts: fills * rotate, log };
  }
  if (shortest === null) return;
  const message = `at its growth, ${rotate === 1 ? 'the one generation' : `${rotate} generations`} of ${showPath(shortest.log.path)} last ${formatDuration(shortest.lasts)}; keepfor 7d would keep a week`;
  const at = policy.writtenAt[limit.directive] ?? policy.at;
  draft.warnings.push({ policy: policy.name, about: shortest.log.path, message, at });
}

function sizeRule({
  settings,
}: Policy): { readonly size: number; readonly directive: 'size' | 'maxsize' } | null {
  const { criterion, maxsize } = settings;
  const size = criterion.kind === 'size' ? criterion.size : null;
  if (size !== null && (maxsize === null || size <= maxsize)) return { size, directive: 'size' };
  return maxsize === null ? null : { size: maxsize, directive: 'maxsize' };
}

/** How long a live log takes to fill at the fastest growth that could be told. */
function lastsAtLeast({ live }: LogSet, size: number): Ms {
  return live === null || live.size === 0
    ? Number.POSITIVE_INFINITY
    : (Math.max(size, 1) / live.size) * shortestSeen;
}

/** From generations where there are two or more, else from the live log since it was last rotated; null: not known yet. */
function timeToFill(
  { live, generations }: LogSet,
  size: number,
  last: EpochMs | null,
  at: EpochMs,
): Ms | null {
  const newest = generations[0];
  const oldest = generations.at(-1);
  if (newest !== undefined && oldest !== undefined && newest.rotated > oldest.rotated) {
    return (newest.rotated - oldest.rotated) / (generations.length - 1);
  }
  if (last === null || live === null || live.size === 0 || at - last < shortestSeen) return null;
  return (Math.max(size, 1) / live.size) * (at - last);
}

const longEnough: Ms = 7 * 86_400_000;
/** A growth seen for less than a minute tells nothing. */
const shortestSeen: Ms = 60_000;
