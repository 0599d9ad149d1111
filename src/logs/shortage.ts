// Whether the file system of a log's generations has less room than keepfree wants, as it was
// when it was looked at.

import type { Bytes } from '../units/bytes.ts';
import type { LogSet, Observation } from './log-set.ts';

export interface Shortage {
  readonly free: Bytes;
  readonly wanted: Bytes;
}

/** null: there is room enough, or it could not be seen, or the policy wants none. */
export function shortageOf(
  { observation }: { readonly observation: Observation },
  { folder, policy }: Pick<LogSet, 'folder' | 'policy'>,
): Shortage | null {
  const { keepfree } = policy.settings;
  const seen = observation.folders.get(folder);
  if (keepfree === null || seen === undefined || seen.free === null) return null;
  const { free, size = null } = seen;
  if (keepfree.kind === 'percent' && size === null) return null;
  const wanted = keepfree.kind === 'size' ? keepfree.size : Math.ceil(((size ?? 0) * keepfree.percent) / 100);
  return free < wanted ? { free, wanted } : null;
}
