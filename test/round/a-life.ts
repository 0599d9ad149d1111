// The life of one log under policies drawn from a seed: it is written to, time passes, rounds are made, the
// policy changes. After every round what is read back must be the newest part of all that was ever written.

import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { appendFileSync, readdirSync, statSync, utimesSync } from 'node:fs';
import { join, relative } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { joined, readLog } from '../../src/archive/read-log.ts';
import { makePool } from '../../src/codec/pool.ts';
import { memoryLedger } from '../../src/ledger/open-ledger.ts';
import type { LogSet } from '../../src/logs/log-set.ts';
import { observeGenerations } from '../../src/observe/generations.ts';
import { observeLogs } from '../../src/observe/log-sets.ts';
import { emptyState } from '../../src/plan/state.ts';
import type { Policy } from '../../src/policy/policy.ts';
import type { Site } from '../../src/round/site.ts';
import { makeRounds } from '../../src/round.ts';
import { thisMachine } from '../../src/world/this-machine.ts';
import { type Dice, makeDice } from '../differential/dice.ts';
import { aPolicy } from '../rig/policy.ts';
import { tempTree } from '../rig/temp-tree.ts';
import { drawPlace, drawPolicy, type Retention } from './draw-policy.ts';

const hour = 3_600_000;

/**
 * @param rounds how many rounds it lasts
 * @throws AssertionError with the seed and the policies that it lived under
 */
export async function live(seed: number, rounds: number): Promise<void> {
  const dice = makeDice(seed);
  using tree = tempTree({ logs: {} });
  const log = tree.path('logs/app.log');
  // In the past, so that no file is ever younger than its round.
  const clock = { at: Date.UTC(2025, dice.below(12), 1 + dice.below(28), dice.below(24), dice.below(60)) };
  const machine = thisMachine();
  const world = { ...machine, clock: { ...machine.clock, zone: dice.oneOf(zones), now: () => clock.at } };
  const retention = drawRetention(dice);
  const place = drawPlace(dice);
  const lived: string[] = [];
  const change = (): Policy => {
    const body = drawPolicy(dice, retention, place);
    lived.push(body.join(' · '));
    return aPolicy(body.join('\n'), { pattern: `"${log}"` });
  };
  const site: Site = {
    world,
    ledger: memoryLedger(),
    policies: [change()],
    pool: makePool(2),
    nonce: () => randomBytes(6).toString('hex'),
  };
  const makingRounds = makeRounds(site);
  const written: Buffer[] = [];
  const rotations: Rotation[] = [];
  const total = (): number => written.reduce((sum, { length }) => sum + length, 0);

  for (let round = 1; round <= rounds; round += 1) {
    if (dice.chance(85)) {
      const text = Buffer.from(lines(dice, seed, round));
      appendFileSync(log, text);
      written.push(text);
    }
    clock.at += dice.oneOf([hour, 5 * hour, 24 * hour, 24 * hour, 8 * 24 * hour, 33 * 24 * hour]);
    settle(tree.folder, clock.at);
    if (dice.chance(10)) site.policies = [change()];
    const errand = { cause: { trigger: 'test', detail: `${round}` }, only: null, forced: null };
    const where = (): string =>
      `seed ${seed}, round ${round}, ${new Date(clock.at).toISOString()}\n${lived.join('\n')}\n${names(tree.folder).join(' ')}`;
    const { plannings, receipts } = await makingRounds.round(errand, () => undefined);
    for (const receipt of await receipts) {
      assert.ok(receipt.complete, where());
      const bad = [...receipt.outcomes].filter(([, one]) => one.result !== 'done');
      assert.deepEqual(bad, [], where());
    }
    for (const { troubles, plan } of plannings) {
      assert.deepEqual(troubles, [], where());
      const rotated = plan.steps.some(step => (step.kind === 'move' || step.kind === 'copy') && step.rotates);
      if (rotated) rotations.push({ at: clock.at, written: total() });
    }
    settle(tree.folder, clock.at);

    const again = await makingRounds.preview(errand);
    assert.deepEqual(
      again.plan.steps.map(({ kind, why }) => `${kind}: ${why.text}`),
      [],
      `a second round has something to do: ${where()}`,
    );
    const kept = await observed(site, log);
    const found = names(tree.path('logs')).map(name => join(tree.path('logs'), name));
    const known = [...(kept.live === null ? [] : [log]), ...kept.generations.map(({ path }) => path)];
    assert.deepEqual(found.sort(), known.sort(), `files that belong to nothing: ${where()}`);
    const read = await buffer(joined(readLog(kept, world.disk)));
    const all = Buffer.concat(written);
    assert.ok(
      all.subarray(all.length - read.length).equals(read),
      `other bytes than were written: ${where()}`,
    );
    retentionHolds({ retention, gone: all.length - read.length, rotations, now: clock.at, where });
    const { rotate, keepfor } = retention;
    const count = kept.generations.reduce((sum, { inside }) => sum + (inside?.length ?? 1), 0);
    if (rotate >= 0 && keepfor === null)
      assert.ok(count <= rotate, `${count} generations are kept of ${rotate}: ${where()}`);
  }
}

const zones = ['UTC', 'Europe/Berlin', 'America/New_York', 'Asia/Kathmandu'] as const;

function drawRetention(dice: Dice): Retention {
  return {
    rotate: dice.oneOf([1, 2, 3, 5, 9, -1]),
    maxage: dice.chance(15) ? dice.oneOf([1, 10, 40]) : null,
    keepfor: dice.chance(25) ? dice.oneOf([1, 10, 40]) : null,
    maxtotal: dice.chance(10),
  };
}

/** Whole lines of varying number, each one of a kind. */
function lines(dice: Dice, seed: number, round: number): string {
  const count = dice.oneOf([1, 20, 200, 2000]);
  return Array.from({ length: count }, (_, n) => `${seed} ${round} ${n} ${(n * 7919 + seed) % 10007}\n`).join(
    '',
  );
}

/** What was written by the machine's clock is dated by the test's. */
function settle(folder: string, at: number): void {
  for (const name of names(folder)) {
    const path = join(folder, name);
    if (statSync(path).mtimeMs > at) utimesSync(path, at / 1000, at / 1000);
  }
}

function names(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter(entry => entry.isFile())
    .map(entry => relative(folder, join(entry.parentPath, entry.name)));
}

async function observed(site: Site, log: string): Promise<LogSet> {
  const known = new Set([log]);
  const seen = await observeLogs(site.world, site.policies, { nonce: 'read', known });
  const state = site.ledger.state();
  const [logSet] = (await observeGenerations(site.world, seen, 'all', state ?? emptyState, 'with writers'))
    .logSets;
  assert.ok(logSet !== undefined);
  return logSet;
}

interface Rotation {
  readonly at: number;
  /** Bytes, up to then. */
  readonly written: number;
}

interface Kept {
  readonly retention: Retention;
  /** Bytes that are not there any more. */
  readonly gone: number;
  readonly rotations: readonly Rotation[];
  readonly now: number;
  readonly where: () => string;
}

/** No more is gone than the policy lets go. */
function retentionHolds({ retention, gone, rotations, now, where }: Kept): void {
  const { rotate, maxage, keepfor, maxtotal } = retention;
  const mayGo = (lawful: readonly Rotation[], why: string): void => {
    const most = lawful.at(-1)?.written ?? 0;
    assert.ok(gone <= most, `${gone} bytes are gone where ${why} lets ${most} go: ${where()}`);
  };
  if (keepfor !== null)
    mayGo(
      rotations.filter(({ at }) => at <= now - keepfor * 24 * hour),
      'keepfor',
    );
  if (maxage !== null || maxtotal) return;
  const counted = rotate === -1 ? 0 : Math.max(0, rotations.length - rotate);
  mayGo(rotations.slice(0, counted), 'rotate');
}
