// Time zones written as POSIX rules, as TZ may hold them: `UTC0`, `<+03>-3`, `EST5EDT`,
// `CET-1CEST,M3.5.0,M10.5.0/3`. The grammar is POSIX.1-2024, Base Definitions 8.3, with the hours of a
// change from -167 to 167, and glibc's rule of the United States where none is written.

import { civilFromDays, daysFromCivil, weekdayOf } from './civil.ts';
import type { EpochMs, Ms } from './duration.ts';

export interface PosixRule {
  /** Local minus UTC: the sign is the opposite of the one written. */
  readonly standard: Ms;
  readonly summer: { readonly offset: Ms; readonly start: Change; readonly end: Change } | null;
}

/** When clocks change in a year; `time` is since local midnight of that day. */
export type Change =
  | {
      readonly kind: 'weekday';
      readonly month: number;
      readonly week: number;
      readonly weekday: number;
      readonly time: Ms;
    }
  | { readonly kind: 'julian'; readonly day: number; readonly time: Ms }
  | { readonly kind: 'zero-based'; readonly day: number; readonly time: Ms };

/** null for what is not a rule. */
export function parsePosixRule(text: string): PosixRule | null {
  const match = rulePattern.exec(text);
  if (match === null) return null;
  const [, standardText = '', summerName, summerText, startText, endText] = match;
  const standard = parseTime(standardText, 24);
  if (standard === null) return null;
  if (summerName === undefined) return { standard: -standard || 0, summer: null };
  const summer = summerText === undefined ? standard - hourMs : parseTime(summerText, 24);
  const start = parseChange(startText ?? 'M3.2.0');
  const end = parseChange(endText ?? 'M11.1.0');
  if (summer === null || start === null || end === null) return null;
  return { standard: -standard || 0, summer: { offset: -summer || 0, start, end } };
}

/** The stretch of constant offset that holds `at`. */
export function posixStretch(
  at: EpochMs,
  rule: PosixRule,
): { readonly from: EpochMs; readonly until: EpochMs; readonly offset: Ms } {
  if (rule.summer === null) {
    return { from: Number.NEGATIVE_INFINITY, until: Number.POSITIVE_INFINITY, offset: rule.standard };
  }
  const changes = changesAround(at, rule);
  const index = changes.findLastIndex(change => change.at <= at);
  const current = changes[index];
  const next = changes[index + 1];
  if (current === undefined || next === undefined) {
    throw new Error(`internal: no change of clocks around ${at}`);
  }
  return { from: current.at, until: next.at, offset: current.offset };
}

const hourMs = 3_600_000;
const dayMs = 86_400_000;
const name = '(?:[A-Za-z]{3,}|<[A-Za-z0-9+-]{3,}>)';
const offset = '[+-]?\\d{1,2}(?::\\d{1,2}){0,2}';
const rulePattern = new RegExp(`^${name}(${offset})(?:(${name})(${offset})?(?:,([^,]+),([^,]+))?)?$`);

/** `[+-]hh[:mm[:ss]]` in milliseconds. */
function parseTime(text: string, maxHours: number): Ms | null {
  const match = /^([+-]?)(\d{1,3})(?::(\d{1,2}))?(?::(\d{1,2}))?$/.exec(text);
  if (match === null) return null;
  const [hours, minutes, seconds] = [match[2], match[3], match[4]].map(part => Number(part ?? 0));
  if (hours === undefined || minutes === undefined || seconds === undefined) return null;
  if (hours > maxHours || minutes > 59 || seconds > 59) return null;
  return (match[1] === '-' ? -1 : 1) * ((hours * 60 + minutes) * 60 + seconds) * 1000;
}

function parseChange(text: string): Change | null {
  const [date = '', timeText = '2', ...rest] = text.split('/');
  const time = parseTime(timeText, 167);
  if (time === null || rest.length > 0) return null;
  const weekday = /^M(\d{1,2})\.([1-5])\.([0-6])$/.exec(date);
  if (weekday !== null) {
    const month = Number(weekday[1]);
    if (month < 1 || month > 12) return null;
    return { kind: 'weekday', month, week: Number(weekday[2]), weekday: Number(weekday[3]), time };
  }
  const day = /^J?(\d{1,3})$/.exec(date);
  if (day === null) return null;
  const number = Number(day[1]);
  if (number > 365) return null;
  if (!date.startsWith('J')) return { kind: 'zero-based', day: number, time };
  return number < 1 ? null : { kind: 'julian', day: number, time };
}

interface Moment {
  readonly at: EpochMs;
  readonly offset: Ms;
}

/** Changes from the year before to the year after, in order, those without effect left out. */
function changesAround(at: EpochMs, rule: PosixRule): Moment[] {
  const { summer, standard } = rule;
  if (summer === null) return [];
  const { year } = civilFromDays(Math.floor(at / dayMs));
  const moments: Moment[] = [];
  for (let one = year - 2; one <= year + 2; one += 1) {
    moments.push({ at: changeIn(one, summer.end) - summer.offset, offset: standard });
    moments.push({ at: changeIn(one, summer.start) - standard, offset: summer.offset });
  }
  // The sort is stable: where an end and the next start fall on one moment (summer time all year),
  // the start comes last and holds.
  moments.sort((a, b) => a.at - b.at);
  return moments.filter((moment, index) => moment.at !== moments[index + 1]?.at);
}

/** Milliseconds since 1970 of local time. */
function changeIn(year: number, change: Change): number {
  return dayOf(year, change) * dayMs + change.time;
}

function dayOf(year: number, change: Change): number {
  const newYear = daysFromCivil(year, 1, 1);
  switch (change.kind) {
    case 'zero-based':
      return newYear + change.day;
    case 'julian': {
      // February 29 is never counted.
      const isLeap = daysFromCivil(year + 1, 1, 1) - newYear === 366;
      return newYear + change.day - 1 + (isLeap && change.day >= 60 ? 1 : 0);
    }
    case 'weekday': {
      const first = daysFromCivil(year, change.month, 1);
      const length = daysFromCivil(year, change.month + 1, 1) - first;
      const firstWeekday = weekdayOf(first);
      const day = ((change.weekday - firstWeekday + 7) % 7) + (change.week - 1) * 7;
      return first + (day >= length ? day - 7 : day);
    }
    default:
      return change satisfies never;
  }
}
