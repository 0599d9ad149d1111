// For a terminal: dense, aligned, numbers on the right, a number beside every bar, colour only for
// meaning. What does not fit a narrow screen is left out column by column; below 60 columns each row
// stands on lines of its own.

import { localTime } from '../../units/calendar.ts';
import type { Column, Figure, Look, Row, Table, Unit } from '../table.ts';
import { bar, cut, type Way, widthOf, writeValue } from '../write-value.ts';
import { chartLines, dayName } from './text-chart.ts';

export function text(tables: readonly Table[], look: Look): string {
  return `\n${tables.map((table, index) => tableOf(table, look, index === 0 ? 'first' : 'further')).join('\n\n')}\n\n`;
}

function tableOf(table: Table, look: Look, place: 'first' | 'further'): string {
  const head = place === 'first' ? headOf(table, look) : look.paint('strong', table.title);
  const parts = [
    `  ${head}`,
    figuresOf(table, look),
    table.chart === null ? '' : chartLines(table.chart, table, look),
    table.rows.length > 0 ? rowsOf(table, look) : `  ${look.paint('faint', 'nothing in this time')}`,
    table.notes.map(({ meaning, text: words }) => wrapped(words, meaning, look)).join('\n'),
  ];
  return parts.filter(part => part !== '').join(place === 'first' ? '\n\n' : '\n');
}

function headOf(table: Table, look: Look): string {
  const day = (at: number): string => `${dayName(at, table.zone)} ${localTime(at, table.zone).year}`;
  const dash = look.unicode ? '–' : '-';
  const facts = table.facts.join(look.unicode ? ' · ' : ', ');
  const last = day(table.until - 1);
  const time = table.from <= 0 ? `until ${last}` : `${day(table.from)} ${dash} ${last}`;
  const line = `${table.title}  ${time}   ${facts}`;
  if (widthOf(line) <= look.width - 2)
    return `${look.paint('strong', table.title)}  ${time}   ${look.paint('faint', facts)}`;
  return `${look.paint('strong', table.title)}  ${time}\n${wrapped(facts, 'faint', look)}`;
}

function figuresOf({ figures, zone }: Table, look: Look): string {
  if (figures.length === 0) return '';
  const labels = Math.max(...figures.map(({ label }) => widthOf(label)));
  const way: Way = { zone, unicode: look.unicode, barWidth: Math.max(12, Math.min(46, look.width - 54)) };
  const numbers = figures.map(({ value, unit }) => writeValue(value, unit, way));
  const widest = Math.max(...numbers.map(widthOf));
  return figures
    .map((figure, index) =>
      figureLine(figure, (numbers[index] ?? '').padStart(widest), { labels, way, look }),
    )
    .join('\n');
}

function figureLine(
  { label, share, detail, meaning }: Figure,
  number: string,
  { labels, way, look }: { labels: number; way: Way; look: Look },
): string {
  const start = `  ${label.padEnd(labels)}  ${number}`;
  const drawn =
    share === null || look.width < 60
      ? ''
      : `  ${bar(share, way)} ${`${(share * 100).toFixed(1)} %`.padStart(7)}`;
  const line = `  ${label.padEnd(labels)}  ${look.paint(meaning, number)}${look.paint(meaning, drawn)}`;
  const room = look.width - widthOf(start + drawn) - 2;
  const words = ascii(detail, look);
  if (words === '') return line;
  if (widthOf(words) <= room) return `${line}  ${look.paint('faint', words)}`;
  const further = folded(words, look.width - labels - 4).map(
    each => `${' '.repeat(labels + 4)}${look.paint('faint', each)}`,
  );
  return [line, ...further].join('\n');
}

function rowsOf(table: Table, look: Look): string {
  const way: Way = { zone: table.zone, unicode: look.unicode, barWidth: 12 };
  const rows = [...table.rows, ...(table.total === null ? [] : [table.total])];
  const usable = table.columns.filter(column => hasValues(column, rows));
  if (look.width < 60) return rows.map(row => stackedRow(row, usable, way, look)).join('\n\n');
  const columns = fitting(usable, rows, way, look.width);
  const widths = columns.map(column => columnWidth(column, rows, way));
  const over = widths.reduce((sum, width) => sum + width + 2, 0) - look.width;
  // What still does not fit is taken from the widest text; a last column of text is folded instead.
  if (over > 0 && !shrink(columns, widths, over))
    return rows.map(row => stackedRow(row, usable, way, look)).join('\n\n');
  const line = (cells: readonly string[]): string => `  ${cells.join('  ')}`.trimEnd();
  const head = line(
    columns.map(({ label, unit }, index) =>
      look.paint('faint', aligned(ascii(label, look), widths[index] ?? 0, unit, look)),
    ),
  );
  const body = rows.flatMap(row => {
    const last = columns.at(-1);
    const room = widths.at(-1) ?? 0;
    const cells = columns.map((column, index) => cellOf(row, column, widths[index] ?? 0, { way, look }));
    if (last?.unit !== 'text') return [line(cells)];
    const [first = '', ...further] = folded(writeValue(row[last.key] ?? null, 'text', way), room);
    const indent = ' '.repeat(widths.slice(0, -1).reduce((sum, width) => sum + width + 2, 2));
    return [
      line([...cells.slice(0, -1), look.paint(last.meaning, first)]),
      ...further.map(each => indent + look.paint(last.meaning, each)),
    ];
  });
  return [head, ...body].join('\n');
}

function hasValues({ key }: Column, rows: readonly Row[]): boolean {
  return rows.some(row => (row[key] ?? null) !== null);
}

/** Leaves out the columns that are first to go until the rest fits. */
function fitting(
  columns: readonly Column[],
  rows: readonly Row[],
  way: Way,
  width: number,
): readonly Column[] {
  const needed = columns.reduce((sum, column) => sum + columnWidth(column, rows, way) + 2, 0);
  const last = Math.max(...columns.map(({ drop }) => drop));
  if (needed <= width || last === 0) return columns;
  return fitting(
    columns.filter(({ drop }) => drop < last),
    rows,
    way,
    width,
  );
}

function columnWidth({ key, label, unit }: Column, rows: readonly Row[], way: Way): number {
  return rows.reduce(
    (most, row) => Math.max(most, widthOf(writeValue(row[key] ?? null, unit, way))),
    widthOf(label),
  );
}

/** Whether that was enough. */
function shrink(columns: readonly Column[], widths: number[], over: number): boolean {
  let left = over;
  while (left > 0) {
    const texts = columns.map(({ unit }, index) =>
      unit === 'text' || unit === 'path' ? (widths[index] ?? 0) : 0,
    );
    const most = Math.max(...texts);
    if (most <= 8) return false;
    widths[texts.indexOf(most)] = most - 1;
    left -= 1;
  }
  return true;
}

function cellOf(
  row: Row,
  { key, unit, meaning }: Column,
  width: number,
  { way, look }: { way: Way; look: Look },
): string {
  const value = row[key] ?? null;
  const quiet = value === null || value === 0;
  return look.paint(quiet ? 'faint' : meaning, aligned(writeValue(value, unit, way), width, unit, look));
}

function aligned(words: string, width: number, unit: Unit, look: Look): string {
  const isLeft =
    unit === 'text' ||
    unit === 'path' ||
    unit === 'bar' ||
    unit === 'spark' ||
    unit === 'time' ||
    unit === 'day';
  const short = cut(words, width, unit === 'path' ? 'end' : 'start', look.unicode);
  const blank = ' '.repeat(Math.max(0, width - widthOf(short)));
  return isLeft ? short + blank : blank + short;
}

function stackedRow(row: Row, columns: readonly Column[], way: Way, look: Look): string {
  const labels = Math.max(...columns.map(({ label }) => widthOf(label)));
  return columns
    .filter(({ key }) => (row[key] ?? null) !== null)
    .map(({ key, label, unit, meaning }) => {
      const value = cut(
        writeValue(row[key] ?? null, unit, way),
        look.width - labels - 4,
        'end',
        look.unicode,
      );
      return `  ${look.paint('faint', ascii(label, look).padEnd(labels))}  ${look.paint(meaning, value)}`;
    })
    .join('\n');
}

function wrapped(words: string, meaning: 'plain' | 'caution' | 'faint', look: Look): string {
  const marked = meaning === 'caution' ? `! ${words}` : words;
  const lines = folded(ascii(marked, look), look.width - 4);
  return lines.map(line => `  ${look.paint(meaning === 'plain' ? 'faint' : meaning, line)}`).join('\n');
}

/** Broken at blanks; a word that is too long has a line of its own and sticks out. */
function folded(words: string, width: number): readonly string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of words.split(' ')) {
    if (line !== '' && widthOf(line) + 1 + widthOf(word) > width) {
      lines.push(line);
      line = word;
    } else line = line === '' ? word : `${line} ${word}`;
  }
  return [...lines, line];
}

function ascii(words: string, { unicode }: Look): string {
  return unicode
    ? words
    : words.replaceAll('−', '-').replaceAll('×', 'x').replaceAll('·', ',').replaceAll('–', '-');
}
