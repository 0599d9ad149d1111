// How short of CPU and memory the machine is, as Linux counts it (/proc/pressure). Elsewhere, and where
// the kernel was built or started without it, nothing is known.

import { readFile } from 'node:fs/promises';

/** Percent of the last ten seconds in which somebody had to wait, ourselves included. */
export interface Pressure {
  readonly cpu: number;
  readonly memory: number;
}

/** null where the system tells nothing; throws never. */
export async function readPressure(): Promise<Pressure | null> {
  const [cpu, memory] = await Promise.all([readShare('cpu'), readShare('memory')]);
  return cpu === null || memory === null ? null : { cpu, memory };
}

async function readShare(of: 'cpu' | 'memory'): Promise<number | null> {
  try {
    return shareIn(await readFile(`/proc/pressure/${of}`, 'utf8'));
  } catch {
    // No such file, or it cannot be read (EOPNOTSUPP with psi=0): not known is an answer too.
    return null;
  }
}

/** `some avg10=35.23 avg60=… total=…` in the first line of what the kernel writes; null in anything else. */
export function shareIn(text: string): number | null {
  const share = /^some avg10=(\d+(?:\.\d+)?) /m.exec(text)?.[1];
  return share === undefined ? null : Number(share);
}
