// Statements that begin like none: unknown words, glued words, patterns without their quotes. Each is
// told, refuses what it stands in, and never takes a brace with it.

import { directiveNamed, directives } from './directives.ts';
import { endsInClosing, trimmedEnd } from './lexer.ts';
import { nearest } from './nearest.ts';
import { type Step, stop, type Walk } from './statement.ts';

export function* readUnknown(walk: Walk, at: number, word: string): Step {
  const { source, place, naming, tell } = walk;
  const { text } = source;
  const line = source.endOfLine(at);
  const to = trimmedEnd(text, at, line);
  const asLogrotate = `unknown option '${word}' -- ignoring line`;
  const keywords = walk.isFull(naming.dialect === 'logmill' ? 'error' : 'warning') ? [] : allKeywords;
  const likely = nearest(word, keywords);
  if (naming.dialect === 'logrotate') {
    const hint = likely === null ? null : `did you mean '${likely}'?`;
    tell({
      severity: 'warning',
      from: at,
      length: word.length,
      message: `unknown directive '${word}', which logrotate skips`,
      hint,
      asLogrotate,
    });
    return line;
  }
  if (text.charAt(to - 1) === '{') return yield* unquoted(walk, at, to);
  const message = `unknown directive '${word}'`;
  const hint = likely === null ? 'the README lists all directives' : `did you mean '${likely}'?`;
  tell({ severity: 'error', from: at, length: word.length, message, hint, asLogrotate });
  if (place.inSection) yield { kind: 'refuse' };
  else {
    const slot = directiveNamed(likely ?? '')?.slot ?? word;
    yield { kind: 'broken', slot, from: at, at: source.span(at, word.length) };
  }
  return place.inSection && endsInClosing(text, to) ? to - 1 : line;
}

/** What begins like no statement: glued words, other characters, a pattern without quotes. */
export function* readGarbled(walk: Walk, at: number, end: number): Step {
  const { source, place, naming, tell } = walk;
  const { text } = source;
  const line = source.endOfLine(at);
  const to = trimmedEnd(text, at, line);
  const isWord = end > at;
  if (naming.dialect === 'logmill' && to > at && text.charAt(to - 1) === '{')
    return yield* unquoted(walk, at, to);
  const word = text.slice(at, end);
  const code = text.charCodeAt(end).toString(16);
  tell({
    severity: 'error',
    from: isWord ? end : at,
    length: 1,
    message: isWord
      ? `'${word}' is glued to what follows it`
      : `a line cannot begin with ${shownCharacter(text, at)}`,
    hint: isWord
      ? `put a blank or a new line after '${word}'`
      : 'a line begins with a directive, a pattern, # or }',
    asLogrotate: isWord
      ? `keyword '${word}' not properly separated, found 0x${code}`
      : 'lines must begin with a keyword or a filename (possibly in double quotes)',
  });
  if (place.inSection) yield { kind: 'refuse' };
  else {
    const slot = directiveNamed(word)?.slot ?? word;
    // A word may be a setting that what follows relies on; other characters are none.
    if (isWord)
      yield {
        kind: 'broken',
        slot,
        from: at,
        at: source.span(at, Math.max(1, end - at)),
      };
    if (naming.dialect === 'logrotate') {
      yield { kind: 'abort' };
      return stop;
    }
  }
  // Only a brace closes: it is never taken for part of what was wrong.
  return place.inSection && endsInClosing(text, to) ? to - 1 : line;
}

function shownCharacter(text: string, at: number): string {
  const code = text.charCodeAt(at);
  if (code < 0x20 || code === 0x7f) return `the control character 0x${code.toString(16).padStart(2, '0')}`;
  if (code >= 0xdc80 && code <= 0xdcff) return `the byte 0x${(code - 0xdc00).toString(16)}`;
  return `'${String.fromCodePoint(text.codePointAt(at) ?? 0)}'`;
}

/** A relative pattern without its quotes: the section is refused, and read to its end. */
function* unquoted(walk: Walk, at: number, to: number): Step {
  const { source, place, tell } = walk;
  const written = source.text.slice(at, trimmedEnd(source.text, at, to - 1));
  const shown = written.length > 60 ? 'logs/*.log' : written;
  if (place.inSection) yield { kind: 'refuse' };
  tell({
    severity: 'error',
    from: at,
    length: to - 1 - at,
    message: 'a relative pattern stands without quotes',
    hint: `write "${shown}" {, or the path from / on`,
    asLogrotate: 'lines must begin with a keyword or a filename (possibly in double quotes)',
  });
  if (place.isBorrowed) {
    yield { kind: 'abort' };
    return stop;
  }
  if (place.inSection) yield { kind: 'close', from: at };
  place.inSection = true;
  yield { kind: 'open', from: at, at: source.span(at, written.length), patterns: [], patternText: written };
  yield { kind: 'refuse' };
  return to;
}

const allKeywords = directives.map(directive => directive.keyword);
