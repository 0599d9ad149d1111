// Which names of an included folder are not read: what editors and package tools leave behind.

import { matcherOf } from './glob.ts';

/** logrotate 3.22's list, the .pac* of later releases with it. */
const endings = [
  ',v',
  '.bak',
  '.cfsaved',
  '.disabled',
  '.dpkg-bak',
  '.dpkg-del',
  '.dpkg-dist',
  '.dpkg-new',
  '.dpkg-old',
  '.dpkg-tmp',
  '.new',
  '.old',
  '.orig',
  '.pacnew',
  '.pacorig',
  '.pacsave',
  '.rhn-cfg-tmp-*',
  '.rpmnew',
  '.rpmorig',
  '.rpmsave',
  '.swp',
  '.ucf-dist',
  '.ucf-new',
  '.ucf-old',
  '~',
];

export interface TabooPattern {
  readonly pattern: string;
  readonly matches: (name: string) => boolean;
}

export function tabooOf(pattern: string): TabooPattern {
  return { pattern, matches: matcherOf(pattern) };
}

export const tabooAtFirst: readonly TabooPattern[] = endings.map(ending => tabooOf(`*${ending}`));

/**
 * The pattern that keeps a name from being read; null: it is read. A hidden name is judged by
 * what stands behind its period: logrotate reads `.nginx.swp`, an editor's leftover.
 */
export function tabooFor(name: string, patterns: readonly TabooPattern[]): string | null {
  const bare = name.startsWith('.') && name.length > 1 ? name.slice(1) : name;
  return patterns.find(({ matches }) => matches(name) || matches(bare))?.pattern ?? null;
}
