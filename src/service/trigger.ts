// What notices that it may be time for a round, and how it says so. A trigger decides nothing:
// whether a log is due is the planner's affair, after a look at the disk.

import type { Cause } from '../plan/plan.ts';
import type { Policy } from '../policy/policy.ts';
import type { Path } from '../units/path.ts';
import type { World } from '../world/world.ts';
import type { Watched } from './watched.ts';

/** A trigger's saying that it may be time. */
export interface Nudge {
  readonly cause: Cause;
  /** Only these logs; null: all. */
  readonly logs: ReadonlySet<Path> | null;
  readonly forced?: ReadonlySet<Path> | 'all';
  /** By a person who waits: not merged with what may come after it. */
  readonly atOnce?: boolean;
}

export type Level = 'error' | 'warn' | 'info' | 'debug';
export type Facts = Readonly<Record<string, unknown>>;
export type Say = (level: Level, facts: Facts, message: string) => void;

/** What every trigger stands on. */
export interface Ground {
  readonly world: World;
  readonly watched: Watched;
  policies(): readonly Policy[];
  /** Existing paths that a policy's pattern (glob(3)) matches now; throws Trouble. */
  find(pattern: string): readonly Path[];
  nudge(nudge: Nudge): void;
  /** To the service's own log. */
  readonly say: Say;
}

export interface Trigger {
  readonly name: string;
  /** Resolves once it listens; what it cannot listen to it says, and goes on with the rest. */
  start(ground: Ground): Promise<Running>;
}

export interface Running {
  /** Policies or the set of watched logs are others now. */
  renew(): Promise<void>;
  /** When it resolves, nothing of the trigger is left: no timer, no descriptor, no listener. */
  stop(): Promise<void>;
}
