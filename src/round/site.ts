// Where rounds are made and what one is asked for: what all stations of the corridor share.

import type { Pool } from '../codec/codec.ts';
import type { Ledger } from '../ledger/ledger.ts';
import type { FoundLogs, LookOptions } from '../observe/log-sets.ts';
import type { Cause } from '../plan/plan.ts';
import type { Policy } from '../policy/policy.ts';
import type { EpochMs } from '../units/duration.ts';
import type { Path } from '../units/path.ts';
import type { World } from '../world/world.ts';

/** Where rounds are made. `policies` may be replaced between rounds (a reload). */
export interface Site {
  readonly world: World;
  readonly ledger: Ledger;
  policies: readonly Policy[];
  readonly pool: Pool;
  /** Random text, new at each call: part of plan ids and temporary names. */
  readonly nonce: () => string;
  /** Logs found once for all rounds; not said: patterns are expanded at each look. */
  found?: FoundLogs;
  /** Finds them anew once interrupted plans are finished: a log that was away may be back. */
  readonly findAgain?: () => Promise<FoundLogs>;
  /** The moment of every decision, where several looks make one run; not said: each look's own. */
  readonly moment?: EpochMs;
  /** The program that sends letters; not said: mail. */
  readonly mailCommand?: string;
  /** false: nothing is read only to foretell how small it will be. */
  readonly predicts?: boolean;
  /** Whether scripts have our own streams; not said: what they say is gathered. */
  readonly streams?: 'gathered' | 'ours';
  /** Interrupted plans are finished to the end before anything is planned; not said: but for compression. */
  readonly patient?: true;
  /** The only logs that are served, whatever a round asks for; not said: all. */
  readonly only?: ReadonlySet<Path>;
  /** What is never a log, by identity. */
  readonly never?: LookOptions['never'];
}

export interface Errand {
  readonly cause: Cause;
  /** Only these logs; null: all. */
  readonly only: ReadonlySet<Path> | null;
  readonly forced: ReadonlySet<Path> | 'all' | null;
}
