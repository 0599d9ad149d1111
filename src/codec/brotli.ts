// brotli: one stream. It has no mark to know it by, no checksum and no way to join two streams:
// read for whoever has such archives, and recommended to nobody.

import { type BrotliCompress, constants, createBrotliCompress, createBrotliDecompress } from 'node:zlib';
import { blocksOf } from './blocks.ts';
import type { Chunks, Codec, EncodeOptions, Taker } from './codec.ts';
import { decodeThrough } from './decode-through.ts';
import { brotliLevels, brotliQuality } from './profiles.ts';
import { untilAborted } from './until-aborted.ts';

export const brotli: Codec = {
  name: 'brotli',
  extension: '.br',
  levels: brotliLevels,
  startsLike: () => false,
  encode,
  decode,
};

/** Damage inside may come back as other bytes: only a digest of the plain content can tell. */
function decode(input: Chunks, signal?: AbortSignal, taker?: Taker): AsyncIterable<Uint8Array> {
  const makeDecoder = () => createBrotliDecompress({ chunkSize: 256 * 1024 });
  return decodeThrough(input, { makeDecoder, name: 'brotli', mayFollow: 'nothing', signal, taker });
}

/** Blocks one after another, each with a place in the pool while it is at work. */
async function* encode(input: Chunks, options: EncodeOptions): AsyncGenerator<Uint8Array, void, undefined> {
  options.signal?.throwIfAborted();
  const quality = brotliQuality(options.level);
  const stream = createBrotliCompress({
    params: {
      [constants.BROTLI_PARAM_QUALITY]: quality,
      [constants.BROTLI_PARAM_SIZE_HINT]: Math.min(options.size ?? 0, 2 ** 30),
    },
    chunkSize: 64 * 1024,
  });
  const gathered = gather(stream);
  try {
    for await (const block of blocksOf(untilAborted(input, options.signal))) {
      const work = () => push(stream, block.bytes, block.last);
      await options.pool.run(work, options.size ?? stream.bytesWritten, options.signal);
      options.signal?.throwIfAborted();
      yield* gathered.splice(0);
    }
  } finally {
    stream.destroy();
  }
}

/** What comes out, as it comes: a block in gives at most about a block out, so this stays small. */
function gather(stream: BrotliCompress): Uint8Array[] {
  const gathered: Uint8Array[] = [];
  stream.on('data', chunk => gathered.push(chunk));
  return gathered;
}

/** Resolves when the block is packed and all that it gave has been gathered. */
function push(stream: BrotliCompress, bytes: Uint8Array, last: boolean): Promise<void> {
  const done = Promise.withResolvers<void>();
  stream.once('error', done.reject);
  if (last) {
    stream.once('end', done.resolve);
    stream.end(bytes);
  } else {
    stream.write(bytes, () => done.resolve());
  }
  return done.promise.finally(() => stream.off('error', done.reject));
}
