// One directive of a policy file: its keyword, its value, its script. What is wrong with it is told
// here; what it says is set in read-policies.ts.

import type { Problem, Raw } from './arguments.ts';
import type { Span } from './diagnostic.ts';
import type { Directive } from './directive.ts';
import { endsInClosing, isSpace, scriptAt, skipBlanks, trimmedEnd } from './lexer.ts';
import { equals, type Statement, type Step, stop, type Walk } from './statement.ts';

/** The directive whose keyword ends at `end`. */
export function* readDirective(walk: Walk, at: number, end: number, directive: Directive): Step {
  const { source, place, naming } = walk;
  const { text } = source;
  const span = source.span(at, end - at);
  const base = { keyword: directive.keyword, at: span, example: directive.example };

  if (directive.where === 'outside sections' && place.inSection) {
    const message = `${directive.keyword} stands inside a section`;
    const asLogrotate = `${directive.keyword} may not appear inside of log file definition`;
    yield* fault(walk, directive, at, end - at, {
      message,
      hint: 'it holds for everything that is read later; write it above the first section',
      asLogrotate,
    });
    return source.endOfLine(end);
  }
  if (directive.takes === 'nothing') {
    yield* effect(walk, directive, at, span, { ...base, text: '' }, at);
    if (directive.keyword === 'errors') deprecated(walk, at);
    const next = skipBlanks(text, end);
    if (text.charCodeAt(next) === equals) return next + 1;
    // The character that parts a keyword from what follows goes with it, also a CR.
    return next === end && isSpace(text.charCodeAt(end)) ? end + 1 : next;
  }
  if (directive.takes === 'script') return yield* scriptOf(walk, at, end, directive);

  let from = skipBlanks(text, end);
  if (directive.equals && text.charCodeAt(from) === equals) from = skipBlanks(text, from + 1);
  const line = source.endOfLine(from);
  const to = trimmedEnd(text, from, line);
  const raw: Raw = { ...base, text: text.slice(from, to) };
  if (raw.text === '' && !directive.optional) {
    yield* missingValue(walk, directive, at, end);
    return line;
  }
  const isRead = yield* effect(walk, directive, at, span, raw, from);
  // `{ rotate 4 }` on one line: the brace was meant to close the section.
  if (!isRead && place.inSection && naming.dialect === 'logmill' && endsInClosing(text, to)) return to - 1;
  return line;
}

/** Reads the value; true when it could be read. */
function* effect(
  walk: Walk,
  directive: Directive,
  at: number,
  span: Span,
  raw: Raw,
  from: number,
): Generator<Statement, boolean> {
  const taken = directive.read(raw, walk.naming);
  if ('value' in taken) {
    yield { kind: 'directive', directive, from: at, at: span, effect: taken.value };
    return true;
  }
  const { problem } = taken;
  const part = problem.part ?? { from: 0, length: raw.text.length };
  const hint = straying(raw.text) ?? problem.hint;
  yield* fault(walk, directive, from + part.from, part.length, { ...problem, hint });
  return false;
}

/** What often strays into a value: it goes on to the end of its line. */
function straying(value: string): string | null {
  if (value.endsWith('}')) return 'write } on a line of its own';
  return /(^|\s)#/.test(value)
    ? 'a comment stands on a line of its own: the value goes on to the end of the line'
    : null;
}

/** A directive that is not obeyed: its section is refused; outside of one, whatever would inherit it. */
function* fault(
  walk: Walk,
  directive: Directive,
  from: number,
  length: number,
  problem: Problem,
): Generator<Statement> {
  const { source, place, naming, tell } = walk;
  const inLogrotate = naming.dialect === 'logrotate';
  const isServed = inLogrotate && problem.inLogrotate === 'no effect';
  tell({
    severity: isServed ? 'warning' : 'error',
    from,
    length,
    message: problem.message,
    hint: problem.hint,
    asLogrotate: problem.asLogrotate,
    level: 'error',
  });
  if (isServed) return;
  if (place.inSection) yield { kind: 'refuse' };
  else
    yield {
      kind: 'broken',
      slot: directive.slot,
      from,
      at: source.span(from, length),
    };
  if (inLogrotate && (!place.inSection || problem.inLogrotate === 'abort file')) yield { kind: 'abort' };
}

function* missingValue(walk: Walk, directive: Directive, at: number, end: number): Step {
  yield* fault(walk, directive, at, end - at, {
    message: `${directive.keyword} needs a value`,
    hint: `as in ${directive.example.split('\n')[0] ?? ''}`,
    asLogrotate: `argument expected after ${nouns[directive.keyword] ?? directive.keyword}`,
    ...(servedWithoutValue.has(directive.keyword) && { inLogrotate: 'no effect' as const }),
  });
  return end;
}

/** Where logrotate names the argument and not the directive. */
const nouns: Readonly<Record<string, string>> = {
  rotate: 'rotate count',
  extension: 'extension name',
  compresscmd: 'compress',
};

const servedWithoutValue = new Set([
  'size',
  'minsize',
  'maxsize',
  'minutes',
  'dateformat',
  'tabooext',
  'taboopat',
  'include',
]);

function deprecated({ tell }: Walk, at: number): void {
  tell({
    severity: 'warning',
    from: at,
    length: 'errors'.length,
    message: "'errors' does nothing any more",
    hint: 'leave the line out',
    asLogrotate: 'the errors directive is deprecated and no longer used.',
  });
}

function* scriptOf(walk: Walk, at: number, end: number, directive: Directive): Step {
  const { source, place, naming, tell } = walk;
  const { text } = source;
  const found = scriptAt(text, end);
  const span = source.span(at, end - at);
  if (found === null) {
    tell({
      severity: 'error',
      from: at,
      length: end - at,
      message: `${directive.keyword} has no endscript`,
      hint: 'a script ends at a line that says endscript; the rest of the file was taken for the script',
      asLogrotate: 'prerotate, postrotate or preremove without endscript',
    });
    if (place.inSection) yield { kind: 'refuse' };
    else
      yield {
        kind: 'broken',
        slot: directive.slot,
        from: at,
        at: span,
      };
    yield { kind: 'abort' };
    return stop;
  }
  const script = text.slice(end, found.to);
  const inner = naming.dialect === 'logmill' ? innerScript.exec(script) : null;
  if (inner !== null) {
    tell({
      severity: 'error',
      from: at,
      length: end - at,
      message: `the script of ${directive.keyword} holds a line '${inner[1]}': its own endscript is missing`,
      hint: 'end each script with a line that says endscript',
    });
    if (place.inSection) yield { kind: 'refuse' };
    else
      yield {
        kind: 'broken',
        slot: directive.slot,
        from: at,
        at: span,
      };
    return found.next;
  }
  yield* effect(
    walk,
    directive,
    at,
    span,
    { keyword: directive.keyword, at: span, example: directive.example, text: script },
    end,
  );
  return found.next;
}

const innerScript = /\n[ \t]*(prerotate|postrotate|firstaction|lastaction|preremove)[ \t]*(?=\n)/;
