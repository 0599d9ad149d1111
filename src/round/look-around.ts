// The eyes of a round: what the sections' logs are like now, seen by whoever may see them. Reads only;
// what is done about it is round.ts's.

import type { LogSet, Observation } from '../logs/log-set.ts';
import { type LookOptions, observeFound, observeLogs } from '../observe/log-sets.ts';
import { isDue } from '../plan/due.ts';
import { momentOf } from '../plan/moment.ts';
import type { State } from '../plan/state.ts';
import { logsTouched, type Touched } from '../plan/touched.ts';
import type { Policy } from '../policy/policy.ts';
import type { Path } from '../units/path.ts';
import { isTrouble } from '../world/trouble.ts';
import { lookAs, type Seen } from './as-user.ts';
import type { User } from './line.ts';
import type { Errand, Site } from './site.ts';
import { byUser, joined, neighbours, some, withOurPolicies } from './users.ts';

/** Section by section as the user that each names. */
export async function lookByUser(
  site: Site,
  policies: readonly Policy[],
  asked: Errand,
  busy: ReadonlySet<Path>,
): Promise<Seen> {
  const errand = site.only === undefined ? asked : { ...asked, only: both(site.only, asked.only) };
  const parts: Seen[] = [];
  for (const [user, some] of byUser(policies, site.world)) {
    parts.push(
      user === null
        ? await lookAround(site, some, errand, busy)
        : await lookAroundAs(user, site, some, errand, busy),
    );
  }
  return parts.length === 0 ? lookAround(site, [], errand, busy) : joined(parts);
}

function both(served: ReadonlySet<Path>, asked: Errand['only']): ReadonlySet<Path> {
  return asked === null ? served : served.intersection(asked);
}

/** Two looks: live logs first, then the generations of those that the plan may touch (rulings 30). */
export async function lookAround(
  site: Site,
  policies: readonly Policy[],
  errand: Errand,
  busy: ReadonlySet<Path>,
): Promise<Seen> {
  const { world, ledger } = site;
  const state = ledger.state();
  const free = withoutBusy(
    await look(site, state, {
      ...(policies.length === site.policies.length ? {} : { of: new Set(policies) }),
      ...(errand.only === null ? {} : { only: errand.only }),
    }),
    busy,
  );
  const touched = logsTouched(free, state, errand.forced);
  // A quiet round touches none of its fifty thousand, and needs nothing of what looks into them.
  if (touched.logs.size === 0) return { observation: free, touched: touched.logs };
  const { observeGenerations } = await import('../observe/generations.ts');
  const seen = await observeGenerations(world, free, touched, state, 'with writers');
  const observation = site.predicts === false ? seen : await withSamples(site, seen, errand, touched);
  return { observation, touched: touched.logs };
}

/** How well what will be compressed does compress: of logs that are known not to be rotated nothing is read. */
async function withSamples(
  { world, ledger, pool }: Site,
  seen: Observation,
  errand: Errand,
  touched: Touched,
): Promise<Observation> {
  const { observeSamples } = await import('../observe/samples.ts');
  const state = ledger.state();
  const moment = momentOf(seen, errand.forced);
  const rotates = (logSet: LogSet): boolean => touched.due.has(logSet.path) && isDue(logSet, state, moment);
  return observeSamples(world, seen, rotates, pool);
}

/** The first look. Whose a log is is decided among all policies, also where only some are looked at. */
export function look(
  site: Site,
  state: State,
  options: Pick<LookOptions, 'of' | 'only' | 'also'>,
): Promise<Observation> {
  const { world, found, moment, never } = site;
  const whole: LookOptions = {
    ...options,
    nonce: site.nonce(),
    known: state.logs,
    ...(moment === undefined ? {} : { at: moment }),
    ...(never === undefined ? {} : { never }),
  };
  return found === undefined ? observeLogs(world, site.policies, whole) : observeFound(world, found, whole);
}

/** The same by the process that is another user; where that cannot be, its logs are said to be in trouble. */
async function lookAroundAs(
  user: User,
  site: Site,
  policies: readonly Policy[],
  { only, forced }: Errand,
  busy: ReadonlySet<Path>,
): Promise<Seen> {
  const { found = null, moment = null, predicts = true, ledger } = site;
  const near = found === null ? null : neighbours(found, policies);
  const state = ledger.state();
  const known = near === null ? state : { ...state, logs: some(state.logs, near.logs) };
  try {
    const seen = await lookAs(user, {
      kind: 'look',
      nonce: site.nonce(),
      policies: near === null ? site.policies : [...new Set(near.logs.map(log => log.policy)), ...policies],
      of: policies,
      found: near,
      moment,
      only,
      forced,
      busy,
      state: known,
      predicts,
    });
    return withOurPolicies(seen, site.policies);
  } catch (error) {
    if (!isTrouble(error, 'EUSER')) throw error;
    const blind = await look(site, state, { of: new Set(policies), ...(only === null ? {} : { only }) });
    const obstacle = { kind: 'unreadable', words: error.message, hint: error.hint } as const;
    const logSets = blind.logSets.map(logSet => ({ ...logSet, live: null, obstacle }));
    return { observation: { ...blind, logSets }, touched: new Set() };
  }
}

function withoutBusy(observation: Observation, busy: ReadonlySet<Path>): Observation {
  if (busy.size === 0) return observation;
  return { ...observation, logSets: observation.logSets.filter(logSet => !busy.has(logSet.path)) };
}
