// Shows a diagnostic to a person: place and message, the line as written with a caret under it,
// and the hint. Nothing that a file holds can move the cursor or change a colour. Colours are cli's.

import { cellsOf } from '../units/cells.ts';
import { showPath } from '../units/path.ts';
import type { Diagnostic, Span } from './diagnostic.ts';

/**
 * `FILE:LINE:COLUMN  MESSAGE`, then the line, the caret and the hint, each on a line of its own;
 * no line end at the end. For a problem with a whole file: `FILE  MESSAGE` and the hint.
 */
export function showDiagnostic({ at, message, line, hint }: Diagnostic): string {
  const place = line === null ? showPath(at.file) : `${showPath(at.file)}:${at.line}:${at.column}`;
  const shown = [`${place}  ${showText(message)}`];
  if (line !== null) shown.push(...frame(line, at));
  if (hint !== null) shown.push(`      hint: ${showText(hint)}`);
  return shown.join('\n');
}

/** What is shown of a line, at most, and how much of it before the caret. */
const widest = 100;
const lead = 40;
/** A value in a message may be a megabyte of garbage. */
const longestText = 300;
const tabWidth = 4;

function frame(line: string, at: Span): readonly string[] {
  const start = at.column - 1;
  const isLong = line.length > widest;
  const from = isLong ? wholeFrom(line, Math.max(0, Math.min(start - lead, line.length - widest))) : 0;
  const to = isLong ? from + widest : line.length;
  const before = showCells(line.slice(from, start), 0);
  const marked = showCells(line.slice(start, Math.min(start + at.length, to)), before.cells);
  const after = showCells(line.slice(Math.min(start + at.length, to), to), before.cells + marked.cells);
  const left = from > 0 ? '…' : '';
  const right = to < line.length ? '…' : '';
  const number = String(at.line).padStart(5);
  const indent = ' '.repeat(left.length + before.cells);
  return [
    `${number} | ${left}${before.text}${marked.text}${after.text}${right}`.trimEnd(),
    `${' '.repeat(number.length)} | ${indent}${'^'.repeat(Math.max(1, marked.cells))}`,
  ];
}

/** Not between the two halves of a character. */
function wholeFrom(line: string, at: number): number {
  const code = line.charCodeAt(at);
  const before = line.charCodeAt(at - 1);
  return code >= 0xdc00 && code <= 0xdfff && before >= 0xd800 && before <= 0xdbff ? at - 1 : at;
}

/** A text as a terminal shows it from column `start` on, tabs as blanks, and how many cells it takes. */
function showCells(text: string, start: number): { readonly text: string; readonly cells: number } {
  let shown = '';
  let cells = 0;
  for (const character of text) {
    const next =
      character === '\t' ? ' '.repeat(tabWidth - ((start + cells) % tabWidth)) : showPath(character);
    shown += next;
    cells += next === character ? cellsOf(character) : next.length;
  }
  return { text: shown, cells };
}

function showText(text: string): string {
  const cut = text.length > longestText ? `${text.slice(0, longestText - 40)} … ${text.slice(-38)}` : text;
  return Array.from(cut, showPath).join('');
}
