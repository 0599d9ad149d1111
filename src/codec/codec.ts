// What logmill asks of a compressor: bytes in, bytes out. A codec opens nothing and names nothing.

import type { Bytes } from '../units/bytes.ts';

export type CodecName = 'gzip' | 'zstd' | 'brotli';

/** A level as a policy writes it, or one of the profiles by name. */
export type Level = number | 'fast' | 'mid' | 'high' | 'max';

/** Bytes in pieces of any sizes. Whoever gives them in leaves them as they are: blocks may lie in them. */
export type Chunks = AsyncIterable<Uint8Array> | Iterable<Uint8Array>;

export interface Codec {
  readonly name: CodecName;
  /** With its dot. */
  readonly extension: string;
  readonly levels: { readonly min: number; readonly max: number; readonly standard: number };
  /** Whether a file begins with this codec's mark; brotli has none and is known by its name only. */
  startsLike(head: Uint8Array): boolean;
  /**
   * Compressed bytes of `input`, in order, blocks side by side on the pool. The chunks given out
   * are not reused. Rejects when `signal` aborts; leaves no work behind.
   */
  encode(input: Chunks, options: EncodeOptions): AsyncIterable<Uint8Array>;
  /**
   * Decoded bytes, all members or frames. Rejects with a CodecError on damage, on an end in the
   * middle, and on bytes after the end.
   */
  decode(input: Chunks, signal?: AbortSignal, taker?: Taker): AsyncIterable<Uint8Array>;
  /** The same for whole files of a few kilobytes, where it has a shorter way. */
  readonly whole?: {
    pack(plain: Uint8Array, level: Level): Promise<Uint8Array>;
    /** @param plain how many bytes are expected; more are given all the same */
    unpack(packed: Uint8Array, plain: Bytes): Promise<Uint8Array>;
  };
}

export interface Taker {
  /** Looks at each chunk only until it asks for the next: its memory is then freed at once. */
  readonly passing: boolean;
  /** How much is expected, for small buffers of small files; more is given out all the same. */
  readonly plain?: Bytes;
  /** How large its pieces may be; larger ones are decoded faster, and take more memory. */
  readonly pieces?: Bytes;
}

export interface EncodeOptions {
  readonly level: Level;
  /** Size of the input when it is known: chooses small states for small files. */
  readonly size?: Bytes;
  readonly pool: Pool;
  readonly signal?: AbortSignal;
  /** The chunks of the input are given away: memory that holds nothing else is freed once it is packed. */
  readonly given?: boolean;
}

/** How many blocks may be in flight at once, over all files: one pool a process. */
export interface Pool {
  /** Before so many plain bytes are packed: resolves once the rate that was asked for allows it. */
  readonly pace?: (bytes: Bytes, signal: AbortSignal) => Promise<void>;
  /** Runs `work` when a place is free; the largest `weight` waiting goes first. */
  run<T>(work: () => Promise<T>, weight?: number, signal?: AbortSignal): Promise<T>;
  readonly size: number;
}

/** Damaged or foreign bytes; `at` is the offset in the compressed bytes where it is known. */
export class CodecError extends Error {
  readonly at: Bytes | null;
  constructor(message: string, at: Bytes | null = null, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = 'CodecError';
    this.at = at;
  }
}

/** The data ends in the middle: all that it holds was given before. */
export class CutError extends CodecError {}
