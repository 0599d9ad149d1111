// What did not go as planned: failed, refused, stale, put off; newest first. What was only skipped
// because of an earlier step stands with that step's failure and is counted.

import type { StepRow } from '../../ledger/history.ts';
import { type Asked, column, type Table } from '../table.ts';

export function failures({ history, zone }: Asked): readonly Table[] {
  const steps = history.steps.filter(step => step.message !== null && step.result !== 'skipped').toReversed();
  const skipped = history.steps.filter(step => step.result === 'skipped').length;
  const folded = history.days.reduce((sum, day) => sum + day.failed, 0);
  const failed = steps.filter(step => step.result === 'failed').length + folded;
  return [
    {
      name: 'failures',
      title: 'failures',
      from: history.from,
      until: history.until,
      zone,
      facts: [
        `${failed} failed`,
        `${steps.length - failed + folded} refused, stale or put off`,
        `${skipped} skipped after them`,
      ],
      figures: [],
      chart: null,
      columns: [
        column('at', 'when', 'time'),
        column('result', 'result', 'text', 0, 'caution'),
        column('step', 'step', 'text', 2),
        column('policy', 'policy', 'text', 3),
        column('path', 'file', 'path'),
        column('message', 'what happened', 'text'),
      ],
      rows: steps.map(step => ({
        at: step.at,
        result: words[step.result],
        step: step.kind,
        policy: step.policy,
        path: step.path ?? step.log,
        message: step.message,
      })),
      total: null,
      notes:
        folded === 0
          ? []
          : [{ meaning: 'plain', text: `${folded} older failures are kept as day sums only` }],
    },
  ];
}

const words: Readonly<Record<StepRow['result'], string>> = {
  done: 'done',
  already: 'already done',
  stale: 'stale',
  failed: 'failed',
  refused: 'refused',
  deferred: 'put off',
  skipped: 'skipped',
};
