// `logmill run`: the sidecar. Puts the pieces of service/ together and stays until told to stop.

import type { Policy } from '../../policy/policy.ts';
import { showDiagnostic } from '../../policy/show.ts';
import { makeRounds } from '../../round.ts';
import { yieldToOthers } from '../../service/good-neighbour.ts';
import type { Reloaded } from '../../service/in-force.ts';
import { keepMemorySmall } from '../../service/memory.ts';
import { type OwnLog, type OwnLogOptions, openOwnLog } from '../../service/own-log.ts';
import { startService } from '../../service/service.ts';
import { catchSignals } from '../../service/triggers/signals.ts';
import type { LiveTerminal } from '../../service/view.ts';
import { nameOf, showPath } from '../../units/path.ts';
import { lowerPoolThreads } from '../../world/low-priority.ts';
import { readPressure } from '../../world/pressure.ts';
import { isTrouble } from '../../world/trouble.ts';
import type { World } from '../../world/world.ts';
import { absolute } from '../absolute.ts';
import { lookOf } from '../look.ts';
import { type Output, Stop } from '../output.ts';
import {
  coresFor,
  errandOf,
  gatherPolicies,
  openSite,
  policyProblems,
  readPolicySet,
  refuseNothing,
  type SiteOptions,
} from '../site.ts';

export interface RunOptions extends SiteOptions {
  readonly log?: string | undefined;
  readonly logLevel: string;
  readonly plain?: boolean | undefined;
  readonly json?: boolean | undefined;
}

/** The own log's cap and how many old ones stay: 40 MiB at most. */
const ownLogCap = 8 * 1024 * 1024;
const ownLogKeep = 4;

export async function runCommand(
  world: World,
  paths: readonly string[],
  options: RunOptions,
  output: Output,
): Promise<number> {
  const leaveNow = (code: 130 | 143): void => process.exit(code);
  const signals = catchSignals(process, leaveNow);
  const set = gatherPolicies(world, paths, options, output);
  if (set.policies.length === 0)
    throw new Stop('policyInvalid', 'no section is in order: there is nothing to watch');
  const { only } = errandOf('run', '', options);
  const site = {
    ...(await openSite(world, set, options, 'for writing')),
    ...(only === null ? {} : { only }),
  };
  const live = liveTerminal(options, output);
  const file = options.log === undefined ? null : absolute(options.log);
  const ownLog = openOwnLog({
    level: live !== null && options.log === undefined ? 'silent' : levelOf(options.logLevel),
    to: ownLogTarget(options),
    zone: world.clock.zone,
    fallback: process.stderr,
  });
  sayWatched(output, set.policies, ownLog);
  if (policyProblems(set) > 0)
    ownLog.write('error', { problems: policyProblems(set) }, 'some sections have errors and are not served');

  const rounds = makeRounds(site);
  const service = startService(site, {
    rounds,
    reload: async () => readAgain(world, paths, options),
    tell: () => undefined,
    ownLog,
    ownFile: file,
    signals,
    live,
    leave: leaveNow,
  });
  const ending = new AbortController();
  const isBusy = (): boolean => rounds.busy.size > 0;
  const tidying = keepMemorySmall(world.clock, () => !isBusy(), ending.signal);
  await lowerPoolThreads();
  const most = coresFor(world, options);
  const yielding = yieldToOthers(
    { clock: world.clock, pool: site.pool, most, isBusy, pressure: readPressure },
    ending.signal,
  );
  const code = await service.ended;
  ending.abort();
  await Promise.all([tidying, yielding]);
  signals.release();
  await site.ledger.end();
  await ownLog.end();
  return code;
}

/** What would keep the service from starting is a problem of a reload too: the old policies stay. */
function readAgain(world: World, paths: readonly string[], options: RunOptions): Reloaded {
  try {
    const set = readPolicySet(world, paths, options);
    refuseNothing(paths, set);
    const problems = set.diagnostics.filter(one => one.severity === 'error').map(showDiagnostic);
    return { policies: set.policies, problems };
  } catch (error) {
    if (!(error instanceof Stop) && !isTrouble(error)) throw error;
    return { policies: [], problems: [error.message] };
  }
}

function liveTerminal(options: RunOptions, output: Output): LiveTerminal | null {
  if (!output.look.live || options.plain === true || options.json === true) return null;
  const input = process.stdin.isTTY ? process.stdin : null;
  const look = (): ReturnType<LiveTerminal['look']> => {
    const { width, colour, unicode } = lookOf(process.stdout, output.look.colour);
    return { width, height: process.stdout.rows ?? 24, colour, unicode, keys: input !== null };
  };
  return { stream: process.stdout, look, input };
}

/** To a file; else lines for a person, JSON for a machine. */
function ownLogTarget(options: RunOptions): OwnLogOptions['to'] {
  if (options.log !== undefined) return { file: absolute(options.log), cap: ownLogCap, keep: ownLogKeep };
  const asLines = options.plain === true || (process.stdout.isTTY === true && options.json !== true);
  return { stream: process.stdout, as: asLines ? 'lines' : 'json' };
}

function levelOf(text: string): 'error' | 'warn' | 'info' | 'debug' {
  if (text === 'error' || text === 'warn' || text === 'info' || text === 'debug') return text;
  throw new Stop('usage', `'${text}' is not a log level`, 'write error, warn, info or debug');
}

/** What is watched, and how to point it elsewhere: the first thing that `npm start` says. */
function sayWatched(output: Output, policies: readonly Policy[], ownLog: OwnLog): void {
  const elsewhere = 'point it elsewhere with: logmill run POLICY..., or logmill run --logs DIR';
  const patterns = policies.flatMap(policy => policy.patterns.map(pattern => showPath(pattern.text)));
  if (process.stderr.isTTY !== true) {
    ownLog.write('info', { patterns }, `watching; ${elsewhere}`);
    return;
  }
  for (const policy of policies) {
    const own = policy.patterns.map(pattern => showPath(pattern.text)).join(' ');
    output.say(`watching ${own}   (${nameOf(policy.at.file)}:${policy.at.line})`);
  }
  output.say(elsewhere);
}
