// Worlds for the service's tests: the real machine with a clock that the test moves, a ground whose
// nudges are kept, and logs that are watched without a round having seen them.

import { setTimeout } from 'node:timers/promises';
import type { LogSet } from '../../src/logs/log-set.ts';
import { expandGlob } from '../../src/observe/glob.ts';
import type { Kept, Plan, Planning } from '../../src/plan/plan.ts';
import type { Policy } from '../../src/policy/policy.ts';
import type { Facts, Ground, Level, Nudge } from '../../src/service/trigger.ts';
import { makeWatched, type Watched } from '../../src/service/watched.ts';
import { folderOf } from '../../src/units/path.ts';
import { thisMachine } from '../../src/world/this-machine.ts';
import type { Clock, World } from '../../src/world/world.ts';

export interface TestGround extends Ground {
  readonly nudges: Nudge[];
  readonly said: { readonly level: Level; readonly facts: Facts; readonly message: string }[];
  /** The policies in force from now on. */
  policiesAre(policies: readonly Policy[]): void;
}

/** Stands on the real disk; time is the machine's unless a clock is given. */
export function aGround(policies: readonly Policy[], clock?: Clock): TestGround {
  const machine = thisMachine();
  const world: World = clock === undefined ? machine : { ...machine, clock };
  const nudges: Nudge[] = [];
  const said: TestGround['said'] = [];
  let current = policies;
  return {
    world,
    watched: makeWatched(),
    policies: () => current,
    policiesAre: others => {
      current = others;
    },
    find: pattern => expandGlob(world, pattern),
    nudge: nudge => nudges.push(nudge),
    say: (level, facts, message) => said.push({ level, facts, message }),
    nudges,
    said,
  };
}

/** As a round would leave it: these paths are watched, as they stand on the disk now. */
export function watchNow(
  ground: Ground,
  policy: Policy,
  paths: readonly string[],
  next: number | null = null,
): void {
  ground.watched.take(
    aPlanning(
      paths.map(path => aLogSet(ground, policy, path)),
      { at: ground.world.clock.now(), next },
    ),
  );
}

export function aLogSet(ground: Ground, policy: Policy, path: string): LogSet {
  const stat = ground.world.disk.look.stat(path);
  return {
    path,
    policy,
    live: stat === null ? null : { ...stat, path },
    obstacle: null,
    generations: [],
    generationsSeen: true,
    folder: folderOf(path),
    taken: new Set(),
    writers: null,
    held: new Map(),
    samples: new Map(),
  };
}

export function aPlanning(
  logSets: readonly LogSet[],
  options: { at?: number; next?: number | null; kept?: readonly Kept[] } = {},
): Planning {
  const { at = 0, next = null } = options;
  const kept: readonly Kept[] =
    options.kept ??
    logSets.map(({ path, policy }) => ({
      log: path,
      path,
      policy: policy.name,
      size: 0,
      how: 'not due',
      why: { text: 'not due', directive: null, at: null },
      hint: null,
      next,
    }));
  return {
    plan: aPlan(at),
    kept,
    seen: [],
    expected: logSets,
    totals: { now: 0, after: 0, error: 0, extra: 0 },
    troubles: [],
    warnings: [],
  };
}

export function aPlan(made: number, steps: Plan['steps'] = []): Plan {
  return {
    format: 1,
    id: `20261122T083041Z-${steps.length}`,
    made,
    zone: 'UTC',
    boot: 'boot',
    host: 'test',
    cause: { trigger: 'test', detail: 'by hand' },
    policies: [],
    folders: [],
    steps,
  };
}

/** Resolves with the first truthy answer; fails after `deadline` milliseconds. */
export async function until<T>(ask: () => T, what: string, deadline = 4000): Promise<NonNullable<T>> {
  const end = performance.now() + deadline;
  for (;;) {
    const answer = ask();
    if (answer) return answer;
    if (performance.now() > end) throw new Error(`in ${deadline} ms it did not come true: ${what}`);
    await setTimeout(5);
  }
}

export const sizeOf = (watched: Watched, path: string): number | null => watched.logs.get(path)?.size ?? null;
