// A file that is read while it is still being written, by the same process: the reader follows the
// writer, so that what was written is looked at while more of it is made.

import type { Bytes } from '../units/bytes.ts';
import type { OpenFile } from '../world/world.ts';
import { pieceSize } from './contents.ts';

/** How far a file has come. */
export class Growing {
  #size: Bytes = 0;
  #end: { readonly error?: unknown } | null = null;
  #moved = Promise.withResolvers<void>();

  /** It is written up to here. */
  reach(size: Bytes): void {
    this.#size = size;
    this.#move();
  }

  /** Nothing more comes. */
  end(): void {
    this.#end = {};
    this.#move();
  }

  /** Nothing more comes, and whoever follows is told why. */
  fail(error: unknown): void {
    this.#end = { error };
    this.#move();
  }

  /** What was written, read back from the file, up to its end; each chunk a buffer of its own. */
  async *chunksOf(file: OpenFile): AsyncGenerator<Buffer> {
    let position = 0;
    for (;;) {
      if (this.#end !== null && 'error' in this.#end) throw this.#end.error;
      const there = this.#size - position;
      if (there > 0) {
        const buffer = Buffer.allocUnsafe(Math.min(pieceSize, there));
        const count = await file.read(buffer, position);
        // Shorter than what was written: the decoder will say what is missing.
        if (count === 0) return;
        position += count;
        yield buffer.subarray(0, count);
      } else if (this.#end !== null) return;
      else await this.#moved.promise;
    }
  }

  #move(): void {
    this.#moved.resolve();
    this.#moved = Promise.withResolvers();
  }
}
