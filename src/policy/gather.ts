// Gathers diagnostics while policies are read. A file of garbage has a problem on every line, so
// only the first hundred are kept, and the rest is counted. What is refused is not decided here.

import type { Path } from '../units/path.ts';
import type { Diagnostic, LogrotateLine, Span } from './diagnostic.ts';
import type { Source } from './lexer.ts';

export interface Gatherer {
  tell(diagnostic: Diagnostic): void;
  /** Whether so many of a severity are there that the next is only counted: spares the work of a good hint. */
  isFull(severity: Diagnostic['severity']): boolean;
  /** Counts one that is not kept. */
  countOne(severity: Diagnostic['severity']): void;
  /** Of files in the order in which they were begun, in each by line and column. */
  sorted(): Diagnostic[];
}

/** At most this many of each severity are kept. */
const limit = 100;

export function makeGatherer(): Gatherer {
  const kept: Diagnostic[] = [];
  const rank = new Map<Path, number>();
  const counts = { error: 0, warning: 0, note: 0 };
  const last: Partial<Record<Diagnostic['severity'], Span>> = {};

  return {
    tell(diagnostic) {
      const { severity, at } = diagnostic;
      if (!rank.has(at.file)) rank.set(at.file, rank.size);
      counts[severity] += 1;
      if (counts[severity] > limit) return;
      last[severity] = at;
      kept.push(diagnostic);
    },
    isFull: severity => counts[severity] >= limit,
    countOne(severity) {
      counts[severity] += 1;
    },
    sorted() {
      const order = (span: Span): number => rank.get(span.file) ?? 0;
      const sorted = kept.toSorted(
        (a, b) => order(a.at) - order(b.at) || a.at.line - b.at.line || a.at.column - b.at.column,
      );
      for (const severity of ['error', 'warning'] as const) {
        const at = last[severity];
        const more = counts[severity] - limit;
        if (at === undefined || more <= 0) continue;
        const message = `and ${more} more ${severity}${more === 1 ? '' : 's'}, not shown`;
        sorted.push({ severity, at, message, line: null, hint: null });
      }
      return sorted;
    },
  };
}

/** A problem at a place in a source, in its own words and, where it has any, in logrotate's. */
export interface Complaint {
  readonly severity: Diagnostic['severity'];
  readonly from: number;
  readonly length: number;
  readonly message: string;
  readonly hint?: string | null;
  /** What follows `FILE:LINE ` in logrotate's own line. */
  readonly asLogrotate?: string;
  /** logrotate's level, where it is not the severity. */
  readonly level?: LogrotateLine['level'];
}

export function diagnosticAt(source: Source, complaint: Complaint): Diagnostic {
  const at = source.span(complaint.from, complaint.length);
  const diagnostic: Diagnostic = {
    severity: complaint.severity,
    at,
    message: complaint.message,
    line: source.lineAt(complaint.from),
    hint: complaint.hint ?? null,
  };
  if (complaint.asLogrotate === undefined) return diagnostic;
  const gap = complaint.asLogrotate.startsWith(',') ? '' : ' ';
  const level = complaint.level ?? (complaint.severity === 'note' ? 'debug' : complaint.severity);
  return {
    ...diagnostic,
    asLogrotate: [{ level, text: `${at.file}:${at.line}${gap}${complaint.asLogrotate}` }],
  };
}

/** A problem with a file as a whole: there is no line to show. */
export function diagnosticOf(
  file: Path,
  complaint: {
    severity: Diagnostic['severity'];
    message: string;
    hint?: string | null;
    asLogrotate?: readonly LogrotateLine[];
  },
): Diagnostic {
  const diagnostic: Diagnostic = {
    severity: complaint.severity,
    at: { file, line: 1, column: 1, length: 1 },
    message: complaint.message,
    line: null,
    hint: complaint.hint ?? null,
  };
  return complaint.asLogrotate === undefined
    ? diagnostic
    : { ...diagnostic, asLogrotate: complaint.asLogrotate };
}
