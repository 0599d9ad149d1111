// What was rotated when, and which directive said so: newest first.

import { type StepRow, sumsOf } from '../../ledger/history.ts';
import { type Asked, column, type Table } from '../table.ts';

export function rotations({ history, zone }: Asked): readonly Table[] {
  const steps = history.steps.filter(step => sumsOf(step).rotations > 0).toReversed();
  const folded = history.days.reduce((sum, day) => sum + day.rotations, 0);
  return [
    {
      name: 'rotations',
      title: 'rotations',
      from: history.from,
      until: history.until,
      zone,
      facts: [`${steps.length + folded} rotations`],
      figures: [],
      chart: null,
      columns: [
        column('at', 'when', 'time'),
        column('log', 'log', 'path'),
        column('policy', 'policy', 'text', 4),
        column('by', 'by', 'text', 3),
        column('size', 'size', 'bytes'),
        column('to', 'became', 'path', 2),
        column('why', 'why', 'text', 1, 'faint'),
      ],
      rows: steps.map(step => ({
        at: step.at,
        log: step.log ?? step.path,
        policy: step.policy,
        by: means(step),
        size: sumsOf(step).written,
        to: step.to,
        why: step.why,
      })),
      total: null,
      notes:
        folded === 0
          ? []
          : [{ meaning: 'plain', text: `${folded} older rotations are kept as day sums only` }],
    },
  ];
}

function means(step: StepRow): string {
  if (step.kind === 'copy') return 'copying';
  return step.kind === 'move' ? 'moving' : 'emptying';
}
