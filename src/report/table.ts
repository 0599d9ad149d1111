// What every report is: figures, perhaps a chart, rows under columns with units. Reports and formats
// meet here, so that each is written once. Nothing here knows a terminal.

import type { History } from '../ledger/history.ts';
import type { Zone } from '../units/calendar.ts';
import type { EpochMs } from '../units/duration.ts';

/** What a report is made of. */
export interface Asked {
  readonly history: History;
  /** In which days are counted and times written. */
  readonly zone: Zone;
  /** Now. */
  readonly at: EpochMs;
}

/** How the answer may look, from whoever knows where it goes. */
export interface Look {
  /** Columns of the screen; for a file, 100. */
  readonly width: number;
  /** Bars of eighths and a chart of blocks; else # and dots. */
  readonly unicode: boolean;
  /** Colours a piece of text by what it means; gives it back as it is where there is no colour. */
  readonly paint: (meaning: Meaning, text: string) => string;
}

/**
 * What a value is, so that each format can write it in its own way.
 *
 * path: as logmill holds it, undecodable bytes included. ratio: plain over compressed, as 5.1.
 * share: a part of one, as 0.169. bar: a share to be drawn. spark: one value after the other in time.
 */
export type Unit =
  | 'text'
  | 'path'
  | 'count'
  | 'bytes'
  | 'change'
  | 'ratio'
  | 'share'
  | 'duration'
  | 'time'
  | 'day'
  | 'bar'
  | 'spark';

/** null: there is none, or it is not known. */
export type Value = string | number | readonly number[] | null;

/** What a colour may say: saved is green, removed red, caution yellow, faint grey. */
export type Meaning = 'plain' | 'saved' | 'removed' | 'caution' | 'faint' | 'strong';

export interface Column {
  /** Stable: JSON and CSV use it. */
  readonly key: string;
  readonly label: string;
  readonly unit: Unit;
  readonly meaning: Meaning;
  /** Narrow screens leave out the highest first; 0 stays. Only the order counts. */
  readonly drop: number;
}

export type Row = Readonly<Record<string, Value>>;

export interface Figure {
  readonly key: string;
  readonly label: string;
  readonly unit: Unit;
  readonly value: Value;
  /** Drawn as a bar: this part of the whole; null: no bar. */
  readonly share: number | null;
  /** What the number alone does not say. */
  readonly detail: string;
  readonly meaning: Meaning;
}

/** Two series over days, the second a part of what became of the first. */
export interface Chart {
  readonly label: string;
  readonly unit: Unit;
  readonly names: readonly [first: string, second: string];
  readonly days: readonly { readonly day: EpochMs; readonly first: number; readonly second: number }[];
}

export interface Note {
  readonly meaning: 'plain' | 'caution';
  readonly text: string;
}

export interface Table {
  /** Stable, as `savings-by-policy`. */
  readonly name: string;
  readonly title: string;
  readonly from: EpochMs;
  readonly until: EpochMs;
  /** In which times and days are written. */
  readonly zone: Zone;
  /** Short facts for the head line. */
  readonly facts: readonly string[];
  readonly figures: readonly Figure[];
  readonly chart: Chart | null;
  readonly columns: readonly Column[];
  readonly rows: readonly Row[];
  /** The sum of the rows, where summing means something. */
  readonly total: Row | null;
  readonly notes: readonly Note[];
}

export function column(key: string, label: string, unit: Unit, drop = 0, meaning: Meaning = 'plain'): Column {
  return { key, label, unit, meaning, drop };
}
