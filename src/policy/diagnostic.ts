// What a person wrote that is not as it should be: gathered, never thrown, all shown at once.

import type { Path } from '../units/path.ts';

/** A place in a policy file; line and column count from 1, column in characters. */
export interface Span {
  readonly file: Path;
  readonly line: number;
  readonly column: number;
  /** Characters to underline, at least 1. */
  readonly length: number;
}

export interface Diagnostic {
  /** error: the section (or file) is not served; warning: served, but look; note: for -v only. */
  readonly severity: 'error' | 'warning' | 'note';
  readonly at: Span;
  /** One sentence, present tense, no full stop. */
  readonly message: string;
  /** The line as written, for the frame; null where there is none (a file that cannot be read). */
  readonly line: string | null;
  readonly hint: string | null;
  /** What logrotate 3.22 prints for it, line by line and without the level's prefix; absent where it says nothing. */
  readonly asLogrotate?: readonly LogrotateLine[];
}

export interface LogrotateLine {
  readonly level: 'error' | 'warning' | 'debug';
  readonly text: string;
}
