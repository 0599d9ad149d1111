// What the world did to us, in words: a code, a sentence that names the file, and what to do.

import { type Path, showPath } from '../units/path.ts';

/** Something outside that an operator may have to see to. `code` is errno's name, or one of ours. */
export class Trouble extends Error {
  readonly code: string;
  readonly path: Path | null;
  readonly hint: string | null;

  constructor(fact: {
    code: string;
    message: string;
    path?: Path | null;
    hint?: string | null;
    cause?: unknown;
  }) {
    super(fact.message, fact.cause === undefined ? undefined : { cause: fact.cause });
    this.name = 'Trouble';
    this.code = fact.code;
    this.path = fact.path ?? null;
    this.hint = fact.hint ?? null;
  }
}

/** Trouble with one of these codes; with none named, any. */
export function isTrouble(error: unknown, ...codes: readonly string[]): error is Trouble {
  return error instanceof Trouble && (codes.length === 0 || codes.includes(error.code));
}

/** Turns a system call's error into Trouble: `cannot VERB PATH: REASON (CODE)`. Anything else is thrown on. */
export function troubleFrom(error: unknown, verb: string, path: Path): Trouble {
  if (error instanceof Trouble) return error;
  const code = codeOf(error as NodeJS.ErrnoException);
  if (typeof code !== 'string') throw error;
  const known = reasons[code];
  return new Trouble({
    code,
    path,
    message: `cannot ${verb} ${showPath(path)}: ${known?.[0] ?? (error as Error).message} (${code})`,
    hint: known?.[1] ?? null,
    cause: error,
  });
}

/** Node has no name for a used-up quota, and says `Unknown system error -122` (Linux; -69 on macOS). */
function codeOf(error: NodeJS.ErrnoException | null | undefined): unknown {
  const isQuota = error?.errno === (process.platform === 'darwin' ? -69 : -122);
  return isQuota ? 'EDQUOT' : error?.code;
}

/** Trouble that no system call reported: `cannot VERB PATH: REASON (CODE)`, the reason found by the code. */
export function refusal(code: string, verb: string, path: Path): Trouble {
  return troubleFrom(Object.assign(new Error(code), { code }), verb, path);
}

const reasons: Readonly<Record<string, readonly [reason: string, hint: string | null]>> = {
  EACCES: ['permission denied', 'run logmill as the owner of the logs, or use su in the policy'],
  EPERM: [
    'operation not permitted',
    'on macOS, give the program Full Disk Access; on Linux, see who owns the folder',
  ],
  ENOENT: ['no such file or folder', null],
  ENOTDIR: ['a part of the path is not a folder', null],
  EEXIST: ['the name is taken', null],
  ELOOP: ['it is a symbolic link, which logmill does not follow', null],
  ENOSPC: [
    'no space left on the file system',
    'free some space, or let logmill compress what is there first',
  ],
  EDQUOT: ['the disk quota is used up', null],
  EROFS: ['the file system is read-only', 'under systemd, add the folder to ReadWritePaths'],
  EMFILE: ['too many open files', 'raise the limit with ulimit -n or LimitNOFILE'],
  ENFILE: ['too many open files on this machine', null],
  EIO: ['the device reported an error', 'look at the kernel log: the disk may be failing'],
  ENAMETOOLONG: ['the name is too long', null],
  ENODEV: ['no such device', null],
  ENOTREG: ['it is not a regular file', null],
  EISDIR: ['it is a folder', null],
  EFBIG: ['it is larger than it may be', null],
  ESTALE: ['it is no longer the one that was looked at', 'look again: something else replaced it meanwhile'],
  EXDEV: [
    'the two folders are on different file systems',
    'use an olddir on the same file system, or renamecopy',
  ],
  EILSEQ: ['the name cannot be written as bytes', null],
  ENXIO: ['nobody is at the other end', null],
};
