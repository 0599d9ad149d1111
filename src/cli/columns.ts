// Rows of cells set in columns. Knows widths and nothing of what it sets.

import { cellsOf } from '../units/cells.ts';
import { padEnd, padStart } from './cells.ts';

export interface Cell {
  /** Painted already: colour codes take no cells. */
  readonly text: string;
  readonly right?: boolean;
}

/** Lines with columns as wide as their widest cell, two blanks between them, none at the end. */
export function setColumns(rows: readonly (readonly Cell[])[], gap = 2): string[] {
  const widths: number[] = [];
  for (const row of rows) {
    for (const [column, cell] of row.entries())
      widths[column] = Math.max(widths[column] ?? 0, cellsOf(cell.text));
  }
  return rows.map(row =>
    row
      .map((cell, column) =>
        cell.right === true
          ? padStart(cell.text, widths[column] ?? 0)
          : padEnd(cell.text, widths[column] ?? 0),
      )
      .join(' '.repeat(gap))
      .trimEnd(),
  );
}
