// All formats there are. A new one is its own file and a line here.

import { csv } from './formats/csv.ts';
import { json } from './formats/json.ts';
import { markdown } from './formats/markdown.ts';
import { text } from './formats/text.ts';
import type { Look, Table } from './table.ts';

export type Format = (tables: readonly Table[], look: Look) => string;

export const formats: Readonly<Record<FormatName, Format>> = { text, json, csv, markdown };

export type FormatName = 'text' | 'json' | 'csv' | 'markdown';
