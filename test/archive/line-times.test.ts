// Times as programs write them into their lines.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LineTimes } from '../../src/archive/line-times.ts';
import { writtenFormat } from '../../src/archive/written-format.ts';

const near = Date.parse('2026-11-23T00:00:00Z');
const at = Date.parse('2026-11-22T08:30:05Z');
/** In Vienna, where no zone is written. */
const local = at - 3_600_000;

function timeOf(line: string, more: { near?: number; format?: string } = {}): number | null {
  const format = more.format === undefined ? null : writtenFormat(more.format);
  const times = new LineTimes({ zone: 'Europe/Vienna', near: more.near ?? near, format });
  const bytes = Buffer.from(line, 'latin1');
  return times.of(bytes, 0, bytes.length);
}

const lines: readonly (readonly [line: string, at: number | null])[] = [
  ['2026-11-22T08:30:05Z up', at],
  ['2026-11-22T08:30:05.250Z up', at + 250],
  ['2026-11-22 08:30:05,250 INFO [a.b] up', local + 250],
  ['2026-11-22 08:30:05.250123456 up', local + 250.123456],
  ['[2026-11-22T09:30:05+01:00] up', at],
  ['2026-11-22 09:30:05 +0100 up', at],
  ['2026-11-22T09:30:05+01 up', at],
  ['2026-11-22 08:30:05 -12 apples', local],
  ['2026/11/22 08:30:05 [error] 12#12: *1 open() failed', local],
  ['INFO  2026-11-22 08:30 up', local - 5000],
  ['20261122T083005Z up', at],
  ['Nov 22 08:30:05 host sshd[12]: up', local],
  ['Nov  2 08:30:05 host sshd[12]: up', local - 20 * 86_400_000],
  ['<34>Nov 22 08:30:05 host up', local],
  ['[Sun Nov 22 08:30:05.500000 2026] [core:error] up', local + 500],
  ['1.2.3.4 - - [22/Nov/2026:09:30:05 +0100] "GET / HTTP/1.1" 200 1', at],
  ['22-Nov-2026 08:30:05 up', local],
  ['I1122 08:30:05.250000  1 main.go:1] up', local + 250],
  ['1795336205 up', at],
  ['1795336205.5 up', at + 500],
  ['[1795336205250] up', at + 250],
  ['{"level":30,"time":1795336205250,"msg":"up"}', at + 250],
  ['{"msg":"due 2020-01-01T00:00:00Z","time":"2026-11-22T08:30:05Z"}', at],
  ['{"@timestamp":"2026-11-22T09:30:05+01:00","msg":"up"}', at],
  ['ts=1795336205.25 level=info msg=up', at + 250],
  ['time="2026-11-22T08:30:05Z" level=info', at],
  ['    at Object.<anonymous> (/srv/app.js:12:3)', null],
  ['', null],
  ['2026-13-41 99:99:99 no', null],
  ['order 1795336205 filled', null],
];

for (const [line, expected] of lines) {
  test(`${expected === null ? 'no time stands' : 'the time is found'} in: ${line}`, () => {
    const found = timeOf(line);
    assert.equal(
      found === null ? null : Math.round(found * 1e6),
      expected === null ? null : Math.round(expected * 1e6),
    );
  });
}

test('a year that is not written is the one in which the generation was rotated, or the one before', () => {
  const january = Date.parse('2027-01-03T00:00:00Z');
  assert.equal(timeOf('Jan  2 08:30:05 up', { near: january }), Date.parse('2027-01-02T07:30:05Z'));
  assert.equal(timeOf('Dec 31 08:30:05 up', { near: january }), Date.parse('2026-12-31T07:30:05Z'));
});

test('formats of one own are written as for date(1)', () => {
  for (const [format, line, expected] of [
    ['%d.%m.%Y %H:%M:%S', '22.11.2026 08:30:05 up', local],
    ['%d.%m.%y %T.%L', 'x 22.11.26 08:30:05.250 up', local + 250],
    ['%b %e %I:%M:%S %p %Y', 'Nov 22 08:30:05 PM 2026', local + 12 * 3_600_000],
    ['%Y%j%H%M%S%z', '2026326083005+0000', at],
    ['%s', 'at 1795336205', at],
    ['%d%%%m %H:%M', '22%11 08:30', local - 5000],
  ] as const) {
    assert.equal(timeOf(line, { format }), expected, format);
  }
  for (const format of ['%Q', '%H:%M', 'plain', '%']) assert.equal(writtenFormat(format), null, format);
});

test('a date in a message is not taken for the time of a line, once the form is known', () => {
  const text = Buffer.from(
    '2026-11-22T08:30:05Z up\n    and a continued line that speaks of the 2020-01-01T00:00:00Z\n',
  );
  const times = new LineTimes({ zone: 'UTC', near, format: null });
  times.learn(text);
  assert.equal(times.of(text, 0, 23), at);
  assert.equal(times.of(text, 24, text.length - 1), null);
});

test('a program that begins to write its time otherwise is followed', () => {
  const before = '2026-11-22T08:30:05Z up\n';
  const after = 'Nov 22 08:30:05 host up\n';
  const text = Buffer.from(before.repeat(3) + after.repeat(200));
  const times = new LineTimes({ zone: 'UTC', near, format: null });
  times.learn(text.subarray(0, before.length * 3));
  let found: number | null = null;
  for (let from = 0; from < text.length; from += 24) found = times.of(text, from, from + 23);
  assert.equal(found, at);
});
