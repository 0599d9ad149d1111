// `logmill apply`: looks, plans and applies; or applies a saved plan exactly.

import type { Receipt } from '../../apply/apply-plan.ts';
import type { Tell } from '../../apply/event.ts';
import { readPolicyFiles } from '../../observe/policies.ts';
import type { Kept, Plan, Planning } from '../../plan/plan.ts';
import type { Policy } from '../../policy/policy.ts';
import { builtInDigest, builtInPolicy } from '../../policy/resolve.ts';
import { makeRounds, type Rounds } from '../../round.ts';
import { type Path, showPath } from '../../units/path.ts';
import { isTrouble } from '../../world/trouble.ts';
import type { World } from '../../world/world.ts';
import { type ExitCode, exitCodes } from '../exit-codes.ts';
import { paint } from '../look.ts';
import { type Output, Stop } from '../output.ts';
import { readPlanFile, refuseChangedPolicies } from '../plan-file.ts';
import { makeApplyScreen } from '../screens/apply-screen.ts';
import {
  errandOf,
  gatherPolicies,
  openSite,
  type PolicySet,
  policyProblems,
  type SiteOptions,
} from '../site.ts';
import { forcedOf, strangers } from './forced.ts';

export interface ApplyOptions extends SiteOptions {
  readonly force?: boolean | readonly string[] | undefined;
  readonly json?: boolean | undefined;
  readonly quiet?: boolean | undefined;
}

interface Result {
  readonly receipts: readonly Receipt[];
  readonly kept: readonly Kept[];
  readonly troubles: Planning['troubles'];
  readonly heldElsewhere: ReadonlyMap<Path, number | null>;
}

export async function applyCommand(
  world: World,
  paths: readonly string[],
  options: ApplyOptions,
  output: Output,
): Promise<ExitCode> {
  const plan =
    paths.length === 1 && paths[0] !== undefined && options.logs === undefined
      ? readPlanFile(world, paths[0])
      : null;
  const set = plan === null ? gatherPolicies(world, paths, options, output) : policiesOf(world, plan);
  if (plan !== null) {
    if (options.force !== undefined || (options.only?.length ?? 0) > 0)
      throw new Stop('usage', 'a saved plan is applied exactly: --force and --only belong to planning');
    refuseChangedPolicies(plan, set.policies);
  }
  const site = await openSite(world, set, options, 'for writing');
  const rounds = makeRounds({ ...site, patient: true });
  const screen = makeApplyScreen(
    output.look,
    world.clock,
    text => void process.stdout.write(text),
    // It brings the table of all pictures along, which takes 25 ms to load.
    output.look.live ? (await import('log-update')).createLogUpdate(process.stdout) : null,
  );
  const tell: Tell = options.json === true || options.quiet === true ? () => undefined : screen.tell;
  const { signal, leave } = stopSignals();
  try {
    const result =
      plan === null
        ? await applyRound(rounds, set.policies, options, tell, signal)
        : await applySaved(rounds, plan, tell, signal);
    if (options.json === true) output.json(resultJson(result));
    else if (options.quiet !== true) output.answer(screen.end());
    sayLeft(result, output);
    return exitOf(result, policyProblems(set), signal);
  } finally {
    leave();
    await rounds.settled().catch(() => undefined);
    await site.ledger.end();
  }
}

async function applyRound(
  rounds: Rounds,
  policies: readonly Policy[],
  options: ApplyOptions,
  tell: Tell,
  signal: AbortSignal,
): Promise<Result> {
  const errand = errandOf('apply', 'by hand', options, forcedOf(options.force));
  const { plannings, heldElsewhere, receipts: done } = await rounds.round(errand, tell, signal);
  const receipts = await done;
  const logs = new Set([
    ...plannings.flatMap(planning => planning.seen.map(logSet => logSet.path)),
    ...heldElsewhere.keys(),
    ...receipts.flatMap(receipt => receipt.plan.steps.flatMap(step => step.log ?? [])),
  ]);
  const unseen = plannings.flatMap(planning => planning.troubles);
  return {
    receipts,
    kept: plannings.flatMap(planning => planning.kept),
    troubles: distinct(signal.aborted ? unseen : [...unseen, ...strangers(errand, logs, policies)]),
    heldElsewhere,
  };
}

/** A second apply does nothing and says so (rulings 9). */
async function applySaved(rounds: Rounds, plan: Plan, tell: Tell, signal: AbortSignal): Promise<Result> {
  try {
    return {
      receipts: [await rounds.apply(plan, tell, signal)],
      kept: [],
      troubles: [],
      heldElsewhere: new Map(),
    };
  } catch (error) {
    if (!isTrouble(error, 'EAPPLIED')) throw error;
    tell({ kind: 'note', message: `${error.message}: nothing is left to do` });
    return { receipts: [], kept: [], troubles: [], heldElsewhere: new Map() };
  }
}

/** Policies of a saved plan from their files; the built-in one is the same as ever. */
function policiesOf(world: World, plan: Plan): PolicySet {
  const files = [...new Set(plan.policies.filter(one => one.digest !== builtInDigest).map(one => one.file))];
  const read = readPolicyFiles(world, files, 'logmill');
  const builtIn = plan.policies.filter(one => one.digest === builtInDigest);
  return {
    ...read,
    policies: [...read.policies, ...builtIn.map(one => builtInPolicy(one.file, { recursive: true }))],
  };
}

/** The first TERM or INT starts nothing new and ends cleanly; the second leaves at once. */
function stopSignals(): { signal: AbortSignal; leave: () => void } {
  const stopping = new AbortController();
  const stop = (name: NodeJS.Signals): void => {
    if (stopping.signal.aborted) process.exit(name === 'SIGINT' ? 130 : 143);
    stopping.abort();
  };
  process.on('SIGINT', stop).on('SIGTERM', stop).on('SIGHUP', stop);
  const leave = (): void => {
    process.off('SIGINT', stop).off('SIGTERM', stop).off('SIGHUP', stop);
  };
  return { signal: stopping.signal, leave };
}

/** Sections are planned one after the other, and what one of them cannot see is told with each. */
function distinct(troubles: Planning['troubles']): Planning['troubles'] {
  return [...new Map(troubles.map(one => [one.message, one])).values()];
}

function sayLeft({ kept, troubles, heldElsewhere }: Result, output: Output): void {
  for (const { message, hint } of troubles) {
    output.say(`${paint(output.errorLook, 'removes', 'trouble')} ${message}`);
    if (hint !== null) output.say(`  hint: ${hint}`);
  }
  for (const one of kept.filter(each => each.how === 'refused' || each.how === 'trouble')) {
    const verb = paint(output.errorLook, one.how === 'refused' ? 'caution' : 'removes', one.how);
    output.say(`${verb} ${showPath(one.path)}: ${one.why.text}`);
    if (one.hint !== null) output.say(`  hint: ${one.hint}`);
  }
  for (const [log, pid] of heldElsewhere)
    output.say(
      `left ${showPath(log)}: another logmill${pid === null ? '' : ` (pid ${pid})`} works in its folder`,
    );
}

function exitOf(
  { receipts, kept, troubles, heldElsewhere }: Result,
  problems: number,
  signal: AbortSignal,
): ExitCode {
  const outcomes = receipts.flatMap(receipt =>
    [...receipt.outcomes].flatMap(([step, outcome]) => (receipt.earlier.has(step) ? [] : [outcome])),
  );
  const unseen = troubles.length > 0 || kept.some(one => one.how === 'trouble');
  const failed = unseen || outcomes.some(one => one.result === 'failed');
  const done = outcomes.some(one => one.result === 'done' || one.result === 'already');
  const partly = (bad: ExitCode): ExitCode => (done ? exitCodes.partly : bad);
  if (signal.aborted || receipts.some(receipt => !receipt.complete)) return partly(exitCodes.failed);
  if (failed) return partly(exitCodes.failed);
  if (problems > 0) return done ? exitCodes.partly : exitCodes.policyInvalid;
  if (heldElsewhere.size > 0) return exitCodes.locked;
  const refused =
    outcomes.some(one => one.result === 'refused' || one.result === 'stale') ||
    kept.some(one => one.how === 'refused');
  return refused ? exitCodes.refused : exitCodes.done;
}

function resultJson({ receipts, kept, troubles, heldElsewhere }: Result): unknown {
  return {
    format: 1,
    plans: receipts.map(receipt => ({
      id: receipt.plan.id,
      complete: receipt.complete,
      steps: receipt.plan.steps.map(step => ({ ...step, outcome: receipt.outcomes.get(step.id) ?? null })),
    })),
    left: kept.filter(one => one.how === 'refused' || one.how === 'trouble'),
    troubles,
    heldElsewhere,
  };
}
