// What a directive is, and the makers that write one down in a few lines. The directives themselves
// stand in directives/, a file for each group.

import type { Argument, Dialect, Naming, Raw, Taken } from './arguments.ts';
import type { DraftSettings } from './draft.ts';

export type Group =
  | 'when'
  | 'what is kept'
  | 'how it is rotated'
  | 'names'
  | 'compression'
  | 'compaction'
  | 'scripts'
  | 'mail'
  | 'policy files';

/** What a directive does where it stands. */
export type Effect =
  | { readonly kind: 'set'; readonly change: Change }
  | { readonly kind: 'include'; readonly path: string }
  | { readonly kind: 'taboo'; readonly append: boolean; readonly patterns: readonly string[] }
  | { readonly kind: 'nothing' };

/** The settings that it changes, from those in force so far. */
export type Change = (settings: DraftSettings, dialect: Dialect) => Partial<DraftSettings>;

export interface Directive {
  readonly keyword: string;
  readonly group: Group;
  /** What follows it, as a synopsis shows it; '' for nothing. */
  readonly shape: string;
  readonly takes: 'nothing' | 'line' | 'script';
  /** Whether = may stand before the value. */
  readonly equals: boolean;
  /** Whether the value may be left out. */
  readonly optional: boolean;
  readonly where: 'anywhere' | 'outside sections';
  /** Directives of one slot override each other: the last one written holds. */
  readonly slot: string;
  /** Other slots that writing it empties. */
  readonly clears: readonly string[];
  readonly from: 'logrotate' | 'logmill';
  /** Whether logrotate's dialect has it too: what the door would leave alone afterwards it must not make. */
  readonly dialect: 'both' | 'logmill';
  /** One sentence without a full stop. */
  readonly says: string;
  readonly example: string;
  /** What holds when it is not written, in words. */
  readonly standard: string;
  read(raw: Raw, naming: Naming): Taken<Effect>;
}

export interface Words {
  readonly says: string;
  readonly example?: string;
  readonly standard?: string;
  readonly slot?: string;
  readonly clears?: readonly string[];
  readonly from?: 'logmill';
  readonly dialect?: 'logmill';
}

/** A directive before its group is put to it. */
export type Entry = Omit<Directive, 'group'>;

export function entry(keyword: string, words: Words, rest: Partial<Entry>): Entry {
  return {
    keyword,
    shape: '',
    takes: 'nothing',
    equals: true,
    optional: true,
    where: 'anywhere',
    slot: words.slot ?? keyword,
    clears: words.clears ?? [],
    from: words.from ?? 'logrotate',
    dialect: words.dialect ?? 'both',
    says: words.says,
    example: words.example ?? keyword,
    standard: words.standard ?? 'off',
    read: () => ({ value: { kind: 'nothing' } }),
    ...rest,
  };
}

export function group(name: Group, entries: readonly Entry[]): readonly Directive[] {
  return entries.map(found => ({ ...found, group: name }));
}

/** Takes no value. */
export function flag(keyword: string, settings: Partial<DraftSettings>, words: Words): Entry {
  return entry(keyword, words, { read: () => ({ value: { kind: 'set', change: () => settings } }) });
}

/** A switch with its negation; both share a slot. */
export function pair(
  keyword: string,
  settings: (on: boolean) => Partial<DraftSettings>,
  words: Words,
): readonly Entry[] {
  const { from, dialect } = words;
  const negation = {
    slot: keyword,
    says: `undoes ${keyword}`,
    ...(from === undefined ? {} : { from }),
    ...(dialect === undefined ? {} : { dialect }),
  };
  return [flag(keyword, settings(true), words), flag(`no${keyword}`, settings(false), negation)];
}

/** Takes the rest of its line. */
export function taking<T>(
  keyword: string,
  argument: Argument<T>,
  change: (value: T, settings: DraftSettings, dialect: Dialect) => Partial<DraftSettings>,
  words: Words & { readonly example: string },
): Entry {
  return entry(keyword, words, {
    takes: 'line',
    shape: argument.shape,
    equals: argument.equals,
    optional: argument.optional,
    read(raw, naming) {
      const taken = argument.read(raw, naming);
      if ('problem' in taken) return taken;
      const { value } = taken;
      return { value: { kind: 'set', change: (settings, dialect) => change(value, settings, dialect) } };
    },
  });
}
