// Signals, as operations expect them. They are caught before anything else is done: without a
// listener USR1 opens Node's inspector to everybody on the machine, and HUP kills.

export type Signal = 'SIGHUP' | 'SIGUSR1' | 'SIGUSR2' | 'SIGTERM' | 'SIGINT' | 'SIGPIPE';

/** `process`, or what stands for it in a test. */
export interface SignalSource {
  on(signal: Signal, listener: () => void): unknown;
  off(signal: Signal, listener: () => void): unknown;
}

export interface SignalActs {
  /** HUP: read the policies again, open the own log again. */
  reload(): void;
  /** USR1: a round now. */
  round(): void;
  /** USR2: a snapshot of the status to the log. */
  snapshot(): void;
  /** TERM, INT: no new work, finish the step in hand. */
  stop(signal: 'SIGTERM' | 'SIGINT'): void;
  /** The second one: at once. */
  leave(code: 130 | 143): void;
}

export interface Signals {
  /** What came before is done now, in the order in which it came. */
  connect(acts: SignalActs): void;
  /** Listens no longer. */
  release(): void;
}

/** Catches all signals from now on; until somebody connects, only the second TERM or INT acts. */
export function catchSignals(source: SignalSource, leave: (code: 130 | 143) => void): Signals {
  let acts: SignalActs | null = null;
  let stops = 0;
  const early: Exclude<Signal, 'SIGPIPE'>[] = [];

  const act = (signal: Exclude<Signal, 'SIGPIPE'>): void => {
    if (signal === 'SIGTERM' || signal === 'SIGINT') {
      stops += 1;
      if (stops > 1) {
        (acts?.leave ?? leave)(signal === 'SIGINT' ? 130 : 143);
        return;
      }
    }
    if (acts === null) early.push(signal);
    else perform(acts, signal);
  };

  const listeners = new Map<Signal, () => void>([['SIGPIPE', () => undefined]]);
  for (const signal of acted) listeners.set(signal, () => act(signal));
  for (const [signal, listener] of listeners) source.on(signal, listener);

  return {
    connect: wanted => {
      acts = wanted;
      for (const signal of early.splice(0)) perform(wanted, signal);
    },
    release: () => {
      for (const [signal, listener] of listeners) source.off(signal, listener);
    },
  };
}

const acted = ['SIGHUP', 'SIGUSR1', 'SIGUSR2', 'SIGTERM', 'SIGINT'] as const;

function perform(acts: SignalActs, signal: Exclude<Signal, 'SIGPIPE'>): void {
  if (signal === 'SIGHUP') acts.reload();
  else if (signal === 'SIGUSR1') acts.round();
  else if (signal === 'SIGUSR2') acts.snapshot();
  else acts.stop(signal);
}
