// Calendar periods in a time zone: what a clock on the wall shows at a moment, the moment at which
// it shows a time, and dates in names. Which offsets a zone has is zone.ts's.

import { civilFromDays, daysFromCivil, weekdayOf } from './civil.ts';
import type { EpochMs } from './duration.ts';
import { isKnownZone, type Stretch, stretchAt } from './zone.ts';

/** Where local time is counted: an IANA name, or a POSIX rule as TZ may hold it. */
export type Zone = string;

/** What a clock on the wall shows. */
export interface LocalTime {
  readonly year: number;
  /** 1 to 12. */
  readonly month: number;
  readonly day: number;
  readonly hour: number;
  readonly minute: number;
  readonly second: number;
  /** 0 is Sunday. */
  readonly weekday: number;
}

export type Period = 'hour' | 'day' | 'month' | 'year';

/**
 * Whether local time can be told from this text: an IANA name, a POSIX rule, either with a colon
 * before it, the path of a zoneinfo file, or nothing at all (UTC), as the C library takes TZ.
 */
export function isZone(text: string): boolean {
  return isKnownZone(text);
}

/** What the clock shows at `at`; fractions of a second are dropped. */
export function localTime(at: EpochMs, zone: Zone): LocalTime {
  const seconds = Math.floor((at + stretchAt(at, zone).offset) / 1000);
  const days = Math.floor(seconds / 86_400);
  const second = seconds - days * 86_400;
  const { year, month, day } = civilFromDays(days);
  return {
    year,
    month,
    day,
    hour: Math.floor(second / 3600),
    minute: Math.floor(second / 60) % 60,
    second: second % 60,
    weekday: weekdayOf(days),
  };
}

/**
 * The moment at which the clock shows `local`; values beyond their range count on (day 0 is the day
 * before the 1st), as mktime(3) takes them.
 *
 * In a doubled hour it is the later reading, so that nothing is rotated twice (rulings 4). Of a time
 * that the clock skips it is the first moment that exists: on 2021-03-28 Beirut has no 00:00, and
 * 01:00 is given.
 */
export function epochOf(
  local: { year: number; month: number; day: number; hour?: number; minute?: number; second?: number },
  zone: Zone,
): EpochMs {
  const days = daysFromCivil(local.year, local.month, local.day);
  const { hour = 0, minute = 0, second = 0 } = local;
  const wall = (days * 86_400 + hour * 3600 + minute * 60 + second) * 1000;
  let found: EpochMs | null = null;
  let skippedTo: EpochMs | null = null;
  // The widest jump so far left out a whole day (Samoa, 2011-12-30), and offsets reach from -12 to
  // +14 hours: two days on both sides hold every stretch that can show this time.
  let before: Stretch | null = null;
  let stretch = stretchAt(wall - 2 * dayMs, zone);
  while (stretch.from <= wall + 2 * dayMs) {
    const at = wall - stretch.offset;
    if (at >= stretch.from && at < stretch.until) found = at;
    if (before !== null && wall - before.offset >= stretch.from && at < stretch.from)
      skippedTo = stretch.from;
    if (stretch.until === Number.POSITIVE_INFINITY) break;
    before = stretch;
    stretch = stretchAt(stretch.until, zone);
  }
  const moment = found ?? skippedTo;
  if (moment === null) throw new Error(`internal: no moment for ${JSON.stringify(local)} in '${zone}'`);
  return moment;
}

/**
 * How many local midnights lie between two moments: negative when `to` is the earlier. A day of 23
 * hours is a day (logrotate counts it as none, so that its `weekly` slips in spring).
 */
export function daysBetween(from: EpochMs, to: EpochMs, zone: Zone): number {
  return dayNumber(to, zone) - dayNumber(from, zone);
}

/** The first moment after `at` at which another hour, day, month or year begins. */
export function startOfNext(period: Period, at: EpochMs, zone: Zone): EpochMs {
  const { year, month, day, hour } = localTime(at, zone);
  switch (period) {
    case 'hour':
      return epochOf({ year, month, day, hour: hour + 1 }, zone);
    case 'day':
      return epochOf({ year, month, day: day + 1 }, zone);
    case 'month':
      return epochOf({ year, month: month + 1, day: 1 }, zone);
    case 'year':
      return epochOf({ year: year + 1, month: 1, day: 1 }, zone);
    default:
      return period satisfies never;
  }
}

/**
 * The specifiers that logrotate honours in a date format: `%Y %m %d %H %M %S %G %V %U %W %u %w %y %g %j
 * %s %z`. Any other per cent sign stays as it is, also a doubled one.
 */
export function strftime(at: EpochMs, zone: Zone, format: string): string {
  const local = localTime(at, zone);
  return format.replace(
    /%([YmdHMSGVUWuwygjsz])/g,
    (_, letter: string) => specifiers[letter]?.(local, at, zone) ?? '',
  );
}

const dayMs = 86_400_000;

type Specifier = (local: LocalTime, at: EpochMs, zone: Zone) => string;

const specifiers: Readonly<Record<string, Specifier>> = {
  Y: local => String(local.year),
  m: local => padded(local.month),
  d: local => padded(local.day),
  H: local => padded(local.hour),
  M: local => padded(local.minute),
  S: local => padded(local.second),
  G: local => String(isoWeek(local).year),
  g: local => padded(isoWeek(local).year % 100),
  V: local => padded(isoWeek(local).week),
  // Weeks that begin on Sunday or on Monday; the days before the first such day are week 0.
  U: local => padded(Math.floor((dayOfYear(local) + 7 - local.weekday) / 7)),
  W: local => padded(Math.floor((dayOfYear(local) + 7 - ((local.weekday + 6) % 7)) / 7)),
  u: local => String(local.weekday === 0 ? 7 : local.weekday),
  w: local => String(local.weekday),
  y: local => padded(local.year % 100),
  j: local => String(dayOfYear(local) + 1).padStart(3, '0'),
  s: (_, at) => String(Math.floor(at / 1000)),
  z: (_, at, zone) => offsetText(stretchAt(at, zone).offset),
};

function padded(number: number): string {
  return String(number).padStart(2, '0');
}

function dayNumber(at: EpochMs, zone: Zone): number {
  return Math.floor((at + stretchAt(at, zone).offset) / dayMs);
}

/** 0 on January 1. */
function dayOfYear({ year, month, day }: LocalTime): number {
  return daysFromCivil(year, month, day) - daysFromCivil(year, 1, 1);
}

/** ISO 8601: the week belongs to the year that holds its Thursday. */
function isoWeek({ year, month, day, weekday }: LocalTime): { year: number; week: number } {
  const thursday = daysFromCivil(year, month, day) + 4 - (weekday === 0 ? 7 : weekday);
  const weekYear = civilFromDays(thursday).year;
  return { year: weekYear, week: Math.floor((thursday - daysFromCivil(weekYear, 1, 1)) / 7) + 1 };
}

function offsetText(offset: number): string {
  const minutes = Math.floor(Math.abs(offset) / 60_000);
  return `${offset < 0 ? '-' : '+'}${padded(Math.floor(minutes / 60))}${padded(minutes % 60)}`;
}
