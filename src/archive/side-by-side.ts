// Several streams made at once and taken one after another: those whose turn has not come run ahead
// until what is held for them is too much, so memory stays bounded whatever they give.

import type { Bytes } from '../units/bytes.ts';

export interface SideBySide<T> {
  /** How many run at once. */
  readonly lanes: number;
  /** What a value takes while it waits. */
  readonly sizeOf: (value: T) => Bytes;
  /** How much work each stream is, where the largest is to be begun first: begun last, it would end alone. */
  readonly weights?: readonly number[] | undefined;
  readonly signal?: AbortSignal | undefined;
}

type Stream<T> = (signal: AbortSignal) => AsyncIterable<T>;

/** Held for the stream that is being taken, and for all others together. */
const ownLimit: Bytes = 2 * 1024 * 1024;
const aheadLimit: Bytes = 8 * 1024 * 1024;

/** So many streams a lane may be over or under way, and not taken yet. */
const mostHeld = 8;

/**
 * All values of the first stream, then of the second, and so on; others are already at work. When the
 * consumer leaves, or one fails, the others are told through the signal that they were made with, and
 * awaited.
 */
export async function* sideBySide<T>(
  streams: readonly Stream<T>[],
  options: SideBySide<T>,
): AsyncGenerator<T, void, undefined> {
  options.signal?.throwIfAborted();
  const stop = new AbortController();
  const onAbort = () => stop.abort(options.signal?.reason);
  options.signal?.addEventListener('abort', onAbort, { once: true });
  const lanes = new Lanes(streams, options, stop.signal);
  try {
    for (let turn = 0; turn < streams.length; turn += 1) yield* lanes.take(turn);
  } finally {
    options.signal?.removeEventListener('abort', onAbort);
    stop.abort();
    await lanes.end();
  }
}

class Lanes<T> {
  readonly #streams: readonly Stream<T>[];
  readonly #options: SideBySide<T>;
  readonly #stop: AbortSignal;
  /** Those to be begun, in this order. */
  readonly #waiting: number[];
  readonly #begun = new Map<number, Lane<T>>();
  /** The one that is being taken. */
  #first: Lane<T> | null = null;

  constructor(streams: readonly Stream<T>[], options: SideBySide<T>, stop: AbortSignal) {
    this.#streams = streams;
    this.#options = options;
    this.#stop = stop;
    const { weights } = options;
    stop.addEventListener('abort', () => this.#wake(), { once: true });
    this.#waiting = [...streams.keys()].sort((a, b) => (weights?.[b] ?? 0) - (weights?.[a] ?? 0));
  }

  async *take(turn: number): AsyncGenerator<T, void, undefined> {
    this.#first = this.#begun.get(turn) ?? this.#begin(turn);
    // What was held for it is held for others no longer: they may go on.
    this.#wake();
    this.#beginMore();
    yield* this.#first.values();
    this.#begun.delete(turn);
  }

  async end(): Promise<void> {
    await Promise.all([...this.#begun.values()].map(lane => lane.done));
  }

  #wake(): void {
    for (const lane of this.#begun.values()) lane.wake();
  }

  #beginMore(): void {
    const { lanes } = this.#options;
    const atWork = () => [...this.#begun.values()].filter(lane => !lane.isOver).length;
    while (this.#begun.size < mostHeld * lanes && atWork() < lanes) {
      const next = this.#waiting[0];
      if (next === undefined) return;
      this.#begin(next);
    }
  }

  #begin(index: number): Lane<T> {
    this.#waiting.splice(this.#waiting.indexOf(index), 1);
    const lane: Lane<T> = new Lane((this.#streams[index] as Stream<T>)(this.#stop), {
      sizeOf: this.#options.sizeOf,
      stop: this.#stop,
      mustWait: () => this.#mustWait(lane),
      // One that is over makes room also while its turn has not come: a long first keeps nobody idle.
      whenOver: () => this.#beginMore(),
    });
    this.#begun.set(index, lane);
    return lane;
  }

  #mustWait(lane: Lane<T>): boolean {
    if (lane === this.#first) return lane.held > ownLimit;
    const ahead = [...this.#begun.values()].filter(one => one !== this.#first);
    return ahead.reduce((sum, one) => sum + one.held, 0) > aheadLimit;
  }
}

interface LaneRules<T> {
  readonly sizeOf: (value: T) => Bytes;
  readonly stop: AbortSignal;
  readonly mustWait: () => boolean;
  readonly whenOver: () => void;
}

class Lane<T> {
  /** Never rejects. */
  readonly done: Promise<void>;
  /** What its values take that wait for their turn. */
  held: Bytes = 0;
  readonly #rules: LaneRules<T>;
  readonly #waiting: T[] = [];
  #end: { readonly error?: unknown } | null = null;
  #changed = Promise.withResolvers<void>();

  constructor(stream: AsyncIterable<T>, rules: LaneRules<T>) {
    this.#rules = rules;
    this.done = this.#run(stream).then(() => {
      if (!rules.stop.aborted) rules.whenOver();
    });
  }

  get isOver(): boolean {
    return this.#end !== null;
  }

  wake(): void {
    this.#changed.resolve();
    this.#changed = Promise.withResolvers<void>();
  }

  async *values(): AsyncGenerator<T, void, undefined> {
    for (;;) {
      const value = this.#waiting.shift();
      if (value !== undefined) {
        this.held -= this.#rules.sizeOf(value);
        this.wake();
        yield value;
      } else if (this.#end === null) await this.#changed.promise;
      else if ('error' in this.#end) throw this.#end.error;
      else return;
    }
  }

  async #run(stream: AsyncIterable<T>): Promise<void> {
    const { sizeOf, stop, mustWait } = this.#rules;
    try {
      for await (const value of stream) {
        this.#waiting.push(value);
        this.held += sizeOf(value);
        this.wake();
        while (mustWait() && !stop.aborted) await this.#changed.promise;
        if (stop.aborted) break;
      }
      this.#end = {};
    } catch (error) {
      this.#end = { error };
    } finally {
      this.wake();
    }
  }
}
