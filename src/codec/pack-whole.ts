// One block through one of node:zlib's encoders in a single hop to a thread. Its one-shot calls take two, the
// second only to say that this was all, and until then zstd copies what it could have packed from where it lies.

import type { Transform } from 'node:stream';

/** So that an encoder never waits for its reader: all it gives is taken at once, when it is done. */
export const unread = { readableHighWaterMark: 2 ** 30 };

/** @param encoder made with `unread`, and with a `flush` that has it give out all it has after each write */
export function packWhole(encoder: Transform, bytes: Uint8Array): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    encoder.once('error', reject);
    encoder.write(bytes, error => {
      if (error) return;
      resolve(allOf(encoder));
      encoder.destroy();
    });
  });
}

function allOf(encoder: Transform): Uint8Array {
  const chunks: Uint8Array[] = [];
  for (let chunk = encoder.read(); chunk !== null; chunk = encoder.read()) chunks.push(chunk);
  const [only] = chunks;
  return only !== undefined && chunks.length === 1 ? only : Buffer.concat(chunks);
}
