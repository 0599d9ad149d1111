// A log with something in its way: left alone quietly, as logrotate does, or said to be refused, or
// to be in trouble.

import type { LogSet, Obstacle } from '../logs/log-set.ts';
import { type Draft, keep } from './draft.ts';
import type { Kept } from './plan.ts';
import { reasonOf } from './reason.ts';

export function obstructed(draft: Draft, logSet: LogSet): void {
  const { policy, obstacle } = logSet;
  if (obstacle === null) {
    keep(draft, logSet, { how: 'not due', why: reasonOf(policy, 'missingok', 'there is no such file') });
    return;
  }
  const { how, directive, hint } = manner(logSet, obstacle);
  keep(draft, logSet, { how, why: reasonOf(policy, directive, obstacle.words), hint });
}

function manner(
  { policy }: LogSet,
  { kind, hint }: Obstacle,
): Pick<Kept, 'how' | 'hint'> & { readonly directive: string | null } {
  switch (kind) {
    case 'missing':
      return policy.settings.missingok
        ? { how: 'not due', hint: null, directive: 'missingok' }
        : { how: 'trouble', hint, directive: null };
    case 'link':
    case 'hard-linked':
    case 'not-a-file':
      return { how: 'not due', hint, directive: null };
    case 'insecure-folder':
      return { how: 'refused', hint, directive: null };
    case 'unreadable':
    case 'half-compressed':
      return { how: 'trouble', hint, directive: null };
    // Whoever holds the folder sees to it; the round says so by itself.
    case 'held-elsewhere':
      return { how: 'kept', hint, directive: null };
    default:
      return kind satisfies never;
  }
}
