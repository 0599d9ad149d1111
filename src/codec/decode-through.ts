// One of node:zlib's decoders, driven by hand: it must be known where in the input it ended,
// since zlib drops what follows without a word.

import type { Transform } from 'node:stream';
import type { Bytes } from '../units/bytes.ts';
import { type Block, blocksOf } from './blocks.ts';
import { type Chunks, CodecError, CutError, type Taker } from './codec.ts';
import { freeMemory } from './free-memory.ts';
import { untilAborted } from './until-aborted.ts';

/** Of node:zlib; `bytesWritten` counts the bytes that it has consumed. */
type Decoder = Transform & { readonly bytesWritten: number };

export interface Through {
  readonly makeDecoder: () => Decoder;
  /** For messages. */
  readonly name: string;
  /** What may stand behind the end of the compressed data. */
  readonly mayFollow: 'zeros' | 'nothing';
  /** Where the input begins in the file, for `at` of errors. */
  readonly from?: Bytes;
  /** From this place in the file on the input is given in pieces of that size: with a piece that fails goes what it held before. */
  readonly steps?: { readonly from: Bytes; readonly size: Bytes } | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly taker?: Taker | undefined;
}

/**
 * Decoded bytes, taken only as fast as they are wanted: a bomb costs no more memory than any
 * other input. Errors of the input pass through as they are; those of the decoder become
 * CodecErrors. An input that stalls is not awaited when this ends early.
 */
export async function* decodeThrough(
  input: Chunks,
  through: Through,
): AsyncGenerator<Uint8Array, void, undefined> {
  const { signal } = through;
  signal?.throwIfAborted();
  const decoder = through.makeDecoder();
  const feeder = new Feeder(input, decoder, through);
  const onAbort = () => decoder.destroy(signal?.reason);
  signal?.addEventListener('abort', onAbort, { once: true });
  // The loop below meets every error; this keeps one that comes while nobody asks from being loud.
  decoder.on('error', () => undefined);
  const fed = feeder.run();
  try {
    for await (const chunk of decoder) {
      yield chunk as Uint8Array;
      if (through.taker?.passing && endsItsMemory(chunk)) freeMemory(chunk);
    }
    await fed;
    await refuseTail(feeder, decoder.bytesWritten, through);
  } catch (error) {
    if (signal?.aborted) throw signal.reason;
    if (feeder.failure !== null) throw feeder.failure.error;
    throw codecErrorFrom(error, through.name, (through.from ?? 0) + decoder.bytesWritten);
  } finally {
    signal?.removeEventListener('abort', onAbort);
    decoder.destroy();
    await feeder.leave(fed);
  }
}

/** What nobody sees: without a reason a DOMException with its stack is made, for every file. */
const left = Symbol('left');

/**
 * How large a decoder's output buffers are, and how far it runs ahead. Each buffer is a hop to a thread and back; a
 * small file needs no quarter of a megabyte, and only who frees them at once has room for large ones.
 */
export function outputFor(taker: Taker | undefined): { chunkSize: Bytes; readableHighWaterMark?: Bytes } {
  const most = taker?.pieces ?? (taker?.passing ? 1024 * 1024 : 256 * 1024);
  if (taker?.plain !== undefined && taker.plain < most) return { chunkSize: taker.plain + 1024 };
  return taker?.passing && taker.pieces === undefined
    ? { chunkSize: most, readableHighWaterMark: most + 1 }
    : { chunkSize: most };
}

/** Then the decoder has filled this buffer and goes on in another. */
function endsItsMemory(chunk: Uint8Array): boolean {
  return chunk.byteOffset + chunk.byteLength === chunk.buffer.byteLength;
}

/** Writes the input into the decoder until one of the two ends. */
class Feeder {
  /** What went wrong in the input itself. */
  failure: { readonly error: unknown } | null = null;
  /** The chunk given last, in which the end lies if there was one, and where it begins in the input. */
  current: Uint8Array = new Uint8Array(0);
  currentAt: Bytes = 0;
  #given = 0;
  readonly #decoder: Decoder;
  readonly #stop = new AbortController();
  readonly #source: AsyncGenerator<Uint8Array, void, undefined>;

  constructor(input: Chunks, decoder: Decoder, { steps, from = 0 }: Through) {
    this.#decoder = decoder;
    const blocks = blocksOf(untilAborted(input, this.#stop.signal), inputSize);
    this.#source = stepped(blocks, steps === undefined ? null : { ...steps, from: steps.from - from });
  }

  /** Never rejects. */
  async run(): Promise<void> {
    for (let chunk = await this.next(); !isOver(this.#decoder); chunk = await this.next()) {
      if (chunk === null) {
        if (this.failure === null) this.#decoder.end();
        return;
      }
      if (chunk.length > 0) await written(this.#decoder, chunk);
      if (isOver(this.#decoder)) return;
      if (this.#decoder.bytesWritten < this.#given) {
        // It has met the end of its data in this chunk, and would silently take further ones.
        this.#decoder.end();
        return;
      }
    }
  }

  /** The next chunk; null at the end and after a failure, which also ends the decoder. */
  async next(): Promise<Uint8Array | null> {
    try {
      const step = await this.#source.next();
      if (step.done) return null;
      this.currentAt = this.#given;
      this.current = step.value;
      this.#given += this.current.length;
      return this.current;
    } catch (error) {
      this.failure = { error };
      this.#decoder.destroy(error instanceof Error ? error : new Error('the input failed', { cause: error }));
      return null;
    }
  }

  /** Lets go of the input, also of one that stalls. */
  async leave(fed: Promise<void>): Promise<void> {
    this.#stop.abort(left);
    await fed;
    await this.#source.return();
  }
}

async function* stepped(
  blocks: AsyncIterable<Block>,
  steps: { readonly from: Bytes; readonly size: Bytes } | null,
): AsyncGenerator<Uint8Array, void, undefined> {
  let at = 0;
  for await (const { bytes } of blocks) {
    const whole = steps === null ? bytes.length : Math.max(0, Math.min(bytes.length, steps.from - at));
    if (whole > 0) yield bytes.subarray(0, whole);
    for (let from = whole; steps !== null && from < bytes.length; from += steps.size)
      yield bytes.subarray(from, from + steps.size);
    at += bytes.length;
  }
}

/** Tiny chunks are joined first: each write is a hop to a thread. */
const inputSize: Bytes = 256 * 1024;

function isOver(decoder: Transform): boolean {
  return decoder.destroyed || decoder.readableEnded;
}

/**
 * Resolves when the decoder has taken the chunk, or will take no more: a decoder that has met
 * the end of its data never calls back for what is left of the chunk.
 */
function written(decoder: Transform, chunk: Uint8Array): Promise<void> {
  const taken = Promise.withResolvers<void>();
  const done = () => taken.resolve();
  decoder.once('end', done);
  decoder.once('close', done);
  decoder.write(chunk, done);
  return taken.promise.finally(() => {
    decoder.off('end', done);
    decoder.off('close', done);
  });
}

/** Looks at all that stands behind the end. */
async function refuseTail(feeder: Feeder, end: Bytes, through: Through): Promise<void> {
  let at = end;
  let tail: Uint8Array | null = feeder.current.subarray(end - feeder.currentAt);
  while (tail !== null) {
    refuseBehind(tail, 0, through, at);
    at += tail.length;
    tail = await feeder.next();
  }
  if (feeder.failure !== null) throw feeder.failure.error;
}

/** @param at where `bytes` begin in the input */
export function refuseBehind(
  bytes: Uint8Array,
  end: Bytes,
  { name, mayFollow, from = 0 }: Pick<Through, 'name' | 'mayFollow' | 'from'>,
  at: Bytes = 0,
): void {
  const tail = bytes.subarray(end);
  const odd = mayFollow === 'zeros' ? tail.findIndex(byte => byte !== 0) : tail.length > 0 ? 0 : -1;
  if (odd >= 0) throw new CodecError(`other bytes follow the end of the ${name} data`, from + at + end + odd);
}

/** zlib's words as ours; anything that is not of zlib's making stays as it is. */
export function codecErrorFrom(error: unknown, name: string, at: Bytes): unknown {
  if (error instanceof CodecError || !(error instanceof Error)) return error;
  const code = (error as NodeJS.ErrnoException).code ?? '';
  if (!/^(?:Z_|ZSTD_|ERR_(?:_?ZSTD|BROTLI|_ERROR|TRAILING|BUFFER_TOO_LARGE|PADDING))/.test(code))
    return error;
  if (code === 'Z_BUF_ERROR') return new CutError(`the ${name} data ends in the middle`, at, error);
  return new CodecError(`the ${name} data is damaged (${error.message})`, at, error);
}
