// The bench of a plan, laid out for its performers: what its steps have to do with each other, found once.

import type { Outcome } from '../ledger/outcome.ts';
import { type Plan, type StepOf, stepsById } from '../plan/plan.ts';
import type { FileId } from '../units/identity.ts';
import type { Path } from '../units/path.ts';
import type { World } from '../world/world.ts';
import type { Acls } from './acls.ts';
import type { ApplyOptions, ApplySite } from './apply-site.ts';
import { type Bench, identityOf } from './bench.ts';
import type { Tell } from './event.ts';
import type { Folders } from './folders.ts';
import { watchHolders } from './holders.ts';

export interface Begun {
  readonly plan: Plan;
  readonly outcomes: ReadonlyMap<number, Outcome>;
  readonly resumed: boolean;
  readonly acls: Acls;
  readonly folders: Folders;
}

export function layOut(
  { plan, outcomes, resumed, acls, folders }: Begun,
  site: ApplySite,
  options: ApplyOptions,
): Bench {
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
    steps: stepsById(plan),
    world: site.world,
    pool: site.pool,
    scripts: site.scripts,
    scriptShell: site.scriptShell ?? site.world.shell,
    streams: site.streams ?? 'gathered',
    mailCommand: site.mailCommand ?? 'mail',
    outcomes,
    resumed,
    folders,
    acls,
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
