// The periods whose archives are joined, and how they stand in names: app.log-2026-11-22.zst,
// app.log-2026-W47.zst (weeks as ISO 8601 counts them, from Monday) and app.log-2026-11.zst.

import type { JoinedPeriod } from '../policy/policy.ts';
import { epochOf, localTime, strftime, type Zone } from '../units/calendar.ts';
import type { EpochMs } from '../units/duration.ts';
import { dateFormat } from './date-names.ts';

const formats: Readonly<Record<JoinedPeriod, string>> = {
  daily: '-%Y-%m-%d',
  weekly: '-%G-W%V',
  monthly: '-%Y-%m',
};

/** As in a dateformat: names with these are read in every log, whatever its policy joins by now. */
export const periodFormats: readonly string[] = Object.values(formats);

/** Whether the text of a mark may be a period's. That the archive is a joined one only its index says. */
export function isPeriodText(text: string): boolean {
  return /^-\d{4}-(?:W\d\d|\d\d(?:-\d\d)?)$/.test(text);
}

export interface NamedPeriod {
  /** As it stands in names, separator included. */
  readonly text: string;
  readonly start: EpochMs;
  /** When the next one begins. */
  readonly end: EpochMs;
}

/** The period that holds `at` in `zone`. */
export function periodOf(period: JoinedPeriod, at: EpochMs, zone: Zone): NamedPeriod {
  const text = strftime(at, zone, formats[period]);
  const start = dateFormat(formats[period]).read(text, zone);
  if (start === null) throw new Error(`internal: ${text} is no period of ${zone}`);
  const { year, month, day } = localTime(start, zone);
  const next =
    period === 'monthly'
      ? { year, month: month + 1, day: 1 }
      : { year, month, day: day + (period === 'weekly' ? 7 : 1) };
  return { text, start, end: epochOf(next, zone) };
}
