// Steps and outcomes as rows of the record, and rows as history. Sums are stored beside each outcome
// as `sumsOf` gives them, so that folding a day is one addition in SQL.

import type { Step, StepKind } from '../plan/plan.ts';
import { epochOf, localTime, type Zone } from '../units/calendar.ts';
import type { EpochMs } from '../units/duration.ts';
import type { Path } from '../units/path.ts';
import { pathFromBytes, pathToBytes } from '../world/paths.ts';
import { type DayRow, type RoundRow, type SampleRow, type StepRow, sumsOf } from './history.ts';
import type { Outcome, Space } from './outcome.ts';

export type Cell = string | number | Uint8Array | null;
export type Row = Record<string, Cell>;

export const sumColumns = [
  'rotations',
  'written',
  'compressed_from',
  'compressed_to',
  'deleted',
  'failed',
  'predicted',
  'came_to',
  'archives',
  'verified',
  'compacted',
] as const;

const outcomeColumns = [
  'plan',
  'step',
  'at',
  'day',
  'policy',
  'log',
  'kind',
  'rotates',
  'heir',
  'late',
  'result',
  'path',
  'target',
  'before_apparent',
  'before_allocated',
  'after_apparent',
  'after_allocated',
  'foretold',
  'took',
  'why',
  'message',
  'checked',
  'window_took',
  'window_bytes',
  ...sumColumns,
  'body',
] as const;

/** A step recorded twice (a lane that was begun again) keeps its last outcome only. */
export const insertOutcome = `INSERT OR REPLACE INTO outcome (${outcomeColumns.join(', ')})
  VALUES (${outcomeColumns.map(() => '?').join(', ')})`;

/** The row of one outcome as history tells it; `heir`: see StepRow. */
export function stepRow(told: {
  readonly plan: string;
  readonly step: Step;
  readonly outcome: Outcome;
  readonly at: EpochMs;
  readonly heir: StepRow['heir'];
}): StepRow {
  const { step, outcome, at, heir } = told;
  const facts = outcome.result === 'done' || outcome.result === 'already' ? outcome : null;
  return {
    at,
    plan: told.plan,
    step: step.id,
    policy: step.policy,
    log: step.log,
    kind: step.kind,
    rotates: rotatesLog(step),
    heir,
    late: lateOf(step, facts?.grown ?? 0),
    result: outcome.result,
    ...placesOf(step),
    before: facts?.footprint.before ?? nothing,
    after: facts?.footprint.after ?? nothing,
    predicted: step.kind === 'compress' && step.predicted !== null ? step.predicted.bytes : null,
    took: outcome.result === 'done' ? outcome.took : 0,
    why: step.why.text,
    message: messageOf(outcome),
    verified: facts?.plain?.bytes ?? null,
    window: facts?.window ?? null,
  };
}

function lateOf(step: Step, grown: number): number {
  if (step.kind === 'compact') return step.cut;
  const addsToCopy = step.kind === 'delete' || (step.kind === 'truncate' && step.copy !== null);
  return addsToCopy ? grown : 0;
}

/** The values of `insertOutcome`, in its order. */
export function outcomeCells(planKey: number, row: StepRow, outcome: Outcome, zone: Zone): Cell[] {
  const sums = sumsOf(row);
  return [
    planKey,
    row.step,
    row.at,
    dayOf(row.at, zone),
    row.policy,
    blobOf(row.log),
    row.kind,
    row.rotates ? 1 : 0,
    row.heir,
    Math.round(row.late),
    row.result,
    blobOf(row.path),
    blobOf(row.to),
    Math.round(row.before.apparent),
    Math.round(row.before.allocated),
    Math.round(row.after.apparent),
    Math.round(row.after.allocated),
    row.predicted === null ? null : Math.round(row.predicted),
    row.took,
    row.why,
    row.message,
    row.verified,
    row.window?.took ?? null,
    row.window === null ? null : Math.round(row.window.atRisk),
    sums.rotations,
    Math.round(sums.written),
    Math.round(sums.compressedFrom),
    Math.round(sums.compressedTo),
    Math.round(sums.deleted),
    sums.failed,
    Math.round(sums.predicted),
    Math.round(sums.cameTo),
    sums.archives,
    sums.verified,
    Math.round(sums.compacted),
    JSON.stringify(outcome),
  ];
}

/** The start of the local day that holds `at`. */
export function dayOf(at: EpochMs, zone: Zone): EpochMs {
  const { year, month, day } = localTime(at, zone);
  return epochOf({ year, month, day }, zone);
}

// The casts below hold because the tables are STRICT and only this room writes to them: a column
// has the type that schema.ts gives it.

export function stepRowFrom(row: Row): StepRow {
  const windowTook = row.window_took as number | null;
  return {
    at: row.at as number,
    plan: row.id as string,
    step: row.step as number,
    policy: row.policy as string,
    log: pathOf(row.log),
    kind: row.kind as StepKind,
    rotates: row.rotates === 1,
    heir: row.heir as StepRow['heir'],
    late: row.late as number,
    result: row.result as Outcome['result'],
    path: pathOf(row.path),
    to: pathOf(row.target),
    before: { apparent: row.before_apparent as number, allocated: row.before_allocated as number },
    after: { apparent: row.after_apparent as number, allocated: row.after_allocated as number },
    predicted: row.foretold as number | null,
    took: row.took as number,
    why: row.why as string,
    message: row.message as string | null,
    verified: row.checked as number | null,
    window: windowTook === null ? null : { took: windowTook, atRisk: row.window_bytes as number },
  };
}

export function dayRowFrom(row: Row): DayRow {
  return {
    day: row.day as number,
    policy: row.policy as string,
    log: pathOf(row.log) ?? '',
    rotations: row.rotations as number,
    written: row.written as number,
    compressedFrom: row.compressed_from as number,
    compressedTo: row.compressed_to as number,
    deleted: row.deleted as number,
    failed: row.failed as number,
    predicted: row.predicted as number,
    cameTo: row.came_to as number,
    archives: row.archives as number,
    verified: row.verified as number,
    compacted: row.compacted as number,
  };
}

export function sampleRowFrom(row: Row): SampleRow {
  return {
    at: row.at as number,
    policy: row.policy as string,
    log: pathOf(row.log) ?? '',
    live: row.live as number,
    plain: row.plain as number,
    compressed: row.compressed as number,
    allocated: row.allocated as number,
    generations: row.generations as number,
    oldest: row.oldest as number | null,
  };
}

export function roundRowFrom(row: Row): RoundRow {
  return {
    at: row.at as number,
    took: row.took as number,
    cause: row.cause as string,
    steps: row.steps as number,
    failed: row.failed as number,
  };
}

export function blobOf(path: Path | null): Uint8Array | null {
  return path === null ? null : pathToBytes(path);
}

export function pathOf(cell: Cell | undefined): Path | null {
  return cell instanceof Uint8Array ? pathFromBytes(cell) : null;
}

const nothing: Space = { apparent: 0, allocated: 0 };

function rotatesLog(step: Step): boolean {
  if (step.kind === 'move' || step.kind === 'copy') return step.rotates;
  return step.kind === 'truncate' && step.copy === null;
}

function placesOf(step: Step): { path: Path | null; to: Path | null } {
  switch (step.kind) {
    case 'move':
    case 'copy':
    case 'compress':
      return { path: step.file.path, to: step.to };
    case 'compact':
      return { path: step.sources[0]?.file.path ?? null, to: step.to };
    case 'truncate':
    case 'delete':
    case 'mail':
      return { path: step.file.path, to: null };
    case 'make-folder':
    case 'create':
      return { path: step.path, to: null };
    case 'adopt':
    case 'script':
      return { path: null, to: null };
    default:
      return step satisfies never;
  }
}

function messageOf(outcome: Outcome): string | null {
  switch (outcome.result) {
    case 'done':
    case 'already':
      return null;
    case 'stale':
      return outcome.found;
    case 'failed':
    case 'refused':
    case 'deferred':
    case 'skipped':
      return outcome.message;
    default:
      return outcome satisfies never;
  }
}
