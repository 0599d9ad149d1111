// Ticks of a cron expression, worked out backwards and forwards: with `schedule`, time criteria are
// looked at on a tick, and a tick that was missed is caught up once (rulings 23). Whoever waits
// for the next tick in earnest is service/; here nothing waits.

import { epochOf, localTime, type Zone } from '../units/calendar.ts';
import type { EpochMs } from '../units/duration.ts';

/** The last tick at or before `at`; null when the expression has none within five years, or is none. */
export function lastTick(expression: string, at: EpochMs, zone: Zone): EpochMs | null {
  return find(expression, at, zone, -1);
}

/** The first tick at or after `at`. */
export function nextTick(expression: string, at: EpochMs, zone: Zone): EpochMs | null {
  return find(expression, at, zone, 1);
}

interface Cron {
  readonly seconds: readonly number[];
  readonly minutes: readonly number[];
  readonly hours: readonly number[];
  readonly days: ReadonlySet<number>;
  readonly months: ReadonlySet<number>;
  readonly weekdays: ReadonlySet<number>;
  /** Both day fields are given: either is enough, as in cron(8). */
  readonly eitherDay: boolean;
}

function find(expression: string, at: EpochMs, zone: Zone, direction: 1 | -1): EpochMs | null {
  const cron = readCron(expression);
  if (cron === null) return null;
  const { year, month, day } = localTime(at, zone);
  for (let away = 0; away < 366 * 5; away += 1) {
    const date = new Date(Date.UTC(year, month - 1, day + away * direction));
    if (!matchesDay(cron, date)) continue;
    const found = onDay(cron, date, at, zone, direction);
    if (found !== null) return found;
  }
  return null;
}

function matchesDay(cron: Cron, date: Date): boolean {
  if (!cron.months.has(date.getUTCMonth() + 1)) return false;
  const byDay = cron.days.has(date.getUTCDate());
  const byWeekday = cron.weekdays.has(date.getUTCDay());
  return cron.eitherDay ? byDay || byWeekday : byDay && byWeekday;
}

function onDay(cron: Cron, date: Date, at: EpochMs, zone: Zone, direction: 1 | -1): EpochMs | null {
  const [year, month, day] = [date.getUTCFullYear(), date.getUTCMonth() + 1, date.getUTCDate()];
  const ordered = (values: readonly number[]) => (direction === 1 ? values : values.toReversed());
  for (const hour of ordered(cron.hours)) {
    for (const minute of ordered(cron.minutes)) {
      for (const second of ordered(cron.seconds)) {
        const tick = epochOf({ year, month, day, hour, minute, second }, zone);
        if (direction === 1 ? tick >= at : tick <= at) return tick;
      }
    }
  }
  return null;
}

const named: Readonly<Record<string, string>> = {
  '@hourly': '0 * * * *',
  '@daily': '0 0 * * *',
  '@midnight': '0 0 * * *',
  '@weekly': '0 0 * * 0',
  '@monthly': '0 0 1 * *',
  '@yearly': '0 0 1 1 *',
  '@annually': '0 0 1 1 *',
};

const monthNames = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];
const weekdayNames = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'];

function readCron(expression: string): Cron | null {
  const text = expression.trim().toLowerCase();
  const fields = (named[text] ?? text).split(/\s+/);
  if (fields.length !== 5 && fields.length !== 6) return null;
  const [second = '0', minute = '', hour = '', day = '', month = '', weekday = ''] =
    fields.length === 6 ? fields : ['0', ...fields];
  const seconds = numbersOf(second, 0, 59);
  const minutes = numbersOf(minute, 0, 59);
  const hours = numbersOf(hour, 0, 23);
  const days = numbersOf(day, 1, 31);
  const months = numbersOf(month, 1, 12, monthNames);
  const weekdays = numbersOf(weekday, 0, 7, weekdayNames);
  if (!seconds || !minutes || !hours || !days || !months || !weekdays) return null;
  const isAny = (field: string) => field.startsWith('*') || field === '?';
  return {
    seconds,
    minutes,
    hours,
    days: new Set(days),
    months: new Set(months),
    weekdays: new Set(weekdays.map(one => one % 7)),
    eitherDay: !isAny(day) && !isAny(weekday),
  };
}

/** `*`, `5`, `1-5`, `*`/15, `1,15`, names where there are some; ascending; null for anything else. */
function numbersOf(field: string, low: number, high: number, names: readonly string[] = []): number[] | null {
  const found = new Set<number>();
  for (const part of field.split(',')) {
    const match = /^(\*|\?|[a-z]{3}|\d+)(?:-([a-z]{3}|\d+))?(?:\/(\d+))?$/.exec(part);
    if (match === null) return null;
    const step = match[3] === undefined ? 1 : Number(match[3]);
    const any = match[1] === '*' || match[1] === '?';
    const from = any ? low : numberOf(match[1] ?? '', low, names);
    const until =
      any || (match[2] === undefined && match[3] !== undefined)
        ? high
        : numberOf(match[2] ?? match[1] ?? '', low, names);
    if (from === null || until === null || step < 1 || from < low || until > high || until < from)
      return null;
    for (let value = from; value <= until; value += step) found.add(value);
  }
  return [...found].sort((a, b) => a - b);
}

function numberOf(text: string, low: number, names: readonly string[]): number | null {
  if (/^\d+$/.test(text)) return Number(text);
  const index = names.indexOf(text);
  // Names of months begin with 1 and those of weekdays with 0: each with its field's lowest value.
  return index < 0 ? null : index + low;
}
