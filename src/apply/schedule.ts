// Which steps may start now: the graph of a plan, and nothing of what steps do. A step waits for
// its lane and for its `after` edges; scripts and letters go one at a time in the order of the plan; only a
// few large files are worked on at once, the largest first. Linear in steps and edges.

import type { Outcome } from '../ledger/outcome.ts';
import type { FileRef, Plan, Step } from '../plan/plan.ts';
import { isCall } from '../plan/slow-steps.ts';
import type { Bytes } from '../units/bytes.ts';
import { largestFirst } from './largest-first.ts';

/** A step that is next, and the outcome it gets without being performed, or null to perform it. */
export interface Next {
  readonly step: Step;
  readonly verdict: Outcome | null;
}

export interface Schedule {
  /** Steps that may start now, up to the limits; each must be settled or dropped once. */
  take(): Next[];
  /** The step has its outcome: what waits for it may become ready. */
  settle(step: Step, outcome: Outcome): void;
  /** The step ended without an outcome (interrupted, or not written down): what waits for it never starts. */
  drop(step: Step): void;
  /**
   * The step has failed half way, and is performed again by the next round, with all that waits for it. Only
   * what runs after failures too (lastaction: it may start a service again) runs now as well.
   */
  leaveOpen(step: Step): void;
  /** Whether something that the step waits for was left open: it then has to run once more. */
  isEarly(step: Step): boolean;
  /** The step gives its place away while it waits for something outside; `admit` queues it again. */
  postpone(step: Step): void;
  admit(step: Step): void;
  /** Steps without an outcome. */
  readonly left: number;
}

/** How many steps of each load may run at once. */
export interface Limits {
  readonly light: number;
  readonly tiny: number;
  readonly small: number;
  readonly large: number;
}

/** Files from this size on count as large: below it the waiting for syncs is longer than the work. */
export const largeFrom: Bytes = 4 * 1024 * 1024;

/** Files below this are hardly more than their syncs, of which many at once cost little more than one. */
const smallFrom: Bytes = 64 * 1024;

type Load = 'light' | 'tiny' | 'small' | 'large' | 'call';

/**
 * @param outcomes of an interrupted plan; empty for a new one
 * @throws Error on a plan whose steps wait for each other, or for steps that are not there
 */
export function makeSchedule(plan: Plan, outcomes: ReadonlyMap<number, Outcome>, limits: Limits): Schedule {
  const graph = drawGraph(plan);
  const results = new Map<number, Outcome>();
  const endedBy = new Map<string, number>();
  const deferred: Deferred = { steps: new Map(), sources: new Map() };
  const ready = readySteps();
  const running: Record<Load, number> = { light: 0, tiny: 0, small: 0, large: 0, call: 0 };
  const open = new Set<number>();
  let postponed = 0;
  let left = plan.steps.length;

  function note(step: Step, outcome: Outcome): void {
    results.set(step.id, outcome);
    left -= 1;
    if (hasFailed(outcome) && !endedBy.has(step.lane)) endedBy.set(step.lane, step.id);
    if (outcome.result === 'deferred') noteDeferred(deferred, step);
    for (const follower of graph.followers.get(step.id) ?? []) waitLess(follower);
  }

  function waitLess(follower: Step): void {
    const waits = (graph.waits.get(follower.id) ?? 0) - 1;
    graph.waits.set(follower.id, waits);
    if (waits === 0 && !outcomes.has(follower.id) && !open.has(follower.id))
      ready.add(follower, verdictOn(follower));
  }

  function leaveOpen(step: Step): void {
    open.add(step.id);
    for (const follower of graph.followers.get(step.id) ?? []) {
      if (open.has(follower.id) || outcomes.has(follower.id)) continue;
      if (follower.always && !follower.needs?.some(id => open.has(id))) waitLess(follower);
      else leaveOpen(follower);
    }
  }

  function verdictOn(step: Step): Outcome | null {
    const missing = productMissing(step, deferred);
    if (missing !== null)
      return { result: 'deferred', message: `step ${missing} was put off, and this one needs what it makes` };
    if (step.always) {
      const needed = step.needs?.find(id => hasFailed(results.get(id)));
      return needed === undefined ? null : skippedAfter(needed, results.get(needed));
    }
    const cause = [...step.after].find(id => hasFailed(results.get(id))) ?? endedBy.get(step.lane);
    return cause === undefined ? null : skippedAfter(cause, results.get(cause));
  }

  for (const step of plan.steps) {
    if (graph.waits.get(step.id) === 0 && !outcomes.has(step.id)) ready.add(step, null);
  }
  for (const step of plan.steps) {
    const outcome = outcomes.get(step.id);
    if (outcome !== undefined) note(step, outcome);
  }
  const calls = plan.steps.filter(isCall);
  let turn = 0;

  /** The script or letter whose turn it is. A plan that wants a later one first is obeyed when all else stands still. */
  function nextCall(idle: boolean): Step | null {
    const isOver = ({ id }: Step): boolean => results.has(id) || open.has(id);
    while (calls[turn] !== undefined && isOver(calls[turn] as Step)) turn += 1; // it is there
    const due = calls[turn];
    if (due === undefined) return null;
    if (ready.calls.delete(due.id)) return due;
    if (!idle) return null;
    const other = calls.find(call => ready.calls.has(call.id));
    if (other !== undefined) ready.calls.delete(other.id);
    return other ?? null;
  }

  function start(load: Load, step: Step): Next {
    running[load] += 1;
    return { step, verdict: null };
  }

  function take(): Next[] {
    const next: Next[] = ready.verdicts.splice(0);
    for (const load of ['light', 'tiny', 'small', 'large'] as const) {
      while (running[load] < limits[load]) {
        const step = ready[load].take();
        if (step === null) break;
        next.push(start(load, step));
      }
    }
    const idle =
      next.length === 0 && running.light + running.tiny + running.small + running.large + postponed === 0;
    const call = running.call === 0 ? nextCall(idle) : null;
    if (call !== null) next.push(start('call', call));
    return next;
  }

  return {
    take,
    settle(step, outcome) {
      if (!ready.judged.delete(step.id)) running[loadOf(step)] -= 1;
      note(step, outcome);
    },
    drop(step) {
      if (!ready.judged.delete(step.id)) running[loadOf(step)] -= 1;
    },
    leaveOpen(step) {
      if (!ready.judged.delete(step.id)) running[loadOf(step)] -= 1;
      leaveOpen(step);
    },
    isEarly: step => [...step.after].some(id => open.has(id)),
    postpone(step) {
      running[loadOf(step)] -= 1;
      postponed += 1;
    },
    admit(step) {
      postponed -= 1;
      ready.add(step, null);
    },
    get left() {
      return left;
    },
  };
}

/** What an outcome means to those that follow: deferred fails nobody (rulings 8). */
function hasFailed(outcome: Outcome | undefined): boolean {
  if (outcome === undefined) return false;
  return outcome.result !== 'done' && outcome.result !== 'already' && outcome.result !== 'deferred';
}

function skippedAfter(cause: number, outcome: Outcome | undefined): Outcome {
  const how = outcome?.result === 'skipped' ? 'was skipped' : (outcome?.result ?? 'ended');
  const message = how === 'failed' ? `step ${cause} failed` : `step ${cause}: ${how}`;
  return { result: 'skipped', after: cause, message };
}

interface Deferred {
  readonly steps: Map<number, number>;
  /** Files that a deferred step would have replaced: they are the only copy, and stay. */
  readonly sources: Map<string, number>;
}

function noteDeferred(deferred: Deferred, step: Step): void {
  deferred.steps.set(step.id, step.id);
  if (step.kind === 'compress' || step.kind === 'copy') deferred.sources.set(step.file.path, step.id);
  if (step.kind === 'compact') for (const { file } of step.sources) deferred.sources.set(file.path, step.id);
}

/** The deferred step without whose product this one must not be done; null when there is none. */
function productMissing(step: Step, deferred: Deferred): number | null {
  if (deferred.steps.size === 0) return null;
  for (const file of filesOf(step)) {
    if (file.madeBy !== null && deferred.steps.has(file.madeBy)) return file.madeBy;
  }
  if (step.kind === 'delete' || step.kind === 'truncate') return deferred.sources.get(step.file.path) ?? null;
  if (step.kind !== 'script' || step.script !== 'preremove') return null;
  return deferred.sources.get(step.args[0] ?? '') ?? null;
}

function filesOf(step: Step): FileRef[] {
  if (step.kind === 'truncate') return step.copy === null ? [step.file] : [step.file, step.copy];
  if (step.kind === 'compact') return step.sources.map(({ file }) => file);
  return 'file' in step ? [step.file] : [];
}

function loadOf(step: Step): Load {
  if (isCall(step)) return 'call';
  if (step.kind !== 'copy' && step.kind !== 'compress' && step.kind !== 'compact') return 'light';
  const weight = weightOf(step);
  if (weight >= largeFrom) return 'large';
  return weight >= smallFrom ? 'small' : 'tiny';
}

/** How much a step has to read. */
function weightOf(step: Step): Bytes {
  return filesOf(step).reduce((sum, { size }) => sum + size, 0);
}

interface Graph {
  readonly followers: ReadonlyMap<number, readonly Step[]>;
  /** How many steps each still waits for. */
  readonly waits: Map<number, number>;
}

function drawGraph(plan: Plan): Graph {
  const known = new Set(plan.steps.map(step => step.id));
  const followers = new Map<number, Step[]>();
  const waits = new Map<number, number>();
  const lastOf = new Map<string, number>();
  for (const step of plan.steps) {
    const before = new Set(step.after);
    const last = lastOf.get(step.lane);
    if (last !== undefined) before.add(last);
    lastOf.set(step.lane, step.id);
    waits.set(step.id, before.size);
    for (const id of before) {
      if (!known.has(id))
        throw new Error(`internal: step ${step.id} waits for step ${id}, which is not in plan ${plan.id}`);
      const list = followers.get(id);
      if (list === undefined) followers.set(id, [step]);
      else list.push(step);
    }
  }
  return { followers, waits };
}

function readySteps() {
  const verdicts: Next[] = [];
  const judged = new Set<number>();
  const calls = new Set<number>();
  const light = largestFirst<Step>();
  const tiny = largestFirst<Step>();
  const small = largestFirst<Step>();
  const large = largestFirst<Step>();
  const queues = { light, tiny, small, large };
  function add(step: Step, verdict: Outcome | null): void {
    const load = loadOf(step);
    if (verdict !== null) {
      judged.add(step.id);
      verdicts.push({ step, verdict });
    } else if (load === 'call') calls.add(step.id);
    else queues[load].add(step, load === 'light' ? 0 : weightOf(step));
  }
  return { verdicts, judged, calls, ...queues, add };
}
