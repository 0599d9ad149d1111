// Reads chunks of any sizes as a format wants them: so many bytes now, so many after that.

import type { Bytes } from '../units/bytes.ts';
import { type Chunks, CodecError } from './codec.ts';
import { untilAborted } from './until-aborted.ts';

export class ByteReader {
  /** Offset of the next byte. */
  at: Bytes = 0;
  #chunk: Uint8Array = new Uint8Array(0);
  readonly #source: AsyncGenerator<Uint8Array, void, undefined>;
  readonly #name: string;

  /** @param name what is read, for messages */
  constructor(input: Chunks, name: string, signal?: AbortSignal) {
    this.#source = untilAborted(input, signal);
    this.#name = name;
  }

  /** Whether nothing is left. */
  async atEnd(): Promise<boolean> {
    return !(await this.#fill());
  }

  /** What lies in the current chunk, without waiting; it is not taken. */
  inHand(): Uint8Array {
    return this.#chunk;
  }

  /** Exactly `length` bytes; not copied where they lie in one chunk. */
  async take(length: Bytes): Promise<Uint8Array> {
    if (this.#chunk.length >= length) return this.#cut(length);
    const taken = Buffer.allocUnsafe(length);
    let filled = 0;
    while (filled < length) {
      await this.#mustFill();
      const piece = this.#cut(length - filled);
      taken.set(piece, filled);
      filled += piece.length;
    }
    return taken;
  }

  /** `length` bytes in pieces as they lie in the chunks. */
  async *pieces(length: Bytes): AsyncGenerator<Uint8Array, void, undefined> {
    let left = length;
    while (left > 0) {
      await this.#mustFill();
      const piece = this.#cut(left);
      left -= piece.length;
      yield piece;
    }
  }

  /** Lets go of the input. */
  async leave(): Promise<void> {
    await this.#source.return();
  }

  #cut(most: Bytes): Uint8Array {
    const piece = this.#chunk.subarray(0, most);
    this.#chunk = this.#chunk.subarray(piece.length);
    this.at += piece.length;
    return piece;
  }

  async #mustFill(): Promise<void> {
    if (await this.#fill()) return;
    throw new CodecError(`the ${this.#name} data ends in the middle`, this.at);
  }

  async #fill(): Promise<boolean> {
    while (this.#chunk.length === 0) {
      const step = await this.#source.next();
      if (step.done) return false;
      this.#chunk = step.value;
    }
    return true;
  }
}
