// A policy: one section of a policy file with every setting in force, and where each was written.

import type { CodecName, Level } from '../codec/codec.ts';
import type { Bytes } from '../units/bytes.ts';
import type { Ms } from '../units/duration.ts';
import type { Path } from '../units/path.ts';
import type { Span } from './diagnostic.ts';

export interface Policy {
  /** The file's name without .conf; the second section of a file is NAME-2, and so on. */
  readonly name: string;
  readonly at: Span;
  /** The words of the pattern list, quoting undone, in order. */
  readonly patterns: readonly Pattern[];
  /** The list as written, inner newlines kept, trailing blanks gone: scripts get it as $1 in shared mode. */
  readonly patternText: string;
  readonly settings: Settings;
  /** Where each directive in force was written, by its keyword; absent: the default is in force. */
  readonly writtenAt: Readonly<Partial<Record<string, Span>>>;
  readonly conduct: Conduct;
  /** SHA-256 of the file's bytes: a saved plan is refused when it has changed. */
  readonly digest: string;
  /**
   * Only of the built-in policy (rulings 18): the regular text files of a folder are its logs, links
   * never followed; `patterns` cannot say that.
   */
  readonly wholeFolder?: { readonly folder: Path; readonly recursive: boolean };
}

export interface Pattern {
  readonly text: string;
  readonly at: Span;
}

/** When a log is due by time or plain size: one slot, the last one written wins. */
export type Criterion =
  | { readonly kind: 'size'; readonly size: Bytes }
  | { readonly kind: 'minutes'; readonly minutes: number }
  | { readonly kind: 'hourly' | 'daily' | 'yearly' }
  /** day 0 (Sunday) to 6; 7: every seven days. */
  | { readonly kind: 'weekly'; readonly day: number }
  /** day 1 to 31; 0: the first run in a month. */
  | { readonly kind: 'monthly'; readonly day: number };

export interface Attributes {
  /** null: as the log it stands beside. */
  readonly mode: number | null;
  readonly uid: number | null;
  readonly gid: number | null;
}

export type Compressor =
  | { readonly by: 'codec'; readonly codec: CodecName; readonly level: Level; readonly extension: string }
  | {
      readonly by: 'program';
      readonly program: string;
      readonly args: readonly string[];
      readonly extension: string;
    };

/** Joined archives are in a format whose archives can stand one behind the other. */
export interface Compactor {
  readonly codec: 'gzip' | 'zstd';
  readonly level: Level;
}

export type JoinedPeriod = 'daily' | 'weekly' | 'monthly';

export type Floor =
  | { readonly kind: 'size'; readonly size: Bytes }
  | { readonly kind: 'age'; readonly age: Ms };

export type Room =
  | { readonly kind: 'size'; readonly size: Bytes }
  /** Of the file system, 1 to 99. */
  | { readonly kind: 'percent'; readonly percent: number };

export type ScriptName = 'prerotate' | 'postrotate' | 'firstaction' | 'lastaction' | 'preremove';

export interface Script {
  readonly text: string;
  readonly at: Span;
  /** SHA-256 of the text: plans name a script by place and digest, and never carry it (rulings 9). */
  readonly digest: string;
}

export type TruncateMethod = 'auto' | 'collapse' | 'tail' | 'punch' | 'freeze';

/** Every directive's value in force, named as the directive; logrotate's defaults unless said otherwise. */
export interface Settings {
  readonly criterion: Criterion;
  readonly minsize: Bytes | null;
  readonly maxsize: Bytes | null;
  /** Days. */
  readonly minage: number | null;
  /** Generations kept; -1: no limit by count. */
  readonly rotate: number;
  readonly start: number;
  /** Days, from mtime, as logrotate counts. */
  readonly maxage: number | null;
  /** logmill: generations younger than this are never deleted; counted from the rotation. */
  readonly keepfor: Ms | null;
  /** logmill: all generations of one log take no more than this; the newest stays all the same. */
  readonly maxtotal: Bytes | null;
  /** logmill: all logs of the section together, live ones included, take no more than this. */
  readonly budget: Bytes | null;
  /** logmill: what the budget leaves to every log. */
  readonly budgetfloor: Floor | null;
  /** logmill: when the file system has less room than this, archives are made early. */
  readonly keepfree: Room | null;
  /** logmill: the live log belongs to its program alone; only what is kept of it is seen to. */
  readonly leavelive: boolean;
  readonly missingok: boolean;
  readonly ifempty: boolean;
  readonly ignoreduplicates: boolean;
  readonly create: Attributes | null;
  readonly copy: boolean;
  readonly copytruncate: boolean;
  readonly renamecopy: boolean;
  readonly truncatewith: TruncateMethod;
  /** As written, `~/` expanded; relative to each log's folder. */
  readonly olddir: Path | null;
  readonly createolddir: Attributes | null;
  readonly allowhardlink: boolean;
  readonly shred: boolean;
  readonly shredcycles: number;
  readonly su: {
    readonly uid: number;
    readonly gid: number;
    readonly user: string;
    readonly group: string;
  } | null;
  readonly dateext: boolean;
  /** null: by criterion (-%Y%m%d, hourly -%Y%m%d%H, minutes -%Y%m%d%H%M). */
  readonly dateformat: string | null;
  readonly dateyesterday: boolean;
  readonly datehourago: boolean;
  readonly extension: string | null;
  readonly addextension: string | null;
  readonly compress: boolean;
  readonly delaycompress: boolean;
  /** What compress uses, from compresscmd, compressoptions and compressext together. */
  readonly compressor: Compressor;
  readonly uncompresscmd: string;
  /** logmill: archives of one past period become one; null: they stay apart. */
  readonly compact: JoinedPeriod | null;
  /** logmill: counted from the rotation. */
  readonly compactafter: Ms;
  /** logmill: what joined archives are packed with. */
  readonly compactor: Compactor;
  readonly scripts: Readonly<Partial<Record<ScriptName, Script>>>;
  readonly sharedscripts: boolean;
  /** logmill: a script may take this long; null: for ever, as in logrotate. */
  readonly scripttimeout: Ms | null;
  readonly mail: string | null;
  readonly mailfirst: boolean;
  /** logmill: cron expression at which time criteria are looked at; null: at their period's start. */
  readonly schedule: string | null;
}

/**
 * Where the logrotate door and logmill's own commands do differ (rulings 22): settings, never a
 * question of who asks. `policy/resolve.ts` holds the two rows; the README prints them.
 */
export interface Conduct {
  /** A second rotation on one date. */
  readonly onSameDate: 'number' | 'skip';
  /** Generations in another scheme or codec of the same log. */
  readonly otherNames: 'count' | 'leave';
  /** A section in which no directive says what is kept. */
  readonly withoutRetention: 'refuse' | 'rotate 0';
  readonly unknownDirective: 'error' | 'warning';
  /** Compressing and deleting what is left over, also for logs that are not due. */
  readonly leftovers: 'each round' | 'at rotation';
  /** Whether a log that is not there (or a pattern without a match) gets a state entry. */
  readonly missingLogs: 'forget' | 'remember';
  /** With sharedscripts, what a log that cannot be looked at means to the others of its section. */
  readonly sharedTrouble: 'go on' | 'leave the section';
  /** How long a round waits for a writer that still holds the newest generation. */
  readonly waitForWriter: Ms;
}
