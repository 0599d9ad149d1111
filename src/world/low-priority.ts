// The threads that pack give way to every other program (rulings 31). Only they: scripts are started by
// the main thread, and what they restart would keep a low priority for ever.

import { readdir, readFile } from 'node:fs/promises';
import { constants, setPriority } from 'node:os';

/**
 * Lowers the threads of Node's pool. On Linux a priority is a thread's own; elsewhere it is the
 * process's, scripts included, and nothing is done.
 *
 * @returns how many were lowered; throws never
 */
export async function lowerPoolThreads(): Promise<number> {
  if (process.platform !== 'linux') return 0;
  let lowered = 0;
  try {
    for (const thread of await readdir('/proc/self/task')) {
      const name = await readFile(`/proc/self/task/${thread}/comm`, 'utf8');
      if (name.trim() !== 'libuv-worker') continue;
      setPriority(Number(thread), constants.priority.PRIORITY_BELOW_NORMAL);
      lowered += 1;
    }
  } catch {
    // A sandbox that forbids it: we then pack at the priority we were given.
  }
  return lowered;
}
