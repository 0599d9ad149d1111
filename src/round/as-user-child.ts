// Sections with su, in the process that has become that user: it looks and performs, and asks for
// all that is not its own (the record, scripts) over the line. Imports everything at its start: once
// it is another user it may not be able to read the program any more.

import { applyPlan } from '../apply/apply-plan.ts';
import { makePool } from '../codec/pool.ts';
import type { Ledger } from '../ledger/ledger.ts';
import '../observe/generations.ts';
import '../observe/samples.ts';
import { becomeUser, lineToParent } from '../world/child.ts';
import { thisMachine } from '../world/this-machine.ts';
import { Trouble } from '../world/trouble.ts';
import type { Finished, Shell, World } from '../world/world.ts';
import {
  type ApplyJob,
  answerOf,
  type Call,
  type Down,
  failure,
  type Job,
  type LookJob,
  type Result,
  type Up,
  type User,
} from './as-user.ts';
import { lookAround } from './look-around.ts';

/** Works until the line is cut. */
export async function serveAsUser(): Promise<void> {
  const line = lineToParent();
  const send = (message: Up): void => line.send(message);
  const waiting = new Map<number, (result: Result) => void>();
  const stops = new Map<number, AbortController>();
  let calls = 0;
  let refused: Trouble | null = null;
  let world: World | null = null;

  const ask = async (id: number, what: Call): Promise<unknown> => {
    calls += 1;
    const call = calls;
    const { promise, resolve } = Promise.withResolvers<Result>();
    waiting.set(call, resolve);
    send({ kind: 'call', id, call, what });
    return answerOf(await promise);
  };
  const begin = async (id: number, job: Job): Promise<void> => {
    const stop = new AbortController();
    stops.set(id, stop);
    try {
      if (refused !== null || world === null)
        throw refused ?? new Error('internal: a job came before its user');
      const value =
        job.kind === 'look'
          ? await lookHere(world, job)
          : await applyHere(world, job, {
              ask: what => ask(id, what),
              tell: event => send({ kind: 'event', id, event }),
              signal: stop.signal,
            });
      send({ kind: 'end', id, result: { good: true, value } });
    } catch (error) {
      send({ kind: 'end', id, result: failure(error) });
    }
    stops.delete(id);
  };
  const { promise: end } = Promise.withResolvers<void>();
  line.hear(heard => {
    const message = heard as Down; // the other end is our own program
    switch (message.kind) {
      case 'become':
        refused = become(message.user);
        if (refused === null) world = thisMachine();
        return;
      case 'job':
        void begin(message.id, message.job);
        return;
      case 'stop':
        stops.get(message.id)?.abort();
        return;
      case 'answer':
        waiting.get(message.call)?.(message.result);
        waiting.delete(message.call);
        return;
      default:
        message satisfies never;
    }
  });
  // Signals to the whole group (Ctrl-C) are our parent's to act on: it tells us to stop.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => undefined);
  return end;
}

function become(user: User): Trouble | null {
  try {
    becomeUser(user);
    return null;
  } catch (error) {
    return new Trouble({
      code: 'EUSER',
      message: `cannot work as ${user.user}:${user.group}: ${(error as Error).message}`,
      hint: 'only root can change to another user; run logmill as root, or as that user without su',
      cause: error,
    });
  }
}

function lookHere(world: World, job: LookJob): Promise<unknown> {
  const { policies, of, found, moment, only, forced, busy, state, predicts } = job;
  const site = {
    world,
    policies,
    pool: makePool(world.host.cores + 2),
    nonce: () => 'as-user',
    ledger: { ...noLedger, state: () => state },
    predicts,
    ...(found === null ? {} : { found }),
    ...(moment === null ? {} : { moment }),
  };
  return lookAround(site, of, { cause: { trigger: '', detail: '' }, only, forced }, busy);
}

interface Line {
  readonly ask: (call: Call) => Promise<unknown>;
  readonly tell: Parameters<typeof applyPlan>[2]['tell'];
  readonly signal: AbortSignal;
}

function applyHere(world: World, job: ApplyJob, { ask, tell, signal }: Line): Promise<unknown> {
  const { plan, outcomes, known, scripts, streams, mailCommand } = job;
  const open = { plan, outcomes };
  const ledger: Ledger = {
    ...noLedger,
    unfinished: () => (known ? [open] : []),
    open: async () => void (await ask({ what: 'open', plan })),
    record: async (_, step, outcome) => void (await ask({ what: 'record', plan: plan.id, step, outcome })),
    close: async () => void (await ask({ what: 'close', plan: plan.id })),
  };
  const scriptShell: Pick<Shell, 'run'> = {
    run: async ({ signal: _, ...command }) => (await ask({ what: 'script', command })) as Finished, // what a shell gives
  };
  const pool = makePool(world.host.cores + 2);
  return applyPlan(
    open,
    {
      world,
      ledger,
      pool,
      scripts: digest => scripts.get(digest) ?? null,
      streams,
      scriptShell,
      mailCommand,
    },
    { tell, signal },
  );
}

const notHere = (): never => {
  throw new Error('internal: the record is not in this process');
};

const noLedger: Ledger = {
  problem: null,
  short: false,
  state: notHere,
  unfinished: () => [],
  closed: () => null,
  open: notHere,
  record: notHere,
  close: notHere,
  addSamples: notHere,
  history: notHere,
  end: async () => undefined,
};
