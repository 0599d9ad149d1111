// Expands a pattern against the disk as glob(3) does with GLOB_NOCHECK and GLOB_TILDE, and drops
// folders as logrotate does. How names match is policy/glob's affair.

import { compileGlob, type Segment } from '../policy/glob.ts';
import type { Path } from '../units/path.ts';
import { isTrouble } from '../world/trouble.ts';
import type { Look, World } from '../world/world.ts';
import { sortNames } from './collation.ts';

/**
 * The paths that match, in the order of the locale; empty when there are none: the pattern then
 * stands for itself, as with GLOB_NOCHECK. A pattern without wildcards gives its path also when
 * nothing is there. Folders are left out (a link to a folder is not one).
 *
 * @throws Trouble for a folder that cannot be read: what it holds is not known
 */
export function expandGlob(world: World, pattern: string): Path[] {
  const { segments, tilde, isLiteral } = compileGlob(pattern);
  const { look } = world.disk;
  const start = homeOf(world, tilde);
  if (isLiteral) {
    const path = start + segments.map(segment => segment.text).join('/');
    return look.stat(path)?.kind === 'folder' ? [] : [path];
  }
  return sortNames(matches({ look, segments, wanted: 'files' }, start));
}

/** Whether a pattern with wildcards matches a folder: it is left out, and yet the pattern does not stand for itself. */
export function matchesFolder(world: World, pattern: string): boolean {
  const { segments, tilde } = compileGlob(pattern);
  return matches({ look: world.disk.look, segments, wanted: 'folders' }, homeOf(world, tilde)).length > 0;
}

/**
 * The folders, links to some among them, in which the pattern looks for files, whether it finds any or not.
 *
 * @throws Trouble as above
 */
export function foldersOfGlob(world: World, pattern: string): Path[] {
  const { segments, tilde } = compileGlob(pattern);
  const start = homeOf(world, tilde);
  if (segments.length === 1) return [start === '' ? '.' : start];
  return matches({ look: world.disk.look, segments: segments.slice(0, -1), wanted: 'folders' }, start);
}

interface Walk {
  readonly look: Look;
  readonly segments: readonly Segment[];
  readonly wanted: 'files' | 'folders';
}

function matches(walk: Walk, start: Path): Path[] {
  const found: Path[] = [];
  descend(walk, 0, start, found);
  return found;
}

/** What stands for `~` or `~user`; as written where there is no such user. */
function homeOf({ host }: World, tilde: string | null): string {
  if (tilde === null) return '';
  return host.home(tilde === '' ? null : tilde) ?? `~${tilde}`;
}

/** Follows the segments from `place` on; `prefix` is the path so far, without a slash at its end. */
function descend(walk: Walk, place: number, prefix: string, found: Path[]): void {
  const { look, segments, wanted } = walk;
  let path = prefix;
  let next = place;
  // A tilde is followed by '' already, as an absolute path is by nothing.
  for (; next < segments.length; next += 1) {
    const segment = segments[next];
    if (segment === undefined || segment.kind === 'wild') break;
    path += next === 0 ? segment.text : `/${segment.text}`;
  }
  const segment = segments[next];
  if (segment === undefined || segment.kind === 'literal') {
    takeLiteral(walk, path, found);
    return;
  }
  const base = next === 0 ? '' : `${path}/`;
  const isLast = next === segments.length - 1;
  for (const { name, kind } of entriesIn(look, base === '' ? '.' : base)) {
    if (!segment.matches(name)) continue;
    const match = base + name;
    if (isLast && wanted === 'files') {
      if (kind !== 'folder') found.push(match);
    } else if (kind === 'folder' || (kind === 'link' && leadsToFolder(look, match))) {
      if (isLast) found.push(match);
      else descend(walk, next + 1, match, found);
    }
  }
}

function takeLiteral({ look, wanted }: Walk, path: Path, found: Path[]): void {
  if (wanted === 'folders') {
    if (leadsToFolder(look, path === '' ? '/' : path)) found.push(path === '' ? '/' : path);
    return;
  }
  const stat = look.stat(path);
  if (stat !== null && stat.kind !== 'folder') found.push(path);
}

function leadsToFolder(look: Look, path: Path): boolean {
  try {
    return look.statThrough(path)?.kind === 'folder';
  } catch (error) {
    // A ring of links, or a folder on the way that we may not enter, leads nowhere for us.
    if (isTrouble(error, 'ELOOP', 'EACCES')) return false;
    throw error;
  }
}

function entriesIn(look: Look, folder: Path): ReturnType<Look['entries']> {
  try {
    return look.entries(folder);
  } catch (error) {
    if (isTrouble(error, 'ENOENT', 'ENOTDIR')) return [];
    throw error;
  }
}
