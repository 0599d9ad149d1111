// A whole block through one of node:zlib's encoders or decoders in a single hop to a thread. Its one-shot calls
// take two, the second only to say that this was all, and until then zstd copies what it could have packed from where
// it lies.

import type { Transform } from 'node:stream';

/** So that none waits for its reader: all it gives is taken at once, when it is done. */
export const unread = { readableHighWaterMark: 2 ** 30 };

/** @param encoder made with `unread`, and with a `flush` that has it give out all it has after each write */
export async function packWhole(encoder: Transform, bytes: Uint8Array): Promise<Uint8Array> {
  const packed = await new Promise<Uint8Array>((resolve, reject) => {
    encoder.once('error', reject);
    encoder.write(bytes, error => {
      if (!error) resolve(allOf(encoder));
    });
  });
  // Not before it has called back to the end: it would make an error of it, with its stack.
  encoder.destroy();
  return packed;
}

/**
 * What the bytes decode to, up to the end of their data; `decoder.bytesWritten` tells where that was.
 *
 * @param decoder made with `unread`, and with a `flush` that has it refuse bytes that end in the middle
 */
export async function unpackWhole(decoder: Transform, bytes: Uint8Array): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  await new Promise<void>((resolve, reject) => {
    decoder.once('error', reject);
    decoder.on('data', chunk => chunks.push(chunk));
    // Where more bytes follow, it says only that it is over, and never that it has taken all.
    decoder.once('end', resolve);
    decoder.write(bytes, error => {
      if (!error) resolve();
    });
  });
  const rest = allOf(decoder);
  decoder.destroy();
  return joined([...chunks, rest]);
}

function allOf(encoder: Transform): Uint8Array {
  const chunks: Uint8Array[] = [];
  for (let chunk = encoder.read(); chunk !== null; chunk = encoder.read()) chunks.push(chunk);
  return joined(chunks);
}

function joined(chunks: readonly Uint8Array[]): Uint8Array {
  const [only, ...more] = chunks.filter(chunk => chunk.length > 0);
  return only !== undefined && more.length === 0 ? only : Buffer.concat(chunks);
}
