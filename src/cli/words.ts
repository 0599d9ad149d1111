// Small phrases that several screens use.

import type { Policy } from '../policy/policy.ts';
import { localTime, type Zone } from '../units/calendar.ts';
import type { EpochMs } from '../units/duration.ts';
import { showPath } from '../units/path.ts';

const weekdays = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'] as const;
const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'] as const;
const two = (number: number): string => String(number).padStart(2, '0');

/** `Sun 22 Nov 2026 08:30:05` in the zone of the plan. */
export function localMoment(at: EpochMs, zone: Zone): string {
  const { year, month, day, hour, minute, second, weekday } = localTime(at, zone);
  return `${weekdays[weekday] ?? ''} ${day} ${months[month - 1] ?? ''} ${year} ${two(hour)}:${two(minute)}:${two(second)}`;
}

/** `08:30:41` */
export function clockTime(at: EpochMs, zone: Zone): string {
  const { hour, minute, second } = localTime(at, zone);
  return `${two(hour)}:${two(minute)}:${two(second)}`;
}

/** `1 log`, `1,204 logs`. */
export function count(number: number, one: string, many = `${one}s`): string {
  return `${grouped(number)} ${number === 1 ? one : many}`;
}

/** By hand: the first use of Intl's number formats takes 30 ms, more than all else in a short answer. */
function grouped(number: number): string {
  return String(number).replaceAll(/\B(?=(?:\d{3})+$)/g, ',');
}

/** A hint for who named a file that no policy has. */
export function servedPatterns(policies: readonly Policy[]): string {
  const patterns = policies.flatMap(policy => policy.patterns.map(one => showPath(one.text)));
  return `these patterns are served: ${patterns.slice(0, 8).join(' ')}`;
}
