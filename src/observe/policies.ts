// Reads policy files from the disk for the parser: their text with its digest, folders with their
// names, and who is who on this machine. What the text means is policy/'s affair.

import type { Dialect } from '../policy/arguments.ts';
import {
  type PoliciesRead,
  type PolicyRead,
  type PolicyReader,
  readPolicies,
} from '../policy/read-policies.ts';
import { type Path, showPath } from '../units/path.ts';
import { pathFromBytes } from '../world/paths.ts';
import { isTrouble } from '../world/trouble.ts';
import type { World } from '../world/world.ts';
import { sortNames } from './collation.ts';

/** logrotate's limit: more than this is no policy file. */
const largest = 16_777_215;

/** Problems are diagnostics, also for a path that is missing; never throws for what the disk did. */
export function readPolicyFiles(world: World, paths: readonly Path[], dialect: Dialect): PoliciesRead {
  return readPolicies(paths, policyReader(world), dialect);
}

export function policyReader(world: World): PolicyReader {
  const { host } = world;
  return {
    isRoot: host.uid === 0,
    read: path => readPath(world, path),
    user: name => host.user(name),
    group: name => host.group(name),
    isTaken: (kind, id) => host.isTaken(kind, id),
    home: user => host.home(user),
    digest: text => sha256(text.isWellFormed() ? text : escapeLone(text)),
  };
}

function readPath({ disk }: World, path: Path): PolicyRead {
  const { look } = disk;
  try {
    if (look.statThrough(path)?.kind === 'folder') {
      return { kind: 'folder', names: sortNames(look.names(path)) };
    }
    const { bytes, stat } = look.text(path, largest);
    return {
      kind: 'file',
      text: pathFromBytes(bytes),
      get digest() {
        return sha256(bytes);
      },
      mode: stat.mode,
      uid: stat.uid,
    };
  } catch (error) {
    if (!isTrouble(error)) throw error;
    return {
      kind: 'problem',
      code: error.code,
      message: error.message,
      hint: error.hint ?? hintFor(error.code, path),
    };
  }
}

function hintFor(code: string, path: Path): string | null {
  if (code === 'ENOENT') return 'is the path right?';
  if (code === 'EFBIG') return `a policy file has at most 16 MiB; is ${showPath(path)} a log?`;
  if (code === 'ENOTREG') return 'a policy is a file, or a folder of files';
  return null;
}

/** Two texts that differ in an undecodable byte must not share a digest. */
function escapeLone(text: string): string {
  return JSON.stringify(text);
}

/** Loaded when there is something to digest: OpenSSL takes 7 ms, which a command without policies need not wait for. */
function sha256(content: string | Uint8Array): string {
  return process.getBuiltinModule('node:crypto').hash('sha256', content);
}
