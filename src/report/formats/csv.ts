// For spreadsheets: RFC 4180, plain numbers, one block a table with a blank line between. Text that a
// spreadsheet would take for a formula gets an apostrophe before it, since names come from others.

import { strftime } from '../../units/calendar.ts';
import { showPath } from '../../units/path.ts';
import type { Column, Row, Table, Value } from '../table.ts';

export function csv(tables: readonly Table[]): string {
  return tables.map(block).join('\r\n');
}

function block(table: Table): string {
  const columns = table.columns.filter(({ unit }) => unit !== 'spark');
  const lines = [
    ['table', ...columns.map(({ key }) => key)],
    ...table.rows.map(row => [table.name, ...columns.map(column => field(row, column, table))]),
  ];
  return lines.map(fields => `${fields.map(quoted).join(',')}\r\n`).join('');
}

function field(row: Row, { key, unit }: Column, { zone }: Table): string {
  const value: Value = row[key] ?? null;
  if (value === null) return '';
  if (typeof value === 'string') return harmless(showPath(value));
  if (unit === 'time' || unit === 'day') return strftime(Number(value), zone, '%Y-%m-%d %H:%M:%S');
  return String(value);
}

function harmless(text: string): string {
  return /^[=+\-@]/.test(text) ? `'${text}` : text;
}

function quoted(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
