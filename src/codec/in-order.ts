// Work on the pool, results in the order of the input. How far it runs ahead is bounded by
// places, never by the size of what comes in.

import type { Pool } from './codec.ts';
import { untilAborted } from './until-aborted.ts';

export interface OrderedWork<T, R> {
  readonly work: (item: T) => Promise<R>;
  readonly pool: Pool;
  /** Asked for each item as it comes. */
  readonly weight: () => number;
  readonly signal?: AbortSignal | undefined;
}

/**
 * `work` of each item, in order. An item is asked for only when the one before has its place in
 * the pool, so a waiting file holds one block, however many files wait. Finished results that
 * nobody has taken stop it at two more than the pool has places.
 *
 * When it ends early (failure, abort, or the consumer leaves), waiting items leave the pool and
 * those at work are awaited before it settles; an input that stalls is not (see untilAborted).
 */
export async function* inOrder<T, R>(
  input: AsyncIterable<T>,
  options: OrderedWork<T, R>,
): AsyncGenerator<R, void, undefined> {
  options.signal?.throwIfAborted();
  const stop = new AbortController();
  const onAbort = () => stop.abort(options.signal?.reason);
  options.signal?.addEventListener('abort', onAbort, { once: true });
  const line = new Line<R>();
  stop.signal.addEventListener('abort', () => line.wake(), { once: true });
  const feeder = feed(input, options, line, stop.signal);
  try {
    for (;;) {
      stop.signal.throwIfAborted();
      const next = line.results[0];
      if (next !== undefined) {
        const result = await next;
        stop.signal.throwIfAborted();
        line.results.shift();
        line.wake();
        yield result;
      } else if (line.end !== null) {
        if (line.end.error !== undefined) throw line.end.error;
        return;
      } else {
        await line.change();
      }
    }
  } finally {
    options.signal?.removeEventListener('abort', onAbort);
    stop.abort(left);
    await Promise.allSettled(line.results);
    await feeder;
  }
}

/** What nobody sees: without a reason a DOMException with its stack is made, for every file. */
const left = Symbol('left');

/** What stands between the feeder and the consumer. */
class Line<R> {
  readonly results: Promise<R>[] = [];
  /** How the input ended; null while it has not. */
  end: { readonly error?: unknown } | null = null;
  #changed = Promise.withResolvers<void>();

  wake(): void {
    this.#changed.resolve();
    this.#changed = Promise.withResolvers<void>();
  }

  change(): Promise<void> {
    return this.#changed.promise;
  }
}

/** Never rejects: what goes wrong stands in `line.end`, behind the results that came before it. */
async function feed<T, R>(
  input: AsyncIterable<T>,
  options: OrderedWork<T, R>,
  line: Line<R>,
  stop: AbortSignal,
): Promise<void> {
  try {
    for await (const item of untilAborted(input, stop)) {
      await enter(item, options, line, stop);
      while (line.results.length >= options.pool.size + 2 && !stop.aborted) await line.change();
    }
    line.end = {};
  } catch (error) {
    line.end = { error };
  } finally {
    line.wake();
  }
}

/** Resolves once the item is at work (or has failed to come to it). */
async function enter<T, R>(
  item: T,
  options: OrderedWork<T, R>,
  line: Line<R>,
  stop: AbortSignal,
): Promise<void> {
  const placed = Promise.withResolvers<void>();
  const work = () => {
    placed.resolve();
    return options.work(item);
  };
  const result = options.pool.run(work, options.weight(), stop);
  // Marks a rejection as seen: the consumer meets it in order, perhaps much later.
  result.then(
    () => placed.resolve(),
    () => placed.resolve(),
  );
  line.results.push(result);
  line.wake();
  await placed.promise;
}
