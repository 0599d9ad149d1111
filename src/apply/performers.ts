// The table of performers: a new kind of step does not compile until it has one here.

import type { Step, StepKind } from '../plan/plan.ts';
import type { Bench, Performed, Performer } from './bench.ts';
import { adopt } from './performers/adopt.ts';
import { compact } from './performers/compact.ts';
import { compress } from './performers/compress.ts';
import { copy } from './performers/copy.ts';
import { create } from './performers/create.ts';
import { remove } from './performers/delete.ts';
import { mail } from './performers/mail.ts';
import { makeFolder } from './performers/make-folder.ts';
import { move } from './performers/move.ts';
import { script } from './performers/script.ts';
import { truncate } from './performers/truncate.ts';

export const performers: { readonly [K in StepKind]: Performer<K> } = {
  adopt,
  'make-folder': makeFolder,
  move,
  create,
  copy,
  truncate,
  compress,
  compact,
  delete: remove,
  mail,
  script,
};

/** Performs a step by its kind. */
export function perform(step: Step, bench: Bench): Promise<Performed> {
  // The table's type pairs each kind with its performer; the compiler cannot see that for a union.
  const performer = performers[step.kind] as Performer<StepKind>;
  return performer(step, bench);
}
