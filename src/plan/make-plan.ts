// makePlan: from what was seen and what is remembered, what will be done and what is left alone,
// each with its reason. A function: the same input gives the same plan, to the letter.

import type { LogSet, Observation } from '../logs/log-set.ts';
import { keyOf } from '../logs/naming.ts';
import type { Policy } from '../policy/policy.ts';
import { nameOf, type Path } from '../units/path.ts';
import { checkPlan, foldersOf } from './check.ts';
import { type Draft, keep, realPath } from './draft.ts';
import { warnOfShortHistory } from './history-warning.ts';
import { sweep } from './leftovers.ts';
import { type Moment, momentOf } from './moment.ts';
import type { Cause, Plan, Planning } from './plan.ts';
import { predict } from './predict.ts';
import { reasonOf } from './reason.ts';
import { planSection } from './section.ts';
import type { State } from './state.ts';

export interface PlanInput {
  readonly observation: Observation;
  readonly state: State;
  readonly forced: ReadonlySet<Path> | 'all' | null;
  /** Logs that may be touched, of this very observation: the others are known not to be due. Not said: all are asked. */
  readonly touched?: ReadonlySet<Path>;
  /** For showing only. */
  readonly cause: Cause;
  /** The record's disk is full: only what frees space is planned (rulings 28). */
  readonly recordIsShort?: boolean;
}

/** @throws Error `internal: …` when the plan would break what must hold for any plan */
export function makePlan(input: PlanInput): Planning {
  const { observation, state, forced, cause, touched, recordIsShort } = input;
  const moment = momentOf(observation, forced);
  const draft = startDraft(observation, moment, touched ?? null, recordIsShort ?? false);
  const mixed = mixedUp(observation.logSets);
  const expected: (readonly LogSet[])[] = [];
  for (const [policy, logSets] of sections(observation.logSets)) {
    const apart = mixed.size === 0 ? logSets : logSets.filter(({ path }) => !mixed.has(path));
    if (apart.length < logSets.length) refuseMixed(draft, logSets, mixed);
    expected.push(planSection(draft, policy, apart, state));
    if (apart.length < logSets.length) expected.push(logSets.filter(({ path }) => mixed.has(path)));
    for (const logSet of logSets) if (logSet.leftovers !== undefined) sweep(draft, logSet, logSet.leftovers);
    warnOfShortHistory(draft, policy, logSets, state);
  }
  const plan = finished(draft, cause);
  if (plan.steps.length > 0) checkPlan(plan, observation.logSets, path => realPath(draft, path));
  const after = plan.steps.length === 0 ? observation.logSets : expected.flat();
  const totals = predict(observation.logSets, after, plan.steps);
  return {
    plan,
    kept: draft.kept,
    seen: observation.logSets,
    expected: after,
    totals,
    troubles: observation.troubles,
    warnings: draft.warnings,
  };
}

function startDraft(
  observation: Observation,
  moment: Moment,
  touched: Draft['touched'],
  recordIsShort: boolean,
): Draft {
  let lives: ReadonlySet<Path> | null = null;
  const draft: Draft = {
    observation,
    moment,
    touched,
    recordIsShort,
    steps: [],
    kept: [],
    warnings: [],
    folders: new Map(),
    claimed: new Map(),
    livePaths: () => {
      lives ??= new Set(observation.logSets.map(({ path }) => realPath(draft, path)));
      return lives;
    },
  };
  return draft;
}

/** Logs by section, in the order of the configuration. */
function sections(logSets: readonly LogSet[]): ReadonlyMap<Policy, readonly LogSet[]> {
  const found = new Map<Policy, LogSet[]>();
  let last: Policy | null = null;
  let section: LogSet[] = [];
  for (const logSet of logSets) {
    if (logSet.policy !== last) {
      last = logSet.policy;
      section = found.get(last) ?? [];
      found.set(last, section);
    }
    section.push(logSet);
  }
  return found;
}

/** Logs of one name whose generations would stand in one olddir: which is whose could not be told. */
function mixedUp(logSets: readonly LogSet[]): ReadonlyMap<Path, Path> {
  const owners = new Map<string, Path>();
  const mixed = new Map<Path, Path>();
  for (const { path, policy, folder } of logSets) {
    if (policy.settings.olddir === null) continue;
    const { stem, ext } = keyOf(nameOf(path), policy.settings);
    const key = `${folder}\0${stem}\0${ext}`;
    const other = owners.get(key);
    if (other === undefined) owners.set(key, path);
    else {
      mixed.set(path, other);
      if (!mixed.has(other)) mixed.set(other, path);
    }
  }
  return mixed;
}

function refuseMixed(draft: Draft, logSets: readonly LogSet[], mixed: ReadonlyMap<Path, Path>): void {
  for (const logSet of logSets) {
    const other = mixed.get(logSet.path);
    if (other === undefined) continue;
    const why = reasonOf(
      logSet.policy,
      'olddir',
      `its generations would stand in ${logSet.folder} among those of ${other}`,
    );
    keep(draft, logSet, {
      how: 'refused',
      why,
      hint: 'give each an olddir of its own, as a path relative to the log',
    });
  }
}

function finished(draft: Draft, cause: Cause): Plan {
  const { observation, steps } = draft;
  const { at, zone, boot, host, nonce } = observation;
  return {
    format: 1,
    id: planId(at, nonce),
    made: at,
    zone,
    boot,
    host,
    cause,
    policies: policiesOf(draft),
    folders: seenFolders(draft),
    steps,
  };
}

/** `20260801T100211Z-5f3a9c`: when, in UTC, and what makes it unguessable. */
function planId(at: number, nonce: string): string {
  const stamp = new Date(at).toISOString().slice(0, 19).replaceAll(/[-:]/g, '');
  return `${stamp}Z-${nonce}`;
}

/** Only policies with steps: a saved plan is refused when one of these has changed. */
function policiesOf({ observation, steps }: Draft): Plan['policies'] {
  const acting = new Set(steps.map(step => step.policy));
  if (acting.size === 0) return [];
  const found = new Map<string, Plan['policies'][number]>();
  for (const { policy } of observation.logSets) {
    if (!acting.has(policy.name) || found.has(policy.name)) continue;
    const { su } = policy.settings;
    const one = { name: policy.name, file: policy.at.file, digest: policy.digest };
    found.set(policy.name, su === null ? one : { ...one, su });
  }
  return [...found.values()];
}

function seenFolders({ observation, steps }: Draft): Plan['folders'] {
  if (steps.length === 0) return [];
  const byReal = new Map([...observation.folders.values()].map(folder => [folder.real, folder]));
  return [...foldersOf(steps)].map(path => {
    const seen = byReal.get(path) ?? observation.folders.get(path);
    return { path, id: seen?.id ?? null };
  });
}
