// Plans written step by step, for tests of whoever performs them: what is not said is filled in,
// and files are referred to as they stand on the disk.

import { applyPlan, type Receipt } from '../../src/apply/apply-plan.ts';
import type { ApplySite } from '../../src/apply/apply-site.ts';
import type { Event } from '../../src/apply/event.ts';
import { makePool } from '../../src/codec/pool.ts';
import type { OpenPlan } from '../../src/ledger/ledger.ts';
import { memoryLedger } from '../../src/ledger/open-ledger.ts';
import type { FileRef, Made, Plan, Step, StepBase } from '../../src/plan/plan.ts';
import type { Path } from '../../src/units/path.ts';
import { thisMachine } from '../../src/world/this-machine.ts';
import type { World } from '../../src/world/world.ts';

export const world = thisMachine();

/** Owner and mode of what a plan makes: ours, so that tests run as anybody. */
export const made: Made = { mode: 0o640, uid: world.host.uid, gid: world.host.gid };

export const zstd = { by: 'codec', codec: 'zstd', level: 1, extension: '.zst' } as const;
export const gzip = { by: 'codec', codec: 'gzip', level: 1, extension: '.gz' } as const;

/** A generation as it stands now. */
export function seen(path: Path): FileRef {
  const stat = world.disk.look.stat(path);
  if (stat === null) throw new Error(`${path} is not there`);
  const { id, size, allocated, modified } = stat;
  return { path, id, madeBy: null, size, allocated, modified };
}

/** A live log as it stands now: it may grow. */
export function live(path: Path): FileRef {
  return { ...seen(path), modified: null };
}

/** What an earlier step makes. */
export function madeBy(step: number, path: Path, size = 0): FileRef {
  return { path, id: null, madeBy: step, size, allocated: size, modified: null };
}

/** A step with what is not said filled in: its number by its place, one lane, no reason worth telling. */
export type Loose = Step extends infer S
  ? S extends Step
    ? Omit<S, keyof StepBase> & Partial<StepBase>
    : never
  : never;

let count = 0;

/** A plan over `folder` and folders below it that are named. */
export function aPlan(folder: Path, steps: readonly Loose[], below: readonly Path[] = []): Plan {
  count += 1;
  const why = { text: 'because the test says so', directive: null, at: null };
  return {
    format: 1,
    id: `20261122T083005Z-${String(count).padStart(6, '0')}`,
    made: 1_795_000_000_000,
    zone: 'UTC',
    boot: world.host.boot,
    host: 'test',
    cause: { trigger: 'test', detail: '' },
    policies: [],
    folders: [folder, ...below].map(path => ({ path, id: world.disk.look.stat(path)?.id ?? null })),
    steps: steps.map((step, index) => {
      const base = {
        id: index + 1,
        lane: 'a',
        log: `${folder}/a.log`,
        policy: 'test',
        after: [],
        always: false,
        why,
      };
      return { ...base, ...step } as Step; // a whole body came in, and its base is filled in here
    }),
  };
}

export function script(
  text: string,
  more: Partial<Extract<Loose, { kind: 'script' }>> = {},
): Extract<Loose, { kind: 'script' }> {
  const at = { file: '/etc/logmill/test.conf', line: 3, column: 5, length: 10 };
  return { kind: 'script', script: 'postrotate', at, digest: text, args: [], limit: 10_000, ...more };
}

/** A site on this machine with a ledger in memory; a script's digest is its own text. */
export function aSite(more: Partial<ApplySite> = {}): ApplySite {
  return { world, ledger: memoryLedger(), pool: makePool(2), scripts: digest => digest, ...more };
}

export interface Applied extends Receipt {
  readonly events: readonly Event[];
  /** `done`, `stale`, … of each step, in the order of the plan. */
  readonly results: readonly string[];
}

export async function apply(
  plan: Plan | OpenPlan,
  site: ApplySite = aSite(),
  signal?: AbortSignal,
): Promise<Applied> {
  const events: Event[] = [];
  const open = 'plan' in plan ? plan : { plan, outcomes: new Map() };
  const tell = (event: Event) => void events.push(event);
  const receipt = await applyPlan(open, site, signal === undefined ? { tell } : { tell, signal });
  const results = open.plan.steps.map(step => receipt.outcomes.get(step.id)?.result ?? 'none');
  return { ...receipt, events, results };
}

/** The same plan as an interrupted one, with the outcomes that it has so far. */
export async function resumed(
  plan: Plan,
  site: ApplySite,
  outcomes: OpenPlan['outcomes'] = new Map(),
): Promise<OpenPlan> {
  await site.ledger.open(plan);
  return { plan, outcomes };
}

/** A world with some of its parts replaced. */
export function withParts(parts: Partial<World>): World {
  return { ...world, ...parts };
}
