import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Outcome } from '../../src/ledger/outcome.ts';
import type { Step } from '../../src/plan/plan.ts';
import { lineOf } from '../../src/service/lines.ts';
import { makeClerk } from '../../src/service/records.ts';
import { addToToday, startToday } from '../../src/service/today.ts';
import { aPlan, aPlanning } from './rig.ts';

const MiB = 1024 * 1024;
const space = (bytes: number) => ({ apparent: bytes, allocated: bytes });

const base = {
  id: 1,
  lane: 'a',
  log: '/var/log/nginx/access.log',
  policy: 'nginx',
  after: [],
  always: false,
  why: { text: '4.21 GiB is over 1 GiB', directive: 'maxsize', at: null },
} as const;
const file = (path: string) => ({ path, id: null, madeBy: null, size: 0, allocated: 0, modified: null });
const made = { mode: 0o640, uid: 0, gid: 0 };

const move: Step = {
  ...base,
  kind: 'move',
  file: file(base.log),
  to: '/var/log/nginx/access.log-20261122',
  rotates: true,
};
const compress: Step = {
  ...base,
  kind: 'compress',
  file: file('/var/log/nginx/access.log-20261121'),
  to: '/var/log/nginx/access.log-20261121.zst',
  compressor: { by: 'codec', codec: 'zstd', level: 3, extension: '.zst' },
  made,
  predicted: null,
  wait: 0,
};
const remove: Step = {
  ...base,
  kind: 'delete',
  file: file('/var/log/nginx/access.log-20261107.zst'),
  shred: null,
};
const create: Step = { ...base, kind: 'create', path: base.log, made };

const done = (before: number, after: number, took: number, plain: string | null = null): Outcome => ({
  result: 'done',
  took,
  footprint: { before: space(before), after: space(after) },
  made: null,
  plain: plain === null ? null : { bytes: before, sha256: plain },
  window: null,
  said: null,
});
const failed: Outcome = {
  result: 'failed',
  code: 'EACCES',
  message: 'cannot create /var/log/nginx/access.log: permission denied (EACCES)',
  hint: 'run logmill as the owner of the logs',
  said: null,
};

/** What one finished step says, as a record and as a line. */
function said(step: Step, outcome: Outcome) {
  const plan = aPlan(0, [step]);
  const [record] = makeClerk().recordsOf({ kind: 'finished', plan, step, outcome, at: 0 });
  assert.ok(record);
  const written = {
    time: '2026-11-22T08:30:41.000Z',
    level: record.level,
    ...record.facts,
    msg: record.message,
  };
  return { record, line: lineOf(written, 'UTC') };
}

test('each action is one line for a person', () => {
  const cases: readonly (readonly [Step, Outcome, string])[] = [
    [
      move,
      done(4.21 * 1024 * MiB, 4.21 * 1024 * MiB, 38),
      '08:30:41 rotate   nginx/access.log -> access.log-20261122 4.21GiB 38ms',
    ],
    [
      compress,
      done(3980 * MiB, 783 * MiB, 27_500, '9f2c1234abcd'),
      '08:30:41 compress nginx/access.log-20261121 -> access.log-20261121.zst 3.89GiB -> 783MiB 5.08x 28s sha256:9f2c1234 verified',
    ],
    [remove, done(771 * MiB, 0, 2), '08:30:41 delete   nginx/access.log-20261107.zst 771MiB freed 2ms'],
    [
      create,
      failed,
      '08:30:41 error: nginx/access.log: cannot create /var/log/nginx/access.log: permission denied (EACCES) (run logmill as the owner of the logs)'.replace(
        'nginx/access.log: cannot',
        'cannot',
      ),
    ],
  ];
  for (const [step, outcome, line] of cases) assert.equal(said(step, outcome).line, line);
});

test('a copy is as big as what it made', () => {
  const copy: Step = {
    ...base,
    kind: 'copy',
    file: file(base.log),
    to: '/var/log/nginx/access.log.1',
    made,
    rotates: true,
  };
  assert.equal(
    said(copy, done(0, 5 * MiB, 3)).line,
    '08:30:41 rotate   nginx/access.log -> access.log.1 5.00MiB 3ms',
  );
  const today = addToToday(startToday(0, 'UTC', []), copy, done(0, 5 * MiB, 3), 1, 'UTC');
  assert.equal(today.rotated, 5 * MiB);
});

test('a record has the field names that operations look for', () => {
  const { record } = said(compress, done(100, 20, 12.34, 'abc'));
  assert.equal(record.level, 'info');
  assert.deepEqual(record.facts, {
    run: '20261122T083041Z-1',
    service: 'nginx',
    file: '/var/log/nginx/access.log-20261121',
    action: 'compress',
    to: '/var/log/nginx/access.log-20261121.zst',
    reason: '4.21 GiB is over 1 GiB',
    result: 'done',
    bytes_before: 100,
    bytes_after: 20,
    sha256: 'abc',
    duration_ms: 12.3,
  });
});

test('a failure is an error, what was put off is a warning, an empty new log is not worth a line', () => {
  const levels: readonly (readonly [Outcome, string])[] = [
    [failed, 'error'],
    [{ result: 'refused', message: 'two writers', hint: null }, 'warn'],
    [{ result: 'deferred', message: 'pid 12 still writes to it' }, 'warn'],
    [{ result: 'stale', found: 'it shrank' }, 'warn'],
    [{ result: 'skipped', after: 1, message: 'step 1 failed' }, 'debug'],
    [done(0, 0, 1), 'debug'],
  ];
  for (const [outcome, level] of levels)
    assert.equal(said(create, outcome).record.level, level, outcome.result);
});

test('a plan ends with one line of its sums', () => {
  const clerk = makeClerk();
  const plan = aPlan(0, [move, compress, remove]);
  clerk.recordsOf({ kind: 'started', plan, step: move, at: 1000 });
  for (const [step, outcome] of [
    [move, done(500, 500, 1)],
    [compress, done(1000, 200, 1)],
    [remove, done(300, 0, 1)],
    [create, failed],
  ] as const) {
    clerk.recordsOf({ kind: 'finished', plan, step, outcome, at: 2000 });
  }
  const [record] = clerk.recordsOf({ kind: 'closed', plan, at: 64_200 });
  assert.ok(record);
  assert.equal(record.facts.freed, 1100);
  assert.equal(record.level, 'warn');
  const line = lineOf(
    { time: '2026-11-22T08:31:04.000Z', level: 'warn', ...record.facts, msg: record.message },
    'UTC',
  );
  assert.equal(line, '08:31:04 done     4 steps 1.07KiB freed 1min3s errors 1');
});

test('what is refused is said once, until it is something else', () => {
  const clerk = makeClerk();
  const planning = (text: string, how: 'refused' | 'kept') =>
    aPlanning([], {
      kept: [
        {
          log: '/a.log',
          path: '/a.log',
          policy: 'a',
          size: 1,
          how,
          why: { text, directive: null, at: null },
          hint: 'do this',
          next: null,
        },
      ],
    });
  const count = (text: string, how: 'refused' | 'kept') =>
    clerk.recordsOf({ kind: 'planned', planning: planning(text, how) }).length;
  assert.deepEqual(
    [
      count('held', 'refused'),
      count('held', 'refused'),
      count('a link', 'refused'),
      count('kept', 'kept'),
      count('a link', 'refused'),
    ],
    [1, 0, 1, 0, 1],
  );
});

test('a warning is said once a day for its log, whatever its figures are', () => {
  const clerk = makeClerk();
  const day = 86_400_000;
  const said = (at: number, about: string, message: string): number => {
    const planning = aPlanning([], { at, kept: [] });
    const warnings = [{ policy: 'a', about, message, at: null }];
    return clerk.recordsOf({ kind: 'planned', planning: { ...planning, warnings } }).length;
  };
  assert.deepEqual(
    [
      said(0, '/a.log', '5 generations last 12 s'),
      said(1000, '/a.log', '5 generations last 13 s'),
      said(1000, '/b.log', '5 generations last 13 s'),
      said(day - 1, '/a.log', '5 generations last 14 s'),
      said(day, '/a.log', '5 generations last 15 s'),
    ],
    [1, 0, 1, 0, 1],
  );
});

test('a name can forge neither a line nor a colour', () => {
  const record = {
    time: '2026-11-22T08:30:41.000Z',
    level: 'warn',
    file: '/var/log/x\n\u001b[31m.log',
    msg: 'odd\nname',
  };
  assert.equal(lineOf(record, 'UTC'), '08:30:41 warn: log/x\\n\\x1b[31m.log: odd\\nname');
});

test("the day's sums are taken from the record and from what is done, and begin anew at midnight", () => {
  const day = Date.UTC(2026, 10, 22);
  const row = {
    at: day + 1,
    plan: 'p',
    step: 1,
    policy: 'a',
    log: '/a.log',
    path: null,
    to: null,
    predicted: null,
    took: 1,
    why: '',
    message: null,
    heir: null,
    late: 0,
    verified: null,
    window: null,
  } as const;
  let today = startToday(day + 3_600_000, 'UTC', [
    {
      ...row,
      at: day - 1,
      kind: 'delete',
      rotates: false,
      result: 'done',
      before: space(999),
      after: space(0),
    },
    { ...row, kind: 'move', rotates: true, result: 'done', before: space(500), after: space(500) },
    { ...row, kind: 'create', rotates: false, result: 'failed', before: space(0), after: space(0) },
  ]);
  today = addToToday(today, compress, done(500, 100, 1), day + 7_200_000, 'UTC');
  today = addToToday(today, remove, done(300, 0, 1), day + 7_200_000, 'UTC');
  assert.deepEqual(today, {
    from: day,
    rotations: 1,
    rotated: 500,
    compressedFrom: 500,
    compressedTo: 100,
    deleted: 300,
    errors: 1,
  });
  const next = addToToday(today, move, done(7, 7, 1), day + 86_400_000, 'UTC');
  assert.deepEqual(next, {
    from: day + 86_400_000,
    rotations: 1,
    rotated: 7,
    compressedFrom: 0,
    compressedTo: 0,
    deleted: 0,
    errors: 0,
  });
});
