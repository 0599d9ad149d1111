// One value as text for people: three significant digits, IEC units, local times; bars and sparklines
// in eighths of a block, or in ASCII. Widths are counted in columns of the screen.

import { formatBytes } from '../units/bytes.ts';
import { strftime, type Zone } from '../units/calendar.ts';
import { formatDuration } from '../units/duration.ts';
import { showPath } from '../units/path.ts';
import type { Unit, Value } from './table.ts';

export interface Way {
  readonly zone: Zone;
  readonly unicode: boolean;
  /** Columns of a bar or a sparkline, its frame included. */
  readonly barWidth: number;
}

export function writeValue(value: Value, unit: Unit, way: Way): string {
  if (value === null) return way.unicode ? '–' : '-';
  if (typeof value === 'string') return unit === 'path' ? showPath(value) : oneLine(value);
  if (typeof value !== 'number') return spark(value, way);
  switch (unit) {
    case 'bytes':
      return value < 0 ? `${way.unicode ? '−' : '-'}${formatBytes(-value)}` : formatBytes(value);
    case 'change':
      return signed(value, formatBytes(Math.abs(value)), way);
    case 'count':
      return value.toLocaleString('en-US');
    case 'ratio':
      return `${threeDigits(value)}${way.unicode ? '×' : 'x'}`;
    case 'share':
      return signed(value, `${(Math.abs(value) * 100).toFixed(1)} %`, way);
    case 'duration':
      return formatDuration(value);
    case 'time':
      return strftime(value, way.zone, '%Y-%m-%d %H:%M:%S');
    case 'day':
      return strftime(value, way.zone, '%Y-%m-%d');
    case 'bar':
      return `${bar(value, way)} ${percent(value).padStart(4)}`;
    case 'text':
    case 'path':
    case 'spark':
      return String(value);
    default:
      return unit satisfies never;
  }
}

/** A framed bar of exactly `barWidth` columns; more than whole is whole, and what is there shows. */
export function bar(share: number, { unicode, barWidth }: Way): string {
  const cells = Math.max(1, barWidth - 2);
  const part = Math.min(1, Math.max(0, share));
  const steps = unicode ? 8 : 1;
  // Rounding must not hide a small part, nor fill up a bar that is not full.
  const exact = Math.round(part * cells * steps);
  const filled =
    part === 0 ? 0 : part === 1 ? cells * steps : Math.min(Math.max(exact, 1), cells * steps - 1);
  const whole = Math.floor(filled / steps);
  const eighths = filled % steps;
  const blocks = (unicode ? '█' : '#').repeat(whole) + (eighths > 0 ? (eighthBlocks[eighths - 1] ?? '') : '');
  const rest = (unicode ? '·' : '.').repeat(cells - whole - (eighths > 0 ? 1 : 0));
  return unicode ? `▕${blocks}${rest}▏` : `[${blocks}${rest}]`;
}

/** One mark a value, the largest full; many values are added up into as many as fit. */
export function spark(values: readonly number[], { unicode, barWidth }: Way): string {
  const sums = gather(values, barWidth);
  const most = Math.max(...sums, 0);
  const marks = unicode ? sparkBlocks : sparkLetters;
  return sums
    .map(value => {
      if (value <= 0 || most === 0) return unicode ? '·' : '.';
      return marks[Math.min(marks.length - 1, Math.floor((value / most) * marks.length))] ?? '';
    })
    .join('');
}

/** At most `places` sums, each of equally many neighbours (the last of what is left), in order. */
export function gather(values: readonly number[], places: number): readonly number[] {
  const together = Math.ceil(values.length / places);
  if (together <= 1) return values;
  const sums: number[] = [];
  for (let from = 0; from < values.length; from += together)
    sums.push(values.slice(from, from + together).reduce((sum, value) => sum + value, 0));
  return sums;
}

/** How many columns a terminal takes for it: two for East Asian wide letters, none for marks that combine. */
export function widthOf(text: string): number {
  let width = 0;
  for (const character of text) {
    if (/\p{M}/u.test(character)) continue;
    width += wide.test(character) ? 2 : 1;
  }
  return width;
}

/** Cut to `width` columns, the cut shown; from the left for paths, whose end says most. */
export function cut(text: string, width: number, keep: 'start' | 'end', unicode: boolean): string {
  if (widthOf(text) <= width) return text;
  const dots = unicode ? '…' : '~';
  const characters = [...text];
  while (characters.length > 0 && widthOf(characters.join('')) > width - 1)
    keep === 'start' ? characters.pop() : characters.shift();
  return keep === 'start' ? characters.join('') + dots : dots + characters.join('');
}

const eighthBlocks = ['▏', '▎', '▍', '▌', '▋', '▊', '▉'];
const sparkBlocks = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
const sparkLetters = ['_', ':', '-', '=', '+', '*', '#'];
const wide =
  /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{1f300}-\u{1faff}\u{20000}-\u{3fffd}]/u;

/** Names and messages come from files and programs: they can forge neither a line nor a colour. */
function oneLine(text: string): string {
  return showPath(text);
}

function signed(value: number, size: string, { unicode }: Way): string {
  if (value === 0) return size;
  return `${value < 0 ? (unicode ? '−' : '-') : '+'}${size}`;
}

function percent(share: number): string {
  return `${Math.round(share * 100)} %`;
}

function threeDigits(value: number): string {
  return value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value.toFixed(2);
}
