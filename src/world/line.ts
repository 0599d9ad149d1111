// A line between two logmills, of which one has started the other in a process of its own. Values go
// over it as they are, maps and sets too. What is sent within a turn of the loop goes together, since a
// message costs more than what is in it.

export interface Line {
  send(message: unknown): void;
  /** Each message that comes; from the first call on. */
  hear(listen: (message: unknown) => void): void;
}

/** The end of whoever has started the other. */
export interface Started extends Line {
  /** How it ended, in words. */
  readonly gone: Promise<string>;
  /** Whether it keeps this process from ending. */
  hold(): void;
  release(): void;
  /** It is told to go, and goes when its work is done. */
  end(): void;
}

export function gathering<L extends Line>(line: L): L {
  let waiting: unknown[] = [];
  const flush = (): void => {
    const together = waiting;
    waiting = [];
    line.send(together);
  };
  return {
    ...line,
    send(message) {
      if (waiting.length === 0) setImmediate(flush);
      waiting.push(message);
    },
    hear(listen) {
      line.hear(together => {
        for (const message of together as unknown[]) listen(message); // the other end gathers too
      });
    },
  };
}

/** The end of what was started. @throws Error when nobody has started this */
export function lineToParent(): Line {
  const send = process.send?.bind(process);
  if (send === undefined) throw new Error('this task is only for processes that logmill starts itself');
  process.once('disconnect', () => process.exit(0));
  return gathering({
    send: message => void send(message, undefined, undefined, () => undefined),
    hear: listen => void process.on('message', listen),
  });
}
