// How log lines write their time: a table of forms, each a regular expression and how its groups
// become a moment. A new form is a line here. Which one a log uses is line-times.ts's affair.

import { epochOf, localTime, type Zone } from '../units/calendar.ts';
import type { EpochMs, Ms } from '../units/duration.ts';

export interface TimeFormat {
  readonly name: string;
  readonly pattern: RegExp;
  /** Tells the time under a key (`"time":`), which may stand anywhere in a line. */
  readonly keyed: boolean;
  /** null: it only looks like a time. */
  readonly read: (match: RegExpExecArray, clock: LineClock) => EpochMs | null;
}

/** Fields as they stand in a line; what is missing is null. */
export interface Fields {
  readonly year: number | null;
  readonly month: number;
  readonly day: number;
  readonly hour: number;
  readonly minute: number;
  readonly second: number;
  readonly fraction?: string | undefined;
  readonly zone?: string | undefined;
}

/** Turns fields into moments; remembers the last minute, since neighbouring lines share it. */
export class LineClock {
  readonly #zone: Zone;
  readonly #near: EpochMs;
  #key = Number.NaN;
  #minute: EpochMs = 0;

  /** @param near a moment shortly after the lines: lines without a year are of the year that ends there */
  constructor(zone: Zone, near: EpochMs) {
    this.#zone = zone;
    this.#near = near;
  }

  moment(fields: Fields): EpochMs | null {
    const { month, day, hour, minute, second } = fields;
    if (month < 1 || month > 12 || day < 1 || day > 31 || hour > 23 || minute > 59 || second > 60)
      return null;
    const rest = second * 1000 + fractionMs(fields.fraction);
    if (fields.year === null) return this.#nearest(fields) + rest;
    const offset = offsetOf(fields.zone);
    if (offset !== null) return Date.UTC(fields.year, month - 1, day, hour, minute) - offset + rest;
    return this.#local(fields.year, fields) + rest;
  }

  /** A day of clocks that differ is granted before a line counts as last year's. */
  #nearest(fields: Fields): EpochMs {
    const { year } = localTime(this.#near, this.#zone);
    const at = this.#local(year, fields);
    return at > this.#near + dayMs ? this.#local(year - 1, fields) : at;
  }

  #local(year: number, { month, day, hour, minute }: Fields): EpochMs {
    const key = (((year * 12 + month) * 32 + day) * 24 + hour) * 60 + minute;
    if (key !== this.#key) {
      this.#minute = epochOf({ year, month, day, hour, minute }, this.#zone);
      this.#key = key;
    }
    return this.#minute;
  }
}

const dayMs: Ms = 86_400_000;

function fractionMs(digits: string | undefined): Ms {
  return digits === undefined ? 0 : Number(`0.${digits}`) * 1000;
}

/** null: none was written, so it is local time. */
function offsetOf(zone: string | undefined): Ms | null {
  if (zone === undefined) return null;
  if (!/^[+-]/.test(zone)) return 0;
  const digits = zone.slice(1).replace(':', '');
  const minutes = Number(digits.slice(0, 2)) * 60 + Number(digits.slice(2) || 0);
  return (zone.startsWith('-') ? -minutes : minutes) * 60_000;
}

export const monthNames = [
  'Jan',
  'Feb',
  'Mar',
  'Apr',
  'May',
  'Jun',
  'Jul',
  'Aug',
  'Sep',
  'Oct',
  'Nov',
  'Dec',
];

/** 1 to 12; 0 for no month. */
export function monthOf(name: string): number {
  return monthNames.findIndex(one => one.toLowerCase() === name.slice(0, 3).toLowerCase()) + 1;
}

const months = `(${monthNames.join('|')})`;
const clock = String.raw`(\d\d):(\d\d):(\d\d)(?:[.,](\d{1,9}))?`;
const iso = String.raw`(\d{4})[-/](\d\d)[-/](\d\d)[T _](\d\d):(\d\d)(?::(\d\d)(?:[.,](\d{1,9})\d*)?)?(?: ?(Z|UTC|GMT|[+-]\d\d:?\d\d)|([+-]\d\d))?(?!\d)`;
const epoch = String.raw`(\d{10}(?:\d{3}|\d{6}|\d{9})?)(?:\.(\d{1,9}))?`;
const key = String.raw`(?<!\w)["']?(?:@?timestamp|time|ts|@t|datetime|date|epoch)["']?\s*[:=]\s*`;

/** Those that tell most first: among equals the first is taken. */
export const timeFormats: readonly TimeFormat[] = [
  { name: 'key with ISO 8601', keyed: true, pattern: new RegExp(`${key}["']?${iso}`, 'i'), read: readIso },
  {
    name: 'key with epoch',
    keyed: true,
    pattern: new RegExp(`${key}["']?${epoch}(?![\\d.-])`, 'i'),
    read: readEpoch,
  },
  { name: 'ISO 8601', keyed: false, pattern: new RegExp(`(?<!\\d)${iso}`), read: readIso },
  {
    name: 'compact ISO 8601',
    keyed: false,
    pattern:
      /(?<!\d)(\d{4})(\d\d)(\d\d)[T ](\d\d):?(\d\d):?(\d\d)(?:[.,](\d{1,9}))?(Z|[+-]\d\d:?\d\d)?(?!\d)/,
    read: readIso,
  },
  {
    name: 'web server',
    keyed: false,
    pattern: new RegExp(
      String.raw`(?<!\d)(\d{1,2})[/-]${months}[/-](\d{4})[: T]${clock}(?: ?(Z|[+-]\d\d:?\d\d))?`,
    ),
    read: ([, day, month = '', year, hour, minute, second, fraction, zone], lineClock) =>
      lineClock.moment({
        ...numbers(day, hour, minute, second),
        year: Number(year),
        month: monthOf(month),
        fraction,
        zone,
      }),
  },
  {
    name: 'syslog',
    keyed: false,
    pattern: new RegExp(
      String.raw`(?<![A-Za-z])${months} {1,2}(\d{1,2})(?: (\d{4}))? ${clock}(?: (\d{4})(?!\d))?`,
    ),
    read: ([, month = '', day, before, hour, minute, second, fraction, after], lineClock) =>
      lineClock.moment({
        ...numbers(day, hour, minute, second),
        year: before === undefined && after === undefined ? null : Number(before ?? after),
        month: monthOf(month),
        fraction,
      }),
  },
  {
    name: 'glog',
    keyed: false,
    pattern: new RegExp(`^[DIWEF](\\d\\d)(\\d\\d) ${clock}`),
    read: ([, month, day, hour, minute, second, fraction], lineClock) =>
      lineClock.moment({ ...numbers(day, hour, minute, second), year: null, month: Number(month), fraction }),
  },
  { name: 'epoch', keyed: false, pattern: new RegExp(`^\\s*[[(]?${epoch}(?![\\w.:-])`), read: readEpoch },
];

function numbers(
  day: string | undefined,
  hour: string | undefined,
  minute: string | undefined,
  second: string | undefined,
) {
  return { day: Number(day), hour: Number(hour), minute: Number(minute), second: Number(second ?? 0) };
}

function readIso(match: RegExpExecArray, lineClock: LineClock): EpochMs | null {
  const [, year, month, day, hour, minute, second, fraction, zone, short] = match;
  return lineClock.moment({
    ...numbers(day, hour, minute, second),
    year: Number(year),
    month: Number(month),
    fraction,
    zone: zone ?? short,
  });
}

/** Seconds, or thousandths, millionths or billionths of one, by the number of digits. */
function readEpoch([, digits = '', fraction]: RegExpExecArray): EpochMs | null {
  return Number(digits) * 10 ** (13 - digits.length) + (digits.length === 10 ? fractionMs(fraction) : 0);
}
