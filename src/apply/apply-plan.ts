// Performs a plan: written down, step by step in the order of its graph, each outcome durable
// before what follows it, closed when every step has one. Recovery is the same call with the
// outcomes that are there (law 6). What a step does is its performer's affair.

import { CodecError, type Pool } from '../codec/codec.ts';
import { beyondCores } from '../codec/pool.ts';
import type { Ledger, OpenPlan } from '../ledger/ledger.ts';
import type { Outcome } from '../ledger/outcome.ts';
import type { Plan, Step, StepOf } from '../plan/plan.ts';
import type { FileId } from '../units/identity.ts';
import type { Path } from '../units/path.ts';
import { isTrouble, type Trouble, troubleFrom } from '../world/trouble.ts';
import type { Shell, World } from '../world/world.ts';
import { watchAcls } from './acls.ts';
import { type Bench, Interrupted, identityOf, type Performed } from './bench.ts';
import type { Tell } from './event.ts';
import { type Folders, openFolders } from './folders.ts';
import { HalfDone, leftHalfDone } from './half-done.ts';
import { watchHolders } from './holders.ts';
import { mayBeWrittenTo, waitForWriters } from './performers/compress.ts';
import { dropNewLogs } from './performers/create.ts';
import { notStarted } from './performers/script.ts';
import { perform } from './performers.ts';
import { type Limits, makeSchedule, type Schedule } from './schedule.ts';

export interface ApplySite {
  readonly world: World;
  readonly ledger: Ledger;
  readonly pool: Pool;
  /** A script's text by its digest; null when the policies in force do not hold it. */
  readonly scripts: (digest: string) => string | null;
  /** Runs scripts; not said: the world's own. */
  readonly scriptShell?: Pick<Shell, 'run'>;
  /** Sends letters; not said: mail. */
  readonly mailCommand?: string;
  /** Whether scripts have our own stdin, stdout and stderr; not said: what they say is gathered. */
  readonly streams?: Bench['streams'];
}

export interface ApplyOptions {
  readonly tell: Tell;
  /** No new step starts; a script and a compression are ended and leave nothing, not even an outcome. */
  readonly signal?: AbortSignal;
}

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
  const outcomes = new Map(before);
  const folders = openFolders(plan, site.world, outcomes);
  try {
    const bench = layOut({ plan, outcomes, resumed, folders }, site, options);
    await bench.acls.known;
    const schedule = makeSchedule(plan, before, limitsFor(site.pool));
    await runAll(schedule, outcomes, bench, site, options);
    await dropNewLogs(bench);
    const complete = schedule.left === 0 && (await closePlan(plan, site, options));
    return { plan, outcomes, earlier: new Set(before.keys()), complete };
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

interface Begun {
  readonly plan: Plan;
  readonly outcomes: ReadonlyMap<number, Outcome>;
  readonly resumed: boolean;
  readonly folders: Folders;
}

function layOut({ plan, outcomes, resumed, folders }: Begun, site: ApplySite, options: ApplyOptions): Bench {
  const compressing = new Map<Path, StepOf<'compress'>>();
  const creating = new Map<Path, StepOf<'create'>>();
  const joining = new Map<Path, StepOf<'compact'>>();
  const keepPlain = new Set<number>();
  for (const step of plan.steps) {
    if (step.kind === 'compress') compressing.set(step.file.path, step);
    if (step.kind === 'create') creating.set(step.path, step);
    if (step.kind === 'compact') for (const { file } of step.sources) joining.set(file.path, step);
    // A deletion that stands before the compression was of another file under that name.
    const compressed = step.kind === 'delete' ? compressing.get(step.file.path) : undefined;
    if (compressed !== undefined) keepPlain.add(compressed.id);
  }
  const bench: Bench = {
    plan,
    world: site.world,
    pool: site.pool,
    scripts: site.scripts,
    scriptShell: site.scriptShell ?? site.world.shell,
    streams: site.streams ?? 'gathered',
    mailCommand: site.mailCommand ?? 'mail',
    outcomes,
    resumed,
    folders,
    acls: watchAcls(plan, site.world),
    holders: watchHolders(site.world, () => sourcesToCome(compressing, outcomes, bench)),
    signal: options.signal ?? new AbortController().signal,
    compressing,
    creating,
    joining,
    keepPlain,
    built: new Map(),
    progress: progressTeller(plan, site.world, options.tell),
  };
  return bench;
}

function* sourcesToCome(
  compressing: ReadonlyMap<Path, StepOf<'compress'>>,
  outcomes: ReadonlyMap<number, Outcome>,
  bench: Bench,
): Generator<FileId> {
  for (const step of compressing.values()) {
    if (outcomes.has(step.id)) continue;
    const id = identityOf(step.file, bench);
    if (id !== null) yield id;
  }
  for (const step of bench.plan.steps) {
    if (step.kind === 'truncate' && step.file.id !== null && !outcomes.has(step.id)) yield step.file.id;
  }
}

/** At most ten times a second and step. */
function progressTeller(plan: Plan, world: World, tell: Tell): Bench['progress'] {
  const last = new Map<number, number>();
  return (step, read, written) => {
    const now = world.clock.now();
    if (now - (last.get(step.id) ?? 0) < 100) return;
    last.set(step.id, now);
    tell({ kind: 'progress', plan, step, read, written });
  };
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

function noted(error: unknown, what: string, { tell }: ApplyOptions): false {
  if (!isTrouble(error)) throw error;
  const trouble: Trouble = error;
  tell({ kind: 'note', message: `${what}: ${trouble.message}` });
  return false;
}
