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

export interface Owned {
  readonly path: Path;
  readonly policy: Policy;
  readonly pattern: Pattern;
}

export interface Ownership {
  /** In the order of the configuration, then of the patterns, then of their matches. */
  readonly owned: readonly Owned[];
  readonly problems: readonly Diagnostic[];
}

/**
 * Who owns what. Paths are compared as text, as logrotate does: no links are resolved. A repeat is
 * left out silently where the policy that holds the path says ignoreduplicates; else it is an error
 * at the pattern that repeats it, one a pattern.
 */
export function ownersOf(expansions: readonly Expansion[]): Ownership {
  const [only] = expansions;
  // One pattern names no path twice, and 50,000 need not be remembered to find that out.
  if (only !== undefined && expansions.length === 1) {
    const { policy, pattern, paths } = only;
    return { owned: paths.map(path => ({ path, policy, pattern })), problems: [] };
  }
  const owners = new Map<Path, Owned>();
  const problems: Diagnostic[] = [];
  for (const { policy, pattern, paths } of expansions) {
    const repeats: Owned[] = [];
    for (const path of paths) {
      const first = owners.get(path);
      if (first === undefined) owners.set(path, { path, policy, pattern });
      else if (!first.policy.settings.ignoreduplicates) repeats.push(first);
    }
    const [first] = repeats;
    if (first !== undefined) problems.push(repeated(pattern, first, repeats.length));
  }
  return { owned: [...owners.values()], problems };
}

function repeated(pattern: Pattern, first: Owned, count: number): Diagnostic {
  const { at } = first.pattern;
  const others = count === 1 ? '' : ` and ${count - 1} more`;
  return {
    severity: 'error',
    at: pattern.at,
    message: `${showPath(first.path)}${others} already belongs to '${first.policy.name}' (${showPath(at.file)}:${at.line}:${at.column})`,
    line: null,
    hint: 'name each log in one section only, or say ignoreduplicates in the first',
  };
}
