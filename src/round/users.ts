// Whose files a section works on, and how what several users saw becomes one observation.

import { folderOfGenerations } from '../logs/naming.ts';
import type { FoundLogs } from '../observe/log-sets.ts';
import type { Plan } from '../plan/plan.ts';
import type { State } from '../plan/state.ts';
import type { Policy } from '../policy/policy.ts';
import { folderOf, type Path } from '../units/path.ts';
import { Trouble } from '../world/trouble.ts';
import type { World } from '../world/world.ts';
import { type Seen, userOf } from './as-user.ts';
import type { User } from './line.ts';

/** Neighbouring sections of one user together, in the order of the configuration. */
export function byUser(
  policies: readonly Policy[],
  world: World,
): readonly (readonly [User | null, Policy[]])[] {
  const found: [User | null, Policy[]][] = [];
  for (const policy of policies) {
    const user = userOf(policy, world);
    const last = found.at(-1);
    if (last !== undefined && isSame(last[0], user)) last[1].push(policy);
    else found.push([user, [policy]]);
  }
  return found;
}

function isSame(a: User | null, b: User | null): boolean {
  return a === null || b === null ? a === b : a.uid === b.uid && a.gid === b.gid && a.user === b.user;
}

/**
 * Whom a plan is performed as; null: ourselves.
 *
 * @throws Trouble ESEVERAL for one that was saved over sections of several users
 */
export function userOfPlan(plan: Plan, { host }: World): User | null {
  const users = plan.policies.map(({ su }) =>
    su === undefined || (su.uid === host.uid && su.gid === host.gid) ? null : su,
  );
  const [first = null] = users;
  if (users.every(user => isSame(user, first))) return first;
  throw new Trouble({
    code: 'ESEVERAL',
    message: `plan ${plan.id} is for sections that work as different users`,
    hint: 'apply the policies themselves, or save a plan for each user',
  });
}

/** Logs of these sections, and all whose names could be mixed up with theirs. */
export function neighbours(found: FoundLogs, policies: readonly Policy[]): FoundLogs {
  const own = new Set(policies);
  const folders = new Set<Path>();
  for (const { path, policy } of found.logs) {
    if (own.has(policy)) folders.add(folderOf(path)).add(folderOfGenerations(policy.settings, path));
  }
  const isNear = ({ path, policy }: FoundLogs['logs'][number]): boolean =>
    folders.has(folderOf(path)) || folders.has(folderOfGenerations(policy.settings, path));
  return { logs: found.logs.filter(isNear), troubles: [] };
}

/** What is remembered of these logs. */
export function some(logs: State['logs'], of: FoundLogs['logs']): State['logs'] {
  return new Map(
    of.flatMap(({ path }) => {
      const known = logs.get(path);
      return known === undefined ? [] : [[path, known] as const];
    }),
  );
}

/** What came over the line holds copies of the policies; ours are put back, for sections are told apart by them. */
export function withOurPolicies({ observation, touched }: Seen, policies: readonly Policy[]): Seen {
  const ours = new Map(policies.map(policy => [placeOf(policy), policy]));
  const logSets = observation.logSets.map(logSet => ({
    ...logSet,
    policy: ours.get(placeOf(logSet.policy)) ?? logSet.policy,
  }));
  return { observation: { ...observation, logSets }, touched };
}

function placeOf({ at }: Policy): string {
  return `${at.file}\0${at.line}\0${at.column}`;
}

export function joined(parts: readonly Seen[]): Seen {
  const [first, ...rest] = parts;
  if (first === undefined) throw new Error('internal: nothing was looked at');
  if (rest.length === 0) return first;
  const folders = new Map(parts.toReversed().flatMap(({ observation }) => [...observation.folders]));
  const touched = new Set(parts.flatMap(part => [...part.touched]));
  const { observation } = first;
  const troubles = parts.flatMap(part => part.observation.troubles);
  return {
    observation: {
      ...observation,
      logSets: parts.flatMap(part => part.observation.logSets),
      folders,
      troubles,
    },
    touched,
  };
}
