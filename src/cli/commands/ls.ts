// `logmill ls LOG`: its generations with size, ratio and time; with --long also what only decoding tells.

import type { OpenPart } from '../../archive/read-log.ts';
import { type LongSummary, longSummaryOf, type Summary, summaryOf } from '../../archive/summary.ts';
import { formatBytes } from '../../units/bytes.ts';
import type { Zone } from '../../units/calendar.ts';
import { nameOf, showPath } from '../../units/path.ts';
import type { World } from '../../world/world.ts';
import { setColumns } from '../columns.ts';
import { type ExitCode, exitCodes } from '../exit-codes.ts';
import { type Look, paint } from '../look.ts';
import { openKept } from '../open-kept.ts';
import type { Output } from '../output.ts';
import { type TimeOptions, timesOf } from '../reading.ts';
import { count, localMoment } from '../words.ts';

export interface LsOptions extends Pick<TimeOptions, 'timeFormat'> {
  readonly long?: boolean | undefined;
  readonly json?: boolean | undefined;
}

interface Row {
  readonly part: OpenPart;
  readonly summary: Summary | LongSummary;
}

/** @returns 3 when something of it cannot be read */
export async function lsCommand(
  world: World,
  log: string,
  options: LsOptions,
  output: Output,
): Promise<ExitCode> {
  const { dated } = timesOf(world, options);
  const { signal } = output.gone;
  const { kept, log: opened } = await openKept(world, log, { signal, shell: world.shell });
  const rows: Row[] = [];
  try {
    for (const part of opened.parts.toReversed()) {
      const summary =
        options.long === true ? await longSummaryOf(part, dated, signal) : await summaryOf(part, signal);
      rows.push({ part, summary });
    }
  } finally {
    await opened.close();
  }
  if (options.json === true) output.json({ format: 1, log: showPath(kept.path), files: rows.map(asData) });
  else output.answer(table(rows, output.look, dated.zone).join('\n'));
  return rows.some(({ summary }) => summary.problem !== null) ? exitCodes.partly : exitCodes.done;
}

function asData({ part, summary }: Row) {
  return {
    path: showPath(part.file.path),
    live: part.mark === null,
    size: part.file.size,
    modified: part.file.modified,
    rotated: part.mark === null ? null : part.near,
    ...summary,
    ratio: ratioOf({ part, summary }),
  };
}

function ratioOf({ part, summary }: Row): number | null {
  if (summary.codec === null || summary.plain === null || part.file.size === 0) return null;
  return summary.plain / part.file.size;
}

function table(rows: readonly Row[], look: Look, zone: Zone): readonly string[] {
  const isLong = rows.some(({ summary }) => 'lines' in summary);
  const titles = [
    '  file',
    'size',
    'plain',
    'ratio',
    ...(isLong ? ['lines', 'first', 'last'] : ['last written']),
  ];
  const head = titles.map((text, index) => ({
    text: paint(look, 'quiet', text),
    right: index > 0 && index < (isLong ? 5 : 4),
  }));
  const lines = setColumns([head, ...rows.map(row => cellsOf(row, look, zone))]);
  const size = rows.reduce((sum, { part }) => sum + part.file.size, 0);
  return [...lines, `  ${count(rows.length, 'file')}, ${formatBytes(size)} on disk${linesWords(rows)}`];
}

function linesWords(rows: readonly Row[]): string {
  const all = rows.reduce((sum, { summary }) => sum + ('lines' in summary ? summary.lines : 0), 0);
  return all === 0 ? '' : `, ${count(all, 'line')}`;
}

function cellsOf(row: Row, look: Look, zone: Zone) {
  const { part, summary } = row;
  const ratio = ratioOf(row);
  const moment = (at: number | null) => (at === null ? '' : localMoment(at, zone));
  const joined = summary.joined > 1 ? ` (${count(summary.joined, 'generation')})` : '';
  const times =
    'lines' in summary
      ? [
          { text: summary.lines.toLocaleString('en-US'), right: true },
          { text: moment(summary.first) },
          { text: moment(summary.last) },
        ]
      : [{ text: moment(part.file.modified) }];
  return [
    { text: `  ${showPath(nameOf(part.file.path))}${joined}` },
    { text: formatBytes(part.file.size), right: true },
    { text: summary.plain === null ? '' : formatBytes(summary.plain), right: true },
    { text: ratio === null ? '' : ratio.toFixed(2), right: true },
    ...times,
    ...(summary.problem === null ? [] : [{ text: paint(look, 'removes', summary.problem) }]),
  ];
}
