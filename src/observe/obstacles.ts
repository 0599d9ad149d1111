// Why a log is left alone whatever its policy says. What stands in the way is decided here from
// what was seen; whether that counts as refused or as trouble is the planner's affair.

import type { Obstacle } from '../logs/log-set.ts';
import type { Policy } from '../policy/policy.ts';
import { type Path, showPath } from '../units/path.ts';
import type { FileKind, FileStat, Glance, Host } from '../world/world.ts';

/**
 * A folder in which others could put a link in a log's place while root works there, null where
 * it is safe: world-writable (sticky or not), or writable by a group other than root's. Only the
 * immediate folder, only as root and without su, as logrotate does (semantics 12.1).
 */
export function folderObstacle(folder: Path, stat: FileStat, policy: Policy, host: Host): Obstacle | null {
  if (host.uid !== 0 || policy.settings.su !== null) return null;
  const byAll = (stat.mode & 0o002) !== 0;
  const byGroup = (stat.mode & 0o020) !== 0 && stat.gid !== 0;
  if (!byAll && !byGroup) return null;
  const who = byAll ? 'everybody' : `group ${stat.gid}`;
  const bits = byAll ? 'o-w' : 'g-w';
  return {
    kind: 'insecure-folder',
    words: `${showPath(folder)} can be written by ${who} (mode ${octal(stat.mode)}), so root does not rotate in it`,
    hint: `chmod ${bits} ${showPath(folder)}, or name the owner of the logs in the policy: su USER GROUP`,
  };
}

/** What the live file itself puts in the way; null for an ordinary file. `ours`: its second name was made by logmill. */
export function fileObstacle(stat: Glance, policy: Policy, ours: () => boolean): Obstacle | null {
  if (stat.kind === 'link') return linked;
  if (stat.kind !== 'file') return notAFile(stat.kind);
  if (stat.links <= 1 || policy.settings.allowhardlink || ours()) return null;
  return {
    kind: 'hard-linked',
    words: `it has ${stat.links} names (hard links), and the others would change with it`,
    hint: 'remove the other names, or say allowhardlink in the policy',
  };
}

export const missing: Obstacle = {
  kind: 'missing',
  words: 'there is no such file',
  hint: 'say missingok in the policy if that is as it should be',
};

/** A pattern with wildcards that matches nothing. */
export const unmatched: Obstacle = {
  kind: 'missing',
  words: 'no file matches this pattern',
  hint: 'say missingok in the policy if that is as it should be',
};

/** A file that cannot be looked at; `words` are those of the Trouble. */
export function unreadable(words: string, hint: string | null): Obstacle {
  return { kind: 'unreadable', words, hint };
}

const linked: Obstacle = {
  kind: 'link',
  words: 'it is a symbolic link, which is not followed',
  hint: 'name the file that it leads to in the policy',
};

function notAFile(kind: Exclude<FileKind, 'file' | 'link'>): Obstacle {
  const hint = kind === 'folder' ? 'name the files in it, as in FOLDER/*.log' : null;
  return { kind: 'not-a-file', words: `it is ${kindWords[kind]}, not a file`, hint };
}

const kindWords: Readonly<Record<Exclude<FileKind, 'file' | 'link'>, string>> = {
  folder: 'a folder',
  fifo: 'a FIFO',
  socket: 'a socket',
  device: 'a device',
};

function octal(mode: number): string {
  return (mode & 0o7777).toString(8).padStart(4, '0');
}
