// For an issue, a wiki, a chat: the same tables, with the bars kept. Names cannot become markup.

import type { Column, Figure, Look, Row, Table } from '../table.ts';
import { bar, type Way, writeValue } from '../write-value.ts';

export function markdown(tables: readonly Table[], look: Look): string {
  return `${tables.map(table => sectionOf(table, look)).join('\n\n')}\n`;
}

function sectionOf(table: Table, { unicode }: Look): string {
  const way: Way = { zone: table.zone, unicode, barWidth: 14 };
  const parts = [`## ${escaped(table.title)}`];
  if (table.facts.length > 0) parts.push(table.facts.map(escaped).join(' · '));
  if (table.figures.length > 0) parts.push(figuresOf(table.figures, way));
  parts.push(table.rows.length > 0 ? rowsOf(table, way) : 'Nothing in this time.');
  if (table.notes.length > 0) parts.push(table.notes.map(({ text }) => `- ${escaped(text)}`).join('\n'));
  return parts.join('\n\n');
}

function figuresOf(figures: readonly Figure[], way: Way): string {
  const lines = figures.map(({ label, value, unit, share, detail }) => [
    escaped(label),
    escaped(writeValue(value, unit, way)),
    share === null ? '' : `\`${bar(share, { ...way, barWidth: 26 })}\``,
    share === null ? '' : `${(share * 100).toFixed(1)} %`,
    escaped(detail),
  ]);
  return grid([['', 'bytes', '', 'share', '']], [':--', '--:', ':--', '--:', ':--'], lines);
}

function rowsOf(table: Table, way: Way): string {
  const { columns, rows, total } = table;
  const lines = [...rows, ...(total === null ? [] : [total])].map(row =>
    columns.map(column => cellOf(row, column, way)),
  );
  return grid(
    [columns.map(({ label }) => escaped(label))],
    columns.map(({ unit }) => (isLeft(unit) ? ':--' : '--:')),
    lines,
  );
}

function cellOf(row: Row, { key, unit }: Column, way: Way): string {
  const value = row[key] ?? null;
  const written = writeValue(value, unit, way);
  if (value !== null && (unit === 'bar' || unit === 'spark')) return `\`${written}\``;
  return escaped(written);
}

function grid(
  head: readonly (readonly string[])[],
  rule: readonly string[],
  lines: readonly (readonly string[])[],
): string {
  return [...head, rule, ...lines].map(cells => `| ${cells.join(' | ')} |`).join('\n');
}

function isLeft(unit: Column['unit']): boolean {
  return unit === 'text' || unit === 'path' || unit === 'bar' || unit === 'spark';
}

function escaped(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replace(/[\\`*_[\]{}|~#]/g, '\\$&');
}
