// Walks the statements of one policy file. Gathers every problem and stops at none: what is faulty
// refuses its own section and nothing else. What statements add up to is decided in read-policies.ts.

import type { Naming } from './arguments.ts';
import { directiveNamed } from './directives.ts';
import { diagnosticAt, type Gatherer } from './gather.ts';
import { isBlank, keywordEnd, type Source, skipBlanks, trimmedEnd } from './lexer.ts';
import { readDirective } from './parse-directive.ts';
import { readGarbled, readUnknown } from './parse-faulty.ts';
import { patternsAt } from './patterns.ts';
import {
  closing,
  equals,
  hash,
  lf,
  type Place,
  type Statement,
  type Step,
  stop,
  type Walk,
} from './statement.ts';

/** Statements in order; problems go to `gatherer`. Linear in the text, whatever it holds. */
export function* readStatements(
  source: Source,
  place: Place,
  naming: Naming,
  gatherer: Gatherer,
): Generator<Statement, void> {
  const { text } = source;
  const walk: Walk = {
    source,
    place,
    naming,
    nextBrace: braceFinder(text),
    tell(told) {
      if (gatherer.isFull(told.severity)) gatherer.countOne(told.severity);
      else gatherer.tell(diagnosticAt(source, told));
    },
    isFull: gatherer.isFull,
  };
  let at = 0;
  while (at < text.length) {
    const code = text.charCodeAt(at);
    if (isBlank(code) || code === lf) at += 1;
    else if (code === hash) at = source.endOfLine(at);
    else if (code === closing) at = yield* close(walk, at);
    else if (startsPattern(code)) at = yield* pattern(walk, at);
    else at = yield* keyword(walk, at);
    if (at < 0) return;
  }
}

function startsPattern(code: number): boolean {
  return code === 0x2f || code === 0x22 || code === 0x27 || code === 0x7e;
}

function* close(walk: Walk, at: number): Step {
  const { source, place, naming, tell } = walk;
  const { text } = source;
  const inLogrotate = naming.dialect === 'logrotate';
  if (!place.inSection || place.isBorrowed) {
    tell({
      severity: 'error',
      from: at,
      length: 1,
      message: place.isBorrowed
        ? 'an included file cannot close the section that includes it'
        : 'this } closes nothing',
      hint: 'a section is a list of patterns, then { … }; look for a { that is missing above',
      asLogrotate: 'unexpected }',
    });
    if (place.isBorrowed) yield { kind: 'refuse' };
    if (!inLogrotate) return at + 1;
    yield { kind: 'abort' };
    return stop;
  }
  place.inSection = false;
  yield { kind: 'close', from: at };

  const rest = skipBlanks(text, at + 1);
  const code = text.charCodeAt(rest);
  if (rest >= text.length || code === lf) return rest;
  if (code === hash && !inLogrotate) return source.endOfLine(rest);
  const end = source.endOfLine(rest);
  tell({
    severity: 'warning',
    from: rest,
    length: trimmedEnd(text, rest, end) - rest,
    message: 'logrotate drops what stands behind } on its line',
    hint: 'begin a new line after }',
    asLogrotate: ', unexpected text after }',
    level: 'error',
  });
  return inLogrotate ? end : rest;
}

function* pattern(walk: Walk, at: number): Step {
  const { source, place, tell } = walk;
  if (!place.inSection) return yield* open(walk, at);
  const end = source.endOfLine(at);
  const isSection = walk.nextBrace(at) === '{';
  tell({
    severity: 'error',
    from: at,
    length: trimmedEnd(source.text, at, end) - at,
    message: isSection
      ? 'a section begins before the one above is closed'
      : 'a file name stands inside a section',
    hint: isSection
      ? 'close the section above with a } on a line of its own'
      : 'patterns stand before the {, directives behind it',
    asLogrotate: 'unexpected log filename',
  });
  yield { kind: 'refuse' };
  if (!isSection) return end;
  if (place.isBorrowed) {
    yield { kind: 'abort' };
    return stop;
  }
  // The section above is refused; the one that begins here was not at fault.
  yield { kind: 'close', from: at };
  place.inSection = false;
  return yield* open(walk, at);
}

function* open(walk: Walk, at: number): Step {
  const { source, place, naming, tell } = walk;
  const found = patternsAt(source, at, naming.dialect);
  for (const complaint of found.complaints) tell(complaint);
  place.inSection = true;
  yield {
    kind: 'open',
    from: at,
    at: source.span(at, found.firstLength),
    patterns: found.patterns,
    patternText: found.text,
  };
  const inLogrotate = naming.dialect === 'logrotate';
  // logrotate leaves out a word that is too long and serves the rest.
  if (found.aborts || (!inLogrotate && found.complaints.length > 0)) yield { kind: 'refuse' };
  if (found.aborts && inLogrotate) {
    yield { kind: 'abort' };
    return stop;
  }
  if (found.opens) return found.next;
  // No { came: what was read is a section that is refused, closed where its end was seen.
  if (found.closes || found.next >= source.text.length) {
    yield { kind: 'close', from: Math.max(at, found.next - 1) };
    place.inSection = false;
  }
  return found.next;
}

function* keyword(walk: Walk, at: number): Step {
  const { source, naming } = walk;
  const { text } = source;
  const end = keywordEnd(text, at);
  const code = text.charCodeAt(end);
  const isSeparate =
    end >= text.length || isBlank(code) || code === lf || code === equals || isOtherSpace(code, naming);
  if (end === at || !isSeparate) return yield* readGarbled(walk, at, end);
  const word = text.slice(at, end);
  const directive = directiveNamed(word, naming.dialect);
  if (directive === null) return yield* readUnknown(walk, at, word);
  return yield* readDirective(walk, at, end, directive);
}

/** C's other white space separates a keyword in logrotate; natively it is nothing that a person wants. */
function isOtherSpace(code: number, naming: Naming): boolean {
  return naming.dialect === 'logrotate' && code >= 0x0b && code <= 0x0d;
}

/** The first brace at or behind a place, '' when there is none; asked from front to back it reads the text once. */
function braceFinder(text: string): (at: number) => string {
  let known = -1;
  return at => {
    if (known < at) {
      brace.lastIndex = at;
      known = brace.exec(text)?.index ?? text.length;
    }
    return text.charAt(known);
  };
}

const brace = /[{}]/g;
