// The time, and the zone in which people here count it.

import { realpathSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { isZone, type Zone } from '../units/calendar.ts';
import type { EpochMs, Ms } from '../units/duration.ts';
import { Trouble } from './trouble.ts';
import type { Clock } from './world.ts';

/** @throws Trouble EZONE when TZ holds what is no zone: Node would take it for UTC without a word */
export function systemClock(tz: string | undefined = process.env.TZ): Clock {
  return { now: () => Date.now() as EpochMs, zone: zoneFrom(tz), wait };
}

function zoneFrom(tz: string | undefined): Zone {
  if (tz === undefined || isLocaltime(tz)) return systemZone();
  if (isZone(tz)) return tz;
  throw new Trouble({
    code: 'EZONE',
    message: `TZ holds '${tz}', which is not a time zone`,
    hint: 'a name as Europe/Berlin or a rule as CET-1CEST,M3.5.0,M10.5.0/3; or unset TZ',
  });
}

function isLocaltime(tz: string): boolean {
  return tz === ':/etc/localtime' || tz === '/etc/localtime';
}

/** The link names the zone; where it is a copy, ICU compares it with the zones that it knows. */
function systemZone(): Zone {
  const named = /\/zoneinfo\/(?:posix\/)?(.+)$/.exec(localtimeTarget())?.[1];
  if (named !== undefined && isZone(named)) return named;
  const known = new Intl.DateTimeFormat().resolvedOptions().timeZone;
  return isZone(known) ? known : 'UTC';
}

function localtimeTarget(): string {
  try {
    return realpathSync('/etc/localtime');
  } catch {
    // No such file means UTC, as it does to the C library.
    return '';
  }
}

async function wait(ms: Ms, signal?: AbortSignal): Promise<void> {
  // Beyond 24.8 days a timer of Node's would fire at once.
  const longest = 2_147_483_647;
  let rest = Math.max(0, ms);
  try {
    while (rest > longest) {
      await sleep(longest, undefined, { signal });
      rest -= longest;
    }
    await sleep(rest, undefined, { signal });
  } catch (error) {
    if ((error as Error).name !== 'AbortError') throw error;
  }
}
