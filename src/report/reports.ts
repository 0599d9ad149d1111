// All reports there are. A new one is its own file and a line here.

import { failures } from './reports/failures.ts';
import { rotations } from './reports/rotations.ts';
import { savings } from './reports/savings.ts';
import type { Asked, Table } from './table.ts';

/** From the record's rows alone (law 8). The first table is the answer, the others show how it comes about. */
export type Report = (asked: Asked) => readonly Table[];

export const reports: Readonly<Record<ReportName, { readonly says: string; readonly make: Report }>> = {
  savings: { says: 'bytes written, compressed, deleted and still there, by policy and log', make: savings },
  rotations: { says: 'what was rotated when, and why', make: rotations },
  failures: { says: 'what failed, was refused, stale or put off', make: failures },
};

export type ReportName = 'savings' | 'rotations' | 'failures';
