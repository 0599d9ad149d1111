// Adds statements up: globals, sections, and what a section inherits. What is faulty or unsure is
// refused here; what a whole section means is resolved in resolve.ts.

import { nameOf } from '../units/path.ts';
import type { Naming } from './arguments.ts';
import { retention } from './directives/retention.ts';
import {
  type BrokenGlobal,
  copyDraft,
  type Digested,
  type Draft,
  freshDraft,
  type Written,
} from './draft.ts';
import type { Gatherer } from './gather.ts';
import type { Source } from './lexer.ts';
import type { Policy } from './policy.ts';
import { resolve, type WrittenSection } from './resolve.ts';
import type { Statement } from './statement.ts';
import { type TabooPattern, tabooAtFirst, tabooOf } from './taboo.ts';
import { writeDirective } from './write-directive.ts';

/** All that is known while policy files are read, one after the other. */
export interface Sections {
  readonly naming: Naming;
  readonly gatherer: Gatherer;
  readonly policies: Policy[];
  /** How many sections each name has had. */
  readonly names: Map<string, number>;
  readonly broken: BrokenGlobal[];
  globals: Draft;
  taboo: TabooPattern[];
  /** The section that is open. */
  section: OpenSection | null;
}

export interface OpenSection extends WrittenSection {
  refused: boolean;
}

export function noSections(naming: Naming, gatherer: Gatherer): Sections {
  return {
    naming,
    gatherer,
    policies: [],
    names: new Map(),
    broken: [],
    globals: freshDraft(naming.dialect),
    taboo: [...tabooAtFirst],
    section: null,
  };
}

/** A file as far as statements need it. */
export interface File extends Digested {
  readonly source: Source;
}

/** Takes one statement in; includes are the caller's, as is the end of the file. */
export function takeStatement(
  sections: Sections,
  file: File,
  statement: Exclude<Statement, { kind: 'abort' }>,
): void {
  switch (statement.kind) {
    case 'open':
      sections.section = openSection(sections, file, statement);
      return;
    case 'close':
      closeSection(sections, file, statement.from);
      return;
    case 'refuse':
      refuse(sections);
      return;
    case 'broken':
      breakGlobals(sections, statement.slot, { at: statement.at, line: file.source.lineAt(statement.from) });
      return;
    case 'directive':
      takeDirective(sections, file, statement);
      return;
    default:
      statement satisfies never;
  }
}

/** The section in hand is not served. */
export function refuse(sections: Sections): void {
  if (sections.section !== null) sections.section.refused = true;
}

/** A global that could not be read must not silently become the default for what comes after it. */
export function breakGlobals(sections: Sections, slot: string, written: Written): void {
  const { broken, globals } = sections;
  // A file of garbage is one broken thing, not a million.
  const key = broken.length < mostBroken ? slot : '';
  if (globals.broken.has(key)) return;
  const found: BrokenGlobal = { written, sections: 0 };
  broken.push(found);
  globals.broken.set(key, found);
}

const mostBroken = 100;

/** What a broken global has cost, once all is read. */
export function tellBroken({ broken, gatherer }: Sections): void {
  for (const { written, sections } of broken) {
    if (sections === 0) continue;
    const who =
      sections === 1
        ? 'a section that follows inherits this'
        : `${sections} sections that follow inherit this`;
    const message = `${who} and ${sections === 1 ? 'is' : 'are'} not served`;
    const hint = 'mend the line above, or write the directive in each section';
    gatherer.tell({ severity: 'error', at: written.at, line: written.line, message, hint });
  }
}

/** A section that the end of its file cuts off may lack what it keeps: it is left alone (rulings 15). */
export function cutOff(sections: Sections): void {
  const { section, gatherer } = sections;
  sections.section = null;
  if (section === null) return;
  const { at, line } = section;
  const message = 'this section is not closed before the end of the file';
  gatherer.tell({ severity: 'error', at, line, message, hint: 'close it with a } on a line of its own' });
}

/**
 * A last line without an end may have lost more than that: `rotate 30` is then `rotate 3`, or `rot`. What
 * inherits it is left alone, in the door only where it says what is kept.
 */
export function cutLine(sections: Sections, { source }: File, last: Statement | null): void {
  const { section, gatherer, naming } = sections;
  const from = source.text.lastIndexOf('\n') + 1;
  const slots = slotsIn(
    source.text.slice(from).trim(),
    last?.kind === 'directive' && last.from >= from ? last : null,
    naming,
  );
  if (slots.length === 0) return;
  const [at, line] = [source.span(from, source.text.length - from), source.lineAt(from)];
  const message = 'the file ends in this line, which may be cut off';
  gatherer.tell({ severity: 'warning', at, line, message, hint: 'end it with a line break' });
  if (section === null) for (const slot of slots) breakGlobals(sections, slot, { at, line });
  else refuse(sections);
}

/** What a cut line writes, or was about to write. */
function slotsIn(text: string, read: Directed | null, { dialect }: Naming): readonly string[] {
  if (text === '') return [];
  if (read === null)
    return retention.filter(({ keyword }) => keyword.startsWith(text)).map(({ slot }) => slot);
  const { directive, effect } = read;
  const matters = dialect === 'logmill' || directive.group === 'what is kept';
  return effect.kind === 'set' && matters ? [directive.slot] : [];
}

/**
 * Of the globals of a file that logrotate gives up over one of them nothing is kept. But what they said, or were
 * about to say, of what is kept must not become the built-in default, which keeps nothing.
 */
export function giveUpGlobals(sections: Sections, before: Draft): void {
  const { written, broken } = sections.globals;
  sections.globals = before;
  for (const { keyword, slot } of retention) {
    const [said, faulty] = [written[keyword], broken.get(slot)];
    if (faulty !== undefined) before.broken.set(slot, faulty);
    else if (said !== undefined && said !== before.written[keyword]) breakGlobals(sections, slot, said);
  }
}

function openSection(
  { globals, names, naming }: Sections,
  file: File,
  { at, from, patterns, patternText }: Extract<Statement, { kind: 'open' }>,
): OpenSection {
  const { source } = file;
  const base = nameOf(source.file).replace(/\.conf$/, '');
  const count = (names.get(base) ?? 0) + 1;
  names.set(base, count);
  const name = count === 1 ? base : `${base}-${count}`;
  const draft = copyDraft(globals);
  if (naming.dialect === 'logrotate') {
    // The one setting that a section of logrotate's never inherits.
    draft.settings.addextension = null;
    delete draft.written.addextension;
  }
  draft.files.add(file);
  const digest = (): string => digestOf(draft, naming);
  return { name, at, line: source.lineAt(from), patterns, patternText, draft, digest, refused: false };
}

function closeSection(sections: Sections, file: File, from: number): void {
  const { section, gatherer, naming, policies } = sections;
  sections.section = null;
  if (section === null) return;
  if (section.refused) {
    if (naming.dialect === 'logrotate') tellSkipping(gatherer, section, file, from);
    return;
  }
  const { broken } = section.draft;
  for (const global of broken.values()) global.sections += 1;
  if (broken.size > 0) return;
  const { policy, diagnostics } = resolve(section, naming.dialect);
  for (const diagnostic of diagnostics) gatherer.tell(diagnostic);
  if (policy !== null) policies.push(policy);
}

/** Settings from other files count too: a plan must not outlive a change of any of them. */
function digestOf({ files }: Draft, naming: Naming): string {
  const digests = new Set(Array.from(files, file => file.digest));
  const [only = ''] = digests;
  return digests.size === 1 ? only : naming.digest([...digests].join('\n'));
}

/** logrotate says it once more, for the section as a whole. */
function tellSkipping(gatherer: Gatherer, section: OpenSection, { source }: File, from: number): void {
  const asLogrotate = [{ level: 'error', text: `found error in ${section.patternText}, skipping` }] as const;
  const at = source.span(from, 1);
  gatherer.tell({
    severity: 'note',
    at,
    line: source.lineAt(from),
    message: 'this section is not served',
    hint: null,
    asLogrotate,
  });
}

type Directed = Extract<Statement, { kind: 'directive' }>;

function takeDirective(sections: Sections, file: File, statement: Directed): void {
  const { effect, directive, from, at } = statement;
  if (effect.kind === 'taboo') {
    if (!effect.append) sections.taboo = [];
    for (const pattern of effect.patterns) sections.taboo.push(tabooOf(pattern));
  }
  if (effect.kind !== 'set') return;
  const draft = sections.section?.draft ?? sections.globals;
  draft.files.add(file);
  const written: Written = { at, line: file.source.lineAt(from) };
  const note = writeDirective(draft, directive, effect.change, written, sections.naming.dialect);
  if (note !== null) sections.gatherer.tell(note);
}
