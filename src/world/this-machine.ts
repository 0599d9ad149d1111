// The real world: this machine's clock, disk, programs and processes.

import { systemClock } from './clock.ts';
import { canReachByHandle, diskOf } from './disk.ts';
import { thisHost } from './host.ts';
import { processesBy } from './processes.ts';
import { shell } from './shell.ts';
import type { World } from './world.ts';

/**
 * @param options.portable works the way macOS must (names by path, lsof), on Linux too; LOGMILL_PORTABLE=1
 *   asks for the same
 * @throws Trouble EZONE when TZ holds what is no time zone
 */
export function thisMachine(options: { readonly portable?: boolean } = {}): World {
  const isPortable = options.portable ?? process.env.LOGMILL_PORTABLE === '1';
  const byHandle = !isPortable && canReachByHandle();
  return {
    clock: systemClock(),
    disk: diskOf(byHandle ? 'by handle' : 'by path'),
    shell,
    processes: processesBy(byHandle ? 'procfs' : 'lsof'),
    host: thisHost(),
  };
}
