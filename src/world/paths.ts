// Paths as strings and as the bytes that the system knows. A byte that is not part of valid UTF-8 stands as
// U+DC80 to U+DCFF in the string (Python's surrogateescape, PEP 383), so that every name there can be
// has exactly one string, and the way back gives the same bytes.

import { isUtf8 } from 'node:buffer';
import type { Path } from '../units/path.ts';
import { refusal } from './trouble.ts';

/** @throws Trouble EILSEQ for a surrogate that stands for no byte, which no name on a disk gives */
export function pathToBytes(path: Path): Buffer {
  if (path.isWellFormed()) return Buffer.from(path, 'utf8');
  const parts: Buffer[] = [];
  for (const part of path.split(/(?<![\ud800-\udbff])([\udc80-\udcff])/)) {
    const code = part.charCodeAt(0);
    if (part.length === 1 && code >= 0xdc80 && code <= 0xdcff) parts.push(Buffer.of(code - 0xdc00));
    else if (part.isWellFormed()) parts.push(Buffer.from(part, 'utf8'));
    else throw refusal('EILSEQ', 'use', path);
  }
  return Buffer.concat(parts);
}

export function pathFromBytes(bytes: Uint8Array): Path {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (isUtf8(buffer)) return buffer.toString('utf8');
  let path = '';
  let at = 0;
  while (at < buffer.length) {
    const length = lengthAt(buffer, at);
    path +=
      length === 0
        ? String.fromCharCode(0xdc00 + (buffer[at] ?? 0))
        : buffer.toString('utf8', at, at + length);
    at += Math.max(length, 1);
  }
  return path;
}

/** What Node's file functions take: the string itself unless it holds undecodable bytes. */
export function systemPath(path: Path): string | Buffer {
  return path.isWellFormed() ? path : pathToBytes(path);
}

/** Whether Node may have lost bytes in decoding this text. */
export function isDoubtful(text: string): boolean {
  return text.includes('\ufffd');
}

/** How many bytes the character at `at` has, 0 if it is none. */
function lengthAt(buffer: Buffer, at: number): number {
  const first = buffer[at] ?? 0;
  if (first < 0x80) return 1;
  const length = first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
  return at + length <= buffer.length && isUtf8(buffer.subarray(at, at + length)) ? length : 0;
}
