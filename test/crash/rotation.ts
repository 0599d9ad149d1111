// One plan with every kind of step, and the tree that it is made for: what the tests of this
// folder stop, break and compare.

import { utimesSync } from 'node:fs';
import type { Outcome } from '../../src/ledger/outcome.ts';
import type { Plan } from '../../src/plan/plan.ts';
import { aPlan, gzip, type Loose, live, made, madeBy, script, seen, zstd } from '../rig/plans.ts';
import { foundTree, type PlantedTree, type TempTree, tempTree } from '../rig/temp-tree.ts';

const lines = (name: string, count: number): string =>
  Array.from({ length: count }, (_, n) => `${name} ${n}: a line that is worth keeping\n`).join('');

const planted: PlantedTree = {
  'a.log': lines('a', 400),
  'a.log.1': lines('a1', 300),
  'a.log.9': lines('a9', 200),
  'b.log': lines('b', 500),
  'c.log': lines('c', 100),
  'd.log': lines('d', 100),
  'e.log.1': lines('e1', 300),
};

/** The tree, with times as old logs have them. */
export function theTree(): TempTree {
  const tree = tempTree(planted);
  for (const name of Object.keys(planted)) utimesSync(tree.path(name), 1_600_000_000, 1_600_000_000);
  return tree;
}

/** @param programs whether steps that start a program are part of it: they take their time */
export function thePlan(tree: TempTree, programs: 'with programs' | 'without'): Plan {
  const path = (name: string): string => tree.path(name);
  const packed = { made, predicted: null, wait: 0 };
  const steps: Loose[] = [
    { kind: 'adopt', lane: 'a' },
    { kind: 'move', file: seen(path('a.log.1')), to: path('a.log.2'), rotates: false, lane: 'a' },
    { kind: 'move', file: live(path('a.log')), to: path('a.log.1'), rotates: true, lane: 'a' },
    { kind: 'create', path: path('a.log'), made, lane: 'a' },
    {
      kind: 'compress',
      file: { ...seen(path('a.log.1')), path: path('a.log.2'), madeBy: 2 },
      to: path('a.log.2.zst'),
      compressor: zstd,
      ...packed,
      lane: 'a',
    },
    { kind: 'delete', file: seen(path('a.log.9')), shred: null, lane: 'a' },
    { kind: 'copy', file: live(path('b.log')), to: path('b.log.1'), made, rotates: true, lane: 'b' },
    {
      kind: 'truncate',
      file: live(path('b.log')),
      copy: madeBy(7, path('b.log.1')),
      method: 'tail',
      lane: 'b',
    },
    {
      kind: 'compress',
      file: madeBy(7, path('b.log.1')),
      to: path('b.log.1.gz'),
      compressor: gzip,
      ...packed,
      lane: 'b',
    },
    { kind: 'delete', file: madeBy(7, path('b.log.1')), shred: null, lane: 'b' },
    { kind: 'make-folder', path: path('old'), made: { mode: 0o750, uid: null, gid: null }, lane: 'c' },
    { kind: 'move', file: live(path('c.log')), to: path('old/c.log.1'), rotates: true, lane: 'c' },
    { kind: 'truncate', file: live(path('d.log')), copy: null, method: 'tail', lane: 'd' },
  ];
  const program = { by: 'program', program: 'gzip', args: ['-n'], extension: '.gz' } as const;
  const more: Loose[] = [
    script(`echo ran >> '${path('ran')}'`, { lane: 'a' }),
    {
      kind: 'compress',
      file: seen(path('e.log.1')),
      to: path('e.log.1.gz'),
      compressor: program,
      ...packed,
      lane: 'e',
    },
    script(`echo ran >> '${path('ran')}'`, { lane: 'z', after: [3, 8], always: true, script: 'lastaction' }),
  ];
  return aPlan(tree.folder, programs === 'with programs' ? [...steps, ...more] : steps, [path('old')]);
}

/** What must be the same however often the plan was stopped: names, contents and modes, and the times of archives. */
export function lasting(tree: TempTree): Record<string, unknown> {
  const all = Object.entries(foundTree(tree.folder));
  return Object.fromEntries(
    all.map(([name, { content, mode, mtime }]) => {
      // A script runs at least once.
      if (name === 'ran') return [name, [...new Set(content.split('\n'))]];
      return [
        name,
        { content, mode, time: /\.(?:gz|zst)$/.test(name) && !name.startsWith('b') ? mtime : null },
      ];
    }),
  );
}

/** Apparent bytes before and after of each step: what reports add up. */
export function savings(outcomes: ReadonlyMap<number, Outcome>): Record<number, unknown> {
  const footprints = [...outcomes].map(([id, outcome]) => {
    if (outcome.result !== 'done' && outcome.result !== 'already') return [id, outcome] as const;
    const { before, after } = outcome.footprint;
    return [id, [before.apparent, after.apparent]] as const;
  });
  return Object.fromEntries(footprints.sort(([a], [b]) => a - b));
}
