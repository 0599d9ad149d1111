// What is kept in memory of plans that are open: their steps by number, what steps have made, and
// how many lanes could still record something, so that a commit need not wait for nobody.

import type { FileRef, Plan, Step } from '../plan/plan.ts';
import type { EpochMs } from '../units/duration.ts';
import type { FileId } from '../units/identity.ts';
import { Trouble } from '../world/trouble.ts';
import type { StepRow } from './history.ts';
import type { Outcome } from './outcome.ts';

export interface OpenEntry {
  /** The plan's row. */
  readonly key: number;
  readonly plan: Plan;
  readonly steps: ReadonlyMap<number, Step>;
  readonly made: Map<number, FileId>;
  /** Steps without an outcome, by lane; a lane with none is gone. */
  readonly left: Map<string, number>;
  readonly recorded: Set<number>;
  /** See StepRow's `heir`, by step. */
  readonly heirs: ReadonlyMap<number, Heir>;
}

export function openEntry(key: number, plan: Plan, outcomes: ReadonlyMap<number, Outcome>): OpenEntry {
  const entry: OpenEntry = {
    key,
    plan,
    steps: new Map(plan.steps.map(step => [step.id, step])),
    made: new Map(),
    left: new Map(),
    recorded: new Set(),
    heirs: heirsOf(plan),
  };
  for (const step of plan.steps) entry.left.set(step.lane, (entry.left.get(step.lane) ?? 0) + 1);
  for (const [step, outcome] of outcomes) note(entry, step, outcome);
  return entry;
}

/** Takes an outcome into account, once. */
export function note(entry: OpenEntry, stepId: number, outcome: Outcome): void {
  if ((outcome.result === 'done' || outcome.result === 'already') && outcome.made !== null)
    entry.made.set(stepId, outcome.made);
  const lane = entry.steps.get(stepId)?.lane;
  if (lane === undefined || entry.recorded.has(stepId)) return;
  entry.recorded.add(stepId);
  const left = (entry.left.get(lane) ?? 1) - 1;
  if (left > 0) entry.left.set(lane, left);
  else entry.left.delete(lane);
}

/**
 * Which deletions are of files whose content the plan has put elsewhere, and which compressions leave
 * their plain file to such a deletion.
 */
function heirsOf(plan: Plan): ReadonlyMap<number, Heir> {
  const makers = new Map<string, Step>();
  const heirs = new Map<number, Heir>();
  for (const step of plan.steps) {
    if (step.kind === 'compress' || step.kind === 'copy') makers.set(nameOfFile(step.file), step);
    if (step.kind === 'compact') for (const { file } of step.sources) makers.set(nameOfFile(file), step);
    if (step.kind !== 'delete') continue;
    const maker = makers.get(nameOfFile(step.file));
    if (maker === undefined) continue;
    heirs.set(step.id, heirIn[maker.kind] ?? 'archive');
    if (maker.kind === 'compress') heirs.set(maker.id, 'archive');
  }
  return heirs;
}

type Heir = NonNullable<StepRow['heir']>;

const heirIn: Readonly<Partial<Record<Step['kind'], Heir>>> = { copy: 'copy', compact: 'joined' };

function nameOfFile(file: FileRef): string {
  return `${file.id} ${file.madeBy} ${file.path}`;
}

/** Why a plan is not opened a second time. */
export function alreadyApplied(plan: Plan, at: EpochMs): Trouble {
  return new Trouble({
    code: 'EAPPLIED',
    message: `plan ${plan.id} was applied at ${new Date(at).toISOString()}`,
    hint: 'nothing was done; make a new plan with logmill plan',
  });
}
