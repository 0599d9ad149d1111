// A FileStat from what Node gives. From bigints: inode numbers of overlay and birth times in nanoseconds
// do not fit a double, and identity must be exact. What is only looked at in passing has no identity.

import { type BigIntStats, lstatSync, type Stats } from 'node:fs';
import type { EpochMs } from '../units/duration.ts';
import { fileId } from '../units/identity.ts';
import type { FileKind, FileStat, Glance } from './world.ts';

export function fileStatOf(stats: BigIntStats): FileStat {
  const mode = Number(stats.mode);
  return {
    id: fileId(stats.ino, birthOf(stats), stats.dev),
    kind: kindOf(mode),
    size: Number(stats.size),
    allocated: Number(stats.blocks) * 512,
    modified: momentOf(stats.mtimeMs, stats.mtimeNs),
    accessed: momentOf(stats.atimeMs, stats.atimeNs),
    mode: mode & 0o7777,
    uid: Number(stats.uid),
    gid: Number(stats.gid),
    links: Number(stats.nlink),
  };
}

export function glanceOf(stats: Stats): Glance {
  const { mode, size, blocks, mtimeMs, atimeMs, uid, gid, nlink } = stats;
  return {
    kind: kindOf(mode),
    size,
    allocated: blocks * 512,
    modified: mtimeMs,
    accessed: atimeMs,
    mode: mode & 0o7777,
    uid,
    gid,
    links: nlink,
  };
}

export function birthOf(stats: BigIntStats): bigint {
  birthIsReal ??= hasBirthTimes();
  return birthIsReal ? stats.birthtimeNs : 0n;
}

let birthIsReal: boolean | null = null;

/**
 * Where the kernel or a seccomp filter has no statx, libuv falls back to stat and puts ctime in the
 * place of the birth time, for every file. procfs keeps none, so that there 0 is the truth.
 */
function hasBirthTimes(): boolean {
  if (process.platform !== 'linux') return true;
  const proc = lstatSync('/proc', { bigint: true, throwIfNoEntry: false });
  return proc === undefined || proc.birthtimeNs === 0n;
}

/** Nanoseconds since 1970 do not fit a double; the rest of a millisecond does. */
function momentOf(ms: bigint, ns: bigint): EpochMs {
  const rest = ms >= 0n ? ns % 1_000_000n : ns - ms * 1_000_000n;
  return Number(ms) + Number(rest) / 1e6;
}

function kindOf(mode: number): FileKind {
  switch (mode & 0o170000) {
    case 0o100000:
      return 'file';
    case 0o040000:
      return 'folder';
    case 0o120000:
      return 'link';
    case 0o010000:
      return 'fifo';
    case 0o140000:
      return 'socket';
    default:
      return 'device';
  }
}
