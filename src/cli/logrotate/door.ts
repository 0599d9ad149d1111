// `logmill logrotate …` and the bin logmill-logrotate: logrotate's command line, state file, words and
// exit codes around logmill's own rounds. What is done to a log is decided and performed where it
// always is; where the two differ is in the policies' conduct (differences.ts).

import { makePool } from '../../codec/pool.ts';
import type { StateFile } from '../../ledger/logrotate-state-file.ts';
import { type FoundLogs, findLogs } from '../../observe/log-sets.ts';
import { readPolicyFiles } from '../../observe/policies.ts';
import type { Policy } from '../../policy/policy.ts';
import type { Site } from '../../round/site.ts';
import { makeRounds } from '../../round.ts';
import type { EpochMs } from '../../units/duration.ts';
import type { Path } from '../../units/path.ts';
import { nonce } from '../../world/nonce.ts';
import { pathFromBytes } from '../../world/paths.ts';
import { thisMachine } from '../../world/this-machine.ts';
import { isTrouble } from '../../world/trouble.ts';
import type { World } from '../../world/world.ts';
import { diagnosticLines, troubleLine } from './messages.ts';
import { narrate } from './narrate.ts';
import { type Options, readCommandLine } from './options.ts';
import { type DoorRecord, doorRecord } from './record.ts';
import type { Run } from './run.ts';
import { openRecord, readStateFor, stateFileFor, withoutOwn, writeState } from './state.ts';
import { type StopSignals, stopSignals } from './stop-signals.ts';
import { type Build, banner, helpText, usageText, versionText } from './usage.ts';
import { makeVoice, type Voice } from './voice.ts';

/** Runs one command line of logrotate's. @returns logrotate's exit status, 0 to 3 */
export async function runDoor(args: readonly string[]): Promise<number> {
  const world = doorWorld(thisMachine(), process.env.LOGMILL_NOW);
  const build = buildOf(world);
  const line = readCommandLine(args, build);
  switch (line.ask) {
    case 'help':
      return answer(helpText(build));
    case 'usage':
      return answer(usageText);
    case 'version':
      return answer(versionText(build));
    case 'bad option':
      process.stderr.write(`logrotate: bad argument ${line.argument}: ${line.reason}\n`);
      return 2;
    case 'contradictory locks':
      process.stderr.write(
        'logrotate: options --skip-state-lock and --wait-for-state-lock are mutually exclusive\n',
      );
      return 1;
    case 'no configuration':
      process.stderr.write(`${banner}\n${usageText}`);
      return 1;
    case 'run':
      return run(world, line.options);
    default:
      return line satisfies never;
  }
}

function answer(text: string): number {
  process.stdout.write(text);
  return 0;
}

/** logrotate's builds differ in where the state lies: the one that is there is gone on with. */
function buildOf({ disk }: World): Build {
  const isThere = (path: Path): boolean => disk.look.statThrough(path) !== null;
  const folder = process.platform === 'darwin' ? '/usr/bin' : '/bin';
  const state = isThere('/var/lib/logrotate') ? '/var/lib/logrotate/status' : '/var/lib/logrotate.status';
  return {
    mail: isThere('/bin/mail') && !isThere('/usr/bin/mail') ? '/bin/mail' : '/usr/bin/mail',
    compress: `${folder}/gzip`,
    uncompress: `${folder}/gunzip`,
    extension: '.gz',
    state,
  };
}

/** The clock as LOGMILL_NOW sets it, from there on running: for tests that compare with faketime. */
function doorWorld(world: World, now: string | undefined): World {
  if (now === undefined || now === '') return world;
  const start = /^\d+(\.\d+)?$/.test(now) ? Number(now) * 1000 : Date.parse(now);
  if (Number.isNaN(start)) return world;
  const ahead = start - world.clock.now();
  const { zone, wait } = world.clock;
  return { ...world, clock: { zone, wait, now: () => (world.clock.now() + ahead) as EpochMs } };
}

async function run(world: World, options: Options): Promise<number> {
  const voice = await makeVoice(world, options.verbose, options.log === null ? null : exact(options.log));
  try {
    if (options.debug) voice.say('warning', debugWarning);
    return await rotate(world, options, voice);
  } finally {
    await voice.end();
  }
}

const debugWarning =
  'logrotate in debug mode does nothing except printing debug messages!  Consider using verbose mode (-v) instead if this is not what you want.\n';

const exact = (word: string): Path => pathFromBytes(Buffer.from(word));

async function rotate(world: World, options: Options, voice: Voice): Promise<number> {
  const walk: Run = {
    world,
    options,
    voice,
    at: world.clock.now(),
    failed: false,
    say: lines => {
      for (const { level, text } of lines) voice.say(level, text);
    },
  };
  const { policies, diagnostics } = readPolicyFiles(world, options.paths.map(exact), 'logrotate');
  for (const one of diagnostics) walk.say(diagnosticLines(one));
  if (diagnostics.some(({ severity }) => severity === 'error')) walk.failed = true;
  const statePath = exact(options.state);
  const stop = stopSignals();
  try {
    const file = await stateFileFor(walk, statePath, stop.signal);
    if (file === 'failed') return stop.status() ?? 3;
    try {
      return await withState(walk, policies, statePath, file, stop);
    } finally {
      await file?.close();
    }
  } finally {
    stop.leave();
  }
}

async function withState(
  walk: Run,
  policies: readonly Policy[],
  path: Path,
  file: StateFile | null,
  stop: StopSignals,
): Promise<number> {
  const { world, voice } = walk;
  const state = readStateFor(walk, path);
  if (state === 'no state') return 3;
  const find = async () => withoutOwn(world, await findLogs(world, policies, { known: state.entries }), path);
  let found = await find();
  const opened = await openRecord(walk, path, file, 'if there is one');
  if (opened === 'locked') return 3;
  const record = doorRecord({
    state,
    zone: world.clock.zone,
    at: walk.at,
    opened,
    open: async () => {
      const ledger = await openRecord(walk, path, file, 'anyhow');
      if (ledger === null || ledger === 'locked') throw new Error('internal: no record was opened');
      return ledger;
    },
    write: when => writeState(walk, state, found, file, when),
    clock: () => performance.now(),
  });
  record.recall();
  const take = () => {
    sayTroubles(walk, found);
    voice.say('debug', `\nHandling ${policies.length} logs`);
    record.adopt(found.logs.map(log => log.path));
  };
  const isInterrupted = !walk.options.debug && record.ledger.unfinished().length > 0;
  if (!isInterrupted) take();
  const findAgain = async () => {
    found = await find();
    take();
    return found;
  };
  const site = { ...siteOf(walk, policies, found, record), ...(isInterrupted ? { findAgain } : {}) };
  try {
    return await walkSections(walk, site, record, stop);
  } finally {
    await record.ledger.end();
  }
}

function sayTroubles(walk: Run, { troubles }: FoundLogs): void {
  for (const one of troubles) {
    const line = troubleLine(one);
    if (line.level === 'error') walk.failed = true;
    walk.say([line]);
  }
}

function siteOf(
  { world, at, options }: Run,
  policies: readonly Policy[],
  found: FoundLogs,
  { ledger }: DoorRecord,
): Site {
  return {
    world,
    ledger,
    policies,
    found,
    moment: at,
    streams: 'ours',
    patient: true,
    predicts: false,
    mailCommand: options.mail,
    pool: makePool(world.host.cores + 2),
    nonce,
  };
}

/** The sections in their order; STATE is written at the end also when there was nothing to do. */
async function walkSections(walk: Run, site: Site, record: DoorRecord, stop: StopSignals): Promise<number> {
  const { options } = walk;
  const forced = options.force ? 'all' : null;
  const errand = {
    cause: { trigger: 'logrotate', detail: options.force ? 'forced' : 'called' },
    only: null,
    forced,
  } as const;
  const rounds = makeRounds(site);
  const tale = narrate(walk, site);
  if (options.debug) {
    tale.planned(await rounds.preview(errand), 'with its steps');
    tale.end();
    return walk.failed ? 1 : 0;
  }
  try {
    const round = await rounds.round(errand, tale.tell, stop.signal);
    if (!stop.signal.aborted) tale.end();
    await round.receipts;
    for (const [log, pid] of round.heldElsewhere) {
      walk.voice.say(
        'error',
        `left ${log}: another logmill${pid === null ? '' : ` (pid ${pid})`} works in its folder`,
      );
    }
    const stopped = stop.status();
    if (stopped !== null) return stopped;
    if (round.heldElsewhere.size > 0) return 3;
    return walk.failed ? 1 : 0;
  } catch (error) {
    if (!isTrouble(error)) throw error;
    walk.voice.say('error', error.message);
    return 1;
  } finally {
    await record.settle();
  }
}
