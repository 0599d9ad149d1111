// Process groups: who is still in one, and ending it.

import { readdirSync, readFileSync } from 'node:fs';
import type { Ms } from '../units/duration.ts';

/** Whether anyone of the group could be told. */
export function tellGroup(group: number, signal: NodeJS.Signals | 0): boolean {
  try {
    process.kill(-group, signal);
    return true;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    // EPERM: the rest of the group has become another user, and is out of our hands.
    if (code === 'ESRCH' || code === 'EPERM') return false;
    throw error;
  }
}

/**
 * Whether anyone in the group still runs. One that has ended and was not yet waited for takes signals too;
 * in a container its parent may be us, by inheritance, and then nobody ever waits for it.
 */
export function groupRuns(group: number): boolean {
  if (!tellGroup(group, 0)) return false;
  if (process.platform !== 'linux') return true;
  return readdirSync('/proc').some(pid => /^\d+$/.test(pid) && runsInGroup(pid, group));
}

/** TERM to all of the group, KILL to those who still run when `patience` is at its end. */
export async function endGroup(group: number, gone: Promise<void>, patience: Ms): Promise<void> {
  tellGroup(group, 'SIGTERM');
  const out = Promise.withResolvers<void>();
  const deadline = setTimeout(out.resolve, patience);
  try {
    await Promise.race([gone, out.promise]);
    // The first process may go at once and leave others of its group behind.
    const poll = setInterval(() => groupRuns(group) || out.resolve(), 50);
    if (groupRuns(group)) await out.promise;
    clearInterval(poll);
  } finally {
    clearTimeout(deadline);
  }
  if (groupRuns(group)) tellGroup(group, 'SIGKILL');
  await gone;
}

/** The fields after the name in brackets, which may itself hold brackets: state, parent, group (proc_pid_stat(5)). */
function runsInGroup(pid: string, group: number): boolean {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    const [state, , itsGroup] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return Number(itsGroup) === group && state !== 'Z' && state !== 'X';
  } catch {
    // It has gone meanwhile.
    return false;
  }
}
