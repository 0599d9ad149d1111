// `logmill plan`: the rounds' own preview, shown. Nothing is changed, locked or written, but for
// the file that --out names.

import type { Planning } from '../../plan/plan.ts';
import { preview } from '../../round.ts';
import { folderOf, showPath } from '../../units/path.ts';
import type { World } from '../../world/world.ts';
import { type ExitCode, exitCodes } from '../exit-codes.ts';
import type { Output } from '../output.ts';
import { writePlanFile } from '../plan-file.ts';
import { planScreen } from '../screens/plan-screen.ts';
import { errandOf, gatherPolicies, openSite, policyProblems, type SiteOptions } from '../site.ts';
import { forcedOf, strangers } from './forced.ts';

export interface PlanOptions extends SiteOptions {
  readonly why?: boolean | undefined;
  readonly json?: boolean | undefined;
  readonly out?: string | undefined;
  readonly exitCode?: boolean | undefined;
  readonly force?: boolean | readonly string[] | undefined;
}

export async function planCommand(
  world: World,
  paths: readonly string[],
  options: PlanOptions,
  output: Output,
): Promise<ExitCode> {
  const set = gatherPolicies(world, paths, options, output);
  const site = await openSite(world, set, options, 'for reading');
  if (site.ledger.problem !== null)
    output.say(`the record cannot be read (${site.ledger.problem}); this is the plan as on first sight`);
  const errand = errandOf('plan', 'by hand', options, forcedOf(options.force));
  const found = await preview(site, errand);
  const logs = new Set(found.seen.map(logSet => logSet.path));
  const planning = { ...found, troubles: [...found.troubles, ...strangers(errand, logs, set.policies)] };
  const unfinished = site.ledger.unfinished();
  await site.ledger.end();
  if (options.out !== undefined) await writePlanFile(world, options.out, planning.plan);

  if (options.json === true) output.json(planJson(planning, options.why === true));
  else {
    if (unfinished.length > 0)
      output.say(
        `an interrupted plan is recorded: it would be finished first (${unfinished.map(open => open.plan.id).join(', ')})`,
      );
    output.answer(
      planScreen(planning, {
        look: output.look,
        policies: set.policies,
        why: options.why === true,
        space: await spaceOf(world, planning),
      }),
    );
    if (options.out !== undefined)
      output.say(`  saved; run exactly this: logmill apply ${showPath(options.out)}`);
  }
  if (policyProblems(set) > 0) return exitCodes.policyInvalid;
  if (planning.troubles.length > 0 || planning.kept.some(one => one.how === 'trouble'))
    return exitCodes.failed;
  const due = planning.plan.steps.some(step => step.kind !== 'adopt');
  return options.exitCode === true && due ? exitCodes.changesDue : exitCodes.done;
}

/** The stable form: everything but the disk as it would be. */
function planJson({ plan, kept, totals, troubles, warnings }: Planning, why: boolean): unknown {
  const shown = why ? kept : kept.filter(one => one.how === 'refused' || one.how === 'trouble');
  return { format: 1, plan, totals, kept: shown, keptInAll: kept.length, troubles, warnings };
}

async function spaceOf(
  world: World,
  { plan, kept }: Planning,
): Promise<{ path: string; free: number; size: number } | null> {
  const path =
    plan.folders.find(one => one.id !== null)?.path ??
    (kept[0] === undefined ? null : folderOf(kept[0].path));
  if (path === null) return null;
  try {
    const { free, size } = await world.disk.space(path);
    return { path, free, size };
  } catch {
    // Only a line of decoration: a folder that is gone by now shows elsewhere.
    return null;
  }
}
