// What lies on the disk, as nouns: a live log with its generations, and all of them seen at one
// moment.

import type { CodecName } from '../codec/codec.ts';
import type { JoinedPart } from '../codec/joined.ts';
import type { Policy } from '../policy/policy.ts';
import type { Bytes } from '../units/bytes.ts';
import type { Zone } from '../units/calendar.ts';
import type { EpochMs } from '../units/duration.ts';
import type { FileId } from '../units/identity.ts';
import type { Path } from '../units/path.ts';

/** A file as it was seen, or as a plan will make it. */
export interface SeenFile {
  readonly path: Path;
  /** null: a plan will make it; of a live log also: nothing was due, and nobody asked. */
  readonly id: FileId | null;
  readonly size: Bytes;
  readonly allocated: Bytes;
  readonly modified: EpochMs;
  readonly accessed: EpochMs;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly links: number;
}

export interface LiveLog extends SeenFile {
  /** Up to where it is archived already and a hole; only of logs that are punched, once looked into. */
  readonly archived?: Bytes;
  /** Begins with a hole though nobody is seen to write: somebody went on at his old place after it was emptied. */
  readonly hollow?: true;
}

/**
 * How a generation is named: a number, or a date as written, with its separator (`-20261122`).
 * `again` is 1 for the first on that date; 2 and up stand in the name behind it (`-20261122.2`).
 * `at` is null where what looks like a date is none.
 */
export type Mark =
  | { readonly by: 'number'; readonly number: number }
  | { readonly by: 'date'; readonly text: string; readonly at: EpochMs | null; readonly again: number };

export interface Generation extends SeenFile {
  readonly mark: Mark;
  /** What its name says it is packed with: null is plain, 'foreign' is .bz2, .xz and the like, kept and counted. */
  readonly codec: CodecName | 'foreign' | null;
  /** When it was rotated: from the record, else from its date (and its mtime on that day), else its mtime; of a joined archive, its newest part. */
  readonly rotated: EpochMs;
  /** Of a joined archive: the generations in it, oldest first. Absent on all others. */
  readonly inside?: readonly JoinedPart[];
}

/** Who holds a live log or a fresh generation open. `null`: it could not be known. */
export interface Writer {
  readonly pid: number;
  readonly name: string;
  readonly append: boolean | null;
}

/** Why a log is left alone whatever the policy says. */
export interface Obstacle {
  readonly kind:
    | 'missing'
    | 'link'
    | 'hard-linked'
    | 'not-a-file'
    | 'insecure-folder'
    | 'unreadable'
    | 'held-elsewhere'
    | 'half-compressed';
  readonly words: string;
  readonly hint: string | null;
}

export interface LogSet {
  readonly path: Path;
  readonly policy: Policy;
  readonly live: LiveLog | null;
  readonly obstacle: Obstacle | null;
  /** Newest first. Empty until looked at: only of logs for which `generationsSeen`. */
  readonly generations: readonly Generation[];
  readonly generationsSeen: boolean;
  /** The folder of the generations: olddir, or the log's own. */
  readonly folder: Path;
  /** Other names in that folder that begin like this log's: a plan must not want them. */
  readonly taken: ReadonlySet<string>;
  /** Temporary files in its folders whose plan nobody remembers; each is said of one log only. */
  readonly leftovers?: readonly SeenFile[];
  /** Of the live log; null: not known. An empty list is a true "nobody". */
  readonly writers: readonly Writer[] | null;
  /** Of generations that somebody still writes to, by id. */
  readonly held: ReadonlyMap<FileId, readonly Writer[]>;
  /** Compressed size over plain size by sampling, by id; `error` is the relative spread. */
  readonly samples: ReadonlyMap<FileId, Sample>;
}

export interface Sample {
  readonly ratio: number;
  readonly error: number;
}

export interface SeenFolder {
  readonly path: Path;
  /** Links resolved: this is what is opened. */
  readonly real: Path;
  /** null: it does not exist (an olddir to be made). */
  readonly id: FileId | null;
  readonly free: Bytes | null;
  /** Of the file system; absent or null: not known. */
  readonly size?: Bytes | null;
  /** Whether the file system can collapse a range; null: not known. */
  readonly blockSize: Bytes | null;
  readonly collapses: boolean | null;
}

export interface Observation {
  /** The moment of every decision; nothing in a pure room asks a clock. */
  readonly at: EpochMs;
  readonly zone: Zone;
  readonly boot: string;
  readonly host: string;
  /** Random, from outside: makes plan ids and temporary names unguessable. */
  readonly nonce: string;
  readonly logSets: readonly LogSet[];
  readonly folders: ReadonlyMap<Path, SeenFolder>;
  /** What could not be looked at. */
  readonly troubles: readonly {
    readonly policy: string;
    readonly code: string;
    readonly message: string;
    readonly hint: string | null;
  }[];
}
