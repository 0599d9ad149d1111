// What the patterns match, and whose it is: paths only, nothing of the files is looked at.

import type { Observation } from '../logs/log-set.ts';
import { type Expansion, ownersOf } from '../logs/owner.ts';
import type { Diagnostic } from '../policy/diagnostic.ts';
import { compileGlob } from '../policy/glob.ts';
import type { Pattern, Policy } from '../policy/policy.ts';
import { join, type Path, showPath } from '../units/path.ts';
import { isTrouble } from '../world/trouble.ts';
import type { Look } from '../world/world.ts';
import { expandGlob, matchesFolder } from './glob.ts';
import type { Listings } from './listings.ts';
import type { Scope } from './scope.ts';

/** A path that may be a log, with the policy that owns it. */
export interface Candidate {
  readonly path: Path;
  readonly policy: Policy;
  /** Given by wildcards alone: no pattern names the path itself. */
  readonly globbed: boolean;
  /** The path is a pattern with wildcards: it matched nothing, if there is no file of that very name. */
  readonly unmatched: boolean;
}

export type Told = Observation['troubles'][number];

/** In the order of the configuration. A path that two patterns name is told as a trouble, once a pattern. */
export function findCandidates(
  listings: Listings,
  policies: readonly Policy[],
  scope: Scope,
): { readonly candidates: readonly Candidate[]; readonly troubles: readonly Told[] } {
  const troubles: Told[] = [];
  const expansions: Expansion[] = [];
  const named = new Set<Path>();
  for (const policy of policies) {
    for (const pattern of policy.patterns) {
      const literal = literalOf(pattern, listings);
      if (literal !== null) named.add(literal);
      // What cannot be looked at by its own name is told as that log's obstacle.
      const paths =
        literal === null
          ? matchesOf(listings, policy, pattern, { scope, troubles })
          : [literal].filter(path => !isPassedOver(path, policy, listings));
      expansions.push({ policy, pattern, paths });
    }
  }
  const { owned, problems } = ownersOf(expansions);
  const candidates: Candidate[] = [];
  for (const { policy, pattern, paths } of owned) {
    for (const path of paths) {
      if (isTemporary(path)) continue;
      const globbed = !named.has(path);
      candidates.push({ path, policy, globbed, unmatched: globbed && path === pattern.text });
    }
  }
  return { candidates, troubles: [...troubles, ...problems.map(problem => duplicate(problem, expansions))] };
}

/**
 * What a pattern with wildcards matches. One without a match stands for itself, as in logrotate, so
 * that it can be told as missing; one that matches folders alone gives nothing. A folder that cannot be
 * read is told; what the others hold is served.
 */
function matchesOf(
  listings: Listings,
  policy: Policy,
  pattern: Pattern,
  { scope, troubles }: { readonly scope: Scope; readonly troubles: Told[] },
): readonly Path[] {
  let blind = false;
  const world = listings.within(scope, error => {
    if (!isTrouble(error)) throw error;
    blind = true;
    const { code, message, hint } = error;
    if (!policy.settings.missingok) troubles.push({ policy: policy.name, code, message, hint });
  });
  if (policy.wholeFolder !== undefined) return filesIn(world.disk.look, policy.wholeFolder);
  const paths = expandGlob(world, pattern.text);
  const standsForItself = paths.length === 0 && !blind && !matchesFolder(world, pattern.text);
  return standsForItself ? [pattern.text] : paths;
}

/** Files in a folder, and below it where asked; no link is followed, and hidden names are passed over as by `*`. */
function filesIn(
  look: Look,
  { folder, recursive }: { readonly folder: Path; readonly recursive: boolean },
): readonly Path[] {
  const files: Path[] = [];
  const waiting = [folder];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    for (const { name, kind } of look.entries(next)) {
      if (name.startsWith('.')) continue;
      if (kind === 'file') files.push(join(next, name));
      else if (kind === 'folder' && recursive) waiting.push(join(next, name));
    }
  }
  return files.sort();
}

/** The path that a pattern without wildcards names; null for one with wildcards. */
function literalOf({ text }: Pattern, { world }: Listings): Path | null {
  const glob = compileGlob(text);
  if (!glob.isLiteral) return null;
  const rest = glob.segments.map(segment => segment.text).join('/');
  const home = glob.tilde === null ? '' : world.host.home(glob.tilde === '' ? null : glob.tilde);
  return home === null ? text : home + rest;
}

/** logrotate drops folders before it looks at anything; natively it is said what stands in the log's way. */
function isPassedOver(path: Path, policy: Policy, { look }: Listings): boolean {
  if (policy.conduct.missingLogs === 'forget') return false;
  try {
    return look.glance(path)?.kind === 'folder';
  } catch (error) {
    if (!isTrouble(error)) throw error;
    return false;
  }
}

/** Half-made files of ours. */
function isTemporary(path: Path): boolean {
  return path.startsWith(temporaryPrefix, path.lastIndexOf('/') + 1);
}

export const temporaryPrefix = '.logmill-';

function duplicate({ at, message, hint }: Diagnostic, expansions: readonly Expansion[]): Told {
  const of = expansions.find(expansion => expansion.pattern.at === at);
  const place = `${showPath(at.file)}:${at.line}:${at.column}`;
  return { policy: of?.policy.name ?? '', code: 'EDUPLICATE', message: `${place}  ${message}`, hint };
}
