// Many small pieces of output as few large writes; waits while the reader is slow.

import { drained } from './output.ts';

const fullSize = 64 * 1024;

export class LineWriter {
  #pieces: Uint8Array[] = [];
  #size = 0;

  /** Resolves at once while there is room. */
  async write(...pieces: readonly Uint8Array[]): Promise<void> {
    for (const piece of pieces) {
      this.#pieces.push(piece);
      this.#size += piece.length;
    }
    if (this.#size >= fullSize) await this.flush();
  }

  async flush(): Promise<void> {
    if (this.#size === 0) return;
    const bytes = Buffer.concat(this.#pieces, this.#size);
    this.#pieces = [];
    this.#size = 0;
    await drained(process.stdout, bytes);
  }
}
