// Several streams made at once and taken one after another: each runs ahead until what it holds
// for its turn is too much, so memory stays bounded whatever they give.

import type { Bytes } from '../units/bytes.ts';

export interface SideBySide<T> {
  /** How many run at once. */
  readonly lanes: number;
  /** What a value takes while it waits. */
  readonly sizeOf: (value: T) => Bytes;
  readonly signal?: AbortSignal | undefined;
}

/** Held for a stream whose turn has not come. */
const aheadLimit: Bytes = 2 * 1024 * 1024;

/** So many streams a lane may be over or under way, and not taken yet. */
const mostHeld = 8;

/**
 * All values of the first stream, then of the second, and so on; those behind are already at work.
 * When the consumer leaves, or one fails, the others are told through the signal that they were
 * made with, and awaited.
 */
export async function* sideBySide<T>(
  streams: readonly ((signal: AbortSignal) => AsyncIterable<T>)[],
  options: SideBySide<T>,
): AsyncGenerator<T, void, undefined> {
  const stop = new AbortController();
  const onAbort = () => stop.abort(options.signal?.reason);
  options.signal?.throwIfAborted();
  options.signal?.addEventListener('abort', onAbort, { once: true });
  const running: Lane<T>[] = [];
  let next = 0;
  const startMore = () => {
    const room = () =>
      running.length < mostHeld * options.lanes &&
      running.filter(lane => !lane.isOver).length < options.lanes;
    for (; room() && next < streams.length; next += 1) {
      const stream = (streams[next] as (typeof streams)[number])(stop.signal);
      // One that is over makes room also while its turn has not come: a long first keeps nobody idle.
      running.push(new Lane(stream, options.sizeOf, stop.signal, startMore));
    }
  };
  try {
    for (startMore(); running[0] !== undefined; startMore()) {
      yield* running[0].values();
      running.shift();
    }
  } finally {
    options.signal?.removeEventListener('abort', onAbort);
    stop.abort();
    await Promise.all(running.map(lane => lane.done));
  }
}

class Lane<T> {
  /** Never rejects. */
  readonly done: Promise<void>;
  readonly #waiting: T[] = [];
  readonly #sizeOf: (value: T) => Bytes;
  #size = 0;
  #end: { readonly error?: unknown } | null = null;
  #changed = Promise.withResolvers<void>();

  constructor(
    stream: AsyncIterable<T>,
    sizeOf: (value: T) => Bytes,
    stop: AbortSignal,
    whenOver: () => void,
  ) {
    this.#sizeOf = sizeOf;
    stop.addEventListener('abort', () => this.#change(), { once: true });
    this.done = this.#run(stream, stop).then(() => {
      if (!stop.aborted) whenOver();
    });
  }

  get isOver(): boolean {
    return this.#end !== null;
  }

  async *values(): AsyncGenerator<T, void, undefined> {
    for (;;) {
      const value = this.#waiting.shift();
      if (value !== undefined) {
        this.#size -= this.#sizeOf(value);
        this.#change();
        yield value;
      } else if (this.#end === null) await this.#changed.promise;
      else if ('error' in this.#end) throw this.#end.error;
      else return;
    }
  }

  async #run(stream: AsyncIterable<T>, stop: AbortSignal): Promise<void> {
    try {
      for await (const value of stream) {
        this.#waiting.push(value);
        this.#size += this.#sizeOf(value);
        this.#change();
        while (this.#size > aheadLimit && !stop.aborted) await this.#changed.promise;
        if (stop.aborted) break;
      }
      this.#end = {};
    } catch (error) {
      this.#end = { error };
    } finally {
      this.#change();
    }
  }

  #change(): void {
    this.#changed.resolve();
    this.#changed = Promise.withResolvers<void>();
  }
}
