// Every directive of the language in one table: what it takes, where it may stand, what it does,
// and an example. The parser, did-you-mean, `explain` and the README all read it.

import type { Dialect } from './arguments.ts';
import type { Directive } from './directive.ts';
import { compaction } from './directives/compaction.ts';
import { compression } from './directives/compression.ts';
import { files } from './directives/files.ts';
import { mail } from './directives/mail.ts';
import { names } from './directives/names.ts';
import { retention } from './directives/retention.ts';
import { rotation } from './directives/rotation.ts';
import { scripts } from './directives/scripts.ts';
import { when } from './directives/when.ts';

export const directives: readonly Directive[] = [
  ...when,
  ...retention,
  ...rotation,
  ...names,
  ...compression,
  ...compaction,
  ...scripts,
  ...mail,
  ...files,
];

const byKeyword: ReadonlyMap<string, Directive> = new Map(directives.map(found => [found.keyword, found]));

/** null where there is none, or none in that dialect. */
export function directiveNamed(keyword: string, dialect: Dialect = 'logmill'): Directive | null {
  const found = byKeyword.get(keyword) ?? null;
  return found?.dialect === 'logmill' && dialect === 'logrotate' ? null : found;
}

/** The keywords that share a slot. */
export const rivals: ReadonlyMap<string, readonly string[]> = new Map(
  directives.map(({ slot }) => [
    slot,
    directives.filter(rival => rival.slot === slot).map(rival => rival.keyword),
  ]),
);
