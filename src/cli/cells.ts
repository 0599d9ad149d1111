// How many cells of a terminal a text takes, and text fitted into so many. Apart from look.ts, since
// the table of wide characters takes longer to load than all of --help.

import stringWidth from 'string-width';
import type { Look } from './look.ts';

/** Cells a terminal takes for it; colour codes take none. */
export const cells = (text: string): number => stringWidth(text);

export function padEnd(text: string, width: number): string {
  return text + ' '.repeat(Math.max(0, width - cells(text)));
}

export function padStart(text: string, width: number): string {
  return ' '.repeat(Math.max(0, width - cells(text))) + text;
}

/** Cut to `width` cells from the end, with a sign that something is missing; colour must be added after. */
export function cut(look: Look, text: string, width: number): string {
  if (cells(text) <= width) return text;
  const sign = look.unicode ? '…' : '~';
  let kept = '';
  for (const character of text) {
    if (cells(kept + character) > width - 1) break;
    kept += character;
  }
  return kept + sign;
}

/** Cut from the front: of a path the end says most. */
export function cutFront(look: Look, text: string, width: number): string {
  if (cells(text) <= width) return text;
  const sign = look.unicode ? '…' : '~';
  let kept = '';
  for (const character of [...text].reverse()) {
    if (cells(character + kept) > width - 1) break;
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
    if (line !== indent && cells(longer) > width) {
      lines.push(line);
      line = indent + word;
    } else line = longer;
  }
  return [...lines, line];
}
