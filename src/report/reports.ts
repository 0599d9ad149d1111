// All reports there are. A new one is its own file and a line here.

import type { History } from '../ledger/history.ts';
import type { Zone } from '../units/calendar.ts';
import type { EpochMs } from '../units/duration.ts';
import { failures } from './reports/failures.ts';
import { rotations } from './reports/rotations.ts';
import { savings } from './reports/savings.ts';
import type { Table } from './table.ts';

export interface Asked {
  readonly history: History;
  /** In which days are counted and times written. */
  readonly zone: Zone;
  /** Now. */
  readonly at: EpochMs;
}

/** From the record's rows alone (law 8). The first table is the answer, the others show how it comes about. */
export type Report = (asked: Asked) => readonly Table[];

export const reports: Readonly<Record<ReportName, { readonly says: string; readonly make: Report }>> = {
  savings: { says: 'bytes written, compressed, deleted and still there, by policy and log', make: savings },
  rotations: { says: 'what was rotated when, and why', make: rotations },
  failures: { says: 'what failed, was refused, stale or put off', make: failures },
};

export type ReportName = 'savings' | 'rotations' | 'failures';
