// Sections with su, seen from our side of the line: another process of logmill has become that user
// before its first open (rulings 29), looks and performs, while record, locks and scripts stay here.

import type { Receipt } from '../apply/apply-plan.ts';
import type { OpenPlan } from '../ledger/ledger.ts';
import type { Observation } from '../logs/log-set.ts';
import type { Policy } from '../policy/policy.ts';
import type { Path } from '../units/path.ts';
import { startChild } from '../world/child.ts';
import type { World } from '../world/world.ts';
import { type Deputy, deputyAt, type Hooks } from './deputy.ts';
import type { ApplyJob, Job, LookJob, User } from './line.ts';

/** What was seen, and which logs a plan may touch. */
export interface Seen {
  readonly observation: Observation;
  readonly touched: ReadonlySet<Path>;
}

/** Whom a section's files are worked on as; null: as ourselves. */
export function userOf({ settings: { su } }: Policy, { host }: World): User | null {
  return su === null || (su.uid === host.uid && su.gid === host.gid) ? null : su;
}

/** @throws Trouble EUSER when that user cannot be become */
export async function lookAs(user: User, job: LookJob): Promise<Seen> {
  return (await runAs(user, job, null)) as Seen; // what its end answers to a look
}

export async function applyAs(
  user: User,
  open: OpenPlan,
  job: Omit<ApplyJob, 'kind' | 'plan' | 'outcomes'>,
  hooks: Omit<Hooks, 'plan'>,
): Promise<Receipt> {
  const { plan, outcomes } = open;
  return (await runAs(user, { kind: 'apply', plan, outcomes, ...job }, { ...hooks, plan })) as Receipt; // as above
}

interface Posted {
  readonly deputy: Deputy;
  /** It has become that user; rejects where that cannot be. */
  readonly ready: Promise<unknown>;
}

const deputies = new Map<string, Posted>();

/** By one process a user and group, for as long as it is asked now and then. */
async function runAs(user: User, job: Job, hooks: Hooks | null): Promise<unknown> {
  const key = `${user.uid}:${user.gid}:${user.user}`;
  const { deputy, ready } = deputies.get(key) ?? post(user, key);
  await ready;
  return deputy.run(job, hooks);
}

function post(user: User, key: string): Posted {
  const lost = { who: `the process that works as ${user.user}`, code: 'EUSER' };
  const deputy = deputyAt(startChild('as another user'), lost, () => deputies.delete(key));
  const posted = { deputy, ready: deputy.run({ kind: 'become', user }, null) };
  deputies.set(key, posted);
  return posted;
}
