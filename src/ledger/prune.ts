// What the record forgets: outcomes older than 35 days become day sums, and day sums are kept for two
// years (rulings 24). A day at a time, so that the service is never kept for long.

import type { Zone } from '../units/calendar.ts';
import type { EpochMs } from '../units/duration.ts';
import { type Database, inTransaction } from './database.ts';
import { dayOf, sumColumns } from './rows.ts';

const dayMs = 86_400_000;
/** Outcomes, rounds and every sample are kept for so long. */
const keptMs = 35 * dayMs;
/** Day sums, counted in days that hold something: a clock that is wrong for an hour deletes nothing. */
const daysKept = 731;
/** Ids of closed plans, so that a saved plan is not applied twice. */
const plansKeptMs = 731 * dayMs;

/**
 * Folds the oldest day that is due, of closed plans only.
 *
 * @param at now; @param zone where days are counted
 * @returns whether there may be another
 */
export function foldOldestDay(database: Database, at: EpochMs, zone: Zone): boolean {
  const edge = dayOf(at - keptMs, zone);
  const oldest = database.prepare(oldestSql).get(edge)?.day;
  if (typeof oldest !== 'number') return false;
  inTransaction(database, () => {
    database.prepare(foldSql).run(oldest, edge);
    database.prepare(`DELETE FROM outcome WHERE ${foldable}`).run(oldest, edge);
  });
  return true;
}

/** Drops what is older than anything asks for. Cheap, and safe to repeat. */
export function dropOld(database: Database, at: EpochMs, zone: Zone): void {
  const edge = dayOf(at - keptMs, zone);
  inTransaction(database, () => {
    database.prepare('DELETE FROM round WHERE at < ?').run(edge);
    database.prepare(thinSamplesSql).run(edge, dayMs, dayMs);
    database.prepare(`DELETE FROM day WHERE day < (${oldestKeptDaySql})`).run(daysKept - 1);
    database
      .prepare('DELETE FROM plan WHERE closed < ? AND key NOT IN (SELECT plan FROM outcome)')
      .run(at - plansKeptMs);
  });
}

// `at < edge` as well: the day's rows in another zone may reach beyond the edge, and stay until their
// turn comes.
const foldable = 'day = ? AND at < ? AND plan IN (SELECT key FROM plan WHERE closed IS NOT NULL)';

const oldestSql = `SELECT min(day) AS day FROM outcome JOIN plan ON plan.key = outcome.plan
  WHERE at < ? AND plan.closed IS NOT NULL`;

const foldSql = `INSERT INTO day (day, log, policy, ${sumColumns.join(', ')})
  SELECT day, coalesce(log, x''), policy, ${sumColumns.map(column => `sum(${column})`).join(', ')}
  FROM outcome WHERE ${foldable} GROUP BY coalesce(log, x''), policy
  ON CONFLICT DO UPDATE SET ${sumColumns.map(column => `${column} = ${column} + excluded.${column}`).join(', ')}`;

// Of old samples the last of each 24 hours stays.
const thinSamplesSql = `DELETE FROM sample WHERE at < ? AND EXISTS (
  SELECT 1 FROM sample AS later WHERE later.log = sample.log AND later.at > sample.at
    AND floor(later.at / ?) = floor(sample.at / ?))`;

const oldestKeptDaySql = 'SELECT day FROM (SELECT DISTINCT day FROM day ORDER BY day DESC) LIMIT 1 OFFSET ?';
