// What is watched, as `status`, the live view and a snapshot in the log show it: per log its size,
// limit, growth, and when it rotates next. Worked out from what was seen; it looks at nothing.

import type { Bytes } from '../units/bytes.ts';
import type { EpochMs } from '../units/duration.ts';
import { folderOf, type Path } from '../units/path.ts';
import type { Today } from './today.ts';
import { expressionOf } from './triggers/schedule.ts';
import { crosses, limitOf, type Watched, type WatchedLog } from './watched.ts';

export type ServiceState = 'starting' | 'idle' | 'working' | 'waiting' | 'stopping';

export interface LogStatus {
  readonly path: Path;
  readonly policy: string;
  readonly size: Bytes | null;
  readonly limit: Bytes | null;
  /** Of the limit, 0 to 1 and beyond; null where there is none. */
  readonly share: number | null;
  /** Bytes a second. */
  readonly growth: number;
  readonly hour: readonly Bytes[] | null;
  /** When it rotates, as things go; null: it cannot be said. */
  readonly next: { readonly at: EpochMs; readonly by: 'size' | 'time' } | null;
  readonly last: { readonly at: EpochMs; readonly words: string } | null;
  readonly obstacle: string | null;
}

export interface Status {
  readonly at: EpochMs;
  readonly state: ServiceState;
  readonly since: EpochMs;
  readonly folders: number;
  /** Nearest its limit first. */
  readonly logs: readonly LogStatus[];
  /** When policies were last taken over, and whether the last attempt was good. */
  readonly policies: { readonly since: EpochMs; readonly good: boolean };
  /** The last round that ended without an error; null: none did yet. */
  readonly lastRound: EpochMs | null;
  readonly failures: number;
}

export function statusOfLogs(watched: Watched, at: EpochMs): readonly LogStatus[] {
  return [...watched.logs.values()].map(log => statusOfLog(log, at)).sort(nearestFirst);
}

function statusOfLog(log: WatchedLog, at: EpochMs): LogStatus {
  const limit = limitOf(log.policy);
  return {
    path: log.path,
    policy: log.policy.name,
    size: log.size,
    limit,
    share: limit === null || log.size === null ? null : limit === 0 ? 1 : log.size / limit,
    growth: log.rate * Math.exp(-Math.max(0, at - log.seenAt) / 60_000),
    hour: log.hour,
    next: log.obstacle === null ? nextOf(log, limit, at) : null,
    last: log.last,
    obstacle: log.obstacle,
  };
}

/** By size at the growth seen, or by time, whichever is sooner. */
function nextOf(log: WatchedLog, limit: Bytes | null, at: EpochMs): LogStatus['next'] {
  const byTime =
    log.next === null || expressionOf(log.policy) === null ? null : ({ at: log.next, by: 'time' } as const);
  if (limit === null || log.size === null) return byTime;
  if (crosses(log.policy, log.size)) return { at, by: 'size' };
  if (log.rate <= 0) return byTime;
  const reached = at + ((limit - log.size) / log.rate) * 1000;
  return byTime !== null && byTime.at <= reached ? byTime : { at: reached, by: 'size' };
}

function nearestFirst(a: LogStatus, b: LogStatus): number {
  const byShare = (b.share ?? -1) - (a.share ?? -1);
  if (byShare !== 0) return byShare;
  const byGrowth = b.growth - a.growth;
  if (byGrowth !== 0) return byGrowth;
  return a.path < b.path ? -1 : a.path > b.path ? 1 : 0;
}

/** Folders that hold watched logs. */
export function foldersOf(watched: Watched): number {
  return new Set([...watched.logs.keys()].map(folderOf)).size;
}

/** What USR2 writes to the log: the sums, and the logs nearest their limits; bounded whatever is watched. */
export function snapshotOf(status: Status, today: Today) {
  const nearest = status.logs
    .slice(0, 20)
    .map(({ hour: _, ...log }) => ({ ...log, growth: Math.round(log.growth) }));
  return { ...status, count: status.logs.length, logs: nearest, today };
}
