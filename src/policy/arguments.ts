// Readers for what directives take: a count, a size, a mode with its owner. Each gives a value or
// the problem with it in words; none knows which directive it reads for, beyond its name.

import { parseSize } from '../units/bytes.ts';
import { type Ms, parseDuration } from '../units/duration.ts';
import type { Path } from '../units/path.ts';
import type { Span } from './diagnostic.ts';
import { splitWords } from './lexer.ts';
import type { Floor, Room } from './policy.ts';

export type Dialect = 'logmill' | 'logrotate';

/** Who is who on this machine, as far as the language asks. */
export interface Naming {
  readonly dialect: Dialect;
  /** The id of a name, null if there is none; digits are not taken as a number. */
  user(name: string): number | null;
  group(name: string): number | null;
  /** Whether a user or group has this number. */
  isTaken(kind: 'user' | 'group', id: number): boolean;
  home(user: string | null): Path | null;
  /** SHA-256 in hex. */
  digest(text: string): string;
}

/** A directive's value as written: the rest of its line, or a script; '' where there is none. */
export interface Raw {
  readonly keyword: string;
  readonly text: string;
  /** Where the directive stands. */
  readonly at: Span;
  /** How it is written right, for hints. */
  readonly example: string;
}

export interface Problem {
  readonly message: string;
  readonly hint: string | null;
  /** What to underline, from the start of the value; without it, the whole value. */
  readonly part?: { readonly from: number; readonly length: number };
  /** What follows `FILE:LINE ` in logrotate's own line. */
  readonly asLogrotate: string;
  /** What logrotate does about it, where it does not skip the section (semantics, section 7). */
  readonly inLogrotate?: 'abort file' | 'no effect';
}

export type Taken<T> = { readonly value: T } | { readonly problem: Problem };

export interface Argument<T> {
  /** As a synopsis shows it: 'N', 'SIZE', '[MODE] [OWNER GROUP]'; '' for none. */
  readonly shape: string;
  /** Whether `=` may stand before the value. */
  readonly equals: boolean;
  readonly optional: boolean;
  read(raw: Raw, naming: Naming): Taken<T>;
}

/** logrotate's int: what is beyond is an error here, where logrotate wraps. */
const largest = 2_147_483_647;

/** A whole number in C's notation (0x10, 010), from `least`; `noun` is logrotate's word for it. */
export function count(least: number, noun: string): Argument<number> {
  return {
    shape: 'N',
    equals: true,
    optional: false,
    read(raw) {
      const asLogrotate = `bad ${noun} '${raw.text}'`;
      const value = parseInteger(raw.text);
      if (value === null) {
        const hint = /^0\d*[89]/.test(raw.text)
          ? 'a leading 0 makes it octal; leave it out'
          : `a whole number alone on the rest of its line, as in ${raw.example}`;
        return { problem: { message: `'${raw.text}' is not a count`, hint, asLogrotate } };
      }
      if (value < least || value > largest) {
        const hint = `${raw.keyword} takes ${least} to ${largest}`;
        return { problem: { message: `'${raw.text}' is out of range`, hint, asLogrotate } };
      }
      return { value };
    },
  };
}

function parseInteger(text: string): number | null {
  const match = /^([+-]?)(0[xX][0-9a-fA-F]+|0[0-7]*|[1-9]\d*)$/.exec(text);
  const digits = match?.[2];
  if (match === null || digits === undefined) return null;
  const isOctal = /^0[0-7]+$/.test(digits);
  const value = isOctal ? Number.parseInt(digits, 8) : Number(digits);
  return match[1] === '-' ? 0 - value : value;
}

/** A day in plain decimal, 0 when left out (`weekly`, `monthly`). */
export function dayUpTo(last: number): Argument<number> {
  return {
    shape: `[0-${last}]`,
    equals: false,
    optional: true,
    read(raw) {
      if (raw.text === '') return { value: 0 };
      const day = /^\d{1,9}$/.test(raw.text) ? Number(raw.text) : -1;
      if (day >= 0 && day <= last) return { value: day };
      const message = `'${raw.text}' is not a day`;
      const hint = `${raw.keyword} takes 0 to ${last} or nothing, alone on the rest of its line`;
      return {
        problem: {
          message,
          hint,
          asLogrotate: `bad ${raw.keyword} directive '${raw.text}'`,
          inLogrotate: 'abort file',
        },
      };
    },
  };
}

export const size: Argument<number> = {
  shape: 'SIZE',
  equals: true,
  optional: false,
  read(raw) {
    const value = parseSize(raw.text);
    if (value !== null && Number.isSafeInteger(value)) return { value };
    const unit = /[^\dkKMG]$/.exec(raw.text)?.[0] ?? '';
    const asLogrotate = unit === '' ? `bad size '${raw.text}'` : `unknown unit '${unit}'`;
    const isHuge = value !== null || /^\d+[kKMG]?$/.test(raw.text);
    const message = isHuge ? `'${raw.text}' is out of range` : `'${raw.text}' is not a size`;
    return {
      problem: {
        message,
        hint: `a whole number, alone for bytes or with k, M or G, as in ${raw.example}`,
        asLogrotate,
      },
    };
  },
};

/** logmill's own: a length of time. */
export const age: Argument<Ms> = {
  shape: 'AGE',
  equals: true,
  optional: false,
  read(raw) {
    const value = parseDuration(raw.text);
    if (value !== null && Number.isSafeInteger(value) && value > 0) return { value };
    const hint = `a number with s, m, h, d or w, as in ${raw.example}`;
    const message = value === 0 ? `'${raw.text}' is no time at all` : `'${raw.text}' is not a length of time`;
    return { problem: { message, hint, asLogrotate: `bad age '${raw.text}'` } };
  },
};

export const ageOrNever: Argument<Ms | null> = {
  ...age,
  shape: 'AGE|never',
  read: (raw, naming) => (raw.text === 'never' ? { value: null } : age.read(raw, naming)),
};

export function oneOf<const T extends string>(...choices: readonly T[]): Argument<T> {
  return {
    shape: choices.join('|'),
    equals: true,
    optional: false,
    read(raw) {
      const value = choices.find(choice => choice === raw.text);
      if (value !== undefined) return { value };
      const message = oneOfMessage(raw);
      return {
        problem: {
          message,
          hint: `one of ${choices.join(', ')}`,
          asLogrotate: `bad ${raw.keyword} '${raw.text}'`,
        },
      };
    },
  };
}

function oneOfMessage({ keyword, text }: Raw): string {
  if (keyword === 'compact') return `'${text}' is not a period`;
  return `'${text}' is not a way to ${keyword === 'truncatewith' ? 'truncate' : keyword}`;
}

/** Text up to the end of the line that becomes part of a file's name. */
export function namePart(shape: string): Argument<string> {
  return {
    shape,
    equals: true,
    optional: false,
    read(raw, naming) {
      if (naming.dialect === 'logrotate') return { value: raw.text };
      if (/\s[#}]/.test(raw.text)) {
        const hint = `the value goes on to the end of its line, as in ${raw.example}`;
        return {
          problem: {
            message: `'${raw.text}' holds more than the value`,
            hint,
            asLogrotate: `bad ${raw.keyword}`,
          },
        };
      }
      if (!raw.text.includes('/')) return { value: raw.text };
      const message = `'${raw.text}' has a slash, which would lead to another folder`;
      const hint = `it becomes part of a file's name, as in ${raw.example}; olddir moves old logs elsewhere`;
      return { problem: { message, hint, asLogrotate: `bad ${raw.keyword} '${raw.text}'` } };
    },
  };
}

/** One word without blanks, quotes taken literally: a path, a program or an address; `~/` only where `tilde` says. */
export function bareWord(
  shape: string,
  noun: string,
  tilde: 'expand ~/' | 'as it is' = 'as it is',
): Argument<string> {
  return {
    shape,
    equals: true,
    optional: false,
    read(raw, naming) {
      const asLogrotate = `bad ${noun} ${raw.text}`;
      const odd = /[\s\u0000-\u001f\u007f]/.exec(raw.text);
      if (odd !== null) {
        const message = `'${raw.text}' is not one word`;
        return {
          problem: { message, hint: `${raw.keyword} takes no blanks, as in ${raw.example}`, asLogrotate },
        };
      }
      if (naming.dialect === 'logmill' && /^['"]/.test(raw.text)) {
        const hint = `leave the quotes out, as in ${raw.example}`;
        return { problem: { message: `${raw.keyword} takes quotes literally`, hint, asLogrotate } };
      }
      return tilde === 'expand ~/' ? expandHome(raw.text, naming, asLogrotate) : { value: raw.text };
    },
  };
}

/** A path up to the end of the line, blanks and all (`include`). */
export const path: Argument<Path> = {
  shape: 'PATH',
  equals: true,
  optional: false,
  read: (raw, naming) => expandHome(raw.text, naming, `cannot find home directory for ${raw.text}`),
};

function expandHome(text: string, naming: Naming, asLogrotate: string): Taken<Path> {
  if (!text.startsWith('~/')) return { value: text };
  const home = naming.home(null);
  if (home !== null) return { value: home + text.slice(1) };
  return {
    problem: { message: `there is no home folder for '${text}'`, hint: 'write the path whole', asLogrotate },
  };
}

/** Words as a shell would split them (`compressoptions`). */
export const words: Argument<readonly string[]> = {
  shape: 'WORDS',
  equals: false,
  optional: true,
  read(raw, naming) {
    const split = splitWords(raw.text);
    const stray =
      naming.dialect === 'logmill' ? split.words?.find(word => /^[#}]/.test(word.text)) : undefined;
    if (stray !== undefined && !stray.quoted) {
      const part = { from: stray.from, length: stray.to - stray.from };
      const hint = `the value goes on to the end of its line, as in ${raw.example}`;
      const message = `'${stray.text}' would be given to the program`;
      return { problem: { message, hint, part, asLogrotate: 'invalid compression options' } };
    }
    if (split.words !== null) return { value: split.words.map(word => word.text) };
    const part = { from: split.loneBackslash, length: 1 };
    const message = 'a backslash stands at the end, with nothing to escape';
    return {
      problem: {
        message,
        hint: 'leave it out, or double it',
        part,
        asLogrotate: 'invalid compression options',
      },
    };
  },
};

/** A list split at commas and blanks, replacing what was there unless it begins with `+`. */
export const list: Argument<{ readonly append: boolean; readonly patterns: readonly string[] }> = {
  shape: '[+] LIST',
  equals: true,
  optional: false,
  read(raw) {
    const append = raw.text.startsWith('+');
    const patterns = raw.text.slice(append ? 1 : 0).split(/[\s,]+/);
    return { value: { append, patterns: patterns.filter(pattern => pattern !== '') } };
  },
};

/** A size of which 0 makes no sense: whoever writes it means something else. */
export function sizeAboveZero(insteadOfZero: string): Argument<number> {
  return { ...size, read: (raw, naming) => aboveZero(size.read(raw, naming), raw, insteadOfZero) };
}

function aboveZero(taken: Taken<number>, raw: Raw, hint: string): Taken<number> {
  if ('problem' in taken || taken.value > 0) return taken;
  const message = `${raw.keyword} ${raw.text} is nothing at all`;
  return { problem: { message, hint, asLogrotate: `bad size '${raw.text}'` } };
}

/** A size, or a length of time: what has one of the letters of a size is a size. */
export const sizeOrAge: Argument<Floor> = {
  shape: 'SIZE|AGE',
  equals: true,
  optional: false,
  read(raw, naming) {
    if (parseSize(raw.text) === null && parseDuration(raw.text) !== null) {
      const taken = age.read(raw, naming);
      return 'problem' in taken ? taken : { value: { kind: 'age', age: taken.value } };
    }
    const taken = aboveZero(size.read(raw, naming), raw, 'leave it out: the newest generation stays anyway');
    if (!('problem' in taken)) return { value: { kind: 'size', size: taken.value } };
    if (parseSize(raw.text) !== null) return taken;
    const message = `'${raw.text}' is neither a size nor a length of time`;
    const hint = `a size as 500M, or a number with s, m, h, d or w, as in ${raw.example}`;
    return { problem: { message, hint, asLogrotate: taken.problem.asLogrotate } };
  },
};

export const sizeOrPercent: Argument<Room> = {
  shape: 'SIZE|PERCENT%',
  equals: true,
  optional: false,
  read(raw, naming) {
    if (!raw.text.endsWith('%')) {
      const taken = aboveZero(size.read(raw, naming), raw, 'leave keepfree out to let the disk fill up');
      return 'problem' in taken ? taken : { value: { kind: 'size', size: taken.value } };
    }
    const digits = raw.text.slice(0, -1);
    const percent = /^\d{1,3}$/.test(digits) ? Number(digits) : -1;
    if (percent >= 1 && percent <= 99) return { value: { kind: 'percent', percent } };
    const message = `'${raw.text}' is not a part of a file system`;
    const hint = `1% to 99%, or a size, as in ${raw.example}`;
    return { problem: { message, hint, asLogrotate: `bad size '${raw.text}'` } };
  },
};
