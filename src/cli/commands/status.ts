// `logmill status`: what is watched, how near to its limit, when it rotates next; and whether
// anybody is watching at all. Looks, locks nothing, writes nothing.

import type { History } from '../../ledger/history.ts';
import type { LogSet } from '../../logs/log-set.ts';
import { observeLogs } from '../../observe/log-sets.ts';
import { dueOf } from '../../plan/due.ts';
import { momentOf } from '../../plan/moment.ts';
import type { State } from '../../plan/state.ts';
import { type Bytes, formatBytes } from '../../units/bytes.ts';
import type { Zone } from '../../units/calendar.ts';
import { type EpochMs, formatDuration, type Ms } from '../../units/duration.ts';
import { type Path, showPath } from '../../units/path.ts';
import type { World } from '../../world/world.ts';
import { cutFront } from '../cells.ts';
import { setColumns } from '../columns.ts';
import { type ExitCode, exitCodes } from '../exit-codes.ts';
import { bar, type Look, paint } from '../look.ts';
import type { Output } from '../output.ts';
import { errandOf, gatherPolicies, openSite, type SiteOptions } from '../site.ts';
import { count, localMoment } from '../words.ts';

export interface StatusOptions extends SiteOptions {
  readonly check?: boolean | undefined;
  readonly maxAge: Ms;
  readonly json?: boolean | undefined;
}

interface LogRow {
  readonly log: Path;
  readonly policy: string;
  readonly size: Bytes | null;
  readonly limit: Bytes | null;
  readonly share: number | null;
  readonly due: boolean;
  readonly next: EpochMs | null;
  readonly why: string;
  readonly rotated: EpochMs | null;
  readonly obstacle: string | null;
}

export async function statusCommand(
  world: World,
  paths: readonly string[],
  options: StatusOptions,
  output: Output,
): Promise<ExitCode> {
  const set = gatherPolicies(world, paths, options, output);
  const site = await openSite(world, set, options, 'for reading');
  const { ledger } = site;
  const state = ledger.state();
  const { only } = errandOf('status', '', options);
  const seen = await observeLogs(world, set.policies, {
    nonce: site.nonce(),
    known: state.logs,
    ...(only === null ? {} : { only }),
  });
  const rows = seen.logSets.map(logSet => rowOf(logSet, state, seen)).sort(nearestFirst);
  const history = ledger.history(seen.at - options.maxAge, seen.at);
  const last = lastRound(history);
  const problem = ledger.problem;
  await ledger.end();

  if (options.json === true)
    output.json({
      format: 1,
      at: seen.at,
      lastRound: last,
      recordProblem: problem,
      logs: rows,
      troubles: seen.troubles,
    });
  else output.answer(statusScreen(rows, { look: output.look, zone: seen.zone, at: seen.at, last, problem }));
  if (options.check !== true) return exitCodes.done;
  if (problem === null && last !== null && last >= seen.at - options.maxAge) return exitCodes.done;
  output.say(
    `unhealthy: no good round within ${formatDuration(options.maxAge)}${problem === null ? '' : ` (${problem})`}`,
  );
  output.say('  hint: is the service running? start it with: logmill run POLICY...');
  return exitCodes.unhealthy;
}

function lastRound({ rounds }: History): EpochMs | null {
  const good = rounds.filter(round => round.failed === 0).map(round => round.at + round.took);
  return good.length === 0 ? null : Math.max(...good);
}

function rowOf(logSet: LogSet, state: State, seen: { readonly at: EpochMs; readonly zone: Zone }): LogRow {
  const { settings } = logSet.policy;
  const found = dueOf(logSet, state, momentOf(seen, null));
  const limit = settings.maxsize ?? (settings.criterion.kind === 'size' ? settings.criterion.size : null);
  const size = logSet.live?.size ?? null;
  return {
    log: logSet.path,
    policy: logSet.policy.name,
    size,
    limit,
    share: size === null || limit === null ? null : limit === 0 ? 1 : size / limit,
    due: found.due,
    next: found.next,
    why: found.why.text,
    rotated: state.logs.get(logSet.path)?.rotated ?? null,
    obstacle: logSet.obstacle?.words ?? null,
  };
}

function nearestFirst(a: LogRow, b: LogRow): number {
  return (b.share ?? -1) - (a.share ?? -1) || (b.size ?? 0) - (a.size ?? 0) || (a.log < b.log ? -1 : 1);
}

interface Screen {
  readonly look: Look;
  readonly zone: Zone;
  readonly at: EpochMs;
  readonly last: EpochMs | null;
  readonly problem: string | null;
}

const mostRows = 40;

function statusScreen(rows: readonly LogRow[], { look, zone, at, last, problem }: Screen): string {
  const round =
    last === null
      ? paint(look, 'caution', 'no round is recorded')
      : `last round ${formatDuration(at - last)} ago`;
  const head = `  ${paint(look, 'strong', 'status')}  ${localMoment(at, zone)}  ${count(rows.length, 'log')}  ${problem === null ? round : paint(look, 'removes', `the record cannot be read: ${problem}`)}`;
  const nameRoom = Math.max(20, Math.min(44, look.width - 58));
  const table = setColumns([
    ['  log', 'size', 'to the limit', '', 'rotates'].map((text, index) => ({
      text: paint(look, 'quiet', text),
      right: index === 1 || index === 3,
    })),
    ...rows
      .slice(0, mostRows)
      .map(row => [
        { text: `  ${cutFront(look, showPath(row.log), nameRoom)}` },
        { text: row.size === null ? '' : formatBytes(row.size), right: true },
        { text: row.share === null ? '' : bar(look, row.share, 12) },
        { text: row.share === null ? '' : `${Math.floor(row.share * 100)} %`, right: true },
        { text: rotates(row, look, zone) },
      ]),
  ]);
  const rest =
    rows.length > mostRows
      ? [`  ${count(rows.length - mostRows, 'more log')}, further from their limit`]
      : [];
  return ['', head, '', ...table, ...rest, ''].join('\n');
}

function rotates(row: LogRow, look: Look, zone: Zone): string {
  if (row.obstacle !== null) return paint(look, 'caution', row.obstacle);
  if (row.due) return paint(look, 'acts', 'is due');
  if (row.next !== null) return localMoment(row.next, zone).slice(0, -3);
  return row.limit === null ? row.why : `at ${formatBytes(row.limit)}`;
}
