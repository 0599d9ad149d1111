// Plans that were left open: by a stop, or because something of theirs could not be brought to its
// end. What is half done is finished first, and never planned over.

import type { Ledger, OpenPlan } from '../ledger/ledger.ts';
import type { Path } from '../units/path.ts';
import type { Site } from './site.ts';

/**
 * Logs that a round leaves alone.
 *
 * @param running ids of the plans that are being worked on: their logs are known to be busy
 */
export function halfDone(ledger: Ledger, running: ReadonlyMap<string, unknown>): ReadonlySet<Path> {
  const logs = new Set<Path>();
  for (const { plan, outcomes } of ledger.unfinished()) {
    if (running.has(plan.id)) continue;
    for (const step of plan.steps) if (step.log !== null && !outcomes.has(step.id)) logs.add(step.log);
  }
  return logs;
}

/** After a long stop, deletions of an open plan are left to the next plan if a policy changed since (rulings 10). */
export async function withoutOutdatedDeletions(site: Site, open: OpenPlan): Promise<OpenPlan> {
  const current = new Set(site.policies.map(policy => `${policy.at.file}\n${policy.digest}`));
  const changed = new Set(
    open.plan.policies.filter(one => !current.has(`${one.file}\n${one.digest}`)).map(one => one.name),
  );
  if (changed.size === 0) return open;
  const outcomes = new Map(open.outcomes);
  for (const step of open.plan.steps) {
    if (step.kind !== 'delete' || outcomes.has(step.id) || !changed.has(step.policy)) continue;
    const outcome = { result: 'stale', found: `policy '${step.policy}' has changed since` } as const;
    await site.ledger.record(open.plan, step.id, outcome, site.world.clock.now());
    outcomes.set(step.id, outcome);
  }
  return { plan: open.plan, outcomes };
}
