// Sections with su, seen from our side of the line: another process of logmill has become that user
// before its first open (rulings 29), looks and performs, while record, locks and scripts stay here.

import type { Receipt } from '../apply/apply-plan.ts';
import type { Event, Tell } from '../apply/event.ts';
import type { Ledger, OpenPlan } from '../ledger/ledger.ts';
import type { Outcome } from '../ledger/outcome.ts';
import type { Observation } from '../logs/log-set.ts';
import type { FoundLogs } from '../observe/log-sets.ts';
import type { Plan } from '../plan/plan.ts';
import type { State } from '../plan/state.ts';
import type { Policy, Settings } from '../policy/policy.ts';
import type { EpochMs } from '../units/duration.ts';
import type { Path } from '../units/path.ts';
import { type Child, startChild } from '../world/child.ts';
import { isTrouble, Trouble } from '../world/trouble.ts';
import type { Command, Shell, World } from '../world/world.ts';

export type User = NonNullable<Settings['su']>;

/** What was seen, and which logs a plan may touch. */
export interface Seen {
  readonly observation: Observation;
  readonly touched: ReadonlySet<Path>;
}

/** What the other process is told to look at. */
export interface LookJob {
  readonly kind: 'look';
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

export type Job = LookJob | ApplyJob;

/** From us to the other process. */
export type Down =
  | { readonly kind: 'become'; readonly user: User }
  | { readonly kind: 'job'; readonly id: number; readonly job: Job }
  | { readonly kind: 'stop'; readonly id: number }
  | { readonly kind: 'answer'; readonly call: number; readonly result: Result };

/** From the other process to us. */
export type Up =
  | { readonly kind: 'event'; readonly id: number; readonly event: Event }
  | { readonly kind: 'call'; readonly id: number; readonly call: number; readonly what: Call }
  | { readonly kind: 'end'; readonly id: number; readonly result: Result };

/** What only we may do. */
export type Call =
  | { readonly what: 'open'; readonly plan: Plan }
  | { readonly what: 'record'; readonly plan: string; readonly step: number; readonly outcome: Outcome }
  | { readonly what: 'close'; readonly plan: string }
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

/** Whom a section's files are worked on as; null: as ourselves. */
export function userOf({ settings: { su } }: Policy, { host }: World): User | null {
  return su === null || (su.uid === host.uid && su.gid === host.gid) ? null : su;
}

interface ApplyHooks {
  readonly ledger: Ledger;
  readonly shell: Shell;
  readonly now: () => EpochMs;
  readonly tell: Tell;
  readonly signal: AbortSignal | undefined;
}

/** @throws Trouble EUSER when that user cannot be become */
export async function lookAs(user: User, job: LookJob): Promise<Seen> {
  return (await deputyOf(user).run(job, null)) as Seen; // what its end answers to a look
}

export async function applyAs(
  user: User,
  open: OpenPlan,
  job: Omit<ApplyJob, 'kind' | 'plan' | 'outcomes'>,
  hooks: ApplyHooks,
): Promise<Receipt> {
  const { plan, outcomes } = open;
  return (await deputyOf(user).run({ kind: 'apply', plan, outcomes, ...job }, hooks)) as Receipt; // as above
}

interface Deputy {
  run(job: Job, hooks: ApplyHooks | null): Promise<unknown>;
}

const deputies = new Map<string, Deputy>();

/** One process a user and group, for as long as it is asked now and then. */
function deputyOf(user: User): Deputy {
  const key = `${user.uid}:${user.gid}:${user.user}`;
  const known = deputies.get(key);
  if (known !== undefined) return known;
  const deputy = startDeputy(user, () => deputies.delete(key));
  deputies.set(key, deputy);
  return deputy;
}

interface Running {
  readonly hooks: ApplyHooks | null;
  readonly plan: Plan | null;
  readonly end: (result: Result) => void;
}

/** A process without work goes after this. */
const idleMs = 10_000;

function startDeputy(user: User, forget: () => void): Deputy {
  const child = startChild('as another user');
  const running = new Map<number, Running>();
  let ids = 0;
  let leaving: NodeJS.Timeout | null = null;
  child.send({ kind: 'become', user } satisfies Down);
  child.hear(message => hear(child, running, message as Up)); // the other end is our own program
  void child.gone.then(how => {
    forget();
    const lost = new Trouble({
      code: 'EUSER',
      message: `the process that works as ${user.user} ${how}`,
      hint: 'what was begun is finished in the next round',
    });
    for (const one of running.values()) one.end(failure(lost));
  });
  const rest = (): void => {
    child.release();
    leaving = setTimeout(() => {
      forget();
      child.end();
    }, idleMs).unref();
  };
  return {
    run(job, hooks) {
      ids += 1;
      const id = ids;
      if (leaving !== null) clearTimeout(leaving);
      child.hold();
      const { promise, resolve } = Promise.withResolvers<Result>();
      running.set(id, { hooks, plan: job.kind === 'apply' ? job.plan : null, end: resolve });
      child.send({ kind: 'job', id, job } satisfies Down);
      const stop = (): void => child.send({ kind: 'stop', id } satisfies Down);
      if (hooks?.signal?.aborted) stop();
      hooks?.signal?.addEventListener('abort', stop, { once: true });
      return promise.then(result => {
        hooks?.signal?.removeEventListener('abort', stop);
        running.delete(id);
        if (running.size === 0) rest();
        return answerOf(result);
      });
    },
  };
}

function hear(child: Child, running: ReadonlyMap<number, Running>, message: Up): void {
  const job = running.get(message.id);
  if (job === undefined) return;
  switch (message.kind) {
    case 'event':
      job.hooks?.tell(message.event);
      return;
    case 'end':
      job.end(message.result);
      return;
    case 'call': {
      const answer = (result: Result): void =>
        child.send({ kind: 'answer', call: message.call, result } satisfies Down);
      perform(message.what, job).then(
        value => answer({ good: true, value }),
        error => answer(failure(error)),
      );
      return;
    }
    default:
      message satisfies never;
  }
}

async function perform(call: Call, { hooks, plan }: Running): Promise<unknown> {
  if (hooks === null || plan === null) throw new Error(`internal: a look asks for '${call.what}'`);
  const { ledger, shell, now, signal } = hooks;
  switch (call.what) {
    case 'open':
      return ledger.open(plan);
    case 'record':
      return ledger.record(plan, call.step, call.outcome, now());
    case 'close':
      return ledger.close(plan, now());
    case 'script':
      return shell.run(signal === undefined ? call.command : { ...call.command, signal });
    default:
      return call satisfies never;
  }
}
