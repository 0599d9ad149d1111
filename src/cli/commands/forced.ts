// Logs that are named: `--force` alone means all logs, with names those. A name that no policy has is a
// mistake that must not pass for a log with which all is well.

import type { Planning } from '../../plan/plan.ts';
import type { Policy } from '../../policy/policy.ts';
import type { Errand } from '../../round/site.ts';
import { type Path, showPath } from '../../units/path.ts';
import { absolute } from '../absolute.ts';
import { servedPatterns } from '../words.ts';

export function forcedOf(force: boolean | readonly string[] | undefined): Errand['forced'] {
  if (force === undefined || force === false) return null;
  if (force === true || force.length === 0) return 'all';
  return new Set(force.map(absolute));
}

/** What was named and is no log of `policies`, told as what could not be looked at. */
export function strangers(
  { only, forced }: Errand,
  logs: ReadonlySet<Path>,
  policies: readonly Policy[],
): Planning['troubles'] {
  const named = [...(only ?? []), ...(forced === null || forced === 'all' ? [] : forced)];
  const unknown = new Set(named.filter(path => !logs.has(path)));
  return [...unknown].map(path => ({
    policy: '',
    code: 'ENOENT',
    message: `no policy has a log ${showPath(path)}`,
    hint: servedPatterns(policies),
  }));
}
