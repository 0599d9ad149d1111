// Which policy owns a path: the first that names it. A path that a second one names too is a
// problem, told with both places; it is never served twice.

import type { Diagnostic } from '../policy/diagnostic.ts';
import type { Pattern, Policy } from '../policy/policy.ts';
import { type Path, showPath } from '../units/path.ts';

/** A policy with what one of its patterns matched, in order. */
export interface Expansion {
  readonly policy: Policy;
  readonly pattern: Pattern;
  readonly paths: readonly Path[];
}

export interface Ownership {
  /** In the order of the configuration, each pattern with the paths that are its own. */
  readonly owned: readonly Expansion[];
  readonly problems: readonly Diagnostic[];
}

/**
 * Who owns what. Paths are compared as text, as logrotate does: no links are resolved. A repeat is
 * left out silently where the policy that holds the path says ignoreduplicates; else it is an error
 * at the pattern that repeats it, one a pattern.
 */
export function ownersOf(expansions: readonly Expansion[]): Ownership {
  // One pattern names no path twice, and 50,000 need not be remembered to find that out.
  if (expansions.length === 1) return { owned: expansions, problems: [] };
  const owners = new Map<Path, Expansion>();
  const owned: Expansion[] = [];
  const problems: Diagnostic[] = [];
  for (const expansion of expansions) {
    const { policy, pattern, paths } = expansion;
    const own: Path[] = [];
    const repeats: Path[] = [];
    for (const path of paths) {
      const owner = owners.get(path);
      if (owner === undefined) {
        owners.set(path, expansion);
        own.push(path);
      } else if (!owner.policy.settings.ignoreduplicates) repeats.push(path);
    }
    owned.push({ policy, pattern, paths: own });
    const [first = ''] = repeats;
    const owner = owners.get(first);
    if (owner !== undefined) problems.push(repeated(pattern, first, owner, repeats.length));
  }
  return { owned, problems };
}

function repeated(pattern: Pattern, path: Path, owner: Expansion, count: number): Diagnostic {
  const { at } = owner.pattern;
  const others = count === 1 ? '' : ` and ${count - 1} more`;
  return {
    severity: 'error',
    at: pattern.at,
    message: `${showPath(path)}${others} already belongs to '${owner.policy.name}' (${showPath(at.file)}:${at.line}:${at.column})`,
    line: null,
    hint: 'name each log in one section only, or say ignoreduplicates in the first',
  };
}
