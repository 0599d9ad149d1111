// Whether a file holds text: what the built-in default policy asks before it takes a file for a log
// (rulings 18).

import type { Bytes } from '../units/bytes.ts';
import type { Path } from '../units/path.ts';
import { isTrouble } from '../world/trouble.ts';
import type { Look } from '../world/world.ts';

const headSize: Bytes = 65_536;
/** A character in twenty may be something else: colour codes, a torn line, an old encoding. */
const tolerated = 0.05;

/** An empty file counts as text: most logs begin so. One that cannot be read does not. */
export function startsAsText(look: Look, path: Path): boolean {
  try {
    return isText(look.head(path, headSize));
  } catch (error) {
    if (!isTrouble(error)) throw error;
    return false;
  }
}

/** No NUL, and nearly all of it UTF-8 that can be shown, or letters of an 8-bit encoding. */
export function isText(head: Uint8Array): boolean {
  if (head.includes(0)) return false;
  if (head.length === 0) return true;
  let odd = 0;
  for (const byte of head) if (isControl(byte)) odd += 1;
  return (odd + undecodable(head)) / head.length <= tolerated;
}

/** Tab, line feed, form feed, carriage return and escape are part of logs. */
function isControl(byte: number): boolean {
  return (
    (byte < 32 && byte !== 9 && byte !== 10 && byte !== 12 && byte !== 13 && byte !== 27) || byte === 127
  );
}

function undecodable(head: Uint8Array): number {
  // The last character may be cut by the limit: three bytes at most, under the tolerance.
  const replaced = new TextDecoder().decode(head).split('\ufffd').length - 1;
  return Math.max(0, replaced - 3);
}
