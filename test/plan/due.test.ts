// Is a rotation due: every criterion with its edges, clock changes, clocks set back, and what
// stands in the way of time.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { LogSet } from '../../src/logs/log-set.ts';
import { type Due, dueOf, isDue } from '../../src/plan/due.ts';
import type { Moment } from '../../src/plan/moment.ts';
import { emptyState, type State } from '../../src/plan/state.ts';
import { lastingId } from '../../src/units/identity.ts';
import {
  aLogSet,
  aMoment,
  aState,
  at,
  day,
  hour,
  KiB,
  type LogSetOptions,
  MiB,
  minute,
} from '../rig/build.ts';

interface Asked {
  readonly log?: LogSetOptions;
  readonly last?: string | number | null;
  readonly now?: string | number;
  readonly zone?: string;
  readonly forced?: boolean;
}

function ask(
  policy: string,
  { log = {}, last = null, now = '2026-11-22 08:30:05', zone = 'Europe/Berlin', forced }: Asked,
) {
  const moment = typeof now === 'number' ? now : at(now, zone);
  const logSet = aLogSet({ modified: moment - hour, ...log, policy: `${policy}\nrotate 7` });
  const rotated = typeof last === 'string' ? at(last, zone) : last;
  const state = rotated === null ? emptyState : aState(rotated, logSet);
  return inWords(logSet, state, aMoment({ at: moment, zone, forced: forced ? 'all' : null }));
}

/** With and without words it is the same. */
function inWords(logSet: LogSet, state: State, moment: Moment): Due {
  const due = dueOf(logSet, state, moment);
  assert.equal(isDue(logSet, state, moment), due.due, due.why.text);
  return due;
}

const table: readonly (readonly [policy: string, last: string, now: string, due: boolean])[] = [
  ['hourly', '2026-11-22 08:00', '2026-11-22 08:59', false],
  ['hourly', '2026-11-22 08:59', '2026-11-22 09:00', true],
  ['hourly', '2026-11-21 08:10', '2026-11-22 08:30', true],
  ['minutes 5', '2026-11-22 08:00', '2026-11-22 08:05:59', false],
  ['minutes 5', '2026-11-22 08:00', '2026-11-22 08:06', true],
  ['daily', '2026-11-22 00:00', '2026-11-22 23:59', false],
  ['daily', '2026-11-22 23:59', '2026-11-23 00:00', true],
  ['daily', '2026-10-22 08:30', '2026-11-22 08:30', true],
  ['weekly', '2026-11-16 08:00', '2026-11-21 23:59', false],
  ['weekly', '2026-11-16 08:00', '2026-11-22 00:00', true],
  ['weekly', '2026-11-22 00:00', '2026-11-22 23:59', false],
  ['weekly 1', '2026-11-20 08:00', '2026-11-22 23:59', false],
  ['weekly 1', '2026-11-20 08:00', '2026-11-23 00:00', true],
  ['weekly 1', '2026-11-02 08:00', '2026-11-11 00:00', true],
  ['weekly 7', '2026-11-15 23:00', '2026-11-21 23:59', false],
  ['weekly 7', '2026-11-15 23:00', '2026-11-22 00:00', true],
  ['monthly', '2026-11-01 00:00', '2026-11-30 23:59', false],
  ['monthly', '2026-11-30 23:00', '2026-12-01 00:00', true],
  ['monthly', '2025-11-22 08:00', '2026-11-22 08:30', true],
  ['monthly 15', '2026-11-01 00:00', '2026-11-14 23:59', false],
  ['monthly 15', '2026-11-01 00:00', '2026-11-15 00:00', true],
  ['monthly 31', '2026-11-01 00:00', '2026-11-29 12:00', false],
  ['monthly 31', '2026-11-01 00:00', '2026-11-30 00:00', true],
  ['monthly 15', '2026-10-15 00:00', '2026-11-14 12:00', false],
  ['yearly', '2026-01-01 00:00', '2026-12-31 23:59', false],
  ['yearly', '2026-12-31 23:59', '2027-01-01 00:00', true],
];

for (const [policy, last, now, due] of table) {
  test(`${policy}, last rotated ${last}: ${due ? 'due' : 'not due'} at ${now}`, () => {
    const found = ask(policy, { last, now });
    assert.equal(found.due, due, found.why.text);
    assert.match(found.why.text, due ? /^[a-z0-9 ]+: last rotated [A-Z]/ : /last rotated .*, next /);
  });
}

const criteria = [
  'hourly',
  'minutes 90',
  'daily',
  'weekly',
  'weekly 3',
  'weekly 7',
  'monthly',
  'monthly 10',
  'monthly 31',
  'yearly',
];
const zones = ['Europe/Berlin', 'America/Havana', 'Australia/Lord_Howe', 'Asia/Kolkata', 'Pacific/Apia'];

for (const policy of criteria) {
  test(`${policy} is due at the moment that it names as next, and not a moment before`, () => {
    for (const zone of zones) {
      for (let step = 0; step < 40; step += 1) {
        const last = at('2026-01-03 00:20', zone) + step * 9.37 * day;
        const now = last + (step % 3) * 0.2 * hour + minute;
        const found = ask(policy, { last, now, zone });
        if (found.due) continue;
        const { next } = found;
        assert.ok(next !== null && next > now, `${zone} ${new Date(last).toISOString()}`);
        assert.equal(
          ask(policy, { last, now: next, zone }).due,
          true,
          `${zone} due ${new Date(next).toISOString()}, last ${new Date(last).toISOString()}`,
        );
        assert.equal(
          ask(policy, { last, now: next - 1000, zone }).due,
          false,
          `${zone} early ${new Date(next).toISOString()}`,
        );
      }
    }
  });
}

test('a spring day of 23 hours is a whole day, so that weekly 7 is not a day late', () => {
  assert.equal(ask('weekly 7', { last: '2026-03-23 10:00', now: '2026-03-30 00:30' }).due, true);
});

test('in a doubled hour nothing is rotated twice', () => {
  const first = at('2026-10-25 01:59:59') + minute;
  assert.equal(ask('hourly', { last: first, now: first + hour }).due, false);
  assert.equal(ask('hourly', { last: first, now: first + 2 * hour }).due, true);
});

test('in the same minute time makes nothing due', () => {
  assert.equal(ask('daily', { last: '2026-11-22 23:59:58', now: '2026-11-22 23:59:59' }).due, false);
});

test('a clock that was set back by less than 25 hours follows the table, by more it is due and said', () => {
  const near = ask('daily', { last: '2026-11-22 20:00', now: '2026-11-22 08:00' });
  assert.equal(near.due, false);
  assert.equal(near.warning, null);
  const far = ask('yearly', { last: '2026-11-25 20:00', now: '2026-11-22 08:00' });
  assert.equal(far.due, true);
  assert.match(
    far.warning ?? '',
    /a\.log: last rotated Wed 25 Nov 2026 20:00, which is 3 d 12 h in the future/,
  );
});

test('a log at exactly its size is due, one byte under it is not', () => {
  const due = ask('size 64M', { log: { live: 64 * MiB } });
  assert.equal(due.due, true);
  assert.equal(due.why.text, '64.0 MiB is at least 64.0 MiB');
  assert.equal(due.why.directive, 'size');
  assert.equal(due.why.at?.line, 2);
  const under = ask('size 64M', { log: { live: 64 * MiB - 1 } });
  assert.equal(under.due, false);
  assert.equal(under.next, null);
});

test('size counts at first sight, time does not', () => {
  assert.equal(ask('size 1M', { last: null }).due, true);
  assert.equal(ask('daily\nmaxsize 1M', { last: null }).due, true);
  for (const criterion of criteria) {
    const found = ask(criterion, { last: null });
    assert.equal(found.due, false);
    assert.match(found.why.text, /seen for the first time/);
    assert.ok(found.next !== null);
  }
});

test('maxsize makes due whatever the time, and minsize, minage and size do not stand in its way', () => {
  const last = '2026-11-22 08:00';
  const over = ask('daily\nmaxsize 1M\nminsize 100M\nminage 5', { last, log: { live: MiB + 1 } });
  assert.equal(over.due, true);
  assert.equal(over.why.directive, 'maxsize');
  assert.equal(ask('daily\nmaxsize 1M', { last, log: { live: MiB } }).due, false);
});

test('minsize and minage stand in the way of time', () => {
  const last = '2026-11-20 08:00';
  const small = ask('daily\nminsize 1M', { last, log: { live: 12 * KiB } });
  assert.equal(small.due, false);
  assert.equal(small.why.text, 'time is up, but 12.0 KiB is under minsize 1.00 MiB');
  assert.equal(ask('daily\nminsize 1M', { last, log: { live: MiB } }).due, true);
  const now = at('2026-11-22 08:30');
  const young = ask('daily\nminage 2', { last, now, log: { modified: now - 2 * day } });
  assert.equal(young.due, false);
  assert.equal(young.why.directive, 'minage');
  assert.equal(
    ask('daily\nminage 2', { last, now: young.next ?? 0, log: { modified: now - 2 * day } }).due,
    true,
  );
});

test('minsize and minage mean nothing beside size', () => {
  assert.equal(ask('size 1k\nminsize 100M\nminage 9', { log: { live: 2 * KiB } }).due, true);
});

test('the blocks that a collapse left are nothing until something is added', () => {
  const emptied = aLogSet({ live: 5 * KiB, policy: 'size 4k\nnotifempty\nrotate 7\ncopytruncate' });
  const last = aState(at('2026-11-22 08:00'), emptied);
  const file = lastingId(emptied.live?.id ?? '');
  const dueWith = (left: number): boolean =>
    dueOf(emptied, { ...last, archived: new Map([[file, left]]) }, aMoment({})).due;
  assert.ok(!dueWith(5 * KiB));
  assert.ok(dueWith(5 * KiB - 1));
  assert.ok(dueWith(8 * KiB), 'it was begun anew');
  const daily = aLogSet({ live: 5 * KiB, policy: 'daily\nnotifempty\nrotate 7\ncopytruncate' });
  const yesterday = { ...aState(at('2026-11-21 08:00'), daily), archived: new Map([[file, 5 * KiB]]) };
  assert.equal(dueOf(daily, yesterday, aMoment({})).why.text, 'nothing was added since its last rotation');
});

test('force makes due what is not, but never an empty log with notifempty', () => {
  const last = '2026-11-22 08:29';
  assert.equal(ask('daily\nminsize 9G', { last, forced: true }).due, true);
  const empty = ask('daily\nnotifempty', { last, forced: true, log: { live: 0 } });
  assert.equal(empty.due, false);
  assert.equal(empty.why.text, 'it is empty');
  assert.equal(ask('daily', { last: '2026-11-20 08:00', log: { live: 0 } }).due, true);
});

test('with a schedule, time is looked at on its ticks, and a missed tick is caught up once', () => {
  const policy = 'daily';
  const scheduled = (last: string, now: string) => {
    const logSet = aLogSet({ policy: `${policy}\nrotate 7` });
    const settings = { ...logSet.policy.settings, schedule: '0 3 * * *' };
    const one = { ...logSet, policy: { ...logSet.policy, settings } };
    return inWords(one, aState(at(last), one), aMoment({ at: at(now) }));
  };
  assert.equal(scheduled('2026-11-21 03:00:02', '2026-11-22 02:59').due, false);
  assert.equal(scheduled('2026-11-21 03:00:02', '2026-11-22 02:59').next, at('2026-11-22 03:00'));
  assert.equal(scheduled('2026-11-21 03:00:02', '2026-11-22 03:00').due, true);
  assert.equal(scheduled('2026-11-19 03:00:02', '2026-11-22 02:00').due, true);
  assert.equal(scheduled('2026-11-22 02:00', '2026-11-22 02:30').due, false);
  assert.equal(scheduled('2026-11-22 03:00:01', '2026-11-22 23:30').next, at('2026-11-23 03:00'));
});
