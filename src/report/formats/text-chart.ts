// The chart of days in a terminal: blocks of eighths, the second series standing in front of the first,
// a scale on the left, and under it the days.

import { formatBytes } from '../../units/bytes.ts';
import { localTime, type Zone } from '../../units/calendar.ts';
import type { EpochMs } from '../../units/duration.ts';
import type { Chart, Look, Table } from '../table.ts';
import { gather, widthOf } from '../write-value.ts';

/** '' where there is too little to draw or no room. Where days are too many, equally many share a bar. */
export function chartLines(chart: Chart, { zone }: Table, look: Look): string {
  const days = chart.days.length;
  if (days < 2 || look.width < 60) return '';
  const room = look.width - margin.length - 2;
  const first = gather(
    chart.days.map(({ first }) => first),
    Math.floor(room / 2),
  );
  const second = gather(
    chart.days.map(({ second }) => second),
    Math.floor(room / 2),
  );
  const most = Math.max(...first, ...second);
  if (most <= 0) return '';
  const columns = first.length * 2;
  const dates = datesUnder(chart, columns, zone);
  const together = Math.ceil(days / first.length);
  const legend = legendOf(chart, together, look);
  const gap = widthOf(dates) + widthOf(legend.bare) + 5 <= look.width ? '   ' : `\n${margin} `;
  return [
    ...rows(first, second, most, look),
    `${'0'.padStart(margin.length - 1)} ${look.unicode ? '└' : '+'}${(look.unicode ? '─' : '-').repeat(columns)}`,
    dates + gap + legend.painted,
  ].join('\n');
}

/** `1 Aug`. */
export function dayName(at: EpochMs, zone: Zone): string {
  const { month, day } = localTime(at, zone);
  return `${day} ${months[month - 1]}`;
}

const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
const height = 6;
const margin = ' '.repeat(12);

function rows(
  first: readonly number[],
  second: readonly number[],
  most: number,
  look: Look,
): readonly string[] {
  return Array.from({ length: height }, (_, index) => {
    const level = height - index - 1;
    const scale = level === height - 1 ? most : level === height / 2 - 1 ? most / 2 : null;
    const label = scale === null ? '' : formatBytes(scale);
    const axis = look.unicode ? (scale === null ? '│' : '┤') : '|';
    const cells = first.map((value, place) => cellOf(value, second[place] ?? 0, { most, level, look }));
    return `${label.padStart(margin.length - 1)} ${axis}${cells.join(' ')}`.trimEnd();
  });
}

function cellOf(first: number, second: number, at: { most: number; level: number; look: Look }): string {
  const { most, level, look } = at;
  const above = (value: number): number => (value / most) * height - level;
  if (above(second) >= 0.5) return look.paint('saved', look.unicode ? '▓' : '%');
  const part = above(first);
  if (part <= 0) return ' ';
  if (!look.unicode) return part >= 0.5 ? '#' : level === 0 ? '.' : ' ';
  return ' ▁▂▃▄▅▆▇█'[Math.min(8, Math.max(1, Math.round(part * 8)))] ?? '';
}

function datesUnder(chart: Chart, columns: number, zone: Zone): string {
  const from = dayName(chart.days[0]?.day ?? 0, zone);
  const until = dayName(chart.days.at(-1)?.day ?? 0, zone);
  const between = columns - from.length - until.length;
  return between < 2 ? `${margin} ${from} - ${until}` : `${margin} ${from}${' '.repeat(between)}${until}`;
}

function legendOf({ names }: Chart, together: number, look: Look): { bare: string; painted: string } {
  const [one, two] = look.unicode ? ['█', '▓'] : ['#', '%'];
  const per = together === 1 ? '' : `  (a bar is ${together} days)`;
  const legend = (paint: Look['paint']): string =>
    `${one} ${names[0]}  ${paint('saved', `${two} ${names[1]}`)}${per}`;
  return { bare: legend((_, words) => words), painted: legend(look.paint) };
}
