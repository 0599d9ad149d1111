// Results as text: one table a benchmark, figures right-aligned, commands below.

import type { Result, Row } from './benchmark.ts';
import type { Machine } from './machine.ts';

export function showMachine(machine: Machine): string {
  const versions = Object.entries(machine.versions)
    .filter(([, version]) => version !== null)
    .map(([name, version]) => `${name} ${version}`);
  const memory = (machine.memoryBytes / 2 ** 30).toFixed(1);
  return `${machine.date} · ${machine.cores} x ${machine.cpu} · ${memory} GiB · ${machine.system}\n${versions.join(' · ')}\n`;
}

export function showResult({ name, title, rows, skipped, notes }: Result): string {
  const columns = [...new Set(rows.flatMap(row => Object.keys(row.facts)))];
  const head = ['', 'median', 'from–to', 'ratio', 'cpu s', 'peak MB', ...columns];
  const table = [head, ...rows.map(row => cellsOf(row, columns))];
  const widths = head.map((_, at) => Math.max(...table.map(cells => cells[at]?.length ?? 0)));
  const lines = table.map(cells =>
    cells
      .map((cell, at) => (at === 0 ? cell.padEnd(widths[at] ?? 0) : cell.padStart(widths[at] ?? 0)))
      .join('  '),
  );
  return [
    `${title}  (${name})`,
    ...lines.map(line => `  ${line.trimEnd()}`),
    ...rows.filter(row => row.failed !== null).map(row => `  ${row.name} failed: ${row.failed}`),
    ...skipped.map(one => `  ${one.name} skipped: ${one.why}`),
    ...notes.map(note => `  ${note}`),
    ...rows.map(row => `  $ ${row.command}`),
    '',
  ].join('\n');
}

function cellsOf(row: Row, columns: readonly string[]): string[] {
  const range = row.leastMs === null || row.mostMs === null ? '' : `${time(row.leastMs)}–${time(row.mostMs)}`;
  return [
    row.name,
    row.wallMs === null ? '–' : time(row.wallMs),
    range,
    row.ratio === null ? '' : `${row.ratio.toFixed(2)}x`,
    row.cpuMs === null ? '' : (row.cpuMs / 1000).toFixed(2),
    row.peakBytes === null ? '' : (row.peakBytes / 1e6).toFixed(0),
    ...columns.map(column => figure(row.facts[column])),
  ];
}

function time(ms: number): string {
  if (ms >= 10_000) return `${(ms / 1000).toFixed(1)} s`;
  return ms >= 1000 ? `${(ms / 1000).toFixed(2)} s` : `${ms.toFixed(1)} ms`;
}

function figure(value: number | undefined): string {
  if (value === undefined) return '';
  if (Number.isInteger(value)) return String(value);
  return Math.abs(value) >= 100 ? value.toFixed(0) : value.toFixed(2);
}
