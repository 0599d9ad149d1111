// Somebody who does a part of our work elsewhere, seen from our end of the line: he is given jobs, and asks
// for what only we may do. Between jobs he does not keep us from ending, and without any for long he goes.

import type { Tell } from '../apply/event.ts';
import type { Ledger } from '../ledger/ledger.ts';
import { type Plan, type Step, stepsById } from '../plan/plan.ts';
import type { EpochMs, Ms } from '../units/duration.ts';
import type { Started } from '../world/line.ts';
import { Trouble } from '../world/trouble.ts';
import type { Shell } from '../world/world.ts';
import {
  answerOf,
  type Call,
  type Down,
  failure,
  type Job,
  nearEvent,
  type Result,
  type Up,
} from './line.ts';

/** What jobs that change something need of us. */
export interface Hooks {
  readonly plan: Plan;
  readonly ledger: Ledger;
  readonly shell: Shell;
  readonly now: () => EpochMs;
  readonly tell: Tell;
  readonly signal: AbortSignal | undefined;
}

export interface Deputy {
  /** @throws what went wrong there; Trouble when he has gone in the middle */
  run(job: Job, hooks: Hooks | null): Promise<unknown>;
}

/** Who works without a job goes after this. */
const idleMs: Ms = 10_000;

/**
 * @param lost what he is called when he has gone in the middle, and the code of that Trouble
 * @param forget he has gone, or is about to: who needs one starts another
 */
export function deputyAt(
  line: Started,
  { who, code }: { readonly who: string; readonly code: string },
  forget: () => void,
): Deputy {
  const running = new Map<number, Running>();
  let ids = 0;
  let leaving: NodeJS.Timeout | null = null;
  line.hear(message => hear(line, running, message as Up)); // the other end is our own program
  void line.gone.then(how => {
    forget();
    const lost = new Trouble({
      code,
      message: `${who} ${how}`,
      hint: 'what was begun is finished in the next round',
    });
    for (const one of running.values()) one.end(failure(lost));
  });
  const rest = (): void => {
    line.release();
    leaving = setTimeout(() => {
      forget();
      line.end();
    }, idleMs).unref();
  };
  rest();
  return {
    async run(job, hooks) {
      ids += 1;
      const id = ids;
      if (leaving !== null) clearTimeout(leaving);
      line.hold();
      const { promise, resolve } = Promise.withResolvers<Result>();
      const steps = 'plan' in job ? stepsById(job.plan) : noSteps;
      running.set(id, { hooks, steps, end: resolve });
      line.send({ kind: 'job', id, job } satisfies Down);
      const stop = (): void => line.send({ kind: 'stop', id } satisfies Down);
      if (hooks?.signal?.aborted) stop();
      hooks?.signal?.addEventListener('abort', stop, { once: true });
      const result = await promise;
      hooks?.signal?.removeEventListener('abort', stop);
      running.delete(id);
      if (running.size === 0) rest();
      return answerOf(result);
    },
  };
}

interface Running {
  readonly hooks: Hooks | null;
  readonly steps: ReadonlyMap<number, Step>;
  readonly end: (result: Result) => void;
}

const noSteps: ReadonlyMap<number, Step> = new Map();

function hear(line: Started, running: ReadonlyMap<number, Running>, message: Up): void {
  const job = running.get(message.id);
  if (job === undefined) return;
  const { hooks, steps, end } = job;
  switch (message.kind) {
    case 'event':
      hooks?.tell(nearEvent(message.event, hooks.plan, steps));
      return;
    case 'end':
      end(message.result);
      return;
    case 'call': {
      const answer = (result: Result): void =>
        line.send({ kind: 'answer', call: message.call, result } satisfies Down);
      perform(message.what, job).then(
        value => answer({ good: true, value }),
        error => answer(failure(error)),
      );
      return;
    }
    default:
      message satisfies never;
  }
}

async function perform(call: Call, { hooks, steps }: Running): Promise<unknown> {
  if (hooks === null) throw new Error(`internal: a job without hooks asks for '${call.what}'`);
  const { plan, ledger, shell, now, tell, signal } = hooks;
  switch (call.what) {
    case 'open':
      return ledger.open(plan);
    case 'record':
      await ledger.record(plan, call.step, call.outcome, now());
      tell(nearEvent({ kind: 'finished', step: call.step, outcome: call.outcome, at: now() }, plan, steps));
      return;
    case 'close':
      return ledger.close(plan, now());
    case 'script':
      return shell.run(signal === undefined ? call.command : { ...call.command, signal });
    default:
      return call satisfies never;
  }
}
