// Sections with su, in the process that has become that user: it looks and performs, and asks for
// all that is not its own (the record, scripts) over the line. Imports everything at its start: once
// it is another user it may not be able to read the program any more.

import { applyPlan } from '../apply/apply-plan.ts';
import { makePool } from '../codec/pool.ts';
import '../observe/generations.ts';
import '../observe/samples.ts';
import { becomeUser } from '../world/child.ts';
import { thisMachine } from '../world/this-machine.ts';
import { Trouble } from '../world/trouble.ts';
import type { Finished, Shell, World } from '../world/world.ts';
import type { ApplyJob, LookJob, User } from './line.ts';
import { lookAround } from './look-around.ts';
import { farLedger, type Giver, noLedger, serveJobs } from './serve-jobs.ts';

/** Works until the line is cut. */
export function serveAsUser(): Promise<never> {
  let world: World | null = null;
  // Signals to the whole group (Ctrl-C) are our parent's to act on: it tells us to stop.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => undefined);
  return serveJobs(async (job, giver) => {
    if (job.kind === 'become') {
      become(job.user);
      world = thisMachine();
      return;
    }
    if (world === null) throw new Error(`internal: '${job.kind}' came before its user`);
    return job.kind === 'look' ? lookHere(world, job) : applyHere(world, job, giver);
  });
}

function become(user: User): void {
  try {
    becomeUser(user);
  } catch (error) {
    throw new Trouble({
      code: 'EUSER',
      message: `cannot work as ${user.user}:${user.group}: ${(error as Error).message}`,
      hint: 'only root can change to another user; run logmill as root, or as that user without su',
      cause: error,
    });
  }
}

function lookHere(world: World, job: LookJob): Promise<unknown> {
  const { nonce, policies, of, found, moment, only, forced, busy, state, predicts } = job;
  const site = {
    world,
    policies,
    pool: makePool(world.host.cores + 2),
    nonce: () => nonce,
    ledger: { ...noLedger, state: () => state },
    predicts,
    ...(found === null ? {} : { found }),
    ...(moment === null ? {} : { moment }),
  };
  return lookAround(site, of, { cause: { trigger: '', detail: '' }, only, forced }, busy);
}

function applyHere(world: World, job: ApplyJob, giver: Giver): Promise<unknown> {
  const { plan, outcomes, known, scripts, streams, mailCommand } = job;
  const open = { plan, outcomes };
  const scriptShell: Pick<Shell, 'run'> = {
    run: async ({ signal: _, ...command }) => (await giver.ask({ what: 'script', command })) as Finished, // what a shell gives
  };
  return applyPlan(
    open,
    {
      world,
      ledger: { ...farLedger(giver), unfinished: () => (known ? [open] : []) },
      pool: makePool(world.host.cores + 2),
      scripts: digest => scripts.get(digest) ?? null,
      streams,
      scriptShell,
      mailCommand,
    },
    giver,
  );
}
