// Somebody who does a part of another logmill's work, seen from his end of the line: he takes jobs, and
// asks for what is not his, above all for the record.

import type { Tell } from '../apply/event.ts';
import type { Ledger } from '../ledger/ledger.ts';
import { lineToParent } from '../world/line.ts';
import { answerOf, type Call, type Down, failure, farEvent, type Job, type Result, type Up } from './line.ts';

/** What a job has of whoever gave it. */
export interface Giver {
  ask(call: Call): Promise<unknown>;
  readonly tell: Tell;
  readonly signal: AbortSignal;
}

/** Works until the line is cut. */
export function serveJobs(perform: (job: Job, giver: Giver) => Promise<unknown>): Promise<never> {
  const line = lineToParent();
  const send = (message: Up): void => line.send(message);
  const waiting = new Map<number, (result: Result) => void>();
  const stops = new Map<number, AbortController>();
  let calls = 0;

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
    // Whoever writes an outcome down tells of it too: it need not go over the line twice.
    const told = new Set<number>();
    try {
      const value = await perform(job, {
        ask: async what => {
          const answer = await ask(id, what);
          if (what.what === 'record') told.add(what.step);
          return answer;
        },
        tell: event => {
          if (event.kind === 'finished' && told.delete(event.step.id)) return;
          send({ kind: 'event', id, event: farEvent(event) });
        },
        signal: stop.signal,
      });
      send({ kind: 'end', id, result: { good: true, value } });
    } catch (error) {
      send({ kind: 'end', id, result: failure(error) });
    }
    stops.delete(id);
  };
  line.hear(heard => {
    const message = heard as Down; // the other end is our own program
    switch (message.kind) {
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
  return new Promise(() => undefined);
}

const notHere = (): never => {
  throw new Error('internal: the record is not here');
};

/** The record as it is where it is not. */
export const noLedger: Ledger = {
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

/** The record from afar: outcomes are durable when they are answered. */
export function farLedger({ ask }: Giver): Ledger {
  return {
    ...noLedger,
    open: async () => void (await ask({ what: 'open' })),
    record: async (_, step, outcome) => void (await ask({ what: 'record', step, outcome })),
    close: async () => void (await ask({ what: 'close' })),
  };
}
