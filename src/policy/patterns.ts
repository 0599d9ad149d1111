// The list of patterns before a section's {: its text as scripts receive it, and its words with
// their places. What the patterns match is for glob.ts and the disk.

import type { Dialect } from './arguments.ts';
import { directiveNamed } from './directives.ts';
import type { Complaint } from './gather.ts';
import {
  isSpace,
  keywordEnd,
  lineEnd,
  type Source,
  skipBlanks,
  splitWords,
  trimmedEnd,
  type Word,
} from './lexer.ts';
import type { Pattern } from './policy.ts';

export interface PatternList {
  readonly patterns: readonly Pattern[];
  /** As written, lines of comment left out, blanks at the end gone. */
  readonly text: string;
  /** Characters of the first word, for underlining. */
  readonly firstLength: number;
  readonly complaints: readonly Complaint[];
  /** logrotate gives the file up over one of the complaints. */
  readonly aborts: boolean;
  /** A { was there, and `next` is behind it. */
  readonly opens: boolean;
  /** A } came in its place, and `next` is behind it. */
  readonly closes: boolean;
  readonly next: number;
}

/** logrotate's limit for one word, in bytes. */
const longestWord = 2048;

export function patternsAt(source: Source, at: number, dialect: Dialect): PatternList {
  const { text } = source;
  const end = endOfList(text, at, dialect);
  const list = withoutComments(text, at, trimmedEnd(text, at, end.to));
  const split = splitWords(list.text);
  const words = split.words ?? [];
  const complaints: Complaint[] = [];

  if (end.how !== 'opens') complaints.push(missingBrace(at, end));
  else if (split.words === null) {
    complaints.push({
      severity: 'error',
      from: list.placeOf(split.loneBackslash),
      length: 1,
      message: 'a backslash stands at the end of the patterns, with nothing to escape',
      hint: 'leave it out',
      asLogrotate: 'error parsing filename',
    });
  } else if (words.length === 0) {
    complaints.push({
      severity: 'error',
      from: at,
      length: 1,
      message: 'the section names no file',
      hint: 'write a pattern before the {, as in /var/log/app/*.log {',
      asLogrotate: 'error parsing filename',
    });
  }
  const aborts = complaints.length > 0;
  const good = words.filter(word => {
    if (aborts) return false;
    const complaint = complaintOf(word, list.placeOf(word.from));
    if (complaint !== null) complaints.push(complaint);
    return complaint === null;
  });
  return {
    patterns: good.map(word => {
      const from = list.placeOf(word.from);
      return { text: word.text, at: source.span(from, word.to - word.from) };
    }),
    text: list.text,
    firstLength: Math.max(1, Math.min(words.at(0)?.to ?? 1, lineEnd(list.text, 0))),
    complaints,
    aborts,
    opens: end.how === 'opens',
    closes: end.how === 'closes',
    next: end.next,
  };
}

interface ListEnd {
  readonly to: number;
  readonly next: number;
  readonly how: 'opens' | 'closes' | 'end of file' | 'a directive';
}

/** Where the list ends. Natively also before a line that begins with a directive: its { is missing. */
function endOfList(text: string, at: number, dialect: Dialect): ListEnd {
  for (let next = at; next < text.length; next += 1) {
    const character = text.charAt(next);
    if (character === '{') return { to: next, next: next + 1, how: 'opens' };
    if (character === '}') return { to: next, next: next + 1, how: 'closes' };
    if (character !== '\n') continue;
    const word = skipBlanks(text, next + 1);
    if (text.charAt(word) === '#') next = lineEnd(text, word) - 1;
    else if (dialect === 'logmill' && beginsDirective(text, word))
      return { to: next, next: word, how: 'a directive' };
  }
  return { to: text.length, next: text.length, how: 'end of file' };
}

function beginsDirective(text: string, at: number): boolean {
  const end = keywordEnd(text, at);
  if (end === at || end - at > 20) return false;
  const isSeparate = end >= text.length || isSpace(text.charCodeAt(end)) || text.charAt(end) === '=';
  return isSeparate && directiveNamed(text.slice(at, end)) !== null;
}

/** The list without its lines of comment, and the way back from its places to the file's. */
function withoutComments(
  text: string,
  from: number,
  to: number,
): { text: string; placeOf: (at: number) => number } {
  const whole = text.slice(from, to);
  const parts: string[] = [];
  /** For each part: where it begins in the list, and what to add. */
  const shifts: { begins: number; shift: number }[] = [];
  let length = 0;
  for (let at = 0; at < whole.length; ) {
    const next = Math.min(lineEnd(whole, at) + 1, whole.length);
    if (at === 0 || whole.charAt(skipBlanks(whole, at)) !== '#') {
      parts.push(whole.slice(at, next));
      shifts.push({ begins: length, shift: from + at - length });
      length += next - at;
    }
    at = next;
  }
  const placeOf = (at: number): number => at + (shifts[lastAtOrBefore(shifts, at)]?.shift ?? from);
  const joined = parts.join('');
  return { text: joined.slice(0, trimmedEnd(joined, 0, joined.length)), placeOf };
}

function lastAtOrBefore(shifts: readonly { readonly begins: number }[], at: number): number {
  let low = 0;
  let high = shifts.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((shifts[middle]?.begins ?? 0) <= at) low = middle;
    else high = middle - 1;
  }
  return low;
}

function missingBrace(at: number, end: ListEnd): Complaint {
  const shared = {
    severity: 'error',
    length: 1,
    hint: 'a section is a list of patterns, then {, its directives, and } on a line of its own',
  } as const;
  if (end.how === 'closes') {
    const message = 'a } stands where the { of the section should be';
    return { ...shared, from: end.to, message, asLogrotate: "unexpected } (missing previous '{')" };
  }
  return {
    ...shared,
    from: at,
    message: 'the { of this section is missing',
    asLogrotate: "missing '{' after log files definition",
  };
}

function complaintOf(word: Word, from: number): Complaint | null {
  const length = word.to - word.from;
  if (word.text.includes('\0')) {
    return {
      severity: 'error',
      from,
      length,
      message: 'a pattern holds a NUL byte',
      hint: 'is this a text file?',
    };
  }
  if (bytesOf(word.text) <= longestWord) return null;
  const message = `a pattern is longer than ${longestWord} bytes`;
  const asLogrotate = `glob too long (${bytesOf(word.text)} > ${longestWord})`;
  return { severity: 'error', from, length, message, hint: 'is a blank or a { missing?', asLogrotate };
}

/** Bytes on the disk: a lone surrogate stands for one. */
function bytesOf(text: string): number {
  let bytes = 0;
  for (const character of text) {
    const code = character.codePointAt(0) ?? 0;
    if (code < 0x80 || (code >= 0xdc80 && code <= 0xdcff)) bytes += 1;
    else if (code < 0x800) bytes += 2;
    else bytes += code < 0x10000 ? 3 : 4;
  }
  return bytes;
}
