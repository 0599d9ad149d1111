// Sizes as they will be, and the most that a plan takes besides while it runs.

import type { LogSet } from '../logs/log-set.ts';
import { unarchived } from '../logs/unarchived.ts';
import type { Bytes } from '../units/bytes.ts';
import type { Path } from '../units/path.ts';
import { deletedBySteps } from './check.ts';
import type { Step, Totals } from './plan.ts';

/**
 * How many lanes are taken to work on files at once. Whoever applies a plan may run fewer copies
 * and compressions side by side; with more, `extra` would be too small.
 */
export const lanesAtOnce = 4;

/** Sizes before and after; what is compressed without a sample counts with its plain size. */
export function predict(
  before: readonly LogSet[],
  expected: readonly LogSet[],
  steps: readonly Step[],
): Totals {
  let error = 0;
  for (const step of steps)
    if (step.kind === 'compress' || step.kind === 'compact') error += step.predicted?.error ?? 0;
  const now = bytesOf(before);
  return { now, after: expected === before ? now : bytesOf(expected), error, extra: extraOf(steps) };
}

function bytesOf(logSets: readonly LogSet[]): Bytes {
  let sum = 0;
  for (const { live, generations, policy } of logSets) {
    sum += live === null ? 0 : unarchived(live, policy);
    for (const { size } of generations) sum += size;
  }
  return sum;
}

/**
 * An upper bound: the lanes with the highest peaks run at once, and all others have ended with
 * more on the disk than before. That lanes wait for each other would only lower it.
 */
function extraOf(steps: readonly Step[]): Bytes {
  const lanes = new Map<string, { now: Bytes; peak: Bytes }>();
  const deleted = deletedBySteps(steps);
  for (const step of steps) {
    const { during, after } = growthOf(step, deleted);
    if (during === 0 && after === 0) continue;
    const lane = lanes.get(step.lane) ?? { now: 0, peak: 0 };
    lane.peak = Math.max(lane.peak, lane.now + during);
    lane.now += after;
    lanes.set(step.lane, lane);
  }
  const left = [...lanes.values()].map(({ now, peak }) => ({ stays: Math.max(0, now), peak }));
  left.sort((a, b) => b.peak - b.stays - (a.peak - a.stays));
  return left.reduce((sum, { stays, peak }, index) => sum + (index < lanesAtOnce ? peak : stays), 0);
}

/** Bytes more on the disk while the step works, and when it is done. */
function growthOf(step: Step, deleted: ReadonlySet<Path>): { readonly during: Bytes; readonly after: Bytes } {
  switch (step.kind) {
    case 'copy': {
      const copied = step.file.size - (step.from ?? 0);
      return { during: copied, after: copied };
    }
    case 'truncate':
      return { during: 0, after: (step.from ?? 0) - step.file.size };
    case 'delete':
      return { during: 0, after: -step.file.size };
    case 'compress': {
      const { file, predicted } = step;
      const packed = predicted === null ? file.size : predicted.bytes + predicted.error;
      if (step.fromTail !== undefined) return { during: step.fromTail.extra, after: packed - file.size };
      return { during: packed, after: deleted.has(file.path) ? packed : packed - file.size };
    }
    case 'compact': {
      const gone = step.leaves ? 0 : step.sources.reduce((sum, { file }) => sum + file.size, 0);
      const packed = step.predicted === null ? gone : step.predicted.bytes + step.predicted.error;
      return { during: packed, after: packed - gone };
    }
    default:
      return { during: 0, after: 0 };
  }
}
