// Performs steps: in the order of their graph, each outcome durable before what follows it. The
// steps may be a whole plan's or a share of them. What a step does is its performer's affair.

import { CodecError, type Pool } from '../codec/codec.ts';
import { beyondCores } from '../codec/pool.ts';
import type { Outcome } from '../ledger/outcome.ts';
import type { Plan, Step, StepOf } from '../plan/plan.ts';
import type { Path } from '../units/path.ts';
import { isTrouble, troubleFrom } from '../world/trouble.ts';
import type { Acls } from './acls.ts';
import type { ApplyOptions, ApplySite } from './apply-site.ts';
import { type Bench, Interrupted, type Performed } from './bench.ts';
import { openFolders } from './folders.ts';
import { HalfDone, leftHalfDone } from './half-done.ts';
import { layOut } from './lay-out.ts';
import { mayBeWrittenTo, waitForWriters } from './performers/compress.ts';
import { dropNewLogs } from './performers/create.ts';
import { notStarted } from './performers/script.ts';
import { perform } from './performers.ts';
import { type Limits, makeSchedule, type Schedule } from './schedule.ts';

export interface Work {
  readonly plan: Plan;
  /** Of steps that have theirs already. */
  readonly outcomes: ReadonlyMap<number, Outcome>;
  /** The plan was begun before. */
  readonly resumed: boolean;
  readonly acls: Acls;
}

export interface Done {
  /** Those that there were among them. */
  readonly outcomes: ReadonlyMap<number, Outcome>;
  /** Every step has its outcome. */
  readonly isWhole: boolean;
}

/** @throws Error on our own mistakes, after what was running has ended */
export async function performSteps(work: Work, site: ApplySite, options: ApplyOptions): Promise<Done> {
  const { plan } = work;
  const outcomes = new Map(work.outcomes);
  const folders = openFolders(plan, site.world, outcomes);
  try {
    const bench = layOut({ ...work, outcomes, folders }, site, options);
    const schedule = makeSchedule(plan, work.outcomes, limitsFor(site.pool));
    await runAll(schedule, outcomes, bench, site, options);
    await dropNewLogs(bench);
    return { outcomes, isWhole: schedule.left === 0 };
  } finally {
    await folders.close();
  }
}

function limitsFor(pool: Pool): Limits {
  // A single place means that memory is short.
  if (pool.size === 1) return { light: 16, tiny: 8, small: 4, large: 1 };
  // A large file fills the pool by itself; a second one works while the first is synced.
  return { light: 64, tiny: 48, small: 24, large: Math.max(2, Math.min(8, pool.size - beyondCores)) };
}

/** Keeps as many steps going as the schedule allows, until none is left or none may start. */
async function runAll(
  schedule: Schedule,
  outcomes: Map<number, Outcome>,
  bench: Bench,
  site: ApplySite,
  options: ApplyOptions,
): Promise<void> {
  let running = 0;
  let wake = Promise.withResolvers<void>();
  let dropped = false;
  const broken: unknown[] = [];

  async function one(step: Step, verdict: Outcome | null): Promise<void> {
    const end: Ended =
      verdict === null ? await ended(step, bench, site, options) : { outcome: verdict, isLasting: true };
    const { outcome } = end;
    const isLasting = end.isLasting && !schedule.isEarly(step);
    if (outcome === null || (isLasting && !(await written(step, outcome, bench.plan, site, options)))) {
      dropped = true;
      schedule.drop(step);
      return;
    }
    outcomes.set(step.id, outcome);
    if (isLasting) schedule.settle(step, outcome);
    else {
      dropped = true;
      schedule.leaveOpen(step);
    }
    options.tell({ kind: 'finished', plan: bench.plan, step, outcome, at: site.world.clock.now() });
  }

  async function patiently(step: StepOf<'compress'>): Promise<void> {
    schedule.postpone(step);
    await waitForWriters(step, bench);
    schedule.admit(step);
  }

  function track(work: Promise<void>): void {
    running += 1;
    work
      .catch(error => broken.push(error))
      .finally(() => {
        running -= 1;
        wake.resolve();
      });
  }

  const waited = new Set<number>();
  for (;;) {
    while (broken.length === 0 && !bench.signal.aborted) {
      const next = schedule.take();
      if (next.length === 0) break;
      for (const { step, verdict } of next) {
        const mustWait =
          verdict === null &&
          step.kind === 'compress' &&
          mayBeWrittenTo(step, bench.plan) &&
          !waited.has(step.id);
        if (mustWait) waited.add(step.id);
        track(mustWait ? patiently(step) : one(step, verdict));
      }
    }
    if (running === 0) break;
    await wake.promise;
    wake = Promise.withResolvers();
  }
  if (broken.length > 0) throw broken[0];
  if (schedule.left > 0 && !dropped && !bench.signal.aborted) {
    throw new Error(`internal: ${schedule.left} steps of plan ${bench.plan.id} wait for each other`);
  }
}

interface Ended {
  /** null: the step was interrupted, and is to be performed again. */
  readonly outcome: Outcome | null;
  /** false: it has left something half done, so that it is told, and performed again by the next round. */
  readonly isLasting: boolean;
}

async function ended(step: Step, bench: Bench, site: ApplySite, { tell }: ApplyOptions): Promise<Ended> {
  const start = site.world.clock.now();
  tell({ kind: 'started', plan: bench.plan, step, at: start });
  try {
    const performed = await perform(step, bench);
    if (performed.result !== 'done')
      return { outcome: performed, isLasting: !(await isLeft(step, performed, bench)) };
    const took = Math.max(0, site.world.clock.now() - start);
    return { outcome: { ...performed, result: 'done', took }, isLasting: true };
  } catch (error) {
    // Whatever an interrupted step fails with comes from the interruption, or will come again.
    if (error instanceof Interrupted || bench.signal.aborted) return { outcome: null, isLasting: false };
    if (error instanceof HalfDone) return { outcome: error.outcome, isLasting: false };
    const outcome = outcomeOfError(error, step);
    return { outcome, isLasting: !(await leftHalfDone(step, bench)) };
  }
}

/** A letter that fails between the two halves of a rotation, and the like. */
async function isLeft(step: Step, performed: Performed, bench: Bench): Promise<boolean> {
  if (performed.result !== 'failed') return false;
  // What a script itself says holds: asked again and again, it would stand in the way of its log for good.
  if (step.kind === 'script' && performed.code !== notStarted) return false;
  return leftHalfDone(step, bench);
}

/** What the world did to a step; our own mistakes are thrown on. */
function outcomeOfError(error: unknown, step: Step): Outcome {
  if (error instanceof CodecError) {
    return { result: 'failed', code: 'EDAMAGED', message: error.message, hint: null, said: null };
  }
  const trouble = troubleFrom(error, verbs[step.kind], pathOf(step));
  if (notAsPlanned.has(trouble.code)) return { result: 'stale', found: trouble.message };
  return { result: 'failed', code: trouble.code, message: trouble.message, hint: trouble.hint, said: null };
}

/** Somebody changed what stands under a name between our looking and our acting. */
const notAsPlanned = new Set(['ESTALE', 'ELOOP', 'ENOTREG', 'EEXIST', 'ENOENT', 'ENOTDIR']);

const verbs: Readonly<Record<Step['kind'], string>> = {
  adopt: 'adopt',
  'make-folder': 'create',
  move: 'move',
  create: 'create',
  copy: 'copy',
  truncate: 'truncate',
  compress: 'compress',
  compact: 'join',
  delete: 'delete',
  mail: 'mail',
  script: 'run a script for',
};

function pathOf(step: Step): Path {
  if (step.kind === 'compact') return step.to;
  if ('file' in step) return step.file.path;
  if ('path' in step) return step.path;
  return step.log ?? step.policy;
}

/** Whether the outcome is durable; without that nothing may follow it (law 5). */
async function written(
  step: Step,
  outcome: Outcome,
  plan: Plan,
  site: ApplySite,
  options: ApplyOptions,
): Promise<boolean> {
  try {
    await site.ledger.record(plan, step.id, outcome, site.world.clock.now());
    return true;
  } catch (error) {
    return noted(error, `the outcome of step ${step.id} is not written down`, options);
  }
}

/** That something is not on record is told, and the rest goes on. */
export function noted(error: unknown, what: string, { tell }: ApplyOptions): false {
  if (!isTrouble(error)) throw error;
  tell({ kind: 'note', message: `${what}: ${error.message}` });
  return false;
}
