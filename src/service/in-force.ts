// The policies in force: those of the start, until a reload brings others without a problem.

import type { Policy } from '../policy/policy.ts';
import type { EpochMs } from '../units/duration.ts';
import type { Say } from './trigger.ts';

export interface Reloaded {
  readonly policies: readonly Policy[];
  /** As a person should read them, caret and all; empty: all is well. */
  readonly problems: readonly string[];
}

export interface InForce {
  readonly policies: readonly Policy[];
  /** When they were taken over, and whether what is on the disk now could be. */
  readonly since: EpochMs;
  readonly good: boolean;
  /** Validates first: with a problem the policies that were in force stay in force. */
  reload(): Promise<void>;
}

export function holdPolicies(
  first: readonly Policy[],
  read: () => Promise<Reloaded>,
  now: () => EpochMs,
  say: Say,
): InForce {
  let policies = first;
  let since = now();
  let good = true;

  return {
    get policies() {
      return policies;
    },
    get since() {
      return since;
    },
    get good() {
      return good;
    },
    reload: async () => {
      const { policies: others, problems } = await read();
      good = problems.length === 0;
      if (!good) {
        const [line = ''] = (problems[0] ?? '').split('\n');
        say('error', { problems }, `policies have errors, the old ones stay in force: ${line}`);
        return;
      }
      policies = others;
      since = now();
      say('info', { policies: others.length }, 'policies reloaded');
    },
  };
}
