// Performs a plan: written down, step by step in the order of its graph, each outcome durable
// before what follows it, closed when every step has one. Recovery is the same call with the
// outcomes that are there (law 6).

import type { OpenPlan } from '../ledger/ledger.ts';
import type { Outcome } from '../ledger/outcome.ts';
import type { Plan } from '../plan/plan.ts';
import { readAcls } from './acls.ts';
import type { ApplyOptions, ApplySite } from './apply-site.ts';
import { noted, performSteps } from './perform-steps.ts';

export interface Receipt {
  readonly plan: Plan;
  readonly outcomes: ReadonlyMap<number, Outcome>;
  /** Steps that had their outcome before: of a plan that was finished. */
  readonly earlier: ReadonlySet<number>;
  /** Every step has its outcome, and the plan is closed. */
  readonly complete: boolean;
}

/**
 * Applies a plan, or finishes one that was interrupted: outcomes that the ledger has for it count
 * as if they had been given.
 *
 * What goes wrong with a step is its outcome. A step whose outcome cannot be written down ends
 * what waits for it, and the receipt is not complete.
 *
 * @throws Trouble when the plan cannot be written down: nothing was done then
 * @throws Error on our own mistakes, after what was running has ended
 */
export async function applyPlan(open: OpenPlan, site: ApplySite, options: ApplyOptions): Promise<Receipt> {
  const { plan } = open;
  const known = site.ledger.unfinished().find(unfinished => unfinished.plan.id === plan.id);
  if (known === undefined) await site.ledger.open(plan);
  const before = new Map([...(known?.outcomes ?? []), ...open.outcomes]);
  const resumed = known !== undefined || before.size > 0;
  const acls = await readAcls(plan, site.world);
  const { outcomes, isWhole } = await performSteps({ plan, outcomes: before, resumed, acls }, site, options);
  const complete = isWhole && (await closePlan(plan, site, options));
  return { plan, outcomes, earlier: new Set(before.keys()), complete };
}

async function closePlan(plan: Plan, site: ApplySite, options: ApplyOptions): Promise<boolean> {
  const at = site.world.clock.now();
  try {
    await site.ledger.close(plan, at);
  } catch (error) {
    return noted(error, `plan ${plan.id} is done but not closed`, options);
  }
  options.tell({ kind: 'closed', plan, at });
  return true;
}
