// Whether logrotate still serves logs that we watch: two rotators on one log shift each other's
// generations. Read from its state file and the places that start it; its policies are not read.

import { epochOf } from '../units/calendar.ts';
import type { EpochMs, Ms } from '../units/duration.ts';
import type { Path } from '../units/path.ts';
import { isTrouble } from '../world/trouble.ts';
import type { World } from '../world/world.ts';
import type { Ground } from './trigger.ts';

export interface Neighbour {
  /** What starts it: a timer, or a cron job; null: nothing was found, but its state is fresh. */
  readonly startedBy: Path | null;
  readonly stateFile: Path;
  /** Watched logs that its state names. */
  readonly logs: readonly Path[];
}

export interface NeighbourPlaces {
  readonly states: readonly Path[];
  readonly starters: readonly Path[];
}

/** Debian, Red Hat, Alpine and Homebrew keep them here. */
export const neighbourPlaces: NeighbourPlaces = {
  states: [
    '/var/lib/logrotate/status',
    '/var/lib/logrotate/logrotate.status',
    '/var/lib/logrotate.status',
    '/usr/local/var/lib/logrotate.status',
    '/opt/homebrew/var/lib/logrotate.status',
  ],
  starters: [
    '/etc/systemd/system/timers.target.wants/logrotate.timer',
    '/etc/cron.daily/logrotate',
    '/etc/periodic/daily/logrotate',
  ],
};

/** null: none that works on any of these logs. */
export function findNeighbour(
  world: World,
  logs: ReadonlySet<Path>,
  places: NeighbourPlaces = neighbourPlaces,
): Neighbour | null {
  const startedBy = places.starters.find(path => exists(world, path)) ?? null;
  const now = world.clock.now();
  // A monthly log was written down up to a month ago; without a timer only what is fresh counts.
  const youngest = now - (startedBy === null ? 2 : 35) * dayMs;
  for (const stateFile of places.states) {
    const text = textOf(world, stateFile);
    if (text === null) continue;
    const shared = rotationsIn(text, world).filter(one => logs.has(one.path) && one.at >= youngest);
    if (shared.length > 0) return { startedBy, stateFile, logs: shared.map(one => one.path) };
  }
  return null;
}

const dayMs: Ms = 86_400_000;

/** `"/var/log/a.log" 2026-11-22-8:30:5`, after a head line; names with `"` or `\` are escaped. */
function rotationsIn(text: string, world: World): { readonly path: Path; readonly at: EpochMs }[] {
  const found = [];
  for (const line of text.split('\n')) {
    const match = /^"((?:[^"\\]|\\.)*)" (\d+)-(\d+)-(\d+)(?:-(\d+):(\d+):(\d+))?$/.exec(line);
    if (match === null) continue;
    const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = match
      .slice(2)
      .map(part => Number(part ?? 0));
    const at = epochOf({ year, month, day, hour, minute, second }, world.clock.zone);
    found.push({ path: (match[1] ?? '').replace(/\\(.)/g, '$1'), at });
  }
  return found;
}

function textOf(world: World, path: Path): string | null {
  try {
    return world.disk.look.text(path, 16 * 1024 * 1024).bytes.toString();
  } catch (error) {
    // Not there, or not for us to read: then it cannot be told.
    if (isTrouble(error)) return null;
    throw error;
  }
}

function exists(world: World, path: Path): boolean {
  try {
    return world.disk.look.stat(path) !== null;
  } catch (error) {
    if (isTrouble(error)) return false;
    throw error;
  }
}

/** Says once who else rotates watched logs, and when the service's own log is one of them. */
export function warnOfOthers(ground: Ground, ownFile: Path | null): void {
  const logs = new Set(ground.watched.logs.keys());
  const neighbour = findNeighbour(ground.world, logs);
  if (neighbour !== null) {
    const { startedBy, stateFile } = neighbour;
    const hint =
      startedBy === null
        ? `see ${stateFile}`
        : `take these logs out of its configuration, or stop ${startedBy}`;
    const facts = { logs: neighbour.logs.slice(0, 10), count: neighbour.logs.length, hint };
    ground.say('warn', facts, `logrotate rotates ${neighbour.logs.length} of these logs too`);
  }
  if (ownFile === null || !logs.has(ownFile)) return;
  const hint = 'it has a cap of its own: leave it out of the pattern';
  ground.say('warn', { file: ownFile, hint }, 'a policy rotates the own log of the service');
}
