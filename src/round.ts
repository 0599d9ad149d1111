// The corridor on one page: preview() looks and plans; round() also applies. Whoever makes rounds
// (a person, the service) holds one Rounds as long as it works, because compression goes on beside
// what follows: a round is over when its logs are rotated, its receipts come when all is done.

import type { Receipt } from './apply/apply-plan.ts';
import type { ApplySite } from './apply/apply-site.ts';
import type { Tell } from './apply/event.ts';
import { type FolderLocks, makeFolderLocks } from './ledger/folder-locks.ts';
import type { OpenPlan } from './ledger/ledger.ts';
import { foldersOf } from './plan/check.ts';
import { makePlan } from './plan/make-plan.ts';
import type { Plan, Planning } from './plan/plan.ts';
import { slowSteps } from './plan/slow-steps.ts';
import type { Policy } from './policy/policy.ts';
import { applyAs } from './round/as-user.ts';
import { beat } from './round/beat.ts';
import { halfDone, withoutOutdatedDeletions } from './round/left-open.ts';
import { lookByUser } from './round/look-around.ts';
import { sampleAfter, sampleAtFirst } from './round/sample.ts';
import type { Errand, Site } from './round/site.ts';
import { byUser, userOfPlan } from './round/users.ts';
import { type Path, showPath } from './units/path.ts';
import { isTrouble, Trouble } from './world/trouble.ts';
import type { World } from './world/world.ts';

export interface Round {
  readonly plannings: readonly Planning[];
  /** Logs left because another logmill works in their folder, by its pid. */
  readonly heldElsewhere: ReadonlyMap<Path, number | null>;
  /** When compression is over too. */
  readonly receipts: Promise<readonly Receipt[]>;
}

export interface Rounds {
  /** Looks and plans; changes and writes nothing. What `plan` shows is what a round applies (law 1). */
  preview(errand: Errand): Promise<Planning>;
  /** Finishes what was interrupted, then plans and applies section by section (rulings 6). */
  round(errand: Errand, tell: Tell, signal?: AbortSignal): Promise<Round>;
  /** Applies exactly this plan: one read from a file. */
  apply(plan: Plan, tell: Tell, signal?: AbortSignal): Promise<Receipt>;
  /** Logs on which work is going on. */
  readonly busy: ReadonlySet<Path>;
  /** When nothing is going on any more; what went wrong is told by the receipts. */
  settled(): Promise<void>;
}

export function makeRounds(site: Site): Rounds {
  const busy = new Set<Path>();
  const running = new Map<string, Promise<unknown>>();
  const locks = makeFolderLocks(site.world);

  const begin = (open: OpenPlan, tell: Tell, signal: AbortSignal | undefined): Work => {
    const work = startWork(site, open, busy, locks, tell, signal);
    running.set(open.plan.id, work.receipt);
    const end = (): void => void running.delete(open.plan.id);
    work.receipt.then(end, end);
    return work;
  };

  /** Finishes an interrupted plan; null while another logmill works in its folders. */
  const resume = async (
    open: OpenPlan,
    tell: Tell,
    signal: AbortSignal | undefined,
  ): Promise<Work | null> => {
    const others = await locks.take(open.plan);
    if (others.size > 0) {
      await locks.give(open.plan);
      return null;
    }
    tell({ kind: 'resumed', plan: open.plan, done: open.outcomes.size });
    return begin(await withoutOutdatedDeletions(site, open), tell, signal);
  };

  const applySaved = async (saved: Plan, tell: Tell, signal: AbortSignal | undefined): Promise<Receipt> => {
    const [held] = await locks.take(saved);
    if (held === undefined) return begin({ plan: saved, outcomes: new Map() }, tell, signal).receipt;
    await locks.give(saved);
    const [folder, pid] = held;
    throw new Trouble({
      code: 'ELOCKED',
      path: folder,
      message: `another logmill${pid === null ? '' : ` (pid ${pid})`} works in ${showPath(folder)}`,
      hint: 'try again when it is done',
    });
  };

  /** A plan for logs in whose folders nobody else works; the others are noted in `held`. */
  const planFree = async (
    policies: readonly Policy[],
    errand: Errand,
    left: ReadonlySet<Path>,
    held: Map<Path, number | null>,
  ): Promise<Planning> => {
    const wanted = await plan(site, policies, errand, new Set([...busy, ...left]));
    const others = await locks.take(wanted.plan);
    if (others.size === 0) return wanted;
    for (const step of wanted.plan.steps) {
      if (step.log === null) continue;
      for (const folder of foldersOf([step]))
        if (others.has(folder)) held.set(step.log, others.get(folder) ?? null);
    }
    await locks.give(wanted.plan);
    const mine = await plan(site, policies, errand, new Set([...busy, ...left, ...held.keys()]));
    await locks.take(mine.plan);
    return mine;
  };

  return {
    busy,
    preview: errand => plan(site, site.policies, errand, busy),
    apply: applySaved,
    settled: async () => {
      await Promise.allSettled(running.values());
    },
    round: async (errand, tell, signal) => {
      const started = site.world.clock.now();
      const works: Work[] = [];
      for (const open of site.ledger.unfinished()) {
        if (running.has(open.plan.id)) continue;
        const work = await resume(open, tell, signal);
        if (work === null) continue;
        works.push(work);
        await (site.patient ? work.receipt : work.quick);
      }
      if (site.findAgain !== undefined) site.found = await site.findAgain();
      const left = halfDone(site.ledger, running);
      const plannings: Planning[] = [];
      const heldElsewhere = new Map<Path, number | null>();
      for (const policies of batches(site.policies, site.world)) {
        if (signal?.aborted) break;
        const planning = await planFree(policies, errand, left, heldElsewhere);
        plannings.push(planning);
        tell({ kind: 'planned', planning });
        if (planning.plan.steps.length === 0) continue;
        await sampleAtFirst(site, planning);
        const work = begin({ plan: planning.plan, outcomes: new Map() }, tell, signal);
        works.push(work);
        await work.quick;
      }
      const isWhole = errand.only === null && !signal?.aborted;
      if (isWhole && works.length === 0) await beat(site, errand, started, plannings);
      return { plannings, heldElsewhere, receipts: Promise.all(works.map(work => work.receipt)) };
    },
  };
}

/** A preview without rounds to come: what `plan` and `status` ask for. */
export function preview(site: Site, errand: Errand): Promise<Planning> {
  return plan(site, site.policies, errand, new Set());
}

async function plan(
  site: Site,
  policies: readonly Policy[],
  errand: Errand,
  busy: ReadonlySet<Path>,
): Promise<Planning> {
  const { observation, touched } = await lookByUser(site, policies, errand, busy);
  const state = site.ledger.state();
  return makePlan({
    observation,
    state,
    forced: errand.forced,
    cause: errand.cause,
    touched,
    recordIsShort: site.ledger.short,
  });
}

/**
 * Sections are planned together until one of them has a script: what it does may change what the
 * next ones see.
 */
function batches(policies: readonly Policy[], world: World): readonly (readonly Policy[])[] {
  const found: Policy[][] = [];
  for (const [, some] of byUser(policies, world)) {
    found.push([]);
    for (const policy of some) {
      found.at(-1)?.push(policy);
      if (Object.keys(policy.settings.scripts).length > 0) found.push([]);
    }
  }
  return found.filter(batch => batch.length > 0);
}

interface Work {
  /** When all but compression (and what waits for it) is over. */
  readonly quick: Promise<void>;
  readonly receipt: Promise<Receipt>;
}

function startWork(
  site: Site,
  open: OpenPlan,
  busy: Set<Path>,
  locks: FolderLocks,
  tell: Tell,
  signal: AbortSignal | undefined,
): Work {
  const left = new Map<Path, number>();
  const quickLeft = new Set<number>();
  const slow = slowSteps(open.plan.steps);
  for (const step of open.plan.steps) {
    if (open.outcomes.has(step.id)) continue;
    if (!slow.has(step.id)) quickLeft.add(step.id);
    if (step.log !== null) left.set(step.log, (left.get(step.log) ?? 0) + 1);
  }
  for (const log of left.keys()) busy.add(log);

  const { promise: quick, resolve } = Promise.withResolvers<void>();
  if (quickLeft.size === 0) resolve();
  const watch: Tell = event => {
    tell(event);
    if (event.kind !== 'finished') return;
    if (quickLeft.delete(event.step.id) && quickLeft.size === 0) resolve();
    const log = event.step.log;
    if (log === null) return;
    const remaining = (left.get(log) ?? 1) - 1;
    left.set(log, remaining);
    if (remaining === 0) busy.delete(log);
  };

  const receipt = perform(site, open, watch, signal).finally(async () => {
    for (const log of left.keys()) busy.delete(log);
    resolve();
    await locks.give(open.plan);
  });
  return { quick, receipt };
}

async function perform(
  site: Site,
  open: OpenPlan,
  tell: Tell,
  signal: AbortSignal | undefined,
): Promise<Receipt> {
  const { world, ledger, pool } = site;
  const started = world.clock.now();
  const texts = new Map(
    site.policies.flatMap(policy =>
      Object.values(policy.settings.scripts).map(one => [one.digest, one.text]),
    ),
  );
  const scripts = (digest: string): string | null => texts.get(digest) ?? null;
  const user = userOfPlan(open.plan, world);
  // Most rounds find nothing to do, and need none of what does it.
  const { applyPlan } = await import('./apply/apply-plan.ts');
  const receipt =
    user === null
      ? await applyPlan(
          open,
          { world, ledger, pool, scripts, ...connections(site) },
          signal === undefined ? { tell } : { tell, signal },
        )
      : await applyAs(
          user,
          open,
          {
            known: ledger.unfinished().some(one => one.plan.id === open.plan.id),
            scripts: texts,
            streams: site.streams ?? 'gathered',
            mailCommand: site.mailCommand ?? 'mail',
          },
          { ledger, shell: world.shell, now: () => world.clock.now(), tell, signal },
        );
  if (!receipt.complete) return receipt;
  try {
    await sampleAfter(site, receipt, started);
    return receipt;
  } catch (error) {
    if (!isTrouble(error)) throw error;
    tell({ kind: 'note', message: `the record of this round is not whole: ${error.message}` });
    return { ...receipt, complete: false };
  }
}

function connections({ streams, mailCommand }: Site): Pick<ApplySite, 'streams' | 'mailCommand'> {
  return {
    ...(streams === undefined ? {} : { streams }),
    ...(mailCommand === undefined ? {} : { mailCommand }),
  };
}
