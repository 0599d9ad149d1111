import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  daysBetween,
  epochOf,
  isZone,
  localTime,
  type Period,
  startOfNext,
  strftime,
} from '../../src/units/calendar.ts';

const CET = 'CET-1CEST,M3.5.0,M10.5.0/3';
const utc = (text: string) => Date.parse(text);

test('a zone is an IANA name or a POSIX rule, as TZ may hold it', () => {
  const yes = [
    '',
    ':',
    'UTC',
    'UTC0',
    'Europe/Berlin',
    ':Europe/Berlin',
    '/usr/share/zoneinfo/Asia/Tokyo',
    CET,
  ];
  yes.push(
    `:${CET}`,
    'EST5EDT',
    'EST5',
    '<+03>-3',
    '<-0330>+3:30',
    'XXX3EDT4,0/0,J365/23',
    'IST-1GMT0,M10.5.0,M3.5.0/1',
  );
  for (const text of yes) assert.equal(isZone(text), true, `'${text}'`);
  const no = [
    'Foo',
    'Mars/Olympus',
    '+03:00',
    'AB3',
    'A+3',
    'CET-25',
    'CET-1CEST,M3.5.0',
    'CET-1CEST,M13.5.0,M1.1.0',
  ];
  no.push(
    'CET-1CEST,M3.6.0,M10.5.0',
    'CET-1CEST,J0,J10',
    'CET-1CEST,366,10',
    '<+03-3',
    'CET-1CEST,M3.5.0/168,M10.5.0',
  );
  for (const text of no) assert.equal(isZone(text), false, `'${text}'`);
});

test('a text that is no zone is refused, never taken for UTC', () => {
  assert.throws(() => localTime(0, 'Mars/Olympus'), RangeError);
});

test('local time is that of the zone', () => {
  const cases: readonly [string, string, string][] = [
    ['2026-03-29T00:59:59.999Z', CET, '2026-03-29 01:59:59 +0100'],
    ['2026-03-29T01:00:00Z', CET, '2026-03-29 03:00:00 +0200'],
    ['2026-10-25T00:59:59Z', 'Europe/Berlin', '2026-10-25 02:59:59 +0200'],
    ['2026-10-25T01:00:00Z', 'Europe/Berlin', '2026-10-25 02:00:00 +0100'],
    ['2026-01-01T00:00:00Z', '<+03>-3', '2026-01-01 03:00:00 +0300'],
    ['2026-01-01T00:00:00Z', '<-0330>+3:30', '2025-12-31 20:30:00 -0330'],
    ['2026-01-01T00:00:00Z', '', '2026-01-01 00:00:00 +0000'],
    ['2026-07-01T00:00:00Z', 'Asia/Kolkata', '2026-07-01 05:30:00 +0530'],
    ['2026-07-01T00:00:00Z', 'IST-1GMT0,M10.5.0,M3.5.0/1', '2026-07-01 01:00:00 +0100'],
    ['2026-01-15T12:00:00Z', 'XXX3EDT4,0/0,J365/23', '2026-01-15 08:00:00 -0400'],
    ['1969-12-31T23:59:59.5Z', 'UTC', '1969-12-31 23:59:59 +0000'],
  ];
  for (const [at, zone, expected] of cases) {
    assert.equal(strftime(utc(at), zone, '%Y-%m-%d %H:%M:%S %z'), expected, `${at} in '${zone}'`);
  }
});

test('the moment of a local time: the later reading of a doubled hour, the first that exists in a gap', () => {
  const cases: readonly [[number, number, number, number?, number?], string, string][] = [
    [[2026, 7, 1, 12, 0], 'Europe/Berlin', '2026-07-01T10:00:00Z'],
    [[2026, 10, 25, 2, 30], 'Europe/Berlin', '2026-10-25T01:30:00Z'],
    [[2026, 10, 25, 2, 30], CET, '2026-10-25T01:30:00Z'],
    [[2026, 3, 29, 2, 30], 'Europe/Berlin', '2026-03-29T01:00:00Z'],
    [[2026, 3, 29, 2, 30], CET, '2026-03-29T01:00:00Z'],
    [[2021, 3, 28], 'Asia/Beirut', '2021-03-27T22:00:00Z'],
    [[2011, 12, 30], 'Pacific/Apia', '2011-12-30T10:00:00Z'],
    [[2026, 4, 5, 1, 45], 'Australia/Lord_Howe', '2026-04-04T15:15:00Z'],
    [[2026, 3, 0], 'UTC', '2026-02-28T00:00:00Z'],
    [[2026, 13, 1], 'UTC', '2027-01-01T00:00:00Z'],
    [[50, 1, 1], 'UTC', '0050-01-01T00:00:00Z'],
  ];
  for (const [[year, month, day, hour = 0, minute = 0], zone, expected] of cases) {
    const at = epochOf({ year, month, day, hour, minute }, zone);
    assert.equal(
      new Date(at).toISOString(),
      new Date(expected).toISOString(),
      `${year}-${month}-${day} in ${zone}`,
    );
  }
});

test('days between are local midnights, whatever the clocks did', () => {
  const berlin = 'Europe/Berlin';
  const at = (day: number, hour: number) => epochOf({ year: 2026, month: 3, day, hour }, berlin);
  assert.equal(daysBetween(at(28, 0), at(30, 0), berlin), 2);
  assert.equal(daysBetween(at(28, 23), at(29, 0), berlin), 1);
  assert.equal(daysBetween(at(29, 0), at(29, 23), berlin), 0);
  assert.equal(daysBetween(at(30, 0), at(23, 0), berlin), -7);
});

test('the next hour, day, month and year begin where the clock says so', () => {
  const cases: readonly [Period, string, string, string][] = [
    ['hour', '2026-06-01T10:15:00Z', 'UTC', '2026-06-01T11:00:00Z'],
    ['hour', '2026-06-01T11:00:00Z', 'UTC', '2026-06-01T12:00:00Z'],
    ['hour', '2026-03-29T00:30:00Z', 'Europe/Berlin', '2026-03-29T01:00:00Z'],
    // Both readings of 02:xx are one hour for a rotation.
    ['hour', '2026-10-25T00:30:00Z', 'Europe/Berlin', '2026-10-25T02:00:00Z'],
    ['day', '2021-03-27T12:00:00Z', 'Asia/Beirut', '2021-03-27T22:00:00Z'],
    ['day', '2026-12-31T23:30:00Z', 'Europe/Berlin', '2027-01-01T23:00:00Z'],
    ['month', '2026-01-31T12:00:00Z', 'UTC', '2026-02-01T00:00:00Z'],
    ['month', '2026-12-31T12:00:00Z', CET, '2026-12-31T23:00:00Z'],
    ['year', '2026-02-03T12:00:00Z', 'EST5EDT', '2027-01-01T05:00:00Z'],
  ];
  for (const [period, at, zone, expected] of cases) {
    const next = startOfNext(period, utc(at), zone);
    assert.equal(
      new Date(next).toISOString(),
      new Date(expected).toISOString(),
      `${period} after ${at} in ${zone}`,
    );
  }
});

test("logrotate's specifiers are expanded and any other per cent sign is literal", () => {
  const at = utc('2027-01-03T04:05:06.789Z');
  const cases: readonly [string, string][] = [
    ['-%Y%m%d', '-20270103'],
    ['%H.%M.%S', '04.05.06'],
    ['%G %g %V %U %W %u %w', '2026 26 53 01 00 7 0'],
    ['%y %j %s %z', '27 003 1798949106 +0000'],
    ['%b %B %e %F %T %% %-d %5Y %n', '%b %B %e %F %T %% %-d %5Y %n'],
    ['%%Y', '%2027'],
    ['100%', '100%'],
    ['', ''],
  ];
  for (const [format, expected] of cases) assert.equal(strftime(at, 'UTC', format), expected, format);
});

const zones = [
  'UTC',
  'Europe/Berlin',
  'America/New_York',
  'Asia/Beirut',
  'Australia/Lord_Howe',
  'Africa/Casablanca',
];
zones.push(
  'Pacific/Apia',
  CET,
  '<+03>-3',
  'AEST-10AEDT,M10.1.0,M4.1.0/3',
  'ABC5:30:15DEF,J60/1,300',
  '<-02>2<-01>,M3.5.0/-1,M10.5.0/0',
);

const someMoment = fc.integer({ min: utc('1980-01-01'), max: utc('2036-12-31') });

test('a local time leads back to its moment or to its later reading', () => {
  fc.assert(
    fc.property(someMoment, fc.constantFrom(...zones), (moment, zone) => {
      const at = Math.floor(moment / 1000) * 1000;
      const local = localTime(at, zone);
      const back = epochOf(local, zone);
      assert.ok(back >= at);
      assert.deepEqual(localTime(back, zone), local);
    }),
  );
});

test('the next period begins after the moment and within its length', () => {
  fc.assert(
    fc.property(someMoment, fc.constantFrom(...zones), (at, zone) => {
      const next = startOfNext('day', at, zone);
      assert.ok(next > at && next - at <= 49 * 3_600_000);
      assert.equal(daysBetween(at, next, zone) >= 1, true);
      assert.equal(daysBetween(at, next - 1, zone), 0);
    }),
  );
});

const probe = spawnSync('date', ['-f', '-', '+%Y'], {
  input: '@0\n',
  env: { TZ: 'UTC', PATH: process.env.PATH },
});
const isGnu = probe.status === 0 && probe.stdout.toString() === '1970\n';

test('date(1) shows the same for random moments in every kind of zone', {
  skip: isGnu ? false : 'no GNU date',
}, () => {
  const format = '%Y %m %d %H %M %S %G %V %U %W %u %w %y %g %j %s %z';
  // Up to 2023 only: of later years the machine's zone data and Node's may know different laws.
  const past = fc.noBias(fc.integer({ min: utc('1980-01-01'), max: utc('2023-12-31') }));
  for (const zone of zones) {
    const moments = [...fc.sample(past, { numRuns: 60, seed: 7 }), ...aroundChanges(zone)];
    const input = moments.map(at => `@${Math.floor(at / 1000)}\n`).join('');
    const date = spawnSync('date', ['-f', '-', `+${format}`], {
      input,
      env: { TZ: zone, PATH: process.env.PATH },
    });
    assert.equal(date.status, 0, date.stderr.toString());
    const lines = date.stdout.toString().split('\n');
    for (const [index, at] of moments.entries()) assert.equal(strftime(at, zone, format), lines[index], zone);
  }
});

/** The seconds on both sides of every change of clocks in 2021, found by looking at each half hour. */
function aroundChanges(zone: string): number[] {
  const found: number[] = [];
  for (let at = utc('2021-01-01'); at < utc('2022-01-01'); at += 1_800_000) {
    if (strftime(at, zone, '%z') !== strftime(at - 1000, zone, '%z')) found.push(at - 1000, at, at + 1000);
  }
  return found;
}
