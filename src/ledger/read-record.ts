// Questions to the record that change nothing: state, unfinished plans, history.

import type { Plan, Step } from '../plan/plan.ts';
import type { State } from '../plan/state.ts';
import type { Bytes } from '../units/bytes.ts';
import type { EpochMs } from '../units/duration.ts';
import type { Path } from '../units/path.ts';
import { isDoubtful } from '../world/paths.ts';
import type { Database } from './database.ts';
import type { History } from './history.ts';
import type { OpenPlan } from './ledger.ts';
import type { Outcome } from './outcome.ts';
import { dayRowFrom, pathOf, type Row, roundRowFrom, sampleRowFrom, stepRowFrom } from './rows.ts';

export function readState(database: Database): State {
  const generations = rows(database, 'SELECT file, rotated FROM generation');
  const archived = rows(database, 'SELECT file, until FROM archived');
  return {
    ...(archived.length === 0
      ? {}
      : { archived: new Map(archived.map(row => [row.file as string, row.until as Bytes])) }),
    logs: readLogs(database),
    rotations: new Map(generations.map(row => [row.file as string, row.rotated as EpochMs])),
  };
}

/**
 * Of tens of thousands of logs: in one piece, since a row costs a microsecond; row by row where one of
 * the paths is not UTF-8.
 */
function readLogs(database: Database): State['logs'] {
  const found = database.prepare(logsSql).get();
  const text = String(found?.paths);
  if (isDoubtful(text)) return readLogsExactly(database);
  const logs = new Map<Path, { readonly rotated: EpochMs }>();
  // As the statement makes them.
  const paths = JSON.parse(text) as readonly Path[];
  const moments = JSON.parse(String(found?.moments)) as readonly EpochMs[];
  // Most were seen for the first time, or rotated, with many others.
  let last = { rotated: 0 };
  for (const [index, path] of paths.entries()) {
    const rotated = moments[index] ?? 0;
    if (rotated !== last.rotated) last = { rotated };
    logs.set(path, last);
  }
  return logs;
}

const logsSql = `SELECT json_group_array(CAST(path AS TEXT)) AS paths, json_group_array(rotated) AS moments
  FROM log`;

function readLogsExactly(database: Database): State['logs'] {
  const logs = rows(database, 'SELECT path, rotated FROM log');
  return new Map(logs.map(row => [pathOf(row.path) ?? '', { rotated: row.rotated as EpochMs }]));
}

/** Oldest first, each with the key of its row. */
export function readUnfinished(database: Database): readonly (OpenPlan & { readonly key: number })[] {
  const heads = rows(database, 'SELECT key, head FROM plan WHERE closed IS NULL AND opened = 1 ORDER BY key');
  return heads.map(head => {
    const key = head.key as number;
    const steps = rows(database, 'SELECT body FROM step WHERE plan = ? ORDER BY step', key);
    const outcomes = rows(database, 'SELECT step, body FROM outcome WHERE plan = ? ORDER BY step', key);
    return {
      key,
      // Written by `insertHead` and `insertStep` from a Plan, and read back as it was.
      plan: {
        ...(JSON.parse(head.head as string) as Plan),
        steps: steps.map(row => JSON.parse(row.body as string) as Step),
      },
      outcomes: new Map(outcomes.map(row => [row.step as number, JSON.parse(row.body as string) as Outcome])),
    };
  });
}

/** What was put into the archive that is this file; null when that is not known. */
export function readDigest(database: Database, file: string): ArchiveDigest | null {
  const found = rows(database, 'SELECT bytes, sha256 FROM digest WHERE file = ?', file)[0];
  return found === undefined ? null : { bytes: found.bytes as number, sha256: found.sha256 as string };
}

export interface ArchiveDigest {
  readonly bytes: Bytes;
  readonly sha256: string;
}

export function readClosed(database: Database, id: string): EpochMs | null {
  const found = rows(database, 'SELECT closed FROM plan WHERE id = ?', id)[0];
  return (found?.closed as EpochMs | null | undefined) ?? null;
}

/**
 * What was recorded from `from` (included) until `until` (not included), oldest first; of days that
 * were folded, those that begin in that time. Of samples, each log's first and last in that time and
 * the last before it.
 */
export function readHistory(database: Database, from: EpochMs, until: EpochMs): History {
  return {
    from,
    until,
    steps: rows(database, stepsSql, from, until).map(stepRowFrom),
    days: rows(database, 'SELECT * FROM day WHERE day >= ? AND day < ? ORDER BY day, log', from, until).map(
      dayRowFrom,
    ),
    samples: rows(database, samplesSql, from, from, until, from, until).map(sampleRowFrom),
    rounds: rows(database, 'SELECT * FROM round WHERE at >= ? AND at < ? ORDER BY at, key', from, until).map(
      roundRowFrom,
    ),
  };
}

const stepsSql = `SELECT outcome.*, plan.id FROM outcome JOIN plan ON plan.key = outcome.plan
  WHERE at >= ? AND at < ? ORDER BY at, outcome.plan, step`;

// Walks from log to log along the primary key, so that its cost is that of the logs and not of the
// samples.
const samplesSql = `WITH RECURSIVE logs (log) AS (
    SELECT min(log) FROM sample
    UNION ALL
    SELECT (SELECT min(log) FROM sample WHERE log > logs.log) FROM logs WHERE logs.log IS NOT NULL
  )
  SELECT sample.* FROM logs JOIN sample ON sample.log = logs.log
    AND sample.at = (SELECT max(at) FROM sample WHERE log = logs.log AND at < ?)
  UNION
  SELECT sample.* FROM logs JOIN sample ON sample.log = logs.log
    AND sample.at = (SELECT min(at) FROM sample WHERE log = logs.log AND at >= ? AND at < ?)
  UNION
  SELECT sample.* FROM logs JOIN sample ON sample.log = logs.log
    AND sample.at = (SELECT max(at) FROM sample WHERE log = logs.log AND at >= ? AND at < ?)
  ORDER BY log, at`;

function rows(database: Database, sql: string, ...values: readonly (string | number)[]): Row[] {
  // The cast holds because no statement here selects a bigint: SQLite's integers come as numbers.
  return database.prepare(sql).all(...values) as Row[];
}
