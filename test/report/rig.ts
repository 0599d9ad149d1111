// A month of a made-up machine, in round numbers that can be added up by hand.

import { type DayRow, type History, noSums, type StepRow } from '../../src/ledger/history.ts';
import type { Asked } from '../../src/report/table.ts';

export const MiB = 1 << 20;
export const dayMs = 86_400_000;
/** 2026-08-01 00:00 UTC. */
export const august = Date.UTC(2026, 7, 1);

export function aStep(fields: Partial<StepRow> & Pick<StepRow, 'kind'>): StepRow {
  return {
    at: august,
    plan: 'plan-1',
    step: 1,
    policy: 'web',
    log: '/var/log/web/access.log',
    rotates: false,
    heir: null,
    late: 0,
    result: 'done',
    path: '/var/log/web/access.log',
    to: null,
    before: { apparent: 0, allocated: 0 },
    after: { apparent: 0, allocated: 0 },
    predicted: null,
    took: 1,
    why: 'because',
    message: null,
    verified: null,
    window: null,
    ...fields,
  };
}

export function space(bytes: number): { apparent: number; allocated: number } {
  return { apparent: bytes, allocated: Math.ceil(bytes / 4096) * 4096 };
}

/** One day of one log: rotated, its generation compressed to a tenth, an old archive deleted. */
function aDay(log: string, policy: string, at: number, size: number): readonly StepRow[] {
  const row = { log, policy, at, path: log };
  return [
    aStep({
      ...row,
      kind: 'move',
      rotates: true,
      before: space(size),
      after: space(size),
      to: `${log}.1`,
      why: 'daily, was due 00:00',
    }),
    aStep({
      ...row,
      step: 2,
      kind: 'compress',
      before: space(size),
      after: space(size / 10),
      predicted: size / 8,
      verified: size,
      path: `${log}.1`,
      to: `${log}.1.gz`,
    }),
    aStep({
      ...row,
      step: 3,
      kind: 'delete',
      before: space(size / 20),
      path: `${log}.9.gz`,
      why: '15th of 14',
    }),
  ];
}

export function aHistory(): Asked {
  const folded: DayRow[] = Array.from({ length: 4 }, (_, day) => ({
    ...noSums,
    day: august + day * dayMs,
    policy: 'web',
    log: '/var/log/web/access.log',
    rotations: 1,
    written: 400 * MiB,
    compressedFrom: 400 * MiB,
    compressedTo: 40 * MiB,
    predicted: 50 * MiB,
    cameTo: 40 * MiB,
    archives: 1,
    verified: 1,
    deleted: 20 * MiB,
  }));
  const steps = Array.from({ length: 10 }, (_, day) => {
    const at = august + (day + 4) * dayMs + 60_000;
    const size = 400 * MiB * (1 + (day % 3));
    return [
      ...aDay('/var/log/web/access.log', 'web', at, size),
      ...aDay('/srv/app/a\u001bpp.log', 'app', at + 1, 100 * MiB),
    ];
  }).flat();
  const bad = aStep({
    at: august + 13.5 * dayMs,
    kind: 'compress',
    result: 'failed',
    policy: 'app',
    log: '/srv/app/a\u001bpp.log',
    path: '/srv/app/a\u001bpp.log.2',
    message: 'cannot create /srv/app/app.log.2.gz: no space left on the file system (ENOSPC)',
  });
  const emptied = aStep({
    at: august + 13.6 * dayMs,
    kind: 'truncate',
    policy: 'app',
    log: '/srv/app/a\u001bpp.log',
    window: { took: 3, atRisk: 10 },
  });
  const sample = {
    policy: 'web',
    log: '/var/log/web/access.log',
    live: 5 * MiB,
    plain: 0,
    compressed: 100 * MiB,
    allocated: 105 * MiB,
    generations: 9,
    oldest: august - 9 * dayMs,
  };
  const history: History = {
    from: august,
    until: august + 14 * dayMs,
    days: folded,
    steps: [...steps, bad, emptied],
    samples: [
      { ...sample, at: august - 1 },
      {
        ...sample,
        at: august + 13 * dayMs + 60_000,
        live: 20 * MiB,
        compressed: 550 * MiB,
        allocated: 571 * MiB,
        generations: 14,
      },
    ],
    rounds: [],
  };
  return { history, zone: 'UTC', at: august + 14 * dayMs };
}
