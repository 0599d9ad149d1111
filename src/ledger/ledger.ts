// The record: plans and outcomes, state, history. Journal and ledger at once.

import type { Plan } from '../plan/plan.ts';
import type { State } from '../plan/state.ts';
import type { EpochMs } from '../units/duration.ts';
import type { History, RoundRow, SampleRow } from './history.ts';
import type { Outcome } from './outcome.ts';

export interface OpenPlan {
  readonly plan: Plan;
  readonly outcomes: ReadonlyMap<number, Outcome>;
}

export interface Ledger {
  /** Why the record could not be read (then it is as empty); null when it could. */
  readonly problem: string | null;
  /**
   * The record's disk is full and its reserve has been given up: only what frees space should be
   * planned until this is false again (rulings 28).
   */
  readonly short: boolean;
  /** As of now; what is recorded later does not change what was given. */
  state(): State;
  /** Plans opened and not closed, oldest first. */
  unfinished(): readonly OpenPlan[];
  /** When a plan of this id was closed; null: it was not, or that is more than two years ago. */
  closed(id: string): EpochMs | null;
  /**
   * Durable when it resolves; opening an open plan again changes nothing. Rejects with Trouble:
   * ENOSPC when it cannot be written down, EAPPLIED when a plan of this id was closed.
   */
  open(plan: Plan): Promise<void>;
  /** Durable when it resolves; outcomes of many lanes share one commit. */
  record(plan: Plan, step: number, outcome: Outcome, at: EpochMs): Promise<void>;
  /** Durable when it resolves; the plan's steps are forgotten, its outcomes stay as history. */
  close(plan: Plan, at: EpochMs): Promise<void>;
  /** One row per changed log, and one for the round; null where they are of the time before it. */
  addSamples(samples: readonly SampleRow[], round: RoundRow | null): Promise<void>;
  history(from: EpochMs, until: EpochMs): History;
  /** Closes the database; the last clean close leaves no side files. */
  end(): Promise<void>;
}
