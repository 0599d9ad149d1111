// What logs take on the disk, for the record: before logmill ever did anything to them, and after
// each plan (rulings 24). A report's balance stands on these.

import type { Receipt } from '../apply/apply-plan.ts';
import { sampleRow } from '../ledger/sample-row.ts';
import { observeGenerations } from '../observe/generations.ts';
import type { LookOptions } from '../observe/log-sets.ts';
import type { Plan, Planning } from '../plan/plan.ts';
import type { Policy } from '../policy/policy.ts';
import type { EpochMs } from '../units/duration.ts';
import type { Path } from '../units/path.ts';
import { isTrouble } from '../world/trouble.ts';
import { look } from './look-around.ts';
import type { Site } from './site.ts';

/** Of logs that the record does not know yet. Not where one moment rules the run: the door keeps STATE alone. */
export async function sampleAtFirst({ ledger, moment }: Site, { seen, plan }: Planning): Promise<void> {
  if (moment !== undefined) return;
  const known = ledger.state().logs;
  const acted = logsOf(plan);
  const rows = seen
    .filter(({ path, generations }) => generations.length > 0 && acted.has(path) && !known.has(path))
    .map(logSet => sampleRow(logSet, plan.made));
  if (rows.length === 0) return;
  try {
    await ledger.addSamples(rows, null);
  } catch (error) {
    // A record that cannot take the plan either says so with the plan.
    if (!isTrouble(error)) throw error;
  }
}

/** One row each of the logs that changed, also of one whose live log is away now, and one for the round. */
export async function sampleAfter(site: Site, receipt: Receipt, started: EpochMs): Promise<void> {
  const { world, ledger, policies } = site;
  const state = ledger.state();
  const { plan } = receipt;
  const seen = await look(site, state, { only: logsOf(plan), also: withPolicies(plan, policies) });
  const whole = await observeGenerations(world, seen, 'all', state, 'without writers');
  const failed = [...receipt.outcomes.values()].filter(outcome => outcome.result === 'failed').length;
  const { trigger, detail } = plan.cause;
  const ended = world.clock.now();
  await ledger.addSamples(
    whole.logSets.map(logSet => sampleRow(logSet, ended)),
    {
      at: started,
      took: ended - started,
      cause: `${trigger}: ${detail}`,
      steps: plan.steps.length,
      failed,
    },
  );
}

function logsOf({ steps }: Plan): ReadonlySet<Path> {
  return new Set(steps.flatMap(({ log }) => log ?? []));
}

/** Under the policies in force now; a log whose policy has gone is left out. */
function withPolicies({ steps }: Plan, policies: readonly Policy[]): NonNullable<LookOptions['also']> {
  const byName = new Map(policies.map(policy => [policy.name, policy]));
  const logs = new Map<Path, { path: Path; policy: Policy }>();
  for (const { log, policy: name } of steps) {
    const policy = byName.get(name);
    if (log !== null && policy !== undefined) logs.set(log, { path: log, policy });
  }
  return [...logs.values()];
}
