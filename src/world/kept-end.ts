// The end of what a program says. All of it is taken in, so that the program never waits for us, and
// only the last part is kept.

import type { Bytes } from '../units/bytes.ts';

export class KeptEnd {
  readonly #limit: Bytes;
  #pieces: Buffer[] = [];
  #length = 0;
  #isCut = false;

  constructor(limit: Bytes) {
    this.#limit = limit;
  }

  add(piece: Buffer): void {
    this.#pieces.push(piece);
    this.#length += piece.length;
    // Joined only now and then, not at every piece.
    if (this.#length > this.#limit * 4) this.#trim();
  }

  /** As text; a character that was cut through at the beginning is left out. */
  text(): string {
    this.#trim();
    let kept = this.#pieces[0] ?? Buffer.alloc(0);
    if (this.#isCut) {
      let start = 0;
      while (start < 3 && start < kept.length && ((kept[start] ?? 0) & 0xc0) === 0x80) start += 1;
      kept = kept.subarray(start);
    }
    return kept.toString('utf8');
  }

  #trim(): void {
    const all = Buffer.concat(this.#pieces);
    this.#isCut ||= all.length > this.#limit;
    // A copy, so that the large one is let go.
    const kept = all.length > this.#limit ? Buffer.from(all.subarray(all.length - this.#limit)) : all;
    this.#pieces = [kept];
    this.#length = kept.length;
  }
}
