// What a policy file is made of, as its walk gives it, and what the parts of the walk share.

import type { Naming } from './arguments.ts';
import type { Span } from './diagnostic.ts';
import type { Directive, Effect } from './directive.ts';
import type { Complaint, Gatherer } from './gather.ts';
import type { Source } from './lexer.ts';
import type { Pattern } from './policy.ts';

export type Statement =
  | {
      readonly kind: 'open';
      readonly from: number;
      readonly at: Span;
      readonly patterns: readonly Pattern[];
      readonly patternText: string;
    }
  | {
      readonly kind: 'directive';
      readonly directive: Directive;
      readonly from: number;
      readonly at: Span;
      readonly effect: Effect;
    }
  /** A directive that could not be read; its message has been told. */
  | {
      readonly kind: 'broken';
      readonly slot: string;
      readonly from: number;
      readonly at: Span;
    }
  /** The section in hand is not served. */
  | { readonly kind: 'refuse' }
  | { readonly kind: 'close'; readonly from: number }
  /** The rest of the file is not read, as in logrotate. */
  | { readonly kind: 'abort' };

/** Whether a section is open: an included file's lines belong to the section that includes it. */
export interface Place {
  inSection: boolean;
  /** The section was opened by the file that includes this one: it cannot end here. */
  readonly isBorrowed: boolean;
}

export interface Walk {
  readonly source: Source;
  readonly place: Place;
  readonly naming: Naming;
  readonly tell: (complaint: Complaint) => void;
  /** Whether further problems of a severity are only counted. */
  readonly isFull: Gatherer['isFull'];
  readonly nextBrace: (at: number) => string;
}

/** Each step gives the place to go on from, or this to end the file. */
export const stop = -1;
export type Step = Generator<Statement, number>;

export const lf = 0x0a;
export const hash = 0x23;
export const closing = 0x7d;
export const equals = 0x3d;
