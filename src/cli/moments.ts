// Moments as a person writes them on the command line.

import { epochOf, localTime, startOfNext, type Zone } from '../units/calendar.ts';
import { type EpochMs, parseDuration } from '../units/duration.ts';

/**
 * `2026-11-22`, `2026-11-22 08:30[:05[.123]]` or with T, with or without a zone, `08:30` of today,
 * `2h` or `1d12h` ago, `now`, `today`, `yesterday`, `@1795336205`. null for anything else.
 */
export function parseMoment(text: string, now: EpochMs, zone: Zone): EpochMs | null {
  const age = parseDuration(text);
  if (age !== null) return now - age;
  if (text === 'now') return now;
  const { year, month, day } = localTime(now, zone);
  if (text === 'today') return epochOf({ year, month, day }, zone);
  if (text === 'yesterday') return epochOf({ year, month, day: day - 1 }, zone);
  const seconds = /^@(\d{1,11}(?:\.\d+)?)$/.exec(text);
  if (seconds !== null) return Number(seconds[1]) * 1000;
  const clock = /^(\d\d?):(\d\d)(?::(\d\d)(?:[.,](\d{1,9}))?)?$/.exec(text);
  if (clock !== null) return momentOf([text, `${year}`, `${month}`, `${day}`, ...clock.slice(1)], zone);
  const dated =
    /^(\d{4})-(\d\d)-(\d\d)(?:[T ](\d\d?):(\d\d)(?::(\d\d)(?:[.,](\d{1,9}))?)?)?(Z|[+-]\d\d:?\d\d)?$/.exec(
      text,
    );
  return dated === null ? null : momentOf(dated, zone);
}

/** The end of what was written: `--until 2026-11-22` means the whole day, `08:30` the whole minute. */
export function parseUntil(text: string, now: EpochMs, zone: Zone): EpochMs | null {
  const at = parseMoment(text, now, zone);
  if (at === null) return null;
  if (/^\d{4}-\d\d-\d\d$/.test(text)) return startOfNext('day', at, zone) - 1;
  if (/(?:^|[T ])\d\d?:\d\d(?:Z|[+-]\d\d:?\d\d)?$/.test(text)) return at + 59_999;
  return /:\d\d:\d\d(?:Z|[+-]\d\d:?\d\d)?$/.test(text) ? at + 999 : at;
}

function momentOf(fields: readonly (string | undefined)[], zone: Zone): EpochMs | null {
  const [, year, month, day, hour = '0', minute = '0', second = '0', fraction = '0', offset] = fields;
  const local = {
    year: Number(year),
    month: Number(month),
    day: Number(day),
    hour: Number(hour),
    minute: Number(minute),
    second: Number(second),
  };
  if (local.month < 1 || local.month > 12 || local.day < 1 || local.day > 31) return null;
  if (local.hour > 23 || local.minute > 59 || local.second > 60) return null;
  const rest = Number(`0.${fraction}`) * 1000;
  if (offset === undefined) return epochOf(local, zone) + rest;
  const utc = Date.UTC(local.year, local.month - 1, local.day, local.hour, local.minute, local.second);
  return utc - offsetOf(offset) + rest;
}

function offsetOf(text: string): number {
  if (text === 'Z') return 0;
  const digits = text.slice(1).replace(':', '');
  const minutes = Number(digits.slice(0, 2)) * 60 + Number(digits.slice(2));
  return (text.startsWith('-') ? -minutes : minutes) * 60_000;
}
