// An open file that is a buffer: what is written can be read, and nothing else is there.

import type { OpenFile } from '../../src/world/world.ts';

export interface MemoryFile extends OpenFile {
  content(): Buffer;
}

export function memoryFile(start: Buffer): MemoryFile {
  let content = start;
  const file = {
    content: () => content,
    read: async (into: Uint8Array, position: number) =>
      content.copy(into, 0, position, Math.min(content.length, position + into.length)),
    write: async (from: Uint8Array, position: number) => {
      content = Buffer.concat([content.subarray(0, position), from]);
    },
    stat: async () => ({ size: content.length }),
    setAttributes: async () => undefined,
    sync: async () => undefined,
  };
  // The rest of a file has no part in what is tested with it.
  return file as unknown as MemoryFile;
}
