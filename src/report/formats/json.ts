// For programs: a stable schema with its version. Bytes, milliseconds and shares stand as numbers,
// moments as ISO 8601 in UTC. Keys are added, never changed, within a version.

import { strftime } from '../../units/calendar.ts';
import type { Column, Figure, Row, Table, Value } from '../table.ts';

const jsonVersion = 1;

/** One object; undecodable bytes in paths stand as \udc80 to \udcff, as everywhere in logmill's JSON. */
export function json(tables: readonly Table[]): string {
  return `${JSON.stringify({ format: 'logmill report', version: jsonVersion, tables: tables.map(tableOf) }, null, 2)}\n`;
}

function tableOf(table: Table) {
  return {
    name: table.name,
    title: table.title,
    from: moment(table.from),
    until: moment(table.until),
    zone: table.zone,
    facts: table.facts,
    figures: Object.fromEntries(table.figures.map(figure => [figure.key, figureOf(figure)])),
    days:
      table.chart?.days.map(({ day, first, second }) => ({
        day: strftime(day, table.zone, '%Y-%m-%d'),
        [keyOf(table.chart?.names[0])]: first,
        [keyOf(table.chart?.names[1])]: second,
      })) ?? null,
    columns: table.columns.map(({ key, label, unit }) => ({ key, label, unit: unitNames[unit] })),
    rows: table.rows.map(row => rowOf(row, table.columns)),
    total: table.total === null ? null : rowOf(table.total, table.columns),
    notes: table.notes.map(({ text }) => text),
  };
}

function figureOf({ value, unit, share, detail }: Figure) {
  return { value, unit: unitNames[unit], share, detail };
}

function rowOf(row: Row, columns: readonly Column[]): Record<string, Value> {
  return Object.fromEntries(columns.map(({ key, unit }) => [key, jsonValue(row[key] ?? null, unit)]));
}

function jsonValue(value: Value, unit: Column['unit']): Value {
  return (unit === 'time' || unit === 'day') && typeof value === 'number' ? moment(value) : value;
}

function moment(at: number): string {
  return Number.isFinite(at) && Math.abs(at) <= lastMoment ? new Date(at).toISOString() : String(at);
}

/** Beyond this a Date holds nothing (ECMA-262, time values). */
const lastMoment = 8.64e15;

function keyOf(name: string | undefined): string {
  return (name ?? '').replaceAll(' ', '_');
}

const unitNames: Readonly<Record<Column['unit'], string>> = {
  text: 'text',
  path: 'path',
  count: 'count',
  bytes: 'bytes',
  change: 'bytes',
  ratio: 'ratio',
  share: 'share',
  duration: 'milliseconds',
  time: 'time',
  day: 'time',
  bar: 'share',
  spark: 'bytes by day',
};
