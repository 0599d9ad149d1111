// What nobody can guess: part of the ids of plans and of the names of temporary files.

import { closeSync, openSync, readSync } from 'node:fs';

/** Six random bytes in hex. From the kernel itself: the library that has them too takes 5 ms to load. */
export function nonce(): string {
  const bytes = Buffer.alloc(6);
  try {
    const source = openSync('/dev/urandom', 'r');
    try {
      if (readSync(source, bytes) === bytes.length) return bytes.toString('hex');
    } finally {
      closeSync(source);
    }
  } catch {
    // A chroot without /dev.
  }
  return process.getBuiltinModule('node:crypto').randomBytes(bytes.length).toString('hex');
}
