// Which logs a plan may touch: of the others nothing but the live log has to be looked at.

import type { Observation } from '../logs/log-set.ts';
import { isPunched } from '../logs/unarchived.ts';
import type { Path } from '../units/path.ts';
import { isDue } from './due.ts';
import { type Moment, momentOf } from './moment.ts';
import type { State } from './state.ts';

export interface Touched {
  /** Of which what is kept has to be seen. */
  readonly logs: ReadonlySet<Path>;
  /** Of these, all that may be rotated. */
  readonly due: ReadonlySet<Path>;
}

/**
 * What is due; and where leftovers are seen to each round, all that may have some. How much there is in a
 * log that is punched is not known before it was looked into.
 */
export function logsTouched(
  { logSets, ...seen }: Observation,
  state: State,
  forced: Moment['forced'],
): Touched {
  const moment = momentOf(seen, forced);
  const logs = new Set<Path>();
  const due = new Set<Path>();
  for (const logSet of logSets) {
    const { path, policy, obstacle, generationsSeen } = logSet;
    const tidies = policy.conduct.leftovers === 'each round';
    if (obstacle === null && (isDue(logSet, state, moment) || (tidies && isPunched(policy)))) {
      logs.add(path);
      due.add(path);
    } else if (tidies && !generationsSeen) logs.add(path);
  }
  return { logs, due };
}
