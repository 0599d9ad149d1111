// What ends a run of the door before its time, and the exit status that tells of it.

export interface StopSignals {
  readonly signal: AbortSignal;
  /** The exit status of whoever was ended so; null: nothing came. */
  status(): number | null;
  /** Signals do again what they do by themselves. */
  leave(): void;
}

const names = ['SIGHUP', 'SIGINT', 'SIGTERM'] as const;

/** The first signal lets what is begun be written down; the second leaves at once. */
export function stopSignals(): StopSignals {
  const stopping = new AbortController();
  let status: number | null = null;
  const stop = (_: NodeJS.Signals, number: number): void => {
    if (status !== null) process.exit(1);
    status = 128 + number;
    stopping.abort();
  };
  for (const one of names) process.on(one, stop);
  return {
    signal: stopping.signal,
    status: () => status,
    leave: () => {
      for (const one of names) process.off(one, stop);
    },
  };
}
