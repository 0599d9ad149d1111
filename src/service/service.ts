// Rounds without a person. One round at a time; what nudges say while one is on is merged into the
// next.
//
//   starting ──► idle ──nudge──► working ──done──► idle
//                  │                │
//                  └─after failures─┴──► waiting ──pause──► working
//
//   any ──TERM, INT──► stopping ──► ended
//
// A round that fails is logged and tried again after a growing pause; the service never ends for it.

import type { Tell } from '../apply/event.ts';
import { expandGlob } from '../observe/glob.ts';
import type { Errand, Site } from '../round/site.ts';
import type { Rounds } from '../round.ts';
import type { EpochMs, Ms } from '../units/duration.ts';
import type { Path } from '../units/path.ts';
import { isTrouble } from '../world/trouble.ts';
import { followRounds } from './follow-rounds.ts';
import { holdPolicies, type Reloaded } from './in-force.ts';
import { type Demand, makeInbox, type Patience } from './inbox.ts';
import type { LiveModel } from './live.ts';
import { warnOfOthers } from './neighbour.ts';
import type { OwnLog } from './own-log.ts';
import { foldersOf, type ServiceState, type Status, snapshotOf, statusOfLogs } from './status.ts';
import { startOfDay, startToday } from './today.ts';
import type { Ground, Nudge, Running, Say, Trigger } from './trigger.ts';
import type { Signals } from './triggers/signals.ts';
import { triggers as allTriggers } from './triggers.ts';
import { type LiveTerminal, openView, type View } from './view.ts';
import { makeWatched } from './watched.ts';

export interface ServiceOptions {
  readonly rounds: Pick<Rounds, 'preview' | 'round' | 'settled' | 'busy'>;
  /** Reads the policies again; with problems the old ones hold. */
  readonly reload: () => Promise<Reloaded>;
  readonly tell: Tell;
  readonly ownLog: OwnLog;
  /** Where the own log goes, when that is a file: a policy that matches it is warned of. */
  readonly ownFile?: Path | null;
  readonly signals: Signals;
  readonly live: LiveTerminal | null;
  /** Leaves the process at once: the second TERM or INT. */
  readonly leave: (code: 130 | 143) => void;
  readonly address?: string | null;
  readonly triggers?: readonly Trigger[];
  readonly patience?: Patience;
  /** How long the step in hand may take to end after TERM. */
  readonly grace?: Ms;
}

export interface Service {
  status(): Status;
  nudge(nudge: Nudge): void;
  /** No new work; the step in hand is finished, or taken up by the next start. */
  stop(): void;
  /** 0: ended cleanly; 130 or 143: the grace was over before the step in hand was. */
  readonly ended: Promise<0 | 130 | 143>;
}

/** Docker kills after ten seconds. */
const defaultGrace: Ms = 9_000;
const longestPause: Ms = 300_000;
const noticeFor: Ms = 60_000;

export function startService(site: Site, options: ServiceOptions): Service {
  const { world, ledger } = site;
  const { clock } = world;
  const { ownLog, rounds } = options;
  const started = clock.now();
  const watched = makeWatched();
  const inbox = makeInbox(clock, options.patience);
  const stopping = new AbortController();
  let hurry = new AbortController();
  let state: ServiceState = 'starting';
  let since = started;
  let failures = 0;
  let lastRound: EpochMs | null = null;
  let reloadWanted = false;
  let lateExit: 130 | 143 = 143;
  let notice = { text: '', until: 0 };
  let view: View | null = null;
  const heldSaid = new Map<Path, number | null>();

  const enter = (next: ServiceState): void => {
    if (stopping.signal.aborted && next !== 'stopping') return;
    state = next;
    since = clock.now();
    view?.touch();
  };

  const notify = (text: string): void => {
    notice = { text, until: clock.now() + noticeFor };
    view?.touch();
  };

  const say: Say = (level, facts, message) => {
    if (level === 'warn' || level === 'error') notify(message);
    ownLog.write(level, facts, message);
  };

  const nudge = (one: Nudge): void => {
    inbox.put(one);
    if (one.atOnce === true) hurry.abort();
  };

  const inForce = holdPolicies(site.policies, options.reload, () => clock.now(), say);
  const follower = followRounds({
    watched,
    say: (level, facts, message) => ownLog.write(level, facts, message),
    today: startToday(started, clock.zone, ledger.history(startOfDay(started, clock.zone), started).steps),
    zone: clock.zone,
    onChange: () => view?.touch(),
  });
  const tell: Tell = event => {
    follower.tell(event);
    options.tell(event);
  };

  const ground: Ground = {
    world,
    watched,
    policies: () => inForce.policies,
    find: pattern => expandGlob(world, pattern),
    nudge,
    say,
  };

  const status = (): Status => ({
    at: clock.now(),
    state,
    since,
    folders: foldersOf(watched),
    logs: statusOfLogs(watched, clock.now()),
    policies: { since: inForce.since, good: inForce.good },
    lastRound,
    failures,
  });

  const model = (): LiveModel => ({
    status: status(),
    zone: clock.zone,
    started,
    recent: follower.recent,
    today: follower.today,
    address: options.address ?? null,
    notice: notice.until > clock.now() ? notice.text : null,
  });

  const work = async (demand: Demand): Promise<void> => {
    enter('working');
    if (reloadWanted) {
      reloadWanted = false;
      await inForce.reload();
    }
    const errand: Errand = { cause: demand.cause, only: demand.logs, forced: demand.forced };
    site.policies = inForce.policies;
    if (errand.only === null) watched.begin();
    const round = await rounds.round(errand, tell, stopping.signal);
    if (errand.only === null && !stopping.signal.aborted) watched.endOfAll(rounds.busy);
    for (const [log, pid] of round.heldElsewhere) held(log, pid);
    lastRound = clock.now();
    failures = 0;
    round.receipts.catch(error => failed(demand, error));
  };

  const held = (log: Path, pid: number | null): void => {
    watched.again.add(log);
    if (heldSaid.has(log) && heldSaid.get(log) === pid) return;
    heldSaid.set(log, pid);
    say(
      'warn',
      { file: log, pid },
      `another logmill works in this folder${pid === null ? '' : ` (pid ${pid})`}`,
    );
  };

  const failed = (demand: Demand, error: unknown): void => {
    if (stopping.signal.aborted) return;
    failures += 1;
    const message = error instanceof Error ? error.message : String(error);
    const facts = isTrouble(error)
      ? { code: error.code, file: error.path, hint: error.hint }
      : { err: error };
    // Trouble may pass by itself; the third time, or a mistake of ours, a person must act.
    const level = failures >= 3 || !isTrouble(error) ? 'error' : 'warn';
    say(level, { ...facts, failures, pause_ms: pauseAfter(failures) }, message);
    inbox.back(demand);
  };

  const workOn = async (running: readonly Running[]): Promise<void> => {
    let version = -1;
    for (;;) {
      if (state !== 'starting') enter('idle');
      const demand = await inbox.next(stopping.signal);
      if (demand === null) return;
      if (failures > 0 && !demand.atOnce) await pauseFor(pauseAfter(failures));
      const before = inForce.policies;
      try {
        await work(demand);
        const isRenewed = inForce.policies !== before;
        if (version !== watched.version || isRenewed) for (const one of running) await one.renew();
        if (version === -1 || isRenewed) warnOfOthers(ground, options.ownFile ?? null);
        version = watched.version;
      } catch (error) {
        // Whatever it is: the service is what frees the disk, and must be there for the next round.
        failed(demand, error);
      }
    }
  };

  const pauseFor = async (ms: Ms): Promise<void> => {
    enter('waiting');
    hurry = new AbortController();
    await clock.wait(ms, AbortSignal.any([hurry.signal, stopping.signal]));
  };

  const stop = (): void => {
    if (stopping.signal.aborted) return;
    enter('stopping');
    stopping.abort();
  };

  const roundNow = (detail: string): void =>
    nudge({ cause: { trigger: 'signals', detail }, logs: null, atOnce: true });

  const reload = (): void => {
    reloadWanted = true;
    ownLog.reopen().catch(error => say('error', { err: error }, 'own log cannot be opened again'));
    roundNow('HUP');
  };

  const plan = async (): Promise<void> => {
    try {
      const { plan } = await rounds.preview({
        cause: { trigger: 'keys', detail: 'p' },
        only: null,
        forced: null,
      });
      notify(plan.steps.length === 0 ? 'plan: nothing is due' : `plan: ${plan.steps.length} steps are due`);
    } catch (error) {
      if (!isTrouble(error)) throw error;
      notify(error.message);
    }
  };

  /** One trigger that cannot start leaves the others, and the sweep above all, to do its work. */
  const begin = async (trigger: Trigger, running: Running[]): Promise<void> => {
    try {
      running.push(await trigger.start(ground));
    } catch (error) {
      if (!isTrouble(error)) throw error;
      say('error', { trigger: trigger.name, code: error.code, hint: error.hint }, error.message);
    }
  };

  /** The loop ends by itself once it is asked to; what runs beside it gets the grace to end too. */
  const endOf = async (working: Promise<void>): Promise<boolean> => {
    await once(stopping.signal);
    const late = new AbortController();
    const settled = working
      .then(() => rounds.settled())
      .then(
        () => true,
        () => true,
      );
    const inTime = await Promise.race([
      settled,
      clock.wait(options.grace ?? defaultGrace, late.signal).then(() => false),
    ]);
    late.abort();
    return inTime;
  };

  const run = async (): Promise<0 | 130 | 143> => {
    options.signals.connect({
      reload,
      round: () => roundNow('USR1'),
      snapshot: () => ownLog.write('info', { status: snapshotOf(status(), follower.today) }, 'status'),
      stop: signal => {
        lateExit = signal === 'SIGINT' ? 130 : 143;
        stop();
      },
      leave: options.leave,
    });
    view = await openView(options.live, model, {
      quit: stop,
      round: () => roundNow('by hand'),
      plan: () => void plan(),
    });
    ownLog.write('info', { policies: inForce.policies.length, pid: world.host.pid }, 'service started');

    const running: Running[] = [];
    const working = workOn(running);
    for (const trigger of options.triggers ?? allTriggers) {
      if (!stopping.signal.aborted) await begin(trigger, running);
    }
    const inTime = await endOf(working);
    for (const one of running.toReversed()) await one.stop();
    view.end();
    view = null;
    ownLog.write('info', { in_time: inTime }, 'service stopped');
    if (inTime) return 0;
    // What is in hand holds the process; the next start takes it up.
    await ownLog.end();
    options.leave(lateExit);
    return lateExit;
  };

  return { status, nudge, stop, ended: run() };
}

/** A second, doubled each time, up to five minutes. */
function pauseAfter(failures: number): Ms {
  return Math.min(1000 * 2 ** (failures - 1), longestPause);
}

function once(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise(resolve => {
    signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
