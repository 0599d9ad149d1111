// Keys of the live view: read only from a terminal, put back as it was at the end.

export interface Keys {
  end(): void;
}

/** Calls `press` with each key; Ctrl-C is given as 'q', since raw mode sends no signal for it. */
export function listenToKeys(input: NodeJS.ReadStream, press: (key: string) => void): Keys {
  const listener = (bytes: Buffer): void => {
    for (const key of bytes.toString('latin1')) press(key === '\u0003' ? 'q' : key);
  };
  input.setRawMode(true);
  input.resume();
  input.on('data', listener);
  return {
    end: () => {
      input.off('data', listener);
      input.setRawMode(false);
      input.pause();
    },
  };
}
