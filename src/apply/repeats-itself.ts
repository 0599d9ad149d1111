// Whether a content is the same bytes over and over: such a log could have been emptied and filled
// again with what it held before, and nothing in it would tell.

import type { Bytes } from '../units/bytes.ts';
import type { OpenFile } from '../world/world.ts';
import { readFully } from './contents.ts';

const sample: Bytes = 64 * 1024;

/**
 * Judged by the first and the last 64 KiB. An empty content repeats nothing that could be lost.
 * One line alone counts: its writer may write it again.
 */
export async function repeatsItself(file: OpenFile, size: Bytes): Promise<boolean> {
  if (size === 0) return false;
  const head = Buffer.alloc(Math.min(sample, size));
  await readFully(file, head, 0);
  const period = periodOf(head);
  if (isOneLine(head, size)) return true;
  if (period > head.length / 2) return false;
  const tail = Buffer.alloc(head.length);
  await readFully(file, tail, size - tail.length);
  return periodOf(tail) === period;
}

/** A text of one line says nothing of whether the next one differs. */
function isOneLine(head: Buffer, size: Bytes): boolean {
  const end = head.indexOf(10);
  return head.length === size && (end < 0 || end === size - 1);
}

/**
 * The smallest p with content[i] = content[i - p] throughout; the length itself when there is none.
 * By the failure function of Knuth, Morris and Pratt, in linear time.
 */
export function periodOf(content: Uint8Array): number {
  const border = new Int32Array(content.length);
  let match = 0;
  for (let at = 1; at < content.length; at += 1) {
    while (match > 0 && content[at] !== content[match]) match = border[match - 1] ?? 0;
    if (content[at] === content[match]) match += 1;
    border[at] = match;
  }
  return content.length - (border[content.length - 1] ?? 0);
}
