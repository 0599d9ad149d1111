import assert from 'node:assert/strict';
import { EventEmitter } from 'node:events';
import { appendFileSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import type { Ledger } from '../../src/ledger/ledger.ts';
import { expandGlob } from '../../src/observe/glob.ts';
import type { Policy } from '../../src/policy/policy.ts';
import type { Errand, Site } from '../../src/round/site.ts';
import type { Round, Rounds } from '../../src/round.ts';
import { type Service, type ServiceOptions, startService } from '../../src/service/service.ts';
import type { Trigger } from '../../src/service/trigger.ts';
import { catchSignals } from '../../src/service/triggers/signals.ts';
import { thisMachine } from '../../src/world/this-machine.ts';
import { Trouble } from '../../src/world/trouble.ts';
import { aPolicy } from '../rig/policy.ts';
import { tempTree } from '../rig/temp-tree.ts';
import { aGround, aLogSet, aPlanning, until } from './rig.ts';

type Act = (errand: Errand, signal: AbortSignal | undefined) => Promise<void> | void;

interface TestService extends AsyncDisposable {
  readonly service: Service;
  readonly errands: Errand[];
  readonly log: {
    readonly level: string;
    readonly facts: Record<string, unknown>;
    readonly message: string;
  }[];
  readonly source: EventEmitter;
  readonly left: number[];
  readonly site: Site;
}

/** A service whose rounds look at the real disk and do what the test says. */
function aService(
  policies: readonly Policy[],
  act: Act = () => undefined,
  more: Partial<ServiceOptions> = {},
): TestService {
  const errands: Errand[] = [];
  const log: { level: string; facts: Record<string, unknown>; message: string }[] = [];
  const left: number[] = [];
  const source = new EventEmitter();
  const world = thisMachine();
  const ground = aGround(policies);
  const ledger = {
    history: () => ({ from: 0, until: 0, steps: [], days: [], samples: [], rounds: [] }),
  } as unknown as Ledger;
  // Rounds are the test's own, so that of the site only what the service itself asks for is needed.
  const site = { world, ledger, policies } as unknown as Site;
  const rounds: Pick<Rounds, 'preview' | 'round' | 'settled' | 'busy'> = {
    busy: new Set(),
    settled: async () => undefined,
    preview: async () => aPlanning([]),
    round: async (errand, tell, signal): Promise<Round> => {
      errands.push(errand);
      const found = site.policies.flatMap(policy =>
        policy.patterns.flatMap(pattern => expandGlob(world, pattern.text).map(path => ({ policy, path }))),
      );
      const seen = found.filter(({ path }) => errand.only === null || errand.only.has(path));
      tell({
        kind: 'planned',
        planning: aPlanning(
          seen.map(({ policy, path }) => aLogSet(ground, policy, path)),
          { at: world.clock.now() },
        ),
      });
      await act(errand, signal);
      return { plannings: [], heldElsewhere: new Map(), receipts: Promise.resolve([]) };
    },
  };
  const service = startService(site, {
    rounds,
    reload: async () => ({ policies, problems: [] }),
    tell: () => undefined,
    ownLog: {
      write: (level, facts, message) => log.push({ level, facts, message }),
      reopen: async () => undefined,
      end: async () => undefined,
    },
    signals: catchSignals(source, () => undefined),
    live: null,
    leave: code => left.push(code),
    patience: { quiet: 20, most: 100 },
    ...more,
  });
  return {
    service,
    errands,
    log,
    source,
    left,
    site,
    [Symbol.asyncDispose]: async () => {
      service.stop();
      await service.ended;
    },
  };
}

const onlyStartup: readonly Trigger[] = [
  {
    name: 'startup',
    start: async ground => {
      ground.nudge({ cause: { trigger: 'startup', detail: 'the service starts' }, logs: null });
      return { renew: async () => undefined, stop: async () => undefined };
    },
  },
];

test('with all its triggers it looks at everything, then at a log that crosses its limit, and ends leaving nothing', async () => {
  using tree = tempTree({ 'a.log': 'x', 'b.log': 'x' });
  const policy = aPolicy('size 10k\nrotate 3', { pattern: tree.path('*.log') });
  const before = process.getActiveResourcesInfo().sort().join();
  {
    await using running = aService([policy]);
    const { service, errands } = running;
    await until(
      () => service.status().state === 'idle' && service.status().logs.length === 2,
      'it has looked',
    );
    assert.deepEqual(errands[0]?.cause, { trigger: 'startup', detail: 'the service starts' });
    assert.equal(errands[0]?.only, null);
    const crossed = performance.now();
    appendFileSync(tree.path('b.log'), 'y'.repeat(20_000));
    await until(() => errands.some(errand => errand.only?.has(tree.path('b.log'))), 'the log is named');
    const took = performance.now() - crossed;
    assert.ok(took < 2000, `${took} ms`);
    assert.ok(errands.every(errand => errand.only?.has(tree.path('a.log')) !== true));
    writeFileSync(tree.path('c.log'), '');
    await until(() => service.status().logs.length === 3, 'the new log is watched');
    assert.equal(service.status().logs[0]?.path, tree.path('b.log'));
    service.stop();
    assert.equal(await service.ended, 0);
  }
  await until(
    () => process.getActiveResourcesInfo().sort().join() === before,
    'nothing is left behind',
    1000,
  );
});

test('what is nudged while a round is on is merged into the next', async () => {
  const gate = Promise.withResolvers<void>();
  await using running = aService(
    [],
    errand => (errand.cause.trigger === 'startup' ? gate.promise : undefined),
    { triggers: onlyStartup },
  );
  const { service, errands } = running;
  await until(() => errands.length === 1, 'the first round is on');
  for (const name of ['/a.log', '/b.log'])
    service.nudge({ cause: { trigger: 'test', detail: name }, logs: new Set([name]) });
  assert.equal(service.status().state, 'working');
  gate.resolve();
  await until(() => errands.length === 2, 'the second round');
  assert.deepEqual(errands[1]?.only, new Set(['/a.log', '/b.log']));
});

test('a round that fails is logged and tried again after a pause, and a person need not wait for it', async () => {
  let failing = true;
  const fail: Act = () => {
    if (failing) throw new Trouble({ code: 'ENOSPC', message: 'no space left', hint: 'free some' });
  };
  await using running = aService([], fail, { triggers: onlyStartup });
  const { service, errands, log, source } = running;
  await until(() => service.status().state === 'waiting' && errands.length === 1, 'it waits');
  const [said] = log.filter(one => one.level === 'warn');
  assert.deepEqual(said, {
    level: 'warn',
    facts: { code: 'ENOSPC', file: null, hint: 'free some', failures: 1, pause_ms: 1000 },
    message: 'no space left',
  });
  failing = false;
  const from = performance.now();
  source.emit('SIGUSR1');
  await until(() => service.status().failures === 0 && errands.length > 1, 'it is tried again');
  assert.ok(performance.now() - from < 500);
});

test('a mistake of ours in a round does not end the service', async () => {
  let count = 0;
  const fail: Act = () => {
    count += 1;
    if (count === 1) throw new Error('internal: step 4 moves what is not there');
  };
  await using running = aService([], fail, { triggers: onlyStartup });
  await until(() => running.errands.length === 2, 'it goes on');
  const [said] = running.log.filter(one => one.level === 'error');
  assert.equal(said?.message, 'internal: step 4 moves what is not there');
});

test('HUP takes over new policies, and keeps the old ones when the new ones have errors', async () => {
  const [first, second] = [aPolicy('size 1M\nrotate 1'), aPolicy('size 2M\nrotate 1')];
  let answer = {
    policies: [second],
    problems: ["a.conf:4:5  unknown directive 'rotatte'\n    4 |     rotatte 14"],
  };
  let reopened = 0;
  const { ownLog, log } = collectingLog(() => {
    reopened += 1;
  });
  await using running = aService([first], () => undefined, {
    triggers: onlyStartup,
    reload: async () => answer,
    ownLog,
  });
  const { service, source, site, errands } = running;
  await until(() => service.status().lastRound !== null, 'the first round is over');
  source.emit('SIGHUP');
  await until(() => errands.length === 2 && service.status().state === 'idle', 'it has read them');
  assert.deepEqual(site.policies, [first]);
  assert.equal(service.status().policies.good, false);
  assert.ok(
    log.includes(
      "error policies have errors, the old ones stay in force: a.conf:4:5  unknown directive 'rotatte'",
    ),
  );
  answer = { policies: [second], problems: [] };
  source.emit('SIGHUP');
  await until(() => site.policies[0] === second, 'the new ones are in force');
  assert.equal(service.status().policies.good, true);
  assert.equal(reopened, 2);
});

test('USR2 writes what is watched to the log', async () => {
  using tree = tempTree({ 'a.log': 'x'.repeat(1024) });
  await using running = aService(
    [aPolicy('size 4k\nrotate 3', { pattern: tree.path('*.log') })],
    () => undefined,
    { triggers: onlyStartup },
  );
  const { service, source, log } = running;
  await until(() => service.status().logs.length === 1, 'it has looked');
  source.emit('SIGUSR2');
  const snapshot = log.find(one => one.message === 'status')?.facts.status as {
    count: number;
    logs: { share: number }[];
  };
  assert.equal(snapshot.count, 1);
  assert.equal(snapshot.logs[0]?.share, 0.25);
  assert.ok(JSON.stringify(snapshot).includes('a.log'));
});

test('TERM tells the round to stop, and ends with 0 when it does', async () => {
  const stopped: Act = (_errand, signal) =>
    new Promise(resolve => signal?.addEventListener('abort', () => resolve()));
  await using running = aService([], stopped, { triggers: onlyStartup });
  const { service, source, errands, left } = running;
  await until(() => errands.length === 1, 'the round is on');
  source.emit('SIGTERM');
  assert.equal(service.status().state, 'stopping');
  assert.equal(await service.ended, 0);
  assert.equal(errands.length, 1);
  assert.deepEqual(left, []);
});

test('when the step in hand does not end in time it leaves, with the code of the signal', async () => {
  const never = Promise.withResolvers<void>();
  await using running = aService([], () => never.promise, { triggers: onlyStartup, grace: 50 });
  const { service, source, errands, left } = running;
  await until(() => errands.length === 1, 'the round is on');
  source.emit('SIGINT');
  assert.equal(await service.ended, 130);
  assert.deepEqual(left, [130]);
  never.resolve();
});

test('a second TERM leaves at once', async () => {
  const never = Promise.withResolvers<void>();
  await using running = aService([], () => never.promise, { triggers: onlyStartup, grace: 100 });
  const { source, errands, left } = running;
  await until(() => errands.length === 1, 'the round is on');
  source.emit('SIGTERM');
  source.emit('SIGTERM');
  assert.deepEqual(left, [143]);
  never.resolve();
});

test('a log that went is no longer watched after a look at everything', async () => {
  using tree = tempTree({ 'a.log': 'x', 'b.log': 'x' });
  await using running = aService(
    [aPolicy('size 4k\nrotate 3', { pattern: tree.path('*.log') })],
    () => undefined,
    { triggers: onlyStartup },
  );
  const { service, source } = running;
  await until(() => service.status().logs.length === 2, 'both are watched');
  tree.remove();
  source.emit('SIGUSR1');
  await until(() => service.status().logs.length === 0, 'none is watched');
});

function collectingLog(reopen: () => void): { ownLog: ServiceOptions['ownLog']; log: string[] } {
  const log: string[] = [];
  return {
    log,
    ownLog: {
      write: (level, _facts, message) => log.push(`${level} ${message}`),
      reopen: async () => reopen(),
      end: async () => undefined,
    },
  };
}
