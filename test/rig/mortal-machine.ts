// A machine whose power can be cut: from then on no call does anything or returns. What a killed
// process leaves, many times a second and within one process.

import type { Ledger } from '../../src/ledger/ledger.ts';
import type { Folder, World } from '../../src/world/world.ts';
import { changes, insides } from './crashing-world.ts';

export interface MortalMachine {
  readonly world: World;
  /** Acts on the disk and on the ledger so far, by name. */
  readonly acts: readonly string[];
  ledger(inner: Ledger): Ledger;
  /** Resolves at the cut. */
  readonly death: Promise<void>;
  /** Waits for what the system had begun, and closes what the dead left open. */
  bury(): Promise<void>;
}

interface Life {
  readonly acts: string[];
  isDead: boolean;
  readonly opened: Set<{ close(): Promise<void> }>;
  readonly underWay: Set<Promise<unknown>>;
  /** Counts an act, and cuts the power if it is the last. */
  before(name: string): void;
}

const never = new Promise<never>(() => {});

/** @param last the act at which the power is cut: it is not done; Infinity: never */
export function mortalMachine(inner: World, last: number): MortalMachine {
  const death = Promise.withResolvers<void>();
  const life: Life = {
    acts: [],
    isDead: false,
    opened: new Set(),
    underWay: new Set(),
    before(name) {
      life.acts.push(name);
      if (life.acts.length < last) return;
      life.isDead = true;
      death.resolve();
    },
  };
  return {
    world: {
      ...inner,
      disk: mortalDisk(inner, life),
      shell: mortal(inner.shell, life),
      processes: mortal(inner.processes, life),
    },
    acts: life.acts,
    death: death.promise,
    ledger: ledger => mortalLedger(ledger, life),
    async bury() {
      while (life.underWay.size > 0) await Promise.allSettled(life.underWay);
      for (const one of [...life.opened].toReversed()) await one.close();
    },
  };
}

/** The look stays: it is synchronous, changes nothing, and is over before the power goes. */
function mortalDisk(inner: World, life: Life): World['disk'] {
  const disk = mortal(inner.disk, life);
  return {
    look: inner.disk.look,
    openFolder: (path, expected) => disk.openFolder(path, expected),
    makeFolder: (...folder) => disk.makeFolder(...folder),
    space: path => disk.space(path),
  };
}

function mortal<T extends object>(inner: T, life: Life): T {
  return new Proxy(inner, {
    get(_, key) {
      const value: unknown = Reflect.get(inner, key, inner);
      if (typeof value !== 'function' || typeof key !== 'string') return value;
      const act = (args: readonly unknown[]): unknown =>
        value.apply(
          inner,
          args.map(arg => insides.get(arg as object) ?? arg),
        );
      const isLive = (): boolean => {
        if (!life.isDead && changes.has(key)) life.before(key);
        return !life.isDead;
      };
      if (key.endsWith('Now')) {
        return (...args: unknown[]) => {
          if (isLive()) return act(args);
          throw new Error('the power is cut');
        };
      }
      return async (...args: unknown[]) => {
        if (!isLive()) return never;
        const result = await tracked(act(args) as Promise<unknown>, key, life);
        if (key === 'close') life.opened.delete(inner as unknown as { close(): Promise<void> });
        return life.isDead ? never : result;
      };
    },
  });
}

/** Waits for the system's answer; what it opened is mortal too, and remembered for the burial. */
async function tracked(call: Promise<unknown>, key: string, life: Life): Promise<unknown> {
  const answer = (async () => {
    const result = await call;
    if (key !== 'openFolder' && key !== 'open' && key !== 'create') return result;
    const opened = result as Folder;
    life.opened.add(opened);
    const wrapped = mortal(opened, life);
    if (key === 'openFolder') insides.set(wrapped, opened);
    return wrapped;
  })();
  life.underWay.add(answer);
  try {
    return await answer;
  } finally {
    life.underWay.delete(answer);
  }
}

/** The power may go before a record is durable, and after, before anybody hears of it. */
function mortalLedger(inner: Ledger, life: Life): Ledger {
  const around = async (name: string, act: () => Promise<void>): Promise<void> => {
    if (!life.isDead) life.before(`before ${name}`);
    if (life.isDead) return never;
    await act();
    if (!life.isDead) life.before(`after ${name}`);
    return life.isDead ? never : undefined;
  };
  return {
    problem: inner.problem,
    short: inner.short,
    state: () => inner.state(),
    unfinished: () => inner.unfinished(),
    closed: id => inner.closed(id),
    history: (from, until) => inner.history(from, until),
    addSamples: (samples, round) => inner.addSamples(samples, round),
    end: () => inner.end(),
    open: plan => around('open', () => inner.open(plan)),
    record: (plan, step, outcome, at) =>
      around(`record ${step}`, () => inner.record(plan, step, outcome, at)),
    close: (plan, at) => around('close', () => inner.close(plan, at)),
  };
}
