// All that is outside, as small interfaces: clock, disk, shell, processes. Tests pass worlds of
// their own; nothing else in logmill reads a clock, opens a file or starts a program.

import type { Bytes } from '../units/bytes.ts';
import type { Zone } from '../units/calendar.ts';
import type { EpochMs, Ms } from '../units/duration.ts';
import type { FileId } from '../units/identity.ts';
import type { Path } from '../units/path.ts';

export interface World {
  readonly clock: Clock;
  readonly disk: Disk;
  readonly shell: Shell;
  readonly processes: Processes;
  readonly host: Host;
}

export interface Clock {
  now(): EpochMs;
  /** The zone of local time, from TZ or the system; an unreadable TZ is Trouble at start-up. */
  readonly zone: Zone;
  /** Resolves after `ms`, or at once when `signal` aborts; never rejects. */
  wait(ms: Ms, signal?: AbortSignal): Promise<void>;
}

export interface Host {
  readonly name: string;
  /** Changes at each start of the machine: device numbers are compared only within one. */
  readonly boot: string;
  readonly uid: number;
  readonly gid: number;
  readonly pid: number;
  readonly cores: number;
  /** uid or gid of a name, null if there is none; digits are not taken as a number here. */
  user(name: string): number | null;
  group(name: string): number | null;
  /** Whether a user or group has this number. */
  isTaken(kind: 'user' | 'group', id: number): boolean;
  /** `~` and `~user`: a home folder, null if there is none. */
  home(user: string | null): Path | null;
}

export type FileKind = 'file' | 'folder' | 'link' | 'fifo' | 'socket' | 'device';

/** All that can be had of a file without its identity, which costs half as much again. */
export interface Glance {
  readonly kind: FileKind;
  readonly size: Bytes;
  /** Blocks really taken, in bytes. */
  readonly allocated: Bytes;
  /** With its fraction: mtime and atime to about 0.25 µs. */
  readonly modified: EpochMs;
  readonly accessed: EpochMs;
  /** Permission bits with set-id and sticky (07777). */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly links: number;
}

export interface FileStat extends Glance {
  readonly id: FileId;
}

/** Works on folders held open, so that a swapped parent cannot lead elsewhere (rulings 3). */
export interface Disk {
  readonly look: Look;
  /**
   * Opens a folder without following a link in its last component. With `expected`, Trouble
   * with code ESTALE when it is another folder than the one that was looked at.
   */
  openFolder(path: Path, expected?: { readonly id: FileId; readonly sameBoot: boolean }): Promise<Folder>;
  /**
   * Creates a folder, parents not included; Trouble EEXIST when the name is taken. With `unfinished`
   * an empty folder that still is as a stop between two calls of this leaves it is taken for new.
   */
  makeFolder(path: Path, mode: number, owner?: Owner, unfinished?: 'is taken too'): Promise<void>;
  /** Free for us, and in all, of the file system that holds `path`; `type` is statfs's magic number. */
  space(path: Path): Promise<Space>;
}

export interface Space {
  readonly free: Bytes;
  readonly size: Bytes;
  /** How many more files it can hold; null where it sets no limit. */
  readonly inodes?: number | null;
  readonly type: number;
  /** What the file system allots, and takes back, at a time. */
  readonly blockSize: Bytes;
  /** false: there is no way here to take ranges out of files, whatever the file system. */
  readonly ranges?: boolean;
  readonly readOnly: boolean;
}

export interface Owner {
  readonly uid: number;
  readonly gid: number;
}

/**
 * The synchronous half, for the look only (rulings 30: statSync is 2 to 5 times faster than the
 * asynchronous one; the caller keeps batches under 10 ms within the service).
 */
export interface Look {
  /** Names in a folder, unsorted, without . and ..; throws Trouble. */
  names(folder: Path): string[];
  /** Names with their kinds as readdir gives them; 'unknown' is resolved by a stat. */
  entries(folder: Path): { readonly name: string; readonly kind: FileKind }[];
  /** lstat; null when there is nothing under that name; throws Trouble otherwise. */
  stat(path: Path): FileStat | null;
  /** The same but for the identity: for tens of thousands of files, of which few are ever acted on. */
  glance(path: Path): Glance | null;
  /** stat, links followed. */
  statThrough(path: Path): FileStat | null;
  /** The canonical path, links resolved. */
  real(path: Path): Path;
  /** The first `limit` bytes of a regular file, opened without following links and non-blocking. */
  head(path: Path, limit: Bytes): Buffer;
  /** `length` bytes from `position` (fewer at the end). */
  piece(path: Path, position: Bytes, length: Bytes): Buffer;
  /** Several of one length, all of the same file: it is opened once. */
  pieces(path: Path, positions: readonly Bytes[], length: Bytes): readonly Buffer[];
  /**
   * A whole small file (a policy): follows links, never blocks on a FIFO; Trouble ENOTREG when it
   * is not a regular file, EFBIG above `limit`.
   */
  text(path: Path, limit: Bytes): { readonly bytes: Buffer; readonly stat: FileStat };
}

/** An open folder; names are single components, never paths. */
export interface Folder {
  readonly path: Path;
  readonly id: FileId;
  names(): Promise<string[]>;
  /** lstat; null when the name is free. */
  stat(name: string): Promise<FileStat | null>;
  /** An existing regular file, no link followed, never blocking: Trouble ELOOP or ENOTREG else. */
  open(name: string, access: 'read' | 'write' | 'append'): Promise<OpenFile>;
  /** O_CREAT|O_EXCL with owner-only bits; owner then mode are set by handle afterwards. */
  create(name: string, mode: number, owner?: Owner): Promise<OpenFile>;
  /** Never replaces: Trouble EEXIST when the target name is taken. */
  link(name: string, to: Folder, toName: string): Promise<void>;
  /**
   * Moves without replacing: link then unlink, or rename after a check where links are refused
   * (rulings 3). Safe to repeat when both names are the same file.
   */
  move(name: string, to: Folder, toName: string): Promise<void>;
  unlink(name: string): Promise<void>;
  /** Renames over whatever file stands at `toName` in this folder: only for files that are logmill's own. */
  replace(name: string, toName: string): Promise<void>;
  /** Names in this folder are durable once this returns. */
  sync(): Promise<void>;
  close(): Promise<void>;
}

export interface OpenFile {
  readonly id: FileId;
  stat(): Promise<FileStat>;
  /** Synchronous stat, for tail's last act. */
  statNow(): FileStat;
  /** Reads up to `into.length` bytes at `position`; 0 at the end. */
  read(into: Uint8Array, position: Bytes): Promise<number>;
  readNow(into: Uint8Array, position: Bytes): number;
  /** Writes all of it (short writes are continued). Without `position`: at the end of what was written. */
  write(from: Uint8Array, position?: Bytes): Promise<void>;
  writeNow(from: Uint8Array, position: Bytes): void;
  /**
   * An empty file takes the blocks that `source` has at this moment, and shares them.
   *
   * @returns false where the file system cannot: it is still empty
   */
  cloneFrom(source: OpenFile): Promise<boolean>;
  truncate(size: Bytes): Promise<void>;
  truncateNow(size: Bytes): void;
  /**
   * Removes [0, length) under the file system's own lock: what came behind it begins the file. Trouble
   * EOPNOTSUPP where that cannot be done here (nothing has changed then).
   */
  collapse(length: Bytes): Promise<void>;
  /** Gives the blocks of [from, until) back; they read as NUL, and the size stays. Trouble EOPNOTSUPP likewise. */
  punch(from: Bytes, until: Bytes): Promise<void>;
  /** Owner first (where we may), then mode: set-id bits are never carried. */
  setAttributes(attributes: {
    mode?: number;
    owner?: Owner;
    accessed?: EpochMs;
    modified?: EpochMs;
  }): Promise<void>;
  sync(): Promise<void>;
  /** The descriptor, to hand to a child; stays ours. */
  readonly fd: number;
  close(): Promise<void>;
}

export interface Shell {
  /** Runs a program in a process group of its own; never rejects for what the program did. */
  run(command: Command): Promise<Finished>;
  /**
   * What a program makes of `input`. Ends it at once when the consumer leaves or the signal aborts.
   *
   * @throws Trouble ENOENT when there is no such program, EPROGRAM with its own words when it fails
   */
  filter(filter: Filter, input: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array>;
}

export interface Filter {
  /** Found through PATH; never given to a shell. */
  readonly program: string;
  readonly args: readonly string[];
  readonly signal?: AbortSignal | undefined;
}

export interface Command {
  /** A program found through PATH, or a path; never given to a shell. */
  readonly program: string;
  readonly args: readonly string[];
  readonly stdin?: number | 'ignore';
  /** A descriptor, or gathered into `output`. */
  readonly stdout?: number | 'gather' | 'ignore';
  /** Gathered where not said. */
  readonly stderr?: number | 'gather';
  readonly folder?: Path;
  readonly environment?: Readonly<Record<string, string>>;
  /** After this the group gets TERM, and KILL 5 s later; null: no limit. */
  readonly limit: Ms | null;
  /** The group is ended likewise when this aborts. */
  readonly signal?: AbortSignal;
}

export interface Finished {
  readonly exit: number | null;
  readonly killedBy: string | null;
  readonly ended: 'by itself' | 'time limit' | 'stopped' | 'not started';
  /** The last 16 KiB of what it said on stdout (gathered) and stderr together. */
  readonly output: string;
  readonly stderr: string;
  readonly took: Ms;
}

export interface Processes {
  /** Who holds these files open (rulings 13). */
  census(files: ReadonlySet<FileId>): Promise<Census>;
  /**
   * Stops processes (SIGSTOP) and resolves once all their threads stand still; a child of ours continues
   * them should we end first, or after ten seconds. Those that stood still before are left as they are.
   *
   * @throws Trouble ENOTSTOPPED when it may not be done, or they do not stop within `limit`; all run again
   */
  stop(pids: readonly number[], limit: Ms): Promise<Stopped>;
}

/** Processes that stand still on our account. */
export interface Stopped {
  /** Whether they still do for certain: the guard has not had its turn. */
  isCertain(): boolean;
  /** Lets them go on; safe to repeat. */
  continue(): Promise<void>;
}

export interface Census {
  /** True only where every process could be looked into; else "nobody" means "unknown". */
  readonly complete: boolean;
  /** Why it is not complete, in words; null when it is. */
  readonly blind: string | null;
  readonly holders: ReadonlyMap<FileId, readonly Holder[]>;
}

export interface Holder {
  readonly pid: number;
  readonly name: string;
  readonly access: 'read' | 'write';
  /** Opened with O_APPEND; null where that cannot be known. */
  readonly append: boolean | null;
  readonly position: Bytes | null;
}
