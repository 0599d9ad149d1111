// What goes over the line to those who do a part of our work elsewhere, as another user. Jobs go down; events, what only we may do, and the end of each job come up.

import type { Event } from '../apply/event.ts';
import type { Outcome } from '../ledger/outcome.ts';
import type { FoundLogs } from '../observe/log-sets.ts';
import type { Plan, Step } from '../plan/plan.ts';
import type { State } from '../plan/state.ts';
import type { Policy, Settings } from '../policy/policy.ts';
import type { EpochMs } from '../units/duration.ts';
import type { Path } from '../units/path.ts';
import { isTrouble, Trouble } from '../world/trouble.ts';
import type { Command } from '../world/world.ts';

export type User = NonNullable<Settings['su']>;

export interface LookJob {
  readonly kind: 'look';
  /** Random, from outside: the plan that is made of the look has it in its name. */
  readonly nonce: string;
  readonly policies: readonly Policy[];
  readonly of: readonly Policy[];
  readonly found: FoundLogs | null;
  readonly moment: EpochMs | null;
  readonly only: ReadonlySet<Path> | null;
  readonly forced: ReadonlySet<Path> | 'all' | null;
  readonly busy: ReadonlySet<Path>;
  readonly state: State;
  readonly predicts: boolean;
}

export interface ApplyJob {
  readonly kind: 'apply';
  readonly plan: Plan;
  readonly outcomes: ReadonlyMap<number, Outcome>;
  /** Whether the record holds the plan already. */
  readonly known: boolean;
  /** Digests of the scripts that the policies in force hold. */
  readonly scripts: ReadonlyMap<string, string>;
  readonly streams: 'gathered' | 'ours';
  readonly mailCommand: string;
}

export type Job = { readonly kind: 'become'; readonly user: User } | LookJob | ApplyJob;

/** From us to the other end. */
export type Down =
  | { readonly kind: 'job'; readonly id: number; readonly job: Job }
  | { readonly kind: 'stop'; readonly id: number }
  | { readonly kind: 'answer'; readonly call: number; readonly result: Result };

/** From the other end to us. */
export type Up =
  | { readonly kind: 'event'; readonly id: number; readonly event: FarEvent }
  | { readonly kind: 'call'; readonly id: number; readonly call: number; readonly what: Call }
  | { readonly kind: 'end'; readonly id: number; readonly result: Result };

/** What only we may do; of the plan of its job. */
export type Call =
  | { readonly what: 'open' }
  /** And tell that the step is finished. */
  | { readonly what: 'record'; readonly step: number; readonly outcome: Outcome }
  | { readonly what: 'close' }
  | { readonly what: 'script'; readonly command: Omit<Command, 'signal'> };

export type Result =
  | { readonly good: true; readonly value: unknown }
  | { readonly good: false; readonly trouble: Fault | null; readonly message: string };

interface Fault {
  readonly code: string;
  readonly message: string;
  readonly path: Path | null;
  readonly hint: string | null;
}

/** A failure as it goes over the line. */
export function failure(error: unknown): Result {
  const message = error instanceof Error ? (error.stack ?? error.message) : String(error);
  if (!isTrouble(error)) return { good: false, trouble: null, message };
  const { code, path, hint } = error;
  return { good: false, trouble: { code, message: error.message, path, hint }, message };
}

/** @throws what the other side threw */
export function answerOf(result: Result): unknown {
  if (result.good) return result.value;
  throw result.trouble === null ? new Error(result.message) : new Trouble(result.trouble);
}

/** What an apply tells of. */
type Told = Extract<Event, { readonly kind: 'started' | 'progress' | 'finished' | 'closed' | 'note' }>;

/** An event without its plan, which both ends know, and with the number of its step. */
export type FarEvent = Told extends infer E
  ? E extends { readonly step: Step }
    ? Omit<E, 'plan' | 'step'> & { readonly step: number }
    : Omit<E, 'plan'>
  : never;

export function farEvent(event: Event): FarEvent {
  switch (event.kind) {
    case 'started':
    case 'progress':
    case 'finished': {
      const { plan: _, step, ...rest } = event;
      return { ...rest, step: step.id };
    }
    case 'closed':
      return { kind: 'closed', at: event.at };
    case 'note':
      return event;
    default:
      throw new Error(`internal: '${event.kind}' is no event of an apply`);
  }
}

export function nearEvent(event: FarEvent, plan: Plan, steps: ReadonlyMap<number, Step>): Event {
  if (event.kind === 'note') return event;
  if (event.kind === 'closed') return { ...event, plan };
  const step = steps.get(event.step);
  if (step === undefined) throw new Error(`internal: plan ${plan.id} has no step ${event.step} here`);
  return { ...event, plan, step };
}
