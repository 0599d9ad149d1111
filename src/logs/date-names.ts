// Dates as they stand in the names of generations: which text a format gives, and which moment a
// text means. The letters are logrotate's (dateformat); each gives a fixed number of digits, so
// that a date can be cut off the end of a name without guessing.

import { epochOf, strftime, type Zone } from '../units/calendar.ts';
import type { EpochMs } from '../units/duration.ts';

/** A format, ready to read names with. */
export interface DateFormat {
  readonly text: string;
  /** Characters that a date takes; every letter has its fixed width. */
  readonly width: number;
  /** Whether a text of that width has digits where the format has letters. */
  fits(text: string): boolean;
  /** The moment the text means in `zone`; null where it is no date (the 31st of June). */
  read(text: string, zone: Zone): EpochMs | null;
  write(at: EpochMs, zone: Zone): string;
}

/** @param format as in the policy: its separator is part of it; leading blanks are dropped, as logrotate does */
export function dateFormat(format: string): DateFormat {
  const known = formats.get(format);
  if (known !== undefined) return known;
  const made = compile(format.replace(/^[ \t]+/, ''));
  if (formats.size >= 256) formats.clear();
  formats.set(format, made);
  return made;
}

const formats = new Map<string, DateFormat>();

const widths: Readonly<Record<string, number>> = { Y: 4, G: 4, j: 3, u: 1, w: 1, s: 10, z: 5 };

interface Piece {
  readonly letter: string | null;
  readonly from: number;
  readonly width: number;
}

function compile(format: string): DateFormat {
  const pieces: Piece[] = [];
  let pattern = '';
  let width = 0;
  for (const part of format.match(/%[YmdHMSGVUWuwygjsz]|[\s\S]/g) ?? []) {
    const letter = part.length === 2 ? part.charAt(1) : null;
    const length = letter === null ? 1 : (widths[letter] ?? 2);
    pieces.push({ letter, from: width, width: length });
    pattern += letter === null ? literal(part) : letter === 'z' ? '[+-]\\d{4}' : `\\d{${length}}`;
    width += length;
  }
  const form = new RegExp(`^${pattern}$`);
  const letters = pieces.filter(piece => piece.letter !== null);
  return {
    text: format,
    width,
    fits: text => text.length === width && form.test(text),
    read: (text, zone) => (form.test(text) ? momentOf(fieldsOf(letters, text), zone) : null),
    write: (at, zone) => strftime(at, zone, format),
  };
}

function literal(character: string): string {
  return character.replace(/[\\^$.*+?()[\]{}|/-]/, '\\$&');
}

type Fields = Readonly<Record<string, string>>;

function fieldsOf(letters: readonly Piece[], text: string): Fields {
  const fields: Record<string, string> = {};
  for (const { letter, from, width } of letters) fields[letter ?? ''] = text.slice(from, from + width);
  return fields;
}

function momentOf(fields: Fields, zone: Zone): EpochMs | null {
  if (fields.s !== undefined) return Number(fields.s) * 1000;
  const date = dateOf(fields);
  if (date === null) return null;
  const [hour, minute, second] = [
    number(fields, 'H') ?? 0,
    number(fields, 'M') ?? 0,
    number(fields, 'S') ?? 0,
  ];
  if (hour > 23 || minute > 59 || second > 60) return null;
  const offset = fields.z;
  if (offset === undefined) return epochOf({ ...date, hour, minute, second }, zone);
  const minutes = Number(offset.slice(1, 3)) * 60 + Number(offset.slice(3));
  const utc = Date.UTC(date.year, date.month - 1, date.day, hour, minute, second);
  return utc - (offset.startsWith('-') ? -minutes : minutes) * 60_000;
}

interface CivilDate {
  readonly year: number;
  readonly month: number;
  readonly day: number;
}

/** By month and day, by the day of the year, or by a week and its day: whichever the format has. */
function dateOf(fields: Fields): CivilDate | null {
  const isoYear = number(fields, 'G') ?? century(number(fields, 'g'));
  const year = number(fields, 'Y') ?? century(number(fields, 'y')) ?? isoYear;
  if (year === null) return null;
  const month = number(fields, 'm');
  if (month !== null) return existing(year, month, number(fields, 'd') ?? 1);
  const ordinal = number(fields, 'j');
  if (ordinal !== null) return ordinal >= 1 && ordinal <= 366 ? shifted(year, ordinal - 1) : null;
  const weekday = weekdayOf(fields);
  const iso = number(fields, 'V');
  if (iso !== null) return iso >= 1 && iso <= 53 ? isoDate(isoYear ?? year, iso, weekday ?? 1) : null;
  const sundays = number(fields, 'U');
  if (sundays !== null) return weekDate(year, sundays, (weekday ?? 0) % 7, 0);
  const mondays = number(fields, 'W');
  if (mondays !== null) return weekDate(year, mondays, (weekday ?? 1) % 7, 1);
  return existing(year, 1, number(fields, 'd') ?? 1);
}

function number(fields: Fields, letter: string): number | null {
  const text = fields[letter];
  return text === undefined ? null : Number(text);
}

function century(year: number | null): number | null {
  // POSIX: 69 to 99 are the last century's. No log with such a name will be met again.
  return year === null ? null : year + (year >= 69 ? 1900 : 2000);
}

/** 0 Sunday to 6, or 7 for Sunday where the format says %u; null when it says neither. */
function weekdayOf(fields: Fields): number | null {
  return number(fields, 'u') ?? number(fields, 'w');
}

function existing(year: number, month: number, day: number): CivilDate | null {
  if (month < 1 || month > 12 || day < 1) return null;
  return day <= new Date(Date.UTC(year, month, 0)).getUTCDate() ? { year, month, day } : null;
}

function shifted(year: number, days: number): CivilDate {
  const date = new Date(Date.UTC(year, 0, 1 + days));
  return { year: date.getUTCFullYear(), month: date.getUTCMonth() + 1, day: date.getUTCDate() };
}

/** ISO 8601: week 1 holds the 4th of January. */
function isoDate(year: number, week: number, weekday: number): CivilDate {
  const fourth = (new Date(Date.UTC(year, 0, 4)).getUTCDay() + 6) % 7;
  return shifted(year, 3 - fourth + (week - 1) * 7 + ((weekday + 6) % 7));
}

/** Week 1 begins with the year's first `firstDay` (0 Sunday, 1 Monday). */
function weekDate(year: number, week: number, weekday: number, firstDay: number): CivilDate | null {
  if (week > 53) return null;
  const first = new Date(Date.UTC(year, 0, 1)).getUTCDay();
  return shifted(year, ((firstDay - first + 7) % 7) + (week - 1) * 7 + ((weekday - firstDay + 7) % 7));
}
