// An input that can be left at any time, also while it stalls.

/**
 * The input's values; rejects with the signal's reason as soon as it aborts. An input that is at
 * rest is then told to return and awaited. One that is being waited for is told and not awaited,
 * since it may never answer: whoever made it should listen to the same signal.
 */
export async function* untilAborted<T>(
  input: AsyncIterable<T> | Iterable<T>,
  signal: AbortSignal | undefined,
): AsyncGenerator<T, void, undefined> {
  signal?.throwIfAborted();
  const source = Symbol.asyncIterator in input ? input[Symbol.asyncIterator]() : input[Symbol.iterator]();
  let isAtRest = false;
  try {
    for (;;) {
      const step = await orAbort(source.next(), signal);
      if (step.done) return;
      isAtRest = true;
      yield step.value;
      signal?.throwIfAborted();
      isAtRest = false;
    }
  } finally {
    if (isAtRest) await source.return?.();
    else if (signal?.aborted) Promise.resolve(source.return?.()).catch(() => undefined);
  }
}

function orAbort<T>(value: Promise<T> | T, signal: AbortSignal | undefined): Promise<T> {
  const first = Promise.withResolvers<T>();
  const onAbort = () => first.reject(signal?.reason);
  signal?.addEventListener('abort', onAbort, { once: true });
  Promise.resolve(value)
    .finally(() => signal?.removeEventListener('abort', onAbort))
    .then(first.resolve, first.reject);
  return first.promise;
}
