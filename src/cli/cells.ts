// Text fitted into so many cells of a terminal.

import { cellsOf } from '../units/cells.ts';
import type { Look } from './look.ts';

export function padEnd(text: string, width: number): string {
  return text + ' '.repeat(Math.max(0, width - cellsOf(text)));
}

export function padStart(text: string, width: number): string {
  return ' '.repeat(Math.max(0, width - cellsOf(text))) + text;
}

/** Cut to `width` cells from the end, with a sign that something is missing; colour must be added after. */
export function cut(look: Look, text: string, width: number): string {
  if (cellsOf(text) <= width) return text;
  const sign = look.unicode ? '…' : '~';
  let kept = '';
  for (const character of text) {
    if (cellsOf(kept + character) > width - 1) break;
    kept += character;
  }
  return kept + sign;
}

/** Cut from the front: of a path the end says most. */
export function cutFront(look: Look, text: string, width: number): string {
  if (cellsOf(text) <= width) return text;
  const sign = look.unicode ? '…' : '~';
  let kept = '';
  for (const character of [...text].reverse()) {
    if (cellsOf(character + kept) > width - 1) break;
    kept = character + kept;
  }
  return sign + kept;
}

/** At blanks, each further line as far in as the first; a longer word stands alone, whole. */
export function wrap(text: string, width: number): string[] {
  const indent = / */.exec(text)?.[0] ?? '';
  const lines: string[] = [];
  let line = indent;
  for (const word of text.trim().split(' ')) {
    const longer = line === indent ? line + word : `${line} ${word}`;
    if (line !== indent && cellsOf(longer) > width) {
      lines.push(line);
      line = indent + word;
    } else line = longer;
  }
  return [...lines, line];
}
