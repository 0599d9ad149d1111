// Many who wait for one sync: what lanes record within a few milliseconds goes to the disk in one
// commit, so that thousands of small logs do not cost thousands of syncs (law 5). Whoever waits is
// told only once its own entry is durable.

import type { Ms } from '../units/duration.ts';

export interface GroupCommit<T> {
  /** Resolves once a commit with `entry` in it has returned; rejects as that commit did. */
  add(entry: T): Promise<void>;
  /** Resolves when nothing waits any more. */
  drained(): Promise<void>;
}

/**
 * @param commit writes all of a batch durably, or rejects and leaves nothing of it
 * @param allWait whether nobody is left who could join the batch: then it goes at the next turn;
 *   else it stays open for `gatherMs` from its first entry
 */
export function groupCommit<T>(
  commit: (batch: readonly T[]) => Promise<void>,
  allWait: (waiting: number) => boolean,
): GroupCommit<T> {
  let batch: Waiting<T>[] = [];
  let timer: NodeJS.Timeout | null = null;
  let turn: NodeJS.Immediate | null = null;
  let running: Promise<void> = Promise.resolve();

  function flush(): void {
    if (timer !== null) clearTimeout(timer);
    if (turn !== null) clearImmediate(turn);
    timer = null;
    turn = null;
    // One commit at a time: what arrives meanwhile gathers for the next.
    running = running.then(async () => {
      const mine = batch;
      batch = [];
      if (mine.length > 0) await settle(commit, mine);
    });
  }

  return {
    add(entry) {
      return new Promise((resolve, reject) => {
        batch.push({ entry, resolve, reject });
        timer ??= setTimeout(flush, gatherMs);
        if (turn === null && allWait(batch.length)) turn = setImmediate(flush);
      });
    },
    async drained() {
      flush();
      await running;
      if (batch.length > 0) await this.drained();
    },
  };
}

/** Long enough for lanes that do small things to meet, short enough for a lonely log not to notice. */
const gatherMs: Ms = 8;

interface Waiting<T> {
  readonly entry: T;
  readonly resolve: () => void;
  readonly reject: (reason: unknown) => void;
}

async function settle<T>(
  commit: (batch: readonly T[]) => Promise<void>,
  mine: readonly Waiting<T>[],
): Promise<void> {
  try {
    await commit(mine.map(waiting => waiting.entry));
  } catch (error) {
    for (const waiting of mine) waiting.reject(error);
    return;
  }
  for (const waiting of mine) waiting.resolve();
}
