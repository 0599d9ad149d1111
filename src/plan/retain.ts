// Which generations stay and which go, each with its reason. Age for maxage is that of the last
// writing, in whole days, as logrotate counts; keepfor counts from the rotation. What to do with
// those that go is the stages' affair.

import type { Generation, LogSet, Writer } from '../logs/log-set.ts';
import type { Policy } from '../policy/policy.ts';
import { type EpochMs, formatDuration } from '../units/duration.ts';
import type { Reason } from './plan.ts';
import { ordinal, reasonOf } from './reason.ts';

export interface Verdict {
  readonly goes: boolean;
  readonly why: Reason;
}

/**
 * One verdict for each generation, in the same order.
 *
 * The newest one never goes by age: nothing would be left of a log that fell silent, and the next
 * rotation lets it go. A generation that somebody still writes to stays.
 *
 * @param generations newest first, the one that this rotation makes included
 * @param rankOf 0 for the newest; null for one that the policy leaves alone
 */
export function retain(
  generations: readonly Generation[],
  { policy, held }: Pick<LogSet, 'policy' | 'held'>,
  at: EpochMs,
  rankOf: (generation: Generation, index: number) => number | null,
): readonly Verdict[] {
  return generations.map((generation, index) => {
    const rank = rankOf(generation, index);
    if (rank === null)
      return stay(reasonOf(policy, 'rotate', 'its number is beyond those that this policy counts'));
    // What is over its age goes for that, also where it is over the count: with mailfirst only so it is mailed.
    const lets = byAge(policy, generation, index, at) ?? byCount(policy, rank);
    if (lets === null) return stay(placeOf(policy, rank));
    return forbidden(policy, generation, held, at, lets) ?? { goes: true, why: lets };
  });
}

/** What counts: a generation, or each one in a joined archive; newest first. */
export function unitsOf(generation: Generation): readonly Generation[] {
  const { inside, ...file } = generation;
  if (inside === undefined) return [generation];
  return inside.toReversed().map(({ rotated, modified, packed }) => ({
    ...file,
    rotated,
    modified,
    size: packed,
    allocated: packed,
  }));
}

/** `4th of 14`; what keeps a generation when nothing lets it go. */
function placeOf(policy: Policy, rank: number): Reason {
  const { rotate } = policy.settings;
  return reasonOf(
    policy,
    'rotate',
    rotate < 0 ? `${ordinal(rank + 1)}, no limit by count` : `${ordinal(rank + 1)} of ${rotate}`,
  );
}

function byCount(policy: Policy, rank: number): Reason | null {
  const { rotate } = policy.settings;
  if (rotate < 0 || rank < rotate) return null;
  return reasonOf(
    policy,
    'rotate',
    rotate === 0 ? 'rotate 0 keeps nothing' : `${ordinal(rank + 1)} of ${rotate}`,
  );
}

function byAge(policy: Policy, { modified }: Generation, index: number, at: EpochMs): Reason | null {
  const { maxage } = policy.settings;
  if (maxage === null || index === 0) return null;
  const days = Math.floor((at - modified) / dayMs);
  return days > maxage
    ? reasonOf(policy, 'maxage', `last written ${days} days ago, maxage is ${maxage}`)
    : null;
}

function forbidden(
  policy: Policy,
  generation: Generation,
  held: LogSet['held'],
  at: EpochMs,
  lets: Reason,
): Verdict | null {
  const { keepfor } = policy.settings;
  if (keepfor !== null && at - generation.rotated < keepfor) {
    const age = formatDuration(Math.max(0, at - generation.rotated));
    return stay(
      reasonOf(
        policy,
        'keepfor',
        `${lets.text}, but rotated ${age} ago, within keepfor ${formatDuration(keepfor)}`,
      ),
    );
  }
  const writers = generation.id === null ? undefined : held.get(generation.id);
  if (writers === undefined || writers.length === 0) return null;
  return stay(reasonOf(policy, null, `${lets.text}, but ${sayWriters(writers)} still writes to it`));
}

/** `nginx (pid 4121)`, the first and how many more. */
export function sayWriters(writers: readonly Writer[]): string {
  const [first] = writers;
  if (first === undefined) return 'nobody';
  const more = writers.length > 1 ? ` and ${writers.length - 1} more` : '';
  return `${first.name} (pid ${first.pid})${more}`;
}

function stay(why: Reason): Verdict {
  return { goes: false, why };
}

const dayMs = 86_400_000;
