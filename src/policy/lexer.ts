// The characters of a policy file, as logrotate reads them: lines end in LF, blanks are space and
// tab, a keyword is a run of ASCII letters. Knows places; knows no directive and judges nothing.
// Everything here is linear in the length of the text, whatever the text is.

import type { Path } from '../units/path.ts';
import type { Span } from './diagnostic.ts';

/** A text with the places of its characters; asked from front to back it counts each line once. */
export interface Source {
  readonly file: Path;
  readonly text: string;
  /** The place of `length` characters from `from`, cut at the end of the line. */
  span(from: number, length: number): Span;
  /** The line that holds `at`, without its line end. */
  lineAt(at: number): string;
  /** Where that line ends. Known already for the line last asked for, so that long lines cost nothing. */
  endOfLine(at: number): number;
}

export function makeSource(file: Path, text: string): Source {
  let line = 1;
  let start = 0;
  let end = lineEnd(text, 0);

  const seek = (at: number): void => {
    if (at < start) {
      line = 1;
      start = 0;
      end = lineEnd(text, 0);
    }
    while (at > end) {
      line += 1;
      start = end + 1;
      end = lineEnd(text, start);
    }
  };

  return {
    file,
    text,
    span(from, length) {
      seek(from);
      return { file, line, column: from - start + 1, length: Math.max(1, Math.min(length, end - from)) };
    },
    lineAt(at) {
      seek(at);
      return text.slice(start, end);
    },
    endOfLine(at) {
      seek(at);
      return end;
    },
  };
}

/** Where the line that holds `at` ends: its LF, or the end of the text. */
export function lineEnd(text: string, at: number): number {
  const end = text.indexOf('\n', at);
  return end < 0 ? text.length : end;
}

export function skipBlanks(text: string, at: number): number {
  let next = at;
  while (isBlank(text.charCodeAt(next))) next += 1;
  return next;
}

/** The end of the run of ASCII letters at `at`. */
export function keywordEnd(text: string, at: number): number {
  let next = at;
  while (isLetter(text.charCodeAt(next))) next += 1;
  return next;
}

export function isBlank(code: number): boolean {
  return code === 0x20 || code === 0x09;
}

/** C's isspace: also LF, VT, FF and CR. */
export function isSpace(code: number): boolean {
  return code === 0x20 || (code >= 0x09 && code <= 0x0d);
}

export function isLetter(code: number): boolean {
  return (code >= 0x61 && code <= 0x7a) || (code >= 0x41 && code <= 0x5a);
}

/** The range of the text between `from` and `to` without the white space at its end. */
export function trimmedEnd(text: string, from: number, to: number): number {
  let end = to;
  while (end > from && isSpace(text.charCodeAt(end - 1))) end -= 1;
  return end;
}

/**
 * Whether a line that ends at `to` ends in a } that was meant to close its section: not when another
 * } follows at once, which then does.
 */
export function endsInClosing(text: string, to: number): boolean {
  if (text.charAt(to - 1) !== '}') return false;
  let next = to;
  while (isSpace(text.charCodeAt(next))) next += 1;
  return text.charAt(next) !== '}';
}

export interface Word {
  readonly text: string;
  readonly from: number;
  readonly to: number;
  readonly quoted: boolean;
}

/** Words, or where a backslash stands with nothing behind it. */
export type Words =
  | { readonly words: readonly Word[]; readonly loneBackslash: null }
  | { readonly words: null; readonly loneBackslash: number };

/**
 * Splits at white space. Single and double quotes hold a word together; inside them a backslash
 * escapes only that quote; outside it makes the next character literal. A missing closing
 * quote is accepted, and words that are empty vanish, as in logrotate.
 *
 * @param offset added to the places, for a text that was cut out of another
 */
export function splitWords(text: string, offset = 0): Words {
  const words: Word[] = [];
  let at = 0;
  for (;;) {
    while (at < text.length && isSpace(text.charCodeAt(at))) at += 1;
    if (at >= text.length) return { words, loneBackslash: null };
    const word = readWord(text, at);
    if (word === null) return { words: null, loneBackslash: offset + text.length - 1 };
    if (word.text !== '') words.push({ ...word, from: offset + at, to: offset + word.to });
    at = word.to;
  }
}

function readWord(text: string, start: number): { text: string; to: number; quoted: boolean } | null {
  const parts: string[] = [];
  let quote = '';
  let quoted = false;
  let at = start;
  let plain = start;
  const flush = (next: number): void => {
    parts.push(text.slice(plain, at));
    plain = next;
  };
  for (; at < text.length; at += 1) {
    const character = text.charAt(at);
    if (character === '\\' && (quote === '' || text.charAt(at + 1) === quote)) {
      if (at + 1 >= text.length) return null;
      flush(at + 1);
      at += 1;
    } else if (quote !== '') {
      if (character !== quote) continue;
      flush(at + 1);
      quote = '';
    } else if (character === '"' || character === "'") {
      flush(at + 1);
      quote = character;
      quoted = true;
    } else if (isSpace(text.charCodeAt(at))) break;
  }
  flush(at);
  return { text: parts.join(''), to: at, quoted };
}

/**
 * The script that begins at `from`, right behind its keyword: its text up to the start of the line
 * whose first word is `endscript`, and where reading goes on; null when there is no such line.
 */
export function scriptAt(text: string, from: number): { readonly to: number; readonly next: number } | null {
  const own = skipBlanks(text, from);
  if (text.startsWith('endscript', own) && !isLetter(text.charCodeAt(own + 9)))
    return { to: own, next: own + 9 };
  endscript.lastIndex = from;
  const found = endscript.exec(text);
  if (found === null) return null;
  return { to: found.index, next: found.index + found[0].length };
}

const endscript = /(?<=\n)[ \t]*endscript(?![A-Za-z])/g;
