// A time format as a person writes it (`%d.%m.%Y %H:%M:%S`), made into a form that lines are read by.

import { type Fields, monthNames, monthOf, type TimeFormat } from './time-formats.ts';

const letters: Readonly<Record<string, string>> = {
  Y: String.raw`\d{4}`,
  y: String.raw`\d\d`,
  m: String.raw`\d\d?`,
  d: String.raw`\d\d?`,
  e: String.raw` ?\d\d?`,
  H: String.raw`\d\d?`,
  I: String.raw`\d\d?`,
  k: String.raw` ?\d\d?`,
  M: String.raw`\d\d`,
  S: String.raw`\d\d`,
  f: String.raw`\d{1,9}`,
  L: String.raw`\d{3}`,
  N: String.raw`\d{1,9}`,
  b: monthNames.join('|'),
  B: monthNames.map(name => `${name}[a-z]*`).join('|'),
  a: '[A-Za-z]{3}',
  A: '[A-Za-z]+',
  p: '[AaPp][Mm]',
  j: String.raw`\d{3}`,
  z: String.raw`Z|[+-]\d\d:?\d\d`,
  s: String.raw`\d{1,11}`,
};

const together: Readonly<Record<string, string>> = {
  T: '%H:%M:%S',
  R: '%H:%M',
  F: '%Y-%m-%d',
  D: '%m/%d/%y',
};

/** null when it names something that is not known, or tells neither a day nor an epoch. */
export function writtenFormat(text: string): TimeFormat | null {
  const plain = text.replace(/%([TRFD])/g, (_, letter: string) => together[letter] ?? '');
  const named: string[] = [];
  let source = '';
  for (const part of plain.match(/%[\s\S]|[\s\S]/g) ?? []) {
    const piece = part.startsWith('%') && part !== '%%' ? letters[part.charAt(1)] : undefined;
    if (piece === undefined) {
      if (/^%[^%]/.test(part) || part === '%') return null;
      source += (part === '%%' ? '%' : part).replace(/[\\^$.*+?()[\]{}|/-]/, String.raw`\$&`);
      continue;
    }
    named.push(part.charAt(1));
    source += `(${piece})`;
  }
  const has = (...some: readonly string[]) => some.some(letter => named.includes(letter));
  const tells = has('s') || has('j') || (has('d', 'e') && has('m', 'b', 'B'));
  if (!tells) return null;
  return {
    name: text,
    keyed: false,
    pattern: new RegExp(source),
    read: (match, clock) => {
      const found = Object.fromEntries(named.map((letter, index) => [letter, match[index + 1] ?? '']));
      return found.s !== undefined ? Number(found.s) * 1000 : clock.moment(fieldsOf(found));
    },
  };
}

function fieldsOf(found: Readonly<Record<string, string>>): Fields {
  const month = found.m !== undefined ? Number(found.m) : monthOf(found.b ?? found.B ?? '');
  const hour = Number(found.H ?? found.k ?? found.I ?? 0);
  const isAfternoon = found.p?.toLowerCase() === 'pm';
  const base = {
    year: yearOf(found),
    month,
    day: Number(found.d ?? found.e ?? 1),
    hour: found.p === undefined ? hour : (hour % 12) + (isAfternoon ? 12 : 0),
    minute: Number(found.M ?? 0),
    second: Number(found.S ?? 0),
    fraction: found.f ?? found.L ?? found.N,
    zone: found.z,
  };
  if (found.j === undefined) return base;
  const day = new Date(Date.UTC(base.year ?? 1970, 0, Number(found.j)));
  return { ...base, month: day.getUTCMonth() + 1, day: day.getUTCDate() };
}

/** POSIX: two digits from 69 on are the last century's. */
function yearOf(found: Readonly<Record<string, string>>): number | null {
  if (found.Y !== undefined) return Number(found.Y);
  if (found.y === undefined) return null;
  return Number(found.y) + (Number(found.y) >= 69 ? 1900 : 2000);
}
