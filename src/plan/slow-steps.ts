// Which steps of a plan are slow: what a round need not wait for before the next section's turn.

import type { Step } from './plan.ts';

/** Compression, and what comes behind it in its lane or waits for it; but nothing that a script or a letter waits for. */
export function slowSteps(steps: readonly Step[]): ReadonlySet<number> {
  const awaited = awaitedByScripts(steps);
  const slow = new Set<number>();
  const slowLanes = new Set<string>();
  for (const step of steps) {
    if (awaited.has(step.id)) continue;
    if (!packs(step) && !slowLanes.has(step.lane) && !step.after.some(id => slow.has(id))) continue;
    slow.add(step.id);
    slowLanes.add(step.lane);
  }
  return slow;
}

/** What runs a program of the policy's that people see the order of. */
export function isCall({ kind }: Step): boolean {
  return kind === 'script' || kind === 'mail';
}

function packs({ kind }: Step): boolean {
  return kind === 'compress' || kind === 'compact';
}

/** Scripts and letters, and all that each of them waits for: the next section's begin only after these (rulings 6). */
function awaitedByScripts(steps: readonly Step[]): ReadonlySet<number> {
  const awaited = new Set<number>();
  const awaitedLanes = new Set<string>();
  for (const step of steps.toReversed()) {
    if (!isCall(step) && !awaited.has(step.id) && !awaitedLanes.has(step.lane)) continue;
    awaited.add(step.id);
    awaitedLanes.add(step.lane);
    for (const id of step.after) awaited.add(id);
  }
  return awaited;
}
