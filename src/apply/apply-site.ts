// Where plans are applied, and what whoever applies them wants to hear.

import type { Pool } from '../codec/codec.ts';
import type { Ledger } from '../ledger/ledger.ts';
import type { Shell, World } from '../world/world.ts';
import type { Bench } from './bench.ts';
import type { Tell } from './event.ts';

export interface ApplySite {
  readonly world: World;
  readonly ledger: Ledger;
  readonly pool: Pool;
  /** A script's text by its digest; null when the policies in force do not hold it. */
  readonly scripts: (digest: string) => string | null;
  /** Runs scripts; not said: the world's own. */
  readonly scriptShell?: Pick<Shell, 'run'>;
  /** Sends letters; not said: mail. */
  readonly mailCommand?: string;
  /** Whether scripts have our own stdin, stdout and stderr; not said: what they say is gathered. */
  readonly streams?: Bench['streams'];
}

export interface ApplyOptions {
  readonly tell: Tell;
  /** No new step starts; a script and a compression are ended and leave nothing, not even an outcome. */
  readonly signal?: AbortSignal;
}
