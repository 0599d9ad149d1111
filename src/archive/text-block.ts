// Whole lines as one text, to be searched together, and the way from its characters to their bytes
// and back. Lines that are no UTF-8 make no text: those are looked at one by one.

import { isAscii } from 'node:buffer';
import type { Bytes } from '../units/bytes.ts';
import { endOfLine } from './lines.ts';

/** Small enough that one strange byte does not make a megabyte slow. */
const blockSize: Bytes = 64 * 1024;

export class TextBlock {
  /** Offsets in `lines`. */
  readonly from: Bytes;
  readonly to: Bytes;
  /** null: its bytes are no UTF-8. */
  readonly text: string | null;
  readonly isAscii: boolean;
  /** Every line ends where a newline stands, also for an expression with the m flag. */
  readonly isSimple: boolean;
  readonly #lines: Buffer;
  /** A place known by its byte and by its character, the last that was asked for. */
  #byte: Bytes;
  #character = 0;

  /** @param from where a line starts */
  constructor(lines: Buffer, from: Bytes) {
    const rough = Math.min(lines.length, from + blockSize);
    this.from = from;
    this.to = rough === lines.length ? rough : Math.min(lines.length, endOfLine(lines, rough) + 1);
    this.isAscii = isAscii(lines.subarray(from, this.to));
    const text = lines.toString(this.isAscii ? 'latin1' : 'utf8', from, this.to);
    // What cannot be decoded becomes U+FFFD, and so has other bytes than before.
    this.text = this.isAscii || !text.includes('\ufffd') ? text : null;
    this.isSimple = this.isAscii && !text.includes('\r');
    this.#lines = lines;
    this.#byte = from;
  }

  /** Never before the place that was asked for last. */
  characterAt(byte: Bytes): number {
    if (this.isAscii) return byte - this.from;
    this.#character += this.#lines.toString('utf8', this.#byte, byte).length;
    this.#byte = byte;
    return this.#character;
  }

  /** As `characterAt`. */
  byteAt(character: number): Bytes {
    if (this.isAscii) return this.from + character;
    this.#byte += Buffer.byteLength((this.text ?? '').slice(this.#character, character));
    this.#character = character;
    return this.#byte;
  }
}
