// logrotate's state file as text: when each log was last rotated. Versions 1 and 2 are read, 2 is
// written. An entry that is not touched keeps its words, so that reading and writing 200,000 of them
// asks no calendar. Where the file lies, and who may have it, is logrotate-state-file.ts's.

import { epochOf, localTime, type Zone } from '../units/calendar.ts';
import type { EpochMs } from '../units/duration.ts';
import type { Path } from '../units/path.ts';

export interface LogrotateState {
  /** `Y-M-D-h:m:s` in local time, by path; in the order of the file. */
  readonly entries: Map<Path, string>;
}

export interface StateRead extends LogrotateState {
  /** Lines that cannot be read, counted from 1: each costs its own entry and no other. */
  readonly badLines: readonly number[];
  /** Whether the first line is what it should be; an empty file is a good one. */
  readonly goodTop: boolean;
}

const top = 'logrotate state -- version 2';

/** @param text undecodable bytes as U+DC80 to U+DCFF */
export function parseState(text: string): StateRead {
  const entries = new Map<Path, string>();
  const badLines: number[] = [];
  // Thousands of logs share a date: each is read once.
  const dates = new Map<string, string | null>();
  const lines = text.split('\n');
  const goodTop = text === '' || lines[0] === top || lines[0] === 'logrotate state -- version 1';
  for (let index = goodTop ? 1 : 0; index < lines.length; index += 1) {
    const line = lines[index] ?? '';
    if (isBlank(line)) continue;
    const entry = readEntry(line, dates);
    if (entry === null) badLines.push(index + 1);
    else entries.set(entry.path, entry.date);
  }
  return { entries, badLines, goodTop };
}

export function formatState({ entries }: LogrotateState): string {
  const lines = [top];
  for (const [path, date] of entries) lines.push(`"${quoted(path)}" ${date}`);
  lines.push('');
  return lines.join('\n');
}

/** As logrotate writes a moment: local time, numbers without padding. */
export function stateDate(at: EpochMs, zone: Zone): string {
  const { year, month, day, hour, minute, second } = localTime(at, zone);
  return `${year}-${month}-${day}-${hour}:${minute}:${second}`;
}

/** First seen now: the hour begins the log's time (semantics 11). */
export function firstSeenDate(at: EpochMs, zone: Zone): string {
  const { year, month, day, hour } = localTime(at, zone);
  return `${year}-${month}-${day}-${hour}:0:0`;
}

export function momentOfDate(date: string, zone: Zone): EpochMs {
  const [year = 1970, month = 1, day = 1, hour = 0, minute = 0, second = 0] = date.split(/[-:]/).map(Number);
  return epochOf({ year, month, day, hour, minute, second }, zone);
}

/** A year of 365.2425 days, as logrotate has it. */
const stale: number = 31_556_926_000;

/** Drops what was last rotated more than a year ago and was not there in this run. */
export function prune(
  { entries }: LogrotateState,
  isThere: (path: Path) => boolean,
  now: EpochMs,
  zone: Zone,
): void {
  const oldYear = localTime(now, zone).year;
  for (const [path, date] of entries) {
    // Of this very year nothing is a year old: most entries are passed over by their first digits.
    if (Number(date.slice(0, date.indexOf('-'))) >= oldYear) continue;
    if (now - momentOfDate(date, zone) > stale && !isThere(path)) entries.delete(path);
  }
}

function isBlank(line: string): boolean {
  return line === '' || line.trim() === '';
}

function readEntry(
  line: string,
  dates: Map<string, string | null>,
): { readonly path: Path; readonly date: string } | null {
  const words = plain.exec(line) ?? splitWords(line);
  if (words === null) return null;
  const [path, date] = words.length === 3 ? [words[1], words[2]] : [words[0], words[1]];
  if (path === undefined || path === '' || date === undefined || path.includes('\0')) return null;
  let known = dates.get(date);
  if (known === undefined) {
    known = knownDate(date);
    dates.set(date, known);
  }
  return known === null ? null : { path: unescaped(path), date: known };
}

/** How nearly every line looks. */
const plain = /^"([^"\\]+)" ([0-9:-]+)$/;

/** Two words and no more, with logrotate's quoting (semantics 5); null else. */
function splitWords(line: string): [string, string] | null {
  const words: string[] = [];
  let word: string | null = null;
  let quote = '';
  for (let at = 0; at < line.length; at += 1) {
    const character = line.charAt(at);
    if (quote !== '') {
      if (character === quote) quote = '';
      else if (character !== '\\') word += character;
      else {
        at += 1;
        if (at >= line.length) return null;
        word += line.charAt(at) === quote ? quote : `\\${line.charAt(at)}`;
      }
    } else if (character === '"' || character === "'") {
      quote = character;
      word ??= '';
    } else if (/[ \t\r\v\f]/.test(character)) {
      if (word !== null && word !== '') words.push(word);
      word = null;
    } else if (character === '\\') {
      at += 1;
      if (at >= line.length) return null;
      word = (word ?? '') + line.charAt(at);
    } else word = (word ?? '') + character;
  }
  if (word !== null && word !== '') words.push(word);
  const [path, date] = words;
  return words.length === 2 && path !== undefined && date !== undefined ? [path, date] : null;
}

function unescaped(path: string): string {
  return path.includes('\\')
    ? path.replace(/\\([\\n])/g, (_, letter: string) => (letter === 'n' ? '\n' : '\\'))
    : path;
}

function quoted(path: Path): string {
  return special.test(path) ? path.replace(/["\\]/g, '\\$&').replaceAll('\n', '\\n') : path;
}

const special = /["\\\n]/;

/** The date as it is written again; null when a part is missing or out of its range. */
function knownDate(text: string): string | null {
  const parts = form.exec(text);
  if (parts === null) return null;
  const [year, month, day, hour, minute, second] = parts.slice(1).map(part => Number(part ?? 0));
  if (year === undefined || month === undefined || day === undefined) return null;
  if (hour === undefined || minute === undefined || second === undefined) return null;
  if (year !== 1900 && (year < 1970 || year > 2100)) return null;
  if (month < 1 || month > 12 || day > 31 || hour > 23 || minute > 59 || second > 59) return null;
  return `${year}-${month}-${day}-${hour}:${minute}:${second}`;
}

const form = /^(\d{1,9})-(\d{1,9})-(\d{1,9})(?:-(\d{1,9})(?::(\d{1,9})(?::(\d{1,9}))?)?)?$/;
