// Writes a directive into a draft: its value, where it stands, and what it overrides.

import type { Dialect } from './arguments.ts';
import type { Diagnostic } from './diagnostic.ts';
import type { Change, Directive } from './directive.ts';
import { rivals } from './directives.ts';
import type { Draft, Written } from './draft.ts';

/** The note to tell when a directive that was written before is overridden by another; null else. */
export function writeDirective(
  draft: Draft,
  directive: Directive,
  change: Change,
  written: Written,
  dialect: Dialect,
): Diagnostic | null {
  Object.assign(draft.settings, change(draft.settings, dialect));
  let overridden: string | null = null;
  for (const slot of [directive.slot, ...directive.clears]) {
    draft.broken.delete(slot);
    for (const rival of rivals.get(slot) ?? []) {
      if (draft.written[rival] === undefined) continue;
      if (rival !== directive.keyword && slot === 'criterion') overridden = rival;
      delete draft.written[rival];
    }
  }
  draft.written[directive.keyword] = written;
  if (overridden === null) return null;
  const text = `note: '${directive.keyword}' overrides previously specified '${overridden}'`;
  const message = `'${directive.keyword}' overrides '${overridden}', which was written before`;
  const hint =
    directive.keyword === 'size' || overridden === 'size' ? 'maxsize goes together with a time' : null;
  const { at, line } = written;
  return { severity: 'note', at, line, message, hint, asLogrotate: [{ level: 'debug', text }] };
}
