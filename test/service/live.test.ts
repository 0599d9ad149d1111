import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { PassThrough } from 'node:stream';
import { test } from 'node:test';
import { stripVTControlCharacters } from 'node:util';
import stringWidth from 'string-width';
import { bar, countdown, moment, sparkline } from '../../src/service/bars.ts';
import { type LiveLook, type LiveModel, renderLive, showLive } from '../../src/service/live.ts';
import type { LogStatus } from '../../src/service/status.ts';
import { until } from './rig.ts';

const MiB = 1024 * 1024;
const now = Date.UTC(2026, 10, 22, 7, 30, 5);
const look: LiveLook = { width: 100, height: 24, colour: false, unicode: true, keys: true };

const aLog = (path: string, more: Partial<LogStatus>): LogStatus => ({
  path,
  policy: 'nginx',
  size: 0,
  limit: 1024 * MiB,
  share: 0,
  growth: 0,
  hour: null,
  next: null,
  last: null,
  obstacle: null,
  ...more,
});

const model: LiveModel = {
  zone: 'Europe/Berlin',
  started: now - 6 * 86_400_000 - 2 * 3_600_000,
  address: 'http://127.0.0.1:9099',
  notice: null,
  status: {
    at: now,
    state: 'idle',
    since: now,
    folders: 9,
    policies: { since: now - 18 * 60_000, good: true },
    lastRound: now,
    failures: 0,
    logs: [
      aLog('/var/log/nginx/access.log', {
        size: 952 * MiB,
        share: 0.93,
        growth: 2.61 * MiB,
        hour: [3, 4, 5, 6, 8, 6, 7, 6, 8, 8, 7, 8],
        next: { at: now + 28_000, by: 'size' },
      }),
      aLog('/srv/api/app.log', {
        size: 821 * MiB,
        share: 0.41,
        growth: 1.9 * MiB,
        hour: [0, 0, 0, 0, 0, 0, 0, 1, 2, 4, 8, 8],
        next: { at: now + 372_000, by: 'size' },
      }),
      aLog('/var/log/nginx/error.log', {
        size: 12_700,
        share: 0.01,
        growth: 3,
        next: { at: Date.UTC(2026, 10, 22, 23, 0), by: 'time' },
      }),
      aLog('/var/log/日本語/とても長い名前のログファイル.log', { size: 5, share: null, limit: null }),
      aLog('/var/log/odd/link.log', {
        size: null,
        share: null,
        limit: null,
        obstacle: 'it is a symbolic link',
      }),
    ],
  },
  recent: [
    {
      at: now - 111_000,
      kind: 'compress',
      file: 'nginx/access.log-20261121',
      words: '3.98 GiB → 803 MiB  5.1×  27 s',
    },
    {
      at: now - 145_000,
      kind: 'rotate',
      file: 'nginx/access.log',
      words: '1.00 GiB → access.log-20261122-1  38 ms',
    },
    {
      at: now - 150_000,
      kind: 'failed',
      file: 'audit/audit.log',
      words: 'cannot create /var/log/audit/audit.log.1: permission denied (EACCES)',
    },
  ],
  today: {
    from: 0,
    rotations: 9,
    rotated: 18.4 * 1024 * MiB,
    compressedFrom: 18 * 1024 * MiB,
    compressedTo: 3 * 1024 * MiB,
    deleted: 1024 * MiB,
    errors: 0,
  },
};

const frames: readonly (readonly [name: string, model: LiveModel, look: LiveLook])[] = [
  ['live-100', model, look],
  ['live-80', model, { ...look, width: 80, keys: false }],
  ['live-50', model, { ...look, width: 50, height: 14 }],
  ['live-ascii', { ...model, notice: 'logrotate rotates 3 of these logs too' }, { ...look, unicode: false }],
  ['live-colour', model, { ...look, colour: true }],
  [
    'live-waiting',
    {
      ...model,
      recent: [],
      status: { ...model.status, state: 'waiting', logs: [], policies: { since: now, good: false } },
    },
    look,
  ],
];

for (const [name, given, how] of frames) {
  test(`the frame ${name} is as it was agreed on`, () => {
    assertGolden(`${name}.txt`, `${renderLive(given, how)}\n`);
  });
}

test('no frame is wider or higher than its terminal, whatever the size', () => {
  const many = {
    ...model,
    status: {
      ...model.status,
      logs: Array.from({ length: 40 }, (_, at) => aLog(`/var/log/a/${at}.log`, { share: at / 40 })),
    },
  };
  for (let width = 20; width <= 160; width += 7) {
    for (const height of [10, 24, 50]) {
      const lines = stripVTControlCharacters(
        renderLive(many, { ...look, width, height, colour: true }),
      ).split('\n');
      assert.ok(lines.length <= Math.max(height, 13), `${lines.length} lines at ${width}x${height}`);
      for (const line of lines)
        assert.ok(stringWidth(line) <= width, `${stringWidth(line)} cells at ${width}: ${line}`);
    }
  }
});

test('without colour there is no control character, in ASCII no other', () => {
  const text = renderLive(
    { ...model, status: { ...model.status, logs: model.status.logs.slice(0, 3) } },
    { ...look, unicode: false },
  );
  assert.match(text, /^[\n\x20-\x7e]*$/);
});

test('bars, sparklines, countdowns and moments', () => {
  assert.equal(bar(0, 4, true), '▕····▏');
  assert.equal(bar(0.001, 4, true), '▕▏···▏');
  assert.equal(bar(0.5, 4, true), '▕██··▏');
  assert.equal(bar(2, 4, true), '▕████▏');
  assert.equal(bar(0.5, 4, false), '[##..]');
  assert.equal(sparkline([0, 1, 4, 8], true), '·▂▅█');
  assert.equal(sparkline([0, 0], true), '··');
  assert.equal(countdown(28_400), 'in 0:28');
  assert.equal(countdown(372_000), 'in 6:12');
  assert.equal(countdown(3 * 3_600_000 + 5 * 60_000), 'in 3 h 5 min');
  assert.equal(countdown(49 * 3_600_000), 'in 2 d');
  assert.equal(countdown(10), 'now');
  assert.equal(moment(now + 3_600_000, now, 'UTC'), '08:30');
  assert.equal(moment(now + 86_400_000, now, 'UTC'), 'Mon 07:30');
  assert.equal(moment(now + 9 * 86_400_000, now, 'UTC'), '1 Dec');
});

test('it is redrawn at most ten times a second, in synchronized output, and the last frame stays', async () => {
  const stream = Object.assign(new PassThrough(), { isTTY: true, columns: 100, rows: 24 });
  let written = '';
  let drawn = 0;
  stream.on('data', chunk => {
    written += String(chunk);
  });
  // A stream with what log-update asks of a terminal.
  const live = showLive(
    stream as unknown as NodeJS.WriteStream,
    () => look,
    () => {
      drawn += 1;
      return { ...model, started: model.started - drawn * 60_000 };
    },
  );
  const from = performance.now();
  for (let at = from; at < from + 350; at = performance.now()) {
    live.touch();
    await new Promise(setImmediate);
  }
  assert.ok(drawn >= 3 && drawn <= 5, `${drawn} frames in 350 ms`);
  live.end();
  await until(() => written.includes('\u001b[?2026l'), 'something is written');
  const [begins, ends] = ['\u001b[?2026h', '\u001b[?2026l'].map(mark => written.split(mark).length);
  assert.equal(begins, ends);
  assert.equal(stream.listenerCount('resize'), 0);
});

/** Compares with a file; `LOGMILL_GOLDEN=write` writes it anew. */
function assertGolden(name: string, text: string): void {
  const file = path.join(import.meta.dirname, 'golden', name);
  if (process.env.LOGMILL_GOLDEN === 'write') writeFileSync(file, text);
  assert.equal(text, readFileSync(file, 'utf8'));
}
