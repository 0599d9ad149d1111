// Which lines match. A block of lines is searched as a whole, and only where something could match
// is a line looked at by itself; what it says of a line never depends on its neighbours.

import { isAscii } from 'node:buffer';
import type { Bytes } from '../units/bytes.ts';
import { endOfLine, startOfLine } from './lines.ts';
import { readPattern } from './pattern.ts';
import { TextBlock } from './text-block.ts';

export interface Wanted {
  /** A newline in it parts several, of which one must match. */
  readonly pattern: string;
  /** The pattern is text, not a regular expression. */
  readonly fixed?: boolean | undefined;
  readonly ignoreCase?: boolean | undefined;
}

export interface Matcher {
  /** @param line without its newline; a RegExp sees it as UTF-8 */
  test(line: Buffer): boolean;
  /** Where the next matching line starts, or -1; asked for places where lines start, from the front to the back. */
  within(lines: Buffer): (from: Bytes) => Bytes;
  /** What matches in one line, in order; empty also where its bytes are no text. */
  spans(line: Buffer): readonly (readonly [from: Bytes, to: Bytes])[];
}

/** @throws SyntaxError for a pattern that is no regular expression */
export function matcherOf(wanted: Wanted): Matcher {
  const texts = wanted.pattern.split('\n');
  if (wanted.fixed === true && wanted.ignoreCase !== true && texts.length === 1 && wanted.pattern !== '')
    return new TextMatcher(wanted.pattern);
  const sources = wanted.fixed === true ? texts.map(escaped) : texts;
  // Each must be one by itself: a bracket is not closed by the next.
  for (const source of sources) compiled(source, '');
  const source = sources.join('|');
  const { literals, isText } = readPattern(source);
  const [text = ''] = literals;
  // A return at a line's end, and what stands for bytes that are no text, an expression sees otherwise.
  if (isText && wanted.ignoreCase !== true && isPlainText(text)) return new TextMatcher(text);
  return new PatternMatcher(source, wanted.ignoreCase === true);
}

function isPlainText(text: string): boolean {
  return text.isWellFormed() && !/[\r\n\ufffd]/.test(text);
}

class TextMatcher implements Matcher {
  readonly #text: Buffer;

  constructor(text: string) {
    this.#text = Buffer.from(text);
  }

  test(line: Buffer): boolean {
    return line.includes(this.#text);
  }

  within(lines: Buffer): (from: Bytes) => Bytes {
    return from => {
      const at = lines.indexOf(this.#text, from);
      return at < 0 ? -1 : startOfLine(lines, at);
    };
  }

  spans(line: Buffer): readonly (readonly [Bytes, Bytes])[] {
    const found: [Bytes, Bytes][] = [];
    for (let at = line.indexOf(this.#text); at >= 0; at = line.indexOf(this.#text, at + this.#text.length))
      found.push([at, at + this.#text.length]);
    return found;
  }
}

class PatternMatcher implements Matcher {
  readonly #line: RegExp;
  /** Over many lines at once; null: this pattern must see each line alone. */
  readonly #block: { readonly ascii: RegExp; readonly text: RegExp | null } | null;
  /** Texts that stand in every match, but for those that have turned out to stand nearly everywhere. */
  readonly #literals: Buffer[];
  #literalMisses = 0;
  #literalBytes = 0;

  constructor(source: string, ignoreCase: boolean) {
    const flags = ignoreCase ? 'i' : '';
    this.#line = compiled(source, flags);
    const { literals, withinLines } = readPattern(source);
    const helpful = ignoreCase ? [] : literals.filter(text => text.length >= 3 && isPlainText(text));
    this.#literals = helpful.map(text => Buffer.from(text));
    this.#block = withinLines === null ? null : overLines(withinLines, flags);
  }

  test(line: Buffer): boolean {
    return this.#line.test(withoutReturn(textOf(line)));
  }

  within(lines: Buffer): (from: Bytes) => Bytes {
    if (this.#isTooCommon()) {
      this.#literals.shift();
      this.#literalMisses = 0;
      this.#literalBytes = 0;
    }
    const literal = this.#literals[0];
    if (literal === undefined) return this.#byBlock(lines);
    this.#literalBytes += lines.length;
    return this.#byLiteral(lines, literal);
  }

  spans(line: Buffer): readonly (readonly [Bytes, Bytes])[] {
    const text = line.toString();
    if (Buffer.byteLength(text) !== line.length) return [];
    const global = new RegExp(this.#line.source, `${this.#line.flags}g`);
    return [...text.matchAll(global)]
      .filter(([found]) => found !== '')
      .map(match => {
        const from = Buffer.byteLength(text.slice(0, match.index));
        return [from, from + Buffer.byteLength(match[0])];
      });
  }

  /** A text that stands in every line helps nobody: then another one does, or the expression itself is faster. */
  #isTooCommon(): boolean {
    return (
      this.#block !== null && this.#literalMisses > 500 && this.#literalMisses * 1000 > this.#literalBytes
    );
  }

  #byLiteral(lines: Buffer, literal: Buffer): (from: Bytes) => Bytes {
    return from => {
      for (let at = lines.indexOf(literal, from); at >= 0; ) {
        const start = startOfLine(lines, at);
        const end = endOfLine(lines, at);
        if (this.test(lines.subarray(start, end))) return start;
        this.#literalMisses += 1;
        at = lines.indexOf(literal, end + 1);
        if (end >= lines.length) break;
      }
      return -1;
    };
  }

  #byBlock(lines: Buffer): (from: Bytes) => Bytes {
    let block: TextBlock | null = null;
    return from => {
      for (let at = from; at < lines.length; ) {
        if (block === null || at >= block.to) block = new TextBlock(lines, at);
        const found = this.#nextIn(block, lines, at);
        if (found >= 0) return found;
        at = block.to;
      }
      return -1;
    };
  }

  #nextIn(block: TextBlock, lines: Buffer, from: Bytes): Bytes {
    const { text } = block;
    const expression = (block.isAscii ? this.#block?.ascii : this.#block?.text) ?? null;
    if (text === null || expression === null) return this.#nextByLine(lines, from, block.to);
    for (let at = block.characterAt(from); at < text.length; ) {
      expression.lastIndex = at;
      const found = expression.exec(text);
      if (found === null) return -1;
      const start = found.index === 0 ? 0 : text.lastIndexOf('\n', found.index - 1) + 1;
      // Behind the last newline no line begins, though an empty expression matches there too.
      if (start === text.length) return -1;
      if (block.isSimple) return block.byteAt(start);
      const newlineAt = text.indexOf('\n', found.index);
      const end = newlineAt < 0 ? text.length : newlineAt;
      if (this.#line.test(withoutReturn(text.slice(start, end)))) return block.byteAt(start);
      at = end + 1;
    }
    return -1;
  }

  #nextByLine(lines: Buffer, from: Bytes, to: Bytes): Bytes {
    for (let at = from; at < to; ) {
      const end = endOfLine(lines, at);
      if (this.test(lines.subarray(at, end))) return at;
      at = end + 1;
    }
    return -1;
  }
}

function textOf(line: Buffer): string {
  return line.length < 4096 && isAscii(line) ? line.toString('latin1', 0, line.length) : line.toString();
}

/** A carriage return belongs to the line's end, so that `$` means the same with and without it. */
function withoutReturn(text: string): string {
  return text.endsWith('\r') ? text.slice(0, -1) : text;
}

/**
 * With the s flag a dot takes whatever stands in a line, as grep's does, also a carriage return; with the u
 * flag it is a whole character. Patterns that only work without the latter are taken too.
 *
 * V8 14.6 begins to look for what ends in `$` as many UTF-16 units before the end as the pattern has
 * characters, so that `x[^a]$` misses `x😀`; not so where another branch, which never matches, has no `$`.
 */
function compiled(source: string, flags: string): RegExp {
  const unicode = tried(source, `${flags}su`);
  if (unicode === null) return new RegExp(source, `${flags}s`);
  return source.includes('$') ? new RegExp(`${source}|[]`, unicode.flags) : unicode;
}

/** ASCII needs no u flag, which costs time, but for what only it can write. */
function overLines(source: string, flags: string): { ascii: RegExp; text: RegExp | null } | null {
  const text = tried(source, `${flags}gmu`);
  const ascii = /[\u{10000}-\u{10ffff}]|\\[upP]/u.test(source) ? text : tried(source, `${flags}gm`);
  return ascii === null ? null : { ascii, text };
}

function tried(source: string, flags: string): RegExp | null {
  try {
    return new RegExp(source, flags);
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}

function escaped(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/]/g, String.raw`\$&`);
}
