// What can be planned: steps, reasons, what is kept. Plain JSON throughout (a plan can be saved
// and applied later), and no decision is left to whoever applies it.

import type { CodecName } from '../codec/codec.ts';
import type { LogSet, Observation } from '../logs/log-set.ts';
import type { Span } from '../policy/diagnostic.ts';
import type {
  Attributes,
  Compactor,
  Compressor,
  ScriptName,
  Settings,
  TruncateMethod,
} from '../policy/policy.ts';
import type { Bytes } from '../units/bytes.ts';
import type { Zone } from '../units/calendar.ts';
import type { EpochMs, Ms } from '../units/duration.ts';
import type { FileId } from '../units/identity.ts';
import type { Path } from '../units/path.ts';

export interface Plan {
  readonly format: 1;
  /** `20260801T100211Z-5f3a9c`: when it was made (UTC) and the observation's nonce. */
  readonly id: string;
  readonly made: EpochMs;
  readonly zone: Zone;
  readonly boot: string;
  readonly host: string;
  /** For showing only, never asked. */
  readonly cause: Cause;
  /** The policies it was made from: refused when a file changed (rulings 9, 10). */
  readonly policies: readonly {
    readonly name: string;
    readonly file: Path;
    readonly digest: string;
    /** Whom its files are worked on as; absent: as whoever applies. */
    readonly su?: NonNullable<Settings['su']>;
  }[];
  /** Folders by identity: nothing outside what was looked at is touched. `path` is free of links. */
  readonly folders: readonly { readonly path: Path; readonly id: FileId | null }[];
  readonly steps: readonly Step[];
}

export interface Cause {
  readonly trigger: string;
  readonly detail: string;
}

/** Why: a sentence with the values in it, and the directive that says so. */
export interface Reason {
  readonly text: string;
  readonly directive: string | null;
  readonly at: Span | null;
}

/** A file that a step needs: seen (`id`), or made by an earlier step of this plan (`madeBy`). */
export interface FileRef {
  readonly path: Path;
  readonly id: FileId | null;
  readonly madeBy: number | null;
  readonly size: Bytes;
  readonly allocated: Bytes;
  /** As seen; null for a live log (growth is allowed) and for what a step makes. */
  readonly modified: EpochMs | null;
}

export interface StepBase {
  /** From 1, unique in the plan. */
  readonly id: number;
  /** Steps of one lane run in order; a failed step ends its lane. */
  readonly lane: string;
  /** null for scripts that serve a whole section. */
  readonly log: Path | null;
  readonly policy: string;
  /**
   * Steps that must have ended before; when one of them failed (or was stale, refused, skipped) this
   * one is skipped, unless `always`. What was deferred has not failed, but what it would have replaced
   * stays. Scripts besides run one at a time in the plan's order, whatever became of those before.
   */
  readonly after: readonly number[];
  readonly always: boolean;
  /** Of `after`: those whose failure skips this one also where it runs `always`. */
  readonly needs?: readonly number[];
  readonly why: Reason;
}

/** How a file is made: as planned from what was seen, so that nothing is decided in applying. */
export interface Made {
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
}

export type Step = StepBase &
  (
    | { readonly kind: 'adopt' }
    | { readonly kind: 'make-folder'; readonly path: Path; readonly made: Attributes }
    /** `rotates`: the live log becomes a generation; else a generation is shifted. */
    | { readonly kind: 'move'; readonly file: FileRef; readonly to: Path; readonly rotates: boolean }
    /** `inherits`: it takes over the access control list of the log that stood there. */
    | { readonly kind: 'create'; readonly path: Path; readonly made: Made; readonly inherits?: true }
    | {
        readonly kind: 'copy';
        readonly file: FileRef;
        readonly to: Path;
        readonly made: Made;
        readonly rotates: boolean;
        /** Where what is not yet archived begins, in a log that is punched; not said: at 0. */
        readonly from?: Bytes;
      }
    /** Empties the live log once its copy is whole; copy null: nothing is kept (rotate 0). */
    | {
        readonly kind: 'truncate';
        readonly file: FileRef;
        readonly copy: FileRef | null;
        readonly method: Exclude<TruncateMethod, 'auto'>;
        /** What the census of the look said; a worse answer when it is done makes the step stale (rulings 13). */
        readonly writers?: 'nobody' | 'appending' | 'unknown' | 'any';
        /** As in the copy's step; punch only. */
        readonly from?: Bytes;
      }
    /** The plain file goes once its archive is whole, unless a later step of the plan deletes that path. */
    | {
        readonly kind: 'compress';
        readonly file: FileRef;
        readonly to: Path;
        readonly compressor: Compressor;
        readonly made: Made;
        readonly predicted: Prediction | null;
        /** Deferred, not failed, while somebody still writes to the file (rulings 8). */
        readonly wait: Ms;
        /** A program renames files under such names at any moment: one is let go only after it was set aside. */
        readonly contested?: true;
        /** Times of the log that the plain file is a copy of: its archive takes them, since a copy is dated by its making. */
        readonly dated?: { readonly modified: EpochMs; readonly accessed: EpochMs };
        readonly fromTail?: FromTail;
      }
    /**
     * Archives of one period become one, or a joined archive loses what retention let go at its
     * front. It is built beside. What stands under `to` is replaced only where it is one of the
     * sources; the other sources go once the archive is whole, unless `leaves`: then deletions of
     * this plan take them.
     */
    | {
        readonly kind: 'compact';
        /** Oldest first, each the bytes that follow those of the one before. */
        readonly sources: readonly JoinSource[];
        readonly to: Path;
        readonly compactor: Compactor;
        readonly made: Made;
        readonly predicted: Prediction | null;
        /** Packed bytes of the generations that are cut off. */
        readonly cut: Bytes;
        readonly leaves: boolean;
      }
    | { readonly kind: 'delete'; readonly file: FileRef; readonly shred: { readonly cycles: number } | null }
    /** Sends a generation as a letter; `through`: the program that makes it plain first, null where it is. */
    | {
        readonly kind: 'mail';
        readonly file: FileRef;
        readonly subject: string;
        readonly address: string;
        readonly through: string | null;
      }
    | {
        readonly kind: 'script';
        readonly script: ScriptName;
        /** Read from the policy, never from the plan. */
        readonly at: Span;
        readonly digest: string;
        readonly args: readonly string[];
        readonly limit: Ms | null;
      }
  );

/**
 * For want of room the file is compressed and cut part by part from its end, its parts then joined. Only
 * by gzip or zstd in process, beside it, and where nobody holds it.
 */
export interface FromTail {
  /** The most plain bytes in one part. */
  readonly part: Bytes;
  /** The most bytes besides, until the first are freed. */
  readonly extra: Bytes;
}

export interface JoinSource {
  readonly file: FileRef;
  /** What its name says it is packed with. */
  readonly codec: CodecName;
  /** copy: its archives are taken as they are; pack: decoded, and packed as `compactor` says. */
  readonly how: 'copy' | 'pack';
  /** How many generations at its front are left out: of a joined archive only. */
  readonly skip: number;
  /** What the index will say of it; null: it is joined already, and its own index says so. */
  readonly part: {
    readonly rotated: EpochMs;
    readonly modified: EpochMs;
    readonly dated: EpochMs;
  } | null;
}

export type StepKind = Step['kind'];
export type StepOf<K extends StepKind> = Extract<Step, { readonly kind: K }>;

export interface Prediction {
  readonly bytes: Bytes;
  /** Plus or minus, in bytes. */
  readonly error: Bytes;
}

/** What is left alone, and why. */
export interface Kept {
  readonly log: Path;
  readonly path: Path;
  readonly policy: string;
  readonly size: Bytes;
  /** refused: for safety, exit 4; trouble: an error, exit 1 or 3. */
  readonly how: 'kept' | 'not due' | 'refused' | 'trouble';
  readonly why: Reason;
  /** What would mend it; for refused and trouble. */
  readonly hint: string | null;
  /** When time makes it due, where that can be said. */
  readonly next: EpochMs | null;
}

export interface Planning {
  readonly plan: Plan;
  readonly kept: readonly Kept[];
  /** The logs as they were looked at. */
  readonly seen: readonly LogSet[];
  /** The disk as it will be; files that the plan makes have id null. */
  readonly expected: readonly LogSet[];
  readonly totals: Totals;
  /** What could not be looked at: logs that would have been found there have no plan. */
  readonly troubles: Observation['troubles'];
  readonly warnings: readonly {
    readonly policy: string;
    /** The log or folder that it is of, whatever its figures are now; null: the section. */
    readonly about: Path | null;
    readonly message: string;
    readonly at: Span | null;
  }[];
}

export interface Totals {
  /** Apparent bytes of all logs and generations that were looked at. */
  readonly now: Bytes;
  readonly after: Bytes;
  readonly error: Bytes;
  /** Most extra bytes taken at any moment while it runs. */
  readonly extra: Bytes;
}

export function stepsById({ steps }: Plan): ReadonlyMap<number, Step> {
  return new Map(steps.map(step => [step.id, step]));
}
