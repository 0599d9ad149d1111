// Length and SHA-256 of bytes on their way to somewhere else, so that nobody reads them twice.

import type { Bytes } from '../units/bytes.ts';
import type { Chunks } from './codec.ts';

export interface Digest {
  readonly bytes: Bytes;
  /** In lower-case hex. */
  readonly sha256: string;
}

export interface Digesting {
  /** The chunks of the input, as they are; to be taken once. */
  readonly chunks: AsyncIterable<Uint8Array>;
  /** Taken so far. */
  readonly bytes: Bytes;
  /** Of all chunks together; only once the last one has been taken. */
  digest(): Digest;
}

/** Passes chunks through and keeps count: `codec.encode(d.chunks, …)`, then `d.digest()`. */
export function digesting(input: Chunks): Digesting {
  const hash = process.getBuiltinModule('node:crypto').createHash('sha256');
  let bytes = 0;
  let digest: Digest | null = null;

  async function* pass(): AsyncGenerator<Uint8Array, void, undefined> {
    for await (const chunk of input) {
      hash.update(chunk);
      bytes += chunk.length;
      yield chunk;
    }
    digest = { bytes, sha256: hash.digest('hex') };
  }

  return {
    chunks: pass(),
    get bytes() {
      return bytes;
    },
    digest: () => {
      if (digest === null)
        throw new Error(`internal: a digest was asked for after ${bytes} bytes, before the end`);
      return digest;
    },
  };
}

/** Takes all of the input and gives only its digest. */
export async function digestOf(input: Chunks): Promise<Digest> {
  const passing = digesting(input);
  for await (const _ of passing.chunks);
  return passing.digest();
}

export function digestOfWhole(bytes: Uint8Array): Digest {
  const sha256 = process.getBuiltinModule('node:crypto').hash('sha256', bytes);
  return { bytes: bytes.length, sha256 };
}
