// From a command line to where rounds are made: policies read, record opened, pool sized.

import { makePace } from '../apply/pace.ts';
import { beyondCores, type LimitedPool, makePool } from '../codec/pool.ts';
import { openLedger } from '../ledger/open-ledger.ts';
import { folderOfGenerations } from '../logs/naming.ts';
import { foldersOfGlob } from '../observe/glob.ts';
import { observeLogs } from '../observe/log-sets.ts';
import { readPolicyFiles } from '../observe/policies.ts';
import type { Diagnostic } from '../policy/diagnostic.ts';
import type { Pattern, Policy } from '../policy/policy.ts';
import { builtInPolicy } from '../policy/resolve.ts';
import type { Errand, Site } from '../round/site.ts';
import type { FileId } from '../units/identity.ts';
import { folderOf, join, type Path, showPath } from '../units/path.ts';
import { nonce } from '../world/nonce.ts';
import { isTrouble } from '../world/trouble.ts';
import type { World } from '../world/world.ts';
import { absolute } from './absolute.ts';
import { type Output, Stop, sayDiagnostics } from './output.ts';
import { defaultPolicies, makeStateFolder, policyFolders, stateFolder } from './places.ts';

/** Options that every command which looks at logs takes. */
export interface SiteOptions {
  readonly logs?: string | undefined;
  readonly recursive?: boolean | undefined;
  readonly stateDir?: string | undefined;
  readonly only?: readonly string[] | undefined;
  readonly cores?: number | undefined;
  /** Bytes a second. */
  readonly maxRate?: number | undefined;
  readonly small?: boolean | undefined;
}

export interface PolicySet {
  readonly policies: readonly Policy[];
  readonly diagnostics: readonly Diagnostic[];
  readonly files: readonly Path[];
}

/** Policies as `readPolicySet` finds them; every problem is said. */
export function gatherPolicies(
  world: World,
  paths: readonly string[],
  options: SiteOptions,
  output: Output,
): PolicySet {
  const set = readPolicySet(world, paths, options);
  sayDiagnostics(output, set.diagnostics);
  refuseNothing(paths, set);
  return set;
}

/** A run that watches nothing and says nothing is how logs fill a disk unnoticed. */
export function refuseNothing(paths: readonly string[], { policies, diagnostics }: PolicySet): void {
  if (policies.length > 0 || diagnostics.some(one => one.severity === 'error')) return;
  throw new Stop(
    'policyInvalid',
    `there is no section in ${paths.map(showPath).join(' ')}`,
    'a section is a pattern and a block, as in: /var/log/app/*.log { size 10M rotate 7 }; or: logmill init DIR',
  );
}

/** Policies named, or of the default places, or the built-in one for `--logs`. */
export function readPolicySet(world: World, paths: readonly string[], options: SiteOptions): PolicySet {
  if (options.logs !== undefined) {
    if (paths.length > 0)
      throw new Stop('usage', '--logs brings its own policy: name either policies or --logs');
    return {
      policies: [builtInFor(world, options.logs, options.recursive ?? false)],
      diagnostics: [],
      files: [],
    };
  }
  const named = paths.length > 0 ? paths : defaultPolicies(world);
  if (named.length === 0) {
    throw new Stop(
      'usage',
      `no policy: none is named, and none lies in ${policyFolders(world).join(' or ')}`,
      'name a policy file, or try any folder with: logmill plan --logs DIR',
    );
  }
  return anchored(readPolicyFiles(world, named, 'logmill'));
}

/** A relative pattern is meant from here; the record knows logs by their whole path. */
function anchored(set: PolicySet): PolicySet {
  const isAnchored = ({ text }: Pattern): boolean => /^[/~]/.test(text);
  const policies = set.policies.map(policy =>
    policy.patterns.every(isAnchored)
      ? policy
      : {
          ...policy,
          patterns: policy.patterns.map(pattern =>
            isAnchored(pattern) ? pattern : { ...pattern, text: absolute(pattern.text) },
          ),
        },
  );
  return { ...set, policies };
}

function builtInFor(world: World, folder: string, recursive: boolean): Policy {
  const path = absolute(folder);
  const stat = world.disk.look.statThrough(path);
  if (stat === null) throw new Stop('usage', `there is no folder ${folder}`);
  if (stat.kind !== 'folder')
    throw new Stop(
      'usage',
      `${folder} is not a folder`,
      `for a single log: --logs ${folderOf(folder)} --only ${folder}`,
    );
  return builtInPolicy(path, { recursive });
}

/** How policies stand: invalid ones end a command that would act on nothing but them. */
export function policyProblems(set: PolicySet): number {
  return set.diagnostics.filter(one => one.severity === 'error').length;
}

export async function openSite(
  world: World,
  set: PolicySet,
  options: SiteOptions,
  mode: 'for reading' | 'for writing',
): Promise<Site & { readonly pool: LimitedPool }> {
  const folder = stateFolder(world, options.stateDir);
  if (mode === 'for writing') {
    await makeStateFolder(world, folder);
    await refuseWatchedState(world, set.policies, folder);
  }
  const ledger = await openLedger(folder, mode, world);
  const own = world.disk.look.statThrough(folder);
  const never = { files: new Set<FileId>(), folders: new Set(own === null ? [] : [own.id]) };
  const { policies } = set;
  return { world, ledger, policies, pool: poolFor(world, options), nonce, never };
}

function poolFor(world: World, options: SiteOptions): LimitedPool {
  const pace = options.maxRate === undefined ? undefined : makePace(options.maxRate, world.clock);
  return makePool(options.small === true ? 1 : coresFor(world, options) + beyondCores, pace);
}

/** How many cores may be used: what was asked for, and no more than there are. */
export function coresFor(world: World, { cores, small }: SiteOptions): number {
  return small === true ? 1 : Math.max(1, Math.min(cores ?? world.host.cores, world.host.cores));
}

/** The record inside a watched folder would be rotated by itself. */
async function refuseWatchedState(world: World, policies: readonly Policy[], folder: Path): Promise<void> {
  const state = world.disk.look.real(folder);
  const holds = (path: Path): boolean => state === path || state.startsWith(path === '/' ? path : `${path}/`);
  // Where patterns look is quickly told; whether there are logs, only of those that it matters for.
  const doubtful = policies.filter(policy => placesOf(world, policy)?.some(holds) ?? true);
  if (doubtful.length === 0) return;
  const seen = await observeLogs(world, policies, { nonce: 'state', of: new Set(doubtful) });
  for (const one of seen.folders.values()) {
    if (!holds(one.real)) continue;
    throw new Stop(
      'usage',
      `the state folder ${folder} lies inside the watched folder ${one.path}`,
      'put it elsewhere with --state-dir DIR',
    );
  }
}

/** All folders, links resolved, in which there may be logs of a policy, or what is kept of them; null: not known. */
function placesOf(world: World, { patterns, settings, wholeFolder }: Policy): Path[] | null {
  const { look } = world.disk;
  try {
    const folders =
      wholeFolder === undefined
        ? patterns.flatMap(({ text }) => foldersOfGlob(world, text))
        : [wholeFolder.folder];
    const kept = folders.map(one => folderOfGenerations(settings, join(one, 'log')));
    return [...new Set([...folders, ...kept])].flatMap(one =>
      look.statThrough(one) === null ? [] : [look.real(one)],
    );
  } catch (error) {
    if (!isTrouble(error)) throw error;
    return null;
  }
}

export function errandOf(
  trigger: string,
  detail: string,
  options: SiteOptions,
  forced: Errand['forced'] = null,
): Errand {
  const only =
    options.only === undefined || options.only.length === 0 ? null : new Set(options.only.map(absolute));
  return { cause: { trigger, detail }, only, forced };
}
