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
  readonly entries: StateEntries;
  /** Lines that cannot be read, counted from 1: each costs its own entry and no other. */
  readonly badLines: readonly number[];
  /** Whether the first line is what it should be; an empty file is a good one. */
  readonly goodTop: boolean;
}

/** Knows whether it still says what stands in the file, to the letter. */
export class StateEntries extends Map<Path, string> {
  #differs = false;
  #last = '';
  readonly #dates = new Set<string>();

  /** All there are or were: thousands of logs share one. */
  get dates(): ReadonlySet<string> {
    return this.#dates;
  }

  /** Whether writing it would change the file that it was read from. */
  get differs(): boolean {
    return this.#differs;
  }

  override set(path: Path, date: string): this {
    this.#differs ||= this.get(path) !== date;
    this.#note(date);
    return super.set(path, date);
  }

  override delete(path: Path): boolean {
    const was = super.delete(path);
    this.#differs ||= was;
    return was;
  }

  /** An entry as it is read. @param written whether the line is the one that would be written for it */
  take(path: Path, date: string, written: boolean): void {
    const before = this.size;
    this.#note(date);
    super.set(path, date);
    if (!written || this.size === before) this.#differs = true;
  }

  #note(date: string): void {
    if (date === this.#last) return;
    this.#last = date;
    this.#dates.add(date);
  }

  /** Something stands in the file that would not be written again. */
  leaveOut(): void {
    this.#differs = true;
  }
}

const top = 'logrotate state -- version 2';

/** @param text undecodable bytes as U+DC80 to U+DCFF */
export function parseState(text: string): StateRead {
  const entries = new StateEntries();
  const badLines: number[] = [];
  const reader = new EntryReader(text);
  const first = text.slice(0, endOfLine(text, 0));
  const goodTop = text === '' || first === top || first === 'logrotate state -- version 1';
  if (first !== top || !text.endsWith('\n')) entries.leaveOut();
  let number = goodTop ? 2 : 1;
  for (let at = goodTop ? first.length + 1 : 0; at < text.length; number += 1) {
    const end = endOfLine(text, at);
    const entry = reader.plainEntry(at, end);
    if (entry !== null) entries.take(entry.path, entry.date, entry.written);
    else {
      const line = text.slice(at, end);
      const read = isBlank(line) ? null : reader.entry(line);
      if (read !== null) entries.set(read.path, read.date);
      else if (!isBlank(line)) badLines.push(number);
      entries.leaveOut();
    }
    at = end + 1;
  }
  return { entries, badLines, goodTop };
}

function endOfLine(text: string, from: number): number {
  const found = text.indexOf('\n', from);
  return found < 0 ? text.length : found;
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
  // Of this very year nothing is a year old.
  const thisYear = `${localTime(now, zone).year}-`;
  const isRecent = (date: string): boolean => date.startsWith(thisYear);
  if (entries instanceof StateEntries && [...entries.dates].every(isRecent)) return;
  for (const [path, date] of entries) {
    if (isRecent(date)) continue;
    if (now - momentOfDate(date, zone) > stale && !isThere(path)) entries.delete(path);
  }
}

function isBlank(line: string): boolean {
  return line === '' || line.trim() === '';
}

interface Entry {
  readonly path: Path;
  readonly date: string;
}

/** Reads lines of one file, whose logs share dates by the thousand: each is read once. */
class EntryReader {
  readonly #text: string;
  readonly #dates = new Map<string, string | null>();
  #last = { written: '', date: '' };
  /** Where the next character stands that has a meaning of its own. */
  #special = -1;

  constructor(text: string) {
    this.#text = text;
  }

  /** How nearly every line looks: `"PATH" DATE`, nothing escaped. null: to be read with care. */
  plainEntry(at: number, end: number): (Entry & { readonly written: boolean }) | null {
    const text = this.#text;
    if (text.charCodeAt(at) !== quote || this.#specialFrom(at) < end) return null;
    const close = text.indexOf('"', at + 1);
    if (close < at + 2 || close + 2 >= end || text.charCodeAt(close + 1) !== blank) return null;
    const path = text.slice(at + 1, close);
    const { written, date } = this.#last;
    if (written.length === end - close - 2 && text.startsWith(written, close + 2))
      return { path, date, written: written === date };
    const found = text.slice(close + 2, end);
    const known = /^[0-9:-]+$/.test(found) ? this.#dateOf(found) : null;
    if (known === null) return null;
    this.#last = { written: found, date: known };
    return { path, date: known, written: found === known };
  }

  #specialFrom(at: number): number {
    if (this.#special < at) {
      const found = this.#text.slice(at).search(/[\\\0]/);
      this.#special = found < 0 ? this.#text.length : at + found;
    }
    return this.#special;
  }

  /** Any line with two words. */
  entry(line: string): Entry | null {
    const words = splitWords(line);
    if (words === null) return null;
    const [path, date] = words;
    if (path === '' || path.includes('\0')) return null;
    const known = this.#dateOf(date);
    return known === null ? null : { path: unescaped(path), date: known };
  }

  #dateOf(written: string): string | null {
    let known = this.#dates.get(written);
    if (known === undefined) {
      known = knownDate(written);
      this.#dates.set(written, known);
    }
    return known;
  }
}

const quote = 0x22;
const blank = 0x20;

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

/** As logrotate's sscanf reads it: whatever stands behind the last number that fits is passed over. */
const form = /^(\d{1,9})-(\d{1,9})-(\d{1,9})(?:-(\d{1,9})(?::(\d{1,9})(?::(\d{1,9}))?)?)?/;
