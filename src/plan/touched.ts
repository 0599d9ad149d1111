// Which logs a plan may touch: of the others nothing but the live log has to be looked at.

import type { Observation } from '../logs/log-set.ts';
import type { Path } from '../units/path.ts';
import { type Due, dueOf } from './due.ts';
import { type Moment, momentOf } from './moment.ts';
import type { State } from './state.ts';

export interface Touched {
  readonly logs: ReadonlySet<Path>;
  /** What was found of the logs that are not touched, so that the planner need not ask again. */
  readonly idle: ReadonlyMap<Path, Due>;
}

/** All of those whose leftovers are seen to each round; of those where rotation does that, what is due. */
export function logsTouched(observation: Observation, state: State, forced: Moment['forced']): Touched {
  const moment = momentOf(observation, forced);
  const logs = new Set<Path>();
  const idle = new Map<Path, Due>();
  for (const logSet of observation.logSets) {
    if (logSet.policy.conduct.leftovers === 'each round') logs.add(logSet.path);
    else if (logSet.obstacle === null) {
      const due = dueOf(logSet, state, moment);
      if (due.due) logs.add(logSet.path);
      else idle.set(logSet.path, due);
    }
  }
  return { logs, idle };
}
