// Reads policy files with what they include, and gives the policies that are to be served together
// with everything there is to say about them. What is on the disk comes through a PolicyReader.

import { join, type Path, showPath } from '../units/path.ts';
import type { Dialect, Naming } from './arguments.ts';
import type { Diagnostic, LogrotateLine } from './diagnostic.ts';
import { copyDraft, type Digested } from './draft.ts';
import { type Facts, objectionTo, textProblem } from './file-checks.ts';
import { diagnosticAt, diagnosticOf, makeGatherer } from './gather.ts';
import { makeSource, type Source } from './lexer.ts';
import { readStatements } from './parse.ts';
import type { Policy } from './policy.ts';
import {
  breakGlobals,
  cutLine,
  cutOff,
  type File,
  giveUpGlobals,
  noSections,
  refuse,
  type Sections,
  takeStatement,
  tellBroken,
} from './sections.ts';
import type { Place, Statement } from './statement.ts';
import { tabooFor } from './taboo.ts';

/** The eyes of the parser: what stands under a path, and who is who. */
export interface PolicyReader extends Omit<Naming, 'dialect'> {
  /** Whether logmill runs as root: then policy files must be root's own. */
  readonly isRoot: boolean;
  read(path: Path): PolicyRead;
}

export type PolicyRead =
  /** Undecodable bytes as U+DC80..DCFF; `digest` is that of the bytes, which may be made when it is asked for. */
  | ({ readonly kind: 'file'; readonly text: string; readonly digest: string } & Facts)
  /** Names sorted as the locale sorts them. */
  | { readonly kind: 'folder'; readonly names: readonly string[] }
  /** `code` is errno's name, ENOTREG for what is neither file nor folder, EFBIG above 16 MiB. */
  | {
      readonly kind: 'problem';
      readonly code: string;
      readonly message: string;
      readonly hint: string | null;
    };

export interface PoliciesRead {
  readonly policies: Policy[];
  readonly diagnostics: Diagnostic[];
  /** Every file that was read, included ones too, in order. */
  readonly files: Path[];
}

/**
 * Reads files and folders in the given order; globals of one hold for the next, as in logrotate.
 * Problems never throw: each is a diagnostic, and a section with an error is not among the policies.
 */
export function readPolicies(paths: readonly Path[], reader: PolicyReader, dialect: Dialect): PoliciesRead {
  const gatherer = makeGatherer();
  const { user, group, isTaken, home, digest } = reader;
  const sections = noSections({ dialect, user, group, isTaken, home, digest }, gatherer);
  const reading: Reading = { reader, sections, files: [], open: [] };
  for (const path of paths) readPath(reading, path, null);
  tellBroken(sections);
  return { policies: sections.policies, diagnostics: gatherer.sorted(), files: reading.files };
}

interface Reading {
  readonly reader: PolicyReader;
  readonly sections: Sections;
  readonly files: Path[];
  /** The files that are being read, outermost first. */
  readonly open: Path[];
}

/** logrotate's limit for includes within includes. */
const deepest = 16;
/** Files that include each other over and over would else be read for ever. */
const mostFiles = 10_000;

/** The include that asks for a path; null: it was named on the command line, or lies in a folder. */
type Asked = { readonly source: Source; readonly from: number; readonly length: number } | null;

interface Told {
  readonly severity: Diagnostic['severity'];
  readonly message: string;
  readonly hint?: string | null;
  readonly asLogrotate?: readonly LogrotateLine[];
}

/** Told where the include stands, or of the file as a whole. */
function tell({ sections }: Reading, path: Path, asked: Asked, told: Told): void {
  const whole = diagnosticOf(path, told);
  if (asked === null) {
    sections.gatherer.tell(whole);
    return;
  }
  const { source, from, length } = asked;
  const at = source.span(from, length);
  sections.gatherer.tell({ ...whole, at, line: source.lineAt(from) });
}

/** A file that could not be read: what was to come from it is missing, and natively nothing goes on without it. */
function miss(reading: Reading, path: Path, asked: Asked, told: Told): void {
  tell(reading, path, asked, told);
  const { sections } = reading;
  if (told.severity !== 'error' || asked === null || sections.naming.dialect === 'logrotate') return;
  if (sections.section !== null) refuse(sections);
  else {
    const at = asked.source.span(asked.from, asked.length);
    breakGlobals(sections, 'include', { at, line: asked.source.lineAt(asked.from) });
  }
}

function readPath(reading: Reading, path: Path, asked: Asked): void {
  const found = reading.reader.read(path);
  if (found.kind === 'file') readFile(reading, path, found, asked);
  else if (found.kind === 'folder') {
    // Names are judged before the first member is read: a taboo that one of them adds is for later folders.
    const members = found.names.filter(name => !isTaboo(reading, path, name));
    for (const name of members) readMember(reading, path, name);
  } else if (found.code === 'ENOTREG' && reading.sections.naming.dialect === 'logrotate')
    leaveOut(reading, path);
  else miss(reading, path, asked, { ...problemOf(path, found), severity: 'error' });
}

function problemOf(path: Path, found: Extract<PolicyRead, { kind: 'problem' }>): Omit<Told, 'severity'> {
  const { code, message, hint } = found;
  let text = message;
  if (code === 'ENOENT') text = `cannot stat ${path}: No such file or directory`;
  if (code === 'EFBIG') text = `file ${path} too large, probably not a config file.`;
  if (code === 'EACCES') text = `failed to open config file ${path}: Permission denied`;
  return { message, hint, asLogrotate: [{ level: 'error', text }] };
}

/** Folders within a folder, sockets and pipes are no policy files, and no mistake either. */
function leaveOut(reading: Reading, path: Path): void {
  const text = `Ignoring ${path} because it's not a regular file.`;
  const message = 'left out: it is not a regular file';
  tell(reading, path, null, { severity: 'note', message, asLogrotate: [{ level: 'debug', text }] });
}

function isTaboo(reading: Reading, folder: Path, name: string): boolean {
  const pattern = tabooFor(name, reading.sections.taboo);
  if (pattern === null) return false;
  const path = join(folder, name);
  const text = `Ignoring ${path}, because of ${pattern} pattern match`;
  const asLogrotate: readonly LogrotateLine[] = [{ level: 'debug', text }];
  tell(reading, path, null, {
    severity: 'note',
    message: `left out: its name matches ${pattern}`,
    asLogrotate,
  });
  return true;
}

function readMember(reading: Reading, folder: Path, name: string): void {
  const path = join(folder, name);
  const found = reading.reader.read(path);
  if (found.kind === 'file') readFile(reading, path, found, null);
  else if (found.kind === 'folder' || found.code === 'ENOTREG') leaveOut(reading, path);
  else tell(reading, path, null, { ...problemOf(path, found), severity: 'error' });
}

function readFile(
  reading: Reading,
  path: Path,
  file: Extract<PolicyRead, { kind: 'file' }>,
  asked: Asked,
): void {
  const { files, open, sections } = reading;
  const error = ringProblem(reading, path);
  if (error !== null) {
    miss(reading, path, asked, { severity: 'error', ...error });
    return;
  }
  for (const objection of objectionTo(path, file, reading.reader.isRoot)) {
    if (objection.severity !== 'error') tell(reading, path, null, objection);
    else {
      miss(reading, path, asked, objection);
      return;
    }
  }
  files.push(path);
  const source = makeSource(path, file.text);
  const isNative = sections.naming.dialect === 'logmill';
  const problem = textProblem(source);
  if (problem !== null && isNative) {
    sections.gatherer.tell(diagnosticAt(source, problem));
    if (asked !== null)
      miss(reading, path, asked, { severity: 'error', message: 'the included file cannot be read' });
    return;
  }
  if (!isNative) {
    const asLogrotate: readonly LogrotateLine[] = [{ level: 'debug', text: `reading config file ${path}` }];
    tell(reading, path, null, { severity: 'note', message: 'reading this file', asLogrotate });
    // logrotate stumbles over each of its lines: what is behind that is said besides.
    if (problem !== null)
      sections.gatherer.tell(
        diagnosticAt(source, { ...problem, severity: 'warning', asLogrotate: problem.message }),
      );
  }
  open.push(path);
  readText(reading, source, file);
  open.pop();
}

function ringProblem(
  { open, files }: Reading,
  path: Path,
): { message: string; hint: string; asLogrotate?: readonly LogrotateLine[] } | null {
  if (open.includes(path)) {
    const ring = [...open.slice(open.indexOf(path)), path].map(showPath).join(' includes ');
    return { message: `a file includes itself: ${ring}`, hint: 'take one include out' };
  }
  if (open.length > deepest) {
    const asLogrotate: readonly LogrotateLine[] = [{ level: 'error', text: 'include nesting too deep' }];
    return {
      message: `includes are nested more than ${deepest} deep`,
      hint: 'include the files from one place',
      asLogrotate,
    };
  }
  if (files.length < mostFiles) return null;
  return {
    message: `more than ${mostFiles} policy files are included`,
    hint: 'do files include each other over and over?',
  };
}

function readText(reading: Reading, source: Source, read: Digested): void {
  const { sections } = reading;
  const borrowed = sections.section;
  const place: Place = { inSection: borrowed !== null, isBorrowed: borrowed !== null };
  const before = copyDraft(sections.globals);
  const file: File = {
    source,
    get digest() {
      return read.digest;
    },
  };
  let isAborted = false;
  let last: Statement | null = null;
  for (const statement of readStatements(source, place, sections.naming, sections.gatherer)) {
    last = statement;
    isAborted = statement.kind === 'abort';
    if (statement.kind === 'abort') break;
    takeStatement(sections, file, statement);
    if (statement.kind !== 'directive' || statement.effect.kind !== 'include') continue;
    const { from, directive, effect } = statement;
    readPath(reading, effect.path, { source, from, length: directive.keyword.length });
  }
  const isOpen = sections.section !== borrowed;
  if (!isAborted) {
    if (isOpen) cutOff(sections);
    else cutLine(sections, file, last);
    return;
  }
  if (borrowed !== null) refuse(sections);
  else {
    if (!isOpen && sections.naming.dialect === 'logrotate') giveUpGlobals(sections, before);
    sections.section = null;
  }
}
