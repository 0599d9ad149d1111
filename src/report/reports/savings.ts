// What logmill saved, so that a sceptic can check it: bytes written, compressed from and to, deleted
// and still there, each from the record alone; then the same by policy and by log, and a table in
// which what was there, came and went must come to what was last seen.
//
// All bytes are apparent ones. "Saved" is compressed away plus deleted, and the two stand apart:
// compressing keeps every line, deleting does not.

import type { Sums } from '../../ledger/history.ts';
import { formatBytes } from '../../units/bytes.ts';
import { strftime } from '../../units/calendar.ts';
import { formatDuration } from '../../units/duration.ts';
import { type Asked, type Column, column, type Figure, type Note, type Row, type Table } from '../table.ts';
import {
  compressedAway,
  daysOf,
  keptBytes,
  savedIn,
  sumOf,
  sumsByDay,
  type Tally,
  tallyByLog,
} from '../tally.ts';

export function savings(asked: Asked): readonly Table[] {
  const days = daysOf(asked.history, asked.zone);
  const tallies = tallyByLog(asked.history, days);
  return [byPolicy(asked, tallies, days), byLog(asked, tallies), balance(asked, tallies)];
}

function byPolicy(asked: Asked, tallies: readonly Tally[], days: readonly number[]): Table {
  const all = sumOf(tallies);
  const policies = groupByPolicy(tallies);
  const perDay = sumsByDay(tallies, days);
  return {
    ...frame(asked, 'savings-by-policy', 'savings'),
    facts: factsOf(tallies, all),
    figures: figuresOf(asked, tallies, all, days.length),
    chart: {
      label: 'a day',
      unit: 'bytes',
      names: ['written', 'compressed to'],
      days: days.map((day, index) => ({
        day,
        first: perDay[index]?.written ?? 0,
        second: perDay[index]?.compressedTo ?? 0,
      })),
    },
    columns: [
      column('policy', 'policy', 'text'),
      column('logs', 'logs', 'count', 2),
      ...sumColumns,
      ...policyColumns,
    ],
    rows: policies.map(([policy, of]) => ({
      policy,
      logs: logsIn(of),
      ...sumCells(sumOf(of), all),
      worst: of.reduce<number | null>(
        (worst, tally) => (tally.worst === null ? worst : Math.max(worst ?? 0, tally.worst)),
        null,
      ),
      written_by_day: sumsByDay(of, days).map(sums => sums.written),
    })),
    total: { policy: 'all', logs: logsIn(tallies), ...sumCells(all, all), worst: null, written_by_day: null },
    notes: notesOf(asked, tallies, all),
  };
}

function byLog(asked: Asked, tallies: readonly Tally[]): Table {
  const all = sumOf(tallies);
  const real = tallies.filter(tally => tally.log !== '');
  return {
    ...frame(asked, 'savings-by-log', 'by log'),
    columns: [
      column('log', 'log', 'path'),
      column('policy', 'policy', 'text', 8),
      ...sumColumns,
      column('on_disk', 'on disk', 'bytes'),
      column('generations', 'kept', 'count', 5),
      column('oldest', 'kept since', 'day', 2.5, 'faint'),
      column('seen', 'seen', 'time', 9, 'faint'),
    ],
    rows: real.map(tally => ({
      log: tally.log,
      policy: tally.policy,
      ...sumCells(tally.sums, all),
      on_disk: tally.last === null ? null : tally.last.live + tally.last.plain + tally.last.compressed,
      generations: tally.last?.generations ?? null,
      oldest: tally.last?.oldest ?? null,
      seen: tally.last?.at ?? null,
    })),
  };
}

/** Before + written − compressed away − deleted should be what was last seen. */
function balance(asked: Asked, tallies: readonly Tally[]): Table {
  const rows = groupByPolicy(tallies).map(([policy, of]) => balanceRow(policy, of));
  return {
    ...frame(asked, 'savings-balance', 'does it add up'),
    columns: [
      column('policy', 'policy', 'text'),
      column('before', 'before', 'bytes'),
      column('written', '+ written', 'bytes'),
      column('compressed_away', '− compressed', 'bytes'),
      column('deleted', '− deleted', 'bytes'),
      column('expected', '= expected', 'bytes'),
      column('found', 'last seen', 'bytes'),
      column('difference', 'difference', 'change', 0, 'caution'),
    ],
    rows,
    notes: [
      {
        meaning: 'plain',
        text: 'generations only, live logs left out; a difference is what others added, packed or deleted, or what was there before the first sample',
      },
    ],
  };
}

function balanceRow(policy: string, of: readonly Tally[]): Row {
  const sums = sumOf(of);
  const before = of.reduce((sum, tally) => sum + (keptBytes(tally.first) ?? 0), 0);
  const sampled = of.filter(tally => tally.last !== null);
  const found =
    sampled.length === 0 ? null : sampled.reduce((sum, tally) => sum + (keptBytes(tally.last) ?? 0), 0);
  const expected = before + sums.written - compressedAway(sums) - sums.compacted - sums.deleted;
  return {
    policy,
    before,
    written: sums.written,
    compressed_away: compressedAway(sums) + sums.compacted,
    deleted: sums.deleted,
    expected,
    found,
    difference: found === null ? null : found - expected,
  };
}

const sumColumns: readonly Column[] = [
  column('rotations', 'runs', 'count', 2),
  column('written', 'written', 'bytes'),
  column('compressed_from', 'before', 'bytes', 7),
  column('compressed_to', 'after', 'bytes', 3),
  column('ratio', 'ratio', 'ratio', 1),
  column('deleted', 'deleted', 'bytes', 0, 'removed'),
  column('saved', 'saved', 'bytes', 0, 'saved'),
  column('share_of_savings', 'share of saved', 'bar', 4, 'saved'),
];

const policyColumns: readonly Column[] = [
  column('prediction_error', 'foretold', 'share', 8),
  column('failed', 'failed', 'count', 6, 'caution'),
  column('worst', 'worst', 'duration', 9),
  column('written_by_day', 'by day', 'spark', 5),
];

function sumCells(sums: Sums, all: Sums): Row {
  const saved = savedIn(sums);
  const allSaved = savedIn(all);
  return {
    rotations: sums.rotations,
    written: sums.written,
    compressed_from: sums.compressedFrom,
    compressed_to: sums.compressedTo,
    ratio: sums.compressedTo > 0 && sums.compressedFrom > 0 ? sums.compressedFrom / sums.compressedTo : null,
    deleted: sums.deleted,
    saved,
    share_of_savings: allSaved > 0 ? Math.max(0, saved / allSaved) : null,
    prediction_error: predictionError(sums),
    failed: sums.failed,
  };
}

/** How far what compression came to is from what was foretold, as a share of what was foretold. */
function predictionError(sums: Sums): number | null {
  return sums.predicted > 0 ? (sums.cameTo - sums.predicted) / sums.predicted : null;
}

function figuresOf(asked: Asked, tallies: readonly Tally[], all: Sums, days: number): readonly Figure[] {
  const away = compressedAway(all);
  const saved = savedIn(all);
  // One scale for all bars: whatever is largest is the full one.
  const whole = Math.max(all.written, all.compressedFrom, saved);
  const share = (part: number): number | null => (whole > 0 ? Math.max(0, part) / whole : null);
  const ofWhole = whole === all.written ? '' : '; bars are parts of the longest';
  return [
    figure(
      'written',
      all.written,
      share(all.written),
      days > 0 ? `${formatBytes(all.written / days)} a day${ofWhole}` : '',
    ),
    figure(
      'compressed',
      all.compressedFrom,
      share(all.compressedFrom),
      `in ${count(all.archives, 'archive')}`,
    ),
    {
      ...figure('compressed to', all.compressedTo, share(all.compressedTo), ratioText(all)),
      key: 'compressed_to',
    },
    {
      ...figure('compressed away', away, share(away), 'every line kept'),
      key: 'compressed_away',
      meaning: 'saved',
    },
    ...joinedAway(all, share(all.compacted)),
    { ...figure('deleted', all.deleted, share(all.deleted), 'by retention'), meaning: 'removed' },
    {
      ...figure(
        'saved',
        saved,
        share(saved),
        all.compacted === 0
          ? 'compressed away and deleted, together'
          : 'compressed away, joined away and deleted, together',
      ),
      meaning: 'strong',
    },
    ...onDisk(asked, tallies, whole),
    ...foretold(all),
  ];
}

/** Shown once archives were joined: what that took away beyond compressing. */
function joinedAway(all: Sums, share: number | null): readonly Figure[] {
  if (all.compacted === 0) return [];
  const detail = 'old archives joined, every line kept';
  return [{ ...figure('joined away', all.compacted, share, detail), key: 'joined_away', meaning: 'saved' }];
}

function onDisk(asked: Asked, tallies: readonly Tally[], whole: number): readonly Figure[] {
  const seen = tallies.flatMap(tally => (tally.last === null ? [] : [tally.last]));
  if (seen.length === 0) return [];
  const sum = (of: (sample: (typeof seen)[number]) => number): number =>
    seen.reduce((total, sample) => total + of(sample), 0);
  const [live, plain, compressed] = [sum(s => s.live), sum(s => s.plain), sum(s => s.compressed)];
  const total = live + plain + compressed;
  const at = strftime(Math.max(...seen.map(sample => sample.at)), asked.zone, '%Y-%m-%d %H:%M');
  const parts = `${formatBytes(live)} live, ${formatBytes(plain)} plain, ${formatBytes(compressed)} compressed`;
  const share = whole > 0 ? total / whole : null;
  return [
    {
      ...figure(
        'still on disk',
        total,
        share,
        `${parts}; ${formatBytes(sum(s => s.allocated))} of blocks; seen ${at}`,
      ),
      key: 'on_disk',
    },
  ];
}

function foretold(all: Sums): readonly Figure[] {
  const error = predictionError(all);
  if (error === null) return [];
  const detail = `came to ${formatBytes(all.cameTo)}, ${signedPercent(error)}`;
  return [{ ...figure('foretold', all.predicted, null, detail), meaning: 'faint' }];
}

function figure(label: string, value: number, share: number | null, detail: string): Figure {
  return { key: label, label, unit: 'bytes', value, share, detail, meaning: 'plain' };
}

function ratioText(all: Sums): string {
  return all.compressedTo > 0 && all.compressedFrom > 0
    ? `${(all.compressedFrom / all.compressedTo).toFixed(2)}× smaller`
    : '';
}

function factsOf(tallies: readonly Tally[], all: Sums): readonly string[] {
  return [
    count(all.rotations, 'rotation'),
    count(groupByPolicy(tallies).length, 'policy', 'policies'),
    count(logsIn(tallies), 'log'),
    all.archives === 0
      ? 'no archives made'
      : all.verified === all.archives
        ? 'every archive verified'
        : `${all.verified} of ${all.archives} archives verified`,
    ...(all.failed > 0 ? [`${all.failed} failed`] : []),
  ];
}

function notesOf(asked: Asked, tallies: readonly Tally[], all: Sums): readonly Note[] {
  const notes: Note[] = [];
  if (all.failed > 0)
    notes.push({
      meaning: 'caution',
      text: `${count(all.failed, 'step')} failed: see the report of failures`,
    });
  const worst = tallies.reduce<Tally | null>(
    (most, tally) => ((tally.worst ?? -1) > (most?.worst ?? -1) ? tally : most),
    null,
  );
  if (worst?.worst != null)
    notes.push({
      meaning: 'plain',
      text: `worst: the longest time in which a line could be lost while a log was emptied, ${formatDuration(worst.worst)}`,
    });
  const { steps, days } = asked.history;
  if (days.length > 0 && steps.length > 0)
    notes.push({
      meaning: 'plain',
      text: `days before ${strftime(steps[0]?.at ?? 0, asked.zone, '%Y-%m-%d')} are kept as sums`,
    });
  return notes;
}

function groupByPolicy(tallies: readonly Tally[]): readonly [policy: string, of: readonly Tally[]][] {
  return [...Map.groupBy(tallies, tally => tally.policy)];
}

function logsIn(tallies: readonly Tally[]): number {
  return tallies.filter(tally => tally.log !== '').length;
}

function frame(asked: Asked, name: string, title: string): Table {
  const { from, until } = asked.history;
  const { zone } = asked;
  return {
    name,
    title,
    from,
    until,
    zone,
    facts: [],
    figures: [],
    chart: null,
    columns: [],
    rows: [],
    total: null,
    notes: [],
  };
}

function count(number: number, one: string, many = `${one}s`): string {
  return `${number.toLocaleString('en-US')} ${number === 1 ? one : many}`;
}

function signedPercent(share: number): string {
  return `${share < 0 ? '−' : '+'}${(Math.abs(share) * 100).toFixed(1)} %`;
}
