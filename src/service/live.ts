// The live view of `run`: what is watched, what was done last, the day's sums. `renderLive` is a
// function from a model to text; `showLive` puts it on a terminal, at most ten times a second.

import { styleText } from 'node:util';
import { createLogUpdate } from 'log-update';
import { formatBytes } from '../units/bytes.ts';
import type { Zone } from '../units/calendar.ts';
import { cellsOf } from '../units/cells.ts';
import { type EpochMs, formatDuration } from '../units/duration.ts';
import { bar, countdown, moment, sparkline } from './bars.ts';
import { clockTime, shortPath } from './lines.ts';
import type { LogStatus, Status } from './status.ts';
import type { Today } from './today.ts';

export interface LiveModel {
  readonly status: Status;
  readonly zone: Zone;
  readonly started: EpochMs;
  /** Newest first. */
  readonly recent: readonly RecentAction[];
  readonly today: Today;
  /** Where status and metrics are served; null: nowhere. */
  readonly address: string | null;
  /** One line that a person should read now; null: none. */
  readonly notice: string | null;
}

export interface RecentAction {
  readonly at: EpochMs;
  readonly kind: 'rotate' | 'compress' | 'delete' | 'failed' | 'caution' | 'other';
  readonly file: string;
  readonly words: string;
}

export interface LiveLook {
  readonly width: number;
  readonly height: number;
  readonly colour: boolean;
  readonly unicode: boolean;
  /** Whether keys are listened to. */
  readonly keys: boolean;
}

type Style = 'green' | 'red' | 'yellow' | 'cyan' | 'gray' | 'bold';
interface Span {
  readonly text: string;
  readonly style?: Style;
}
type Line = readonly Span[];

/** Lines joined by newlines, none wider than `look.width`, not more than `look.height`. */
export function renderLive(model: LiveModel, look: LiveLook): string {
  const actions = model.recent.slice(0, look.height < 20 ? 2 : 5);
  const name = Math.min(
    look.width < 60 ? 24 : 36,
    Math.max(...actions.map(action => cellsOf(action.file)), 8),
  );
  const recent = actions.map(action => recentLine(action, name, model.zone, look));
  const notice: Line[] =
    model.notice === null ? [] : [[], [{ text: `  ! ${model.notice}`, style: 'yellow' }]];
  const foot: Line[] = [
    ...(recent.length > 0 ? [[], ...recent] : []),
    ...notice,
    [],
    todayLine(model.today, look),
  ];
  const head: Line[] = [[], headLine(model, look), []];
  const table = tableLines(model, look, Math.max(1, look.height - 1 - head.length - foot.length));
  return [...head, ...table, ...foot].map(line => paint(line, look)).join('\n');
}

const glyphs = {
  unicode: {
    on: '●',
    more: '…',
    to: '→',
    times: '×',
    dot: '·',
    rotate: '↻',
    compress: '▾',
    delete: '✕',
    failed: '!',
    caution: '!',
    other: '·',
  },
  ascii: {
    on: '*',
    more: '...',
    to: '->',
    times: 'x',
    dot: '-',
    rotate: 'R',
    compress: 'Z',
    delete: 'D',
    failed: '!',
    caution: '!',
    other: '-',
  },
} as const;

const glyphsOf = (look: LiveLook) => (look.unicode ? glyphs.unicode : glyphs.ascii);

const stateWords = {
  starting: 'starting',
  idle: 'watching',
  working: 'working',
  waiting: 'waiting to try again',
  stopping: 'stopping',
} as const;

function headLine({ status, started, zone, address }: LiveModel, look: LiveLook): Line {
  const trouble = status.state === 'waiting' || !status.policies.good;
  const state = `  ${glyphsOf(look).on} ${stateWords[status.state]}`;
  const policies = status.policies.good
    ? `policies unchanged since ${moment(status.policies.since, status.at, zone)}`
    : 'the policies on disk have errors';
  const counts = `${counted(status.logs.length, 'log')} in ${counted(status.folders, 'folder')}`;
  const up = `up ${formatDuration(Math.max(1000, Math.floor((status.at - started) / 1000) * 1000))}`;
  // In the order in which they give way; troubles stay longest.
  const parts = status.policies.good ? [counts, up, address, policies] : [policies, counts, up, address];
  const room = look.width - cellsOf(state) - 2;
  return [{ text: state, style: trouble ? 'yellow' : 'green' }, { text: `  ${fitting(parts, '   ', room)}` }];
}

const counted = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? '' : 's'}`;

/** As many of the parts as fit, whole; null ones are not there. */
function fitting(parts: readonly (string | null)[], separator: string, room: number): string {
  let text = '';
  for (const part of parts) {
    if (part === null) continue;
    const longer = text === '' ? part : text + separator + part;
    if (cellsOf(longer) > room) break;
    text = longer;
  }
  return text;
}

interface Columns {
  readonly name: number;
  /** Cells of the bar; 0: no bar. */
  readonly bar: number;
  readonly growth: boolean;
  readonly hour: boolean;
  readonly next: number;
}

/** At 100 all, at 80 without the last hour, below 60 name, size and percent. */
function columnsFor(width: number): Columns {
  const fixed = 2 + 11 + 2 + 6;
  if (width < 60) return { name: Math.max(8, width - fixed), bar: 0, growth: false, hour: false, next: 0 };
  const bar = width >= 100 ? 16 : 10;
  const hour = width >= 100;
  const next = 13;
  const name = width - fixed - (bar + 2) - 13 - (hour ? 14 : 0) - next - 1;
  return { name: Math.min(name, 60), bar, growth: true, hour, next };
}

function tableLines({ status, zone }: LiveModel, look: LiveLook, room: number): Line[] {
  if (status.logs.length === 0) return [[{ text: '  no log matches yet', style: 'gray' }]];
  const columns = columnsFor(look.width);
  const shown = status.logs.slice(
    0,
    status.logs.length + 1 > room ? Math.max(1, room - 2) : status.logs.length,
  );
  const lines: Line[] = [
    titleLine(columns),
    ...shown.map(log => logLine(log, status.at, zone, columns, look)),
  ];
  const left = status.logs.slice(shown.length);
  if (left.length === 0) return lines;
  const most = Math.max(...left.map(log => log.share ?? 0));
  const text = `  ${glyphsOf(look).more} ${left.length} more${most > 0 ? `, none above ${Math.ceil(most * 100)} %` : ''}`;
  return [...lines, [{ text, style: 'gray' }]];
}

function titleLine(columns: Columns): Line {
  const parts = [`  ${padEnd('log', columns.name)}`, padStart('size', 11), '  '];
  parts.push(columns.bar > 0 ? padEnd('to the limit', columns.bar + 8) : padStart('full', 6));
  if (columns.growth) parts.push(padStart('growth', 13));
  if (columns.hour) parts.push(`  ${padEnd('last hour', 12)}`);
  if (columns.next > 0) parts.push(` ${padStart('rotates', columns.next)}`);
  return [{ text: parts.join(''), style: 'gray' }];
}

function logLine(log: LogStatus, now: EpochMs, zone: Zone, columns: Columns, look: LiveLook): Line {
  const percent = log.share === null ? '' : `${Math.min(999, Math.floor(log.share * 100))} %`;
  const full = log.share !== null && log.share >= 0.9 ? 'yellow' : 'cyan';
  const line: Span[] = [
    {
      text: `  ${padEnd(cutFront(shortPath(log.path), columns.name, look), columns.name)}`,
      ...(log.obstacle === null ? {} : { style: 'gray' as const }),
    },
    { text: padStart(log.size === null ? '' : formatBytes(log.size), 11) },
    { text: '  ' },
  ];
  if (columns.bar > 0)
    line.push({
      text: log.share === null ? ' '.repeat(columns.bar + 2) : bar(log.share, columns.bar, look.unicode),
      style: full,
    });
  line.push({ text: padStart(percent, 6) });
  if (columns.growth)
    line.push({ text: padStart(log.growth < 0.5 ? '' : `+${formatBytes(log.growth)}/s`, 13) });
  if (columns.hour)
    line.push({
      text: `  ${padEnd(log.hour === null ? '' : sparkline(log.hour, look.unicode), 12)}`,
      style: 'green',
    });
  if (columns.next > 0) line.push({ text: ` ${padStart(nextWords(log, now, zone), columns.next)}` });
  return line;
}

function nextWords(log: LogStatus, now: EpochMs, zone: Zone): string {
  if (log.obstacle !== null) return 'left alone';
  if (log.next === null) return '';
  return log.next.by === 'size' ? countdown(log.next.at - now) : moment(log.next.at, now, zone);
}

const recentStyles: Readonly<Record<RecentAction['kind'], Style>> = {
  rotate: 'cyan',
  compress: 'green',
  delete: 'red',
  failed: 'red',
  caution: 'yellow',
  other: 'gray',
};

function recentLine(action: RecentAction, name: number, zone: Zone, look: LiveLook): Line {
  const g = glyphsOf(look);
  const words = look.unicode ? action.words : action.words.replaceAll('→', g.to).replaceAll('×', g.times);
  return [
    { text: `  ${clockTime(action.at, zone)} `, style: 'gray' },
    { text: g[action.kind], style: recentStyles[action.kind] },
    { text: ` ${padEnd(cutFront(action.file, name, look), name)}  ${words}` },
  ];
}

function todayLine(today: Today, look: LiveLook): Line {
  const saved = today.compressedFrom - today.compressedTo;
  const share = today.compressedFrom > 0 ? ` (${((saved / today.compressedFrom) * 100).toFixed(1)} %)` : '';
  const dot = ` ${glyphsOf(look).dot} `;
  const errors = counted(today.errors, 'error');
  const parts = [
    counted(today.rotations, 'rotation'),
    `${formatBytes(today.rotated)} in`,
    `${formatBytes(saved)} compressed away${share}`,
    `${formatBytes(today.deleted)} deleted`,
  ];
  const text = `  today  ${fitting(parts, dot, look.width - 9 - dot.length - errors.length)}${dot}`;
  const keys = 'p plan  r round  q quit';
  const room = look.width - cellsOf(text + errors) - keys.length;
  const line: Span[] = [{ text }, today.errors > 0 ? { text: errors, style: 'red' } : { text: errors }];
  if (look.keys && room >= 3) line.push({ text: ' '.repeat(Math.min(room, 6)) + keys, style: 'gray' });
  return line;
}

/** Cut to the width, painted last, so that no colour code is counted or cut. */
function paint(line: Line, look: LiveLook): string {
  let room = look.width;
  let text = '';
  for (const span of line) {
    const piece = cellsOf(span.text) > room ? cutEnd(span.text, room, look) : span.text;
    room -= cellsOf(piece);
    text +=
      look.colour && span.style !== undefined && piece !== ''
        ? styleText(span.style, piece, { validateStream: false })
        : piece;
    if (piece !== span.text) break;
  }
  return look.colour ? text : text.trimEnd();
}

function padEnd(text: string, width: number): string {
  return text + ' '.repeat(Math.max(0, width - cellsOf(text)));
}

function padStart(text: string, width: number): string {
  return ' '.repeat(Math.max(0, width - cellsOf(text))) + text;
}

function cutEnd(text: string, width: number, look: LiveLook): string {
  const sign = look.unicode ? '…' : '~';
  let kept = '';
  for (const character of text) {
    if (cellsOf(kept + character) > width - 1) break;
    kept += character;
  }
  return width > 0 ? kept + sign : '';
}

/** Of a path the end says most. */
function cutFront(text: string, width: number, look: LiveLook): string {
  if (cellsOf(text) <= width) return text;
  let kept = '';
  for (const character of [...text].reverse()) {
    if (cellsOf(character + kept) > width - 1) break;
    kept = character + kept;
  }
  return (look.unicode ? '…' : '~') + kept;
}

export interface Live {
  /** Something changed: drawn soon, at most ten times a second. */
  touch(): void;
  /** The last frame stays on the terminal. */
  end(): void;
}

const leastPause = 100;
/** Countdowns and growth move also when nothing happens. */
const tick = 1_000;

/** Draws `model()` on `stream`, with the look of the moment (a terminal may be resized). */
export function showLive(stream: NodeJS.WriteStream, look: () => LiveLook, model: () => LiveModel): Live {
  // log-update wraps each frame in synchronized output (DEC 2026) on a terminal.
  const update = createLogUpdate(stream);
  let drawnAt = 0;
  let timer: NodeJS.Timeout | null = null;
  const draw = (): void => {
    if (timer !== null) clearTimeout(timer);
    drawnAt = performance.now();
    update(renderLive(model(), look()));
    timer = setTimeout(draw, tick);
  };
  const touch = (): void => {
    const wait = drawnAt + leastPause - performance.now();
    if (timer !== null) clearTimeout(timer);
    timer = setTimeout(draw, Math.max(0, wait));
  };
  const resized = (): void => touch();
  stream.on('resize', resized);
  draw();
  return {
    touch,
    end: () => {
      stream.off('resize', resized);
      draw();
      if (timer !== null) clearTimeout(timer);
      update.done();
    },
  };
}
