// How large an output buffer a block gets. Too small costs another hop to a thread, too large is
// memory that waits for the collector: neighbouring blocks of one log pack alike.

import type { Bytes } from '../units/bytes.ts';

export class Room {
  #share = 1 / 4;

  /** For a block of `plain` bytes; a small one gets room for whatever it may become. */
  of(plain: Bytes): Bytes {
    if (plain < 64 * 1024) return plain + 128;
    return Math.ceil(plain * this.#share) + 4096;
  }

  /** A block has become `packed` bytes. */
  learn(plain: Bytes, packed: Bytes): void {
    if (plain > 0) this.#share = Math.min(1, (packed / plain) * 1.125);
  }
}
