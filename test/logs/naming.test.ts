// Names of generations, written and read back; and which of a folder's names belong to which log.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Mark } from '../../src/logs/log-set.ts';
import { folderOfGenerations, mayRead, namingOf, readingsOf, shapeOf } from '../../src/logs/naming.ts';
import { at, day, zone } from '../rig/build.ts';
import { aPolicy } from '../rig/policy.ts';

function naming(body: string, log = '/var/log/app.log', dialect: 'logmill' | 'logrotate' = 'logmill') {
  return namingOf(aPolicy(`${body}\nrotate 7`, { dialect }), log, zone);
}

/** `1 gzip`, `-20261122 plain 2`: a mark, a codec, and again. */
function said(read: ReturnType<ReturnType<typeof naming>['read']>): string | null {
  if (read === null) return null;
  const { mark, codec } = read;
  if (mark.by === 'number') return `${mark.number} ${codec ?? 'plain'}`;
  return `${mark.text} ${codec ?? 'plain'}${mark.again > 1 ? ` ${mark.again}` : ''}`;
}

const read: readonly (readonly [policy: string, log: string, name: string, expected: string | null])[] = [
  ['daily', 'app.log', 'app.log.1', '1 plain'],
  ['daily', 'app.log', 'app.log.0', '0 plain'],
  ['daily', 'app.log', 'app.log.12.gz', '12 gzip'],
  ['daily', 'app.log', 'app.log.12.zst', '12 zstd'],
  ['daily', 'app.log', 'app.log.12.br', '12 brotli'],
  ['daily', 'app.log', 'app.log.12.bz2', '12 foreign'],
  ['daily', 'app.log', 'app.log.12.xz', '12 foreign'],
  ['daily', 'app.log', 'app.log.12.Z', '12 foreign'],
  ['daily', 'app.log', 'app.log.12.lz4', '12 foreign'],
  ['daily', 'app.log', 'app.log.12.zip', '12 foreign'],
  ['daily', 'app.log', 'app.log.01', null],
  ['daily', 'app.log', 'app.log', null],
  ['daily', 'app.log', 'app.log.gz', null],
  ['daily', 'app.log', 'app.log.old', null],
  ['daily', 'app.log', 'app.log.1.tmp', null],
  ['daily', 'app.log', 'app.log.1.gz.1', null],
  ['daily', 'app.log', 'xapp.log.1', null],
  ['daily', 'app.log', 'app.log2.1', null],
  ['daily', 'app.log', 'app.log.20261122', null],
  ['daily', 'app.log', 'app.log-20261122', '-20261122 plain'],
  ['daily', 'app.log', 'app.log-20261122.zst', '-20261122 zstd'],
  ['daily', 'app.log', 'app.log-2026112208.gz', '-2026112208 gzip'],
  ['daily', 'app.log', 'app.log-202611220815', '-202611220815 plain'],
  ['daily', 'app.log', 'app.log-20261322', null],
  ['daily', 'app.log', 'app.log-20260231', null],
  ['daily', 'app.log', 'app.log-99999999', null],
  ['daily', 'app.log', 'app.log-2026-W47.zst', '-2026-W47 zstd'],
  ['daily', 'app.log', 'app.log-2026-11.gz', '-2026-11 gzip'],
  ['daily', 'app.log', 'app.log-2026-11-22.2.zst', '-2026-11-22 zstd 2'],
  ['daily', 'app.log', 'app.log-2026-W54.zst', null],
  ['daily', 'app.log', 'app.log-2026-13.zst', null],
  ['daily\nextension .log', 'app.log', 'app-2026-W47.log.zst', '-2026-W47 zstd'],
  ['daily\ncompact weekly\ncompress', 'app.log', 'app.log-2026-W01.zst', '-2026-W01 zstd'],
  ['daily', 'app-out.log', 'app-out__2026-01-01_00-00-00.log', '__2026-01-01_00-00-00 plain'],
  ['daily', 'app-out.log', 'app-out__2026-01-01_00-00-00.log.gz', '__2026-01-01_00-00-00 gzip'],
  ['daily', 'app-out.log', 'app-out__2026-02-31_00-00-00.log', null],
  ['daily', 'c-json.log', 'c-json.log.1', '1 plain'],
  ['daily\ndateext', 'app.log', 'app.log-20261122', '-20261122 plain'],
  ['daily\ndateext', 'app.log', 'app.log-20261122.2.gz', '-20261122 gzip 2'],
  ['daily\ndateext', 'app.log', 'app.log-20261122.10', '-20261122 plain 10'],
  ['daily\ndateext', 'app.log', 'app.log-20261122.1', null],
  ['daily\ndateext', 'app.log', 'app.log.3.gz', '3 gzip'],
  ['daily\ndateext\ndateformat .%Y-%m-%d', 'app.log', 'app.log.2026-11-22', '.2026-11-22 plain'],
  ['daily\ndateext\ndateformat .%Y%m%d', 'app.log', 'app.log.20261122.gz', '.20261122 gzip'],
  ['daily\ndateext\ndateformat .%s', 'app.log', 'app.log.1795332605', '.1795332605 plain'],
  ['daily\nextension .log', 'app.log', 'app.1.log', '1 plain'],
  ['daily\nextension .log', 'app.log', 'app.1.log.gz', '1 gzip'],
  ['daily\nextension .log', 'app.log', 'app.log.1', '1 plain'],
  ['daily\nextension .log', 'app.txt', 'app.txt.1', '1 plain'],
  ['daily\ndateext\nextension .log', 'app.log', 'app-20261122.log.zst', '-20261122 zstd'],
  ['daily\naddextension .bak', 'app.log', 'app.log.1.bak', '1 plain'],
  ['daily\naddextension .bak', 'app.log', 'app.log.1.bak.gz', '1 gzip'],
  ['daily', 'a[1]*.log', 'a[1]*.log.1', '1 plain'],
  ['daily', 'a[1]*.log', 'a1x.log.1', null],
  ['daily\ndateext', 'a(b)+.log', 'a(b)+.log-20261122', '-20261122 plain'],
];

for (const [policy, log, name, expected] of read) {
  test(`${name} of ${log} under '${policy.replaceAll('\n', ', ')}' reads as ${expected ?? 'nothing'}`, () => {
    assert.equal(said(naming(policy, `/var/log/${log}`).read(name)), expected);
  });
}

const door: readonly (readonly [policy: string, name: string, expected: string | null])[] = [
  ['daily\ncompress', 'app.log.1.gz', '1 gzip'],
  ['daily\ncompress', 'app.log.1', '1 plain'],
  ['daily\ncompress', 'app.log.1.zst', null],
  ['daily', 'app.log.1.gz', null],
  ['daily\ncompress', 'app.log-20261122.gz', null],
  ['daily\ndateext\ncompress', 'app.log-20261122.gz', '-20261122 gzip'],
  ['daily\ndateext\ncompress', 'app.log-99999999.gz', '-99999999 gzip'],
  ['daily\ndateext\ncompress', 'app.log-20261122.2.gz', null],
  ['daily\ndateext\ncompress', 'app.log.1.gz', null],
];

for (const [policy, name, expected] of door) {
  test(`the door reads ${name} under '${policy.replaceAll('\n', ', ')}' as ${expected ?? 'nothing of its own'}`, () => {
    assert.equal(said(naming(policy, '/var/log/app.log', 'logrotate').read(name)), expected);
  });
}

test('the date in a name is a moment in the zone of the observation', () => {
  const mark = naming('daily\ndateext').read('app.log-20261122')?.mark;
  assert.equal(mark?.by === 'date' && mark.at, at('2026-11-22'));
  const seconds = naming('daily\ndateext\ndateformat -%s').read('app.log-1795332605')?.mark;
  assert.equal(seconds?.by === 'date' && seconds.at, 1_795_332_605_000);
  const offset = naming('daily\ndateext\ndateformat -%Y%m%d%H%M%z').read('app.log-202611221200-0330')?.mark;
  assert.equal(offset?.by === 'date' && offset.at, Date.UTC(2026, 10, 22, 15, 30));
});

const dates: readonly (readonly [policy: string, when: string, name: string])[] = [
  ['daily\ndateext', '2026-11-22 08:30', 'app.log-20261122'],
  ['hourly\ndateext', '2026-11-22 08:30', 'app.log-2026112208'],
  ['minutes 5\ndateext', '2026-11-22 08:30', 'app.log-202611220830'],
  ['daily\ndateext\ndateyesterday', '2026-11-22 08:30', 'app.log-20261121'],
  ['daily\ndateext\ndateyesterday', '2026-03-01 00:10', 'app.log-20260228'],
  ['hourly\ndateext\ndateyesterday', '2026-11-22 08:30', 'app.log-2026112112'],
  ['minutes 5\ndateext\ndateyesterday', '2026-11-22 08:30', 'app.log-202611211230'],
  ['minutes 5\ndateext\ndateyesterday\ndatehourago', '2026-11-01 08:30', 'app.log-202610311130'],
  ['hourly\ndateext\ndatehourago', '2026-11-22 00:30', 'app.log-2026112123'],
  ['daily\ndateext\ndateformat _%G-W%V', '2027-01-02 08:30', 'app.log_2026-W53'],
  ['daily\ndateext\ndateformat -%b%Y%m%d', '2026-11-22 08:30', 'app.log-%b20261122'],
];

for (const [policy, when, name] of dates) {
  test(`'${policy.replaceAll('\n', ', ')}' at ${when} names ${name}`, () => {
    const names = naming(policy);
    assert.equal(names.write(names.markAt(at(when)), ''), name);
  });
}

const bodies = [
  'daily',
  'daily\nstart 0',
  'daily\nextension .log',
  'daily\naddextension .bak',
  'daily\ndateext',
  'hourly\ndateext\nextension .log',
  'daily\ndateext\ndateformat .%Y-%m-%d_%H%M%S',
  'daily\ndateext\ndateformat -%s',
  'daily\ndateext\ndateformat -%Y%j',
  'daily\ndateext\ndateformat -%G%V%u',
  'daily\ndateext\ndateformat -%y%U%w',
  'daily\ndateext\ndateformat -%Y%W%u',
  'daily\ndateext\ndateformat -%Y%m%d%H%z',
];

test('what is written is read back as it was, for every scheme, codec and name', () => {
  const extensions = ['', '.gz', '.zst', '.br', '.xz'];
  const name = fc.oneof(
    fc.string({ unit: 'grapheme', minLength: 1, maxLength: 12 }),
    fc.constantFrom('app.log', 'a[0-9]*.log', 'x.1', 'x-20260101', 'ü.log', '\udcff.log', 'log.gz', '.bak'),
  );
  const moment = fc.integer({ min: at('2001-09-10'), max: at('2068-01-01') });
  fc.assert(
    fc.property(
      fc.constantFrom(...bodies),
      name,
      moment,
      fc.integer({ min: 1, max: 99 }),
      fc.constantFrom(...extensions),
      (body, log, when, number, extension) => {
        fc.pre(!log.includes('/') && !log.includes('\0'));
        const names = naming(body, `/d/${log}`);
        const first = names.markAt(when);
        const mark: Mark = first.by === 'number' ? { by: 'number', number } : { ...first, again: number };
        const back = names.read(names.write(mark, extension));
        assert.deepEqual(back?.mark, mark);
        assert.equal(back?.extension, extension);
      },
    ),
    { seed: 20_261_122, numRuns: 600 },
  );
});

test("the moment read from a date is that of the rotation, to the format's grain", () => {
  const grains: Readonly<Record<string, number>> = {
    '-%Y%m%d': day,
    '-%Y%j': day,
    '-%G%V%u': day,
    '-%y%U%w': day,
    '-%Y%W%u': day,
    '-%s': 1000,
  };
  fc.assert(
    fc.property(
      fc.constantFrom(...Object.keys(grains)),
      fc.integer({ min: at('2001-09-10'), max: at('2068-01-01') }),
      (format, when) => {
        const mark = naming(`daily\ndateext\ndateformat ${format}`).markAt(when);
        const read = mark.by === 'date' ? mark.at : null;
        assert.ok(
          read !== null && read <= when && when - read < (grains[format] ?? 0) + 3_600_000,
          `${format} ${new Date(when).toISOString()}`,
        );
      },
    ),
    { seed: 20_261_122, numRuns: 400 },
  );
});

test('olddir is relative to each log, or a path of its own', () => {
  const folder = (body: string) =>
    folderOfGenerations(aPolicy(`daily\nrotate 1\n${body}`).settings, '/var/log/app/a.log');
  assert.equal(folder(''), '/var/log/app');
  assert.equal(folder('olddir old'), '/var/log/app/old');
  assert.equal(folder('olddir ./old'), '/var/log/app/old');
  assert.equal(folder('olddir /srv/old'), '/srv/old');
});

test('whether a name may be read at all is never denied to one that can be', () => {
  const bodies = [
    'daily',
    'daily\nextension .log',
    'daily\naddextension .log',
    'daily\ncompress\ncompressext .old',
    'daily\ndateext',
    'daily\ndateext\ndateformat -%Y%m%d.bak',
    'daily\ndateext\ndateformat .%s\nextension .txt',
  ];
  const ends = [
    '',
    '.1',
    '.0',
    '-20261122',
    '.1795800000',
    '-20261122.bak',
    '-20261122.2',
    '__2026-11-22_08-30-00',
  ];
  for (const [body, dialect] of bodies.flatMap(one => [
    [one, 'logmill'] as const,
    [one, 'logrotate'] as const,
  ])) {
    const shape = shapeOf(aPolicy(`${body}\nrotate 7`, { dialect }));
    for (const end of ends)
      for (const ext of ['', '.log', '.txt', '.bak'])
        for (const packing of ['', '.gz', '.zst', '.old', '.xz']) {
          const name = `app${end}${ext}${packing}`;
          assert.ok(
            mayRead(name, shape) || readingsOf(name, shape, zone).length === 0,
            `${name} under ${body}`,
          );
        }
    assert.equal(mayRead('app.log', shape), body.includes('.bak'), `app.log under ${body}`);
  }
});
