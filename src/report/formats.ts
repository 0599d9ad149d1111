// All formats there are. A new one is its own file and a line here.

import { csv } from './formats/csv.ts';
import { json } from './formats/json.ts';
import { markdown } from './formats/markdown.ts';
import { text } from './formats/text.ts';
import type { Meaning, Table } from './table.ts';

/** How the answer may look, from whoever knows where it goes. */
export interface Look {
  /** Columns of the screen; for a file, 100. */
  readonly width: number;
  /** Bars of eighths and a chart of blocks; else # and dots. */
  readonly unicode: boolean;
  /** Colours a piece of text by what it means; gives it back as it is where there is no colour. */
  readonly paint: (meaning: Meaning, text: string) => string;
}

export type Format = (tables: readonly Table[], look: Look) => string;

export const formats: Readonly<Record<FormatName, Format>> = { text, json, csv, markdown };

export type FormatName = 'text' | 'json' | 'csv' | 'markdown';
