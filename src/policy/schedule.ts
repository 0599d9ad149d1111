// Whether a cron expression can be kept: five fields, or six with seconds in front, or a word such
// as @daily; and whether it ever comes true. When it comes true next is the service's affair.

/** What is wrong with a cron expression, as a clause; null when nothing is. */
export function problemOfSchedule(expression: string): string | null {
  if (words.has(expression)) return null;
  const fields = expression.split(/\s+/);
  if (fields.length !== 5 && fields.length !== 6) return `it has ${fields.length} fields, not five or six`;
  const ranges = fields.length === 6 ? [seconds, ...five] : five;
  const sets: ReadonlySet<number>[] = [];
  for (const [place, range] of ranges.entries()) {
    const field = fields[place] ?? '';
    const values = expandField(field, range);
    if (values === null) return `'${field}' is not a ${range.name}`;
    sets.push(values);
  }
  return comesTrue(fields.slice(-5), sets.slice(-5)) ? null : 'no year has that day';
}

const words: ReadonlySet<string> = new Set([
  '@yearly',
  '@monthly',
  '@weekly',
  '@daily',
  '@hourly',
  '@minutely',
]);

interface Range {
  readonly name: string;
  readonly least: number;
  readonly most: number;
  readonly names: readonly string[];
}

const seconds: Range = { name: 'second', least: 0, most: 59, names: [] };
const five: readonly Range[] = [
  { name: 'minute', least: 0, most: 59, names: [] },
  { name: 'hour', least: 0, most: 23, names: [] },
  { name: 'day of the month', least: 1, most: 31, names: [] },
  {
    name: 'month',
    least: 1,
    most: 12,
    names: ['', 'jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'],
  },
  { name: 'weekday', least: 0, most: 7, names: ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'] },
];

/** The values of a field such as `*`, `1,2`, `1-5`, `mon-fri` or `0-59/10`; null when it is none. */
function expandField(field: string, range: Range): ReadonlySet<number> | null {
  const values = new Set<number>();
  for (const part of field.split(',')) {
    const match = /^(?:\*|([0-9a-z]+)(?:-([0-9a-z]+))?)(?:\/(\d{1,2}))?$/i.exec(part);
    if (match === null) return null;
    const [, low, high, stride] = match;
    const step = stride === undefined ? 1 : Number(stride);
    const from = low === undefined ? range.least : valueIn(low, range);
    const last =
      high === undefined
        ? low === undefined || stride !== undefined
          ? range.most
          : from
        : valueIn(high, range);
    if (from === null || last === null || from > last || step === 0) return null;
    for (let value = from; value <= last; value += step) values.add(value);
  }
  return values;
}

function valueIn(word: string, range: Range): number | null {
  const named = range.names.indexOf(word.toLowerCase());
  if (named >= 0) return named;
  const value = /^\d{1,2}$/.test(word) ? Number(word) : -1;
  return value >= range.least && value <= range.most ? value : null;
}

/** 30 February never comes; where weekdays are named too, either will do. */
function comesTrue(fields: readonly string[], sets: readonly ReadonlySet<number>[]): boolean {
  const [, , days, months] = sets;
  if (days === undefined || months === undefined || fields[4] !== '*') return true;
  const first = Math.min(...days);
  return [...months].some(month => first <= (longest[month] ?? 31));
}

const longest = [0, 31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
