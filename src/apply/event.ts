// All that can happen while plans are made and applied, for whoever shows or logs it.

import type { Outcome } from '../ledger/outcome.ts';
import type { Kept, Plan, Planning, Step } from '../plan/plan.ts';
import type { Bytes } from '../units/bytes.ts';
import type { EpochMs } from '../units/duration.ts';

export type Event =
  /** An interrupted plan is being finished. */
  | { readonly kind: 'resumed'; readonly plan: Plan; readonly done: number }
  | { readonly kind: 'planned'; readonly planning: Planning }
  | { readonly kind: 'started'; readonly plan: Plan; readonly step: Step; readonly at: EpochMs }
  /** Of long steps (copy, compress), at most ten times a second. */
  | {
      readonly kind: 'progress';
      readonly plan: Plan;
      readonly step: Step;
      readonly read: Bytes;
      readonly written: Bytes;
    }
  | {
      readonly kind: 'finished';
      readonly plan: Plan;
      readonly step: Step;
      readonly outcome: Outcome;
      readonly at: EpochMs;
    }
  | { readonly kind: 'closed'; readonly plan: Plan; readonly at: EpochMs }
  | { readonly kind: 'trouble'; readonly kept: Kept }
  | { readonly kind: 'note'; readonly message: string };

export type Tell = (event: Event) => void;
