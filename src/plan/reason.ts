// Reasons in words, with the directive that says so and where it was written.

import type { Policy } from '../policy/policy.ts';
import { localTime, type Zone } from '../units/calendar.ts';
import type { EpochMs } from '../units/duration.ts';
import type { Reason } from './plan.ts';

/** @param directive its keyword; null where no directive decides */
export function reasonOf(policy: Policy, directive: string | null, text: string): Reason {
  return { text, directive, at: directive === null ? null : (policy.writtenAt[directive] ?? null) };
}

/** `Sat 21 Nov 2026 00:00`, local time. */
export function showMoment(at: EpochMs, zone: Zone): string {
  const { year, month, day, hour, minute, weekday } = localTime(at, zone);
  return `${weekdays[weekday]} ${day} ${months[month - 1]} ${year} ${two(hour)}:${two(minute)}`;
}

/** `1st`, `2nd`, `13th`, `22nd`. */
export function ordinal(rank: number): string {
  const teen = rank % 100 >= 11 && rank % 100 <= 13;
  const suffix = teen ? undefined : ['', 'st', 'nd', 'rd'][rank % 10];
  return `${rank}${suffix || 'th'}`;
}

const weekdays = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'] as const;
const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'] as const;

function two(number: number): string {
  return String(number).padStart(2, '0');
}
