// Which lines match. A block of lines is searched as a whole, and only where something could match
// is a line looked at by itself; what it says of a line never depends on its neighbours.

import { isAscii } from 'node:buffer';
import type { Bytes } from '../units/bytes.ts';
import { readPattern } from './pattern.ts';

export interface Wanted {
  readonly pattern: string;
  /** The pattern is text, not a regular expression; a newline in it parts several. */
  readonly fixed?: boolean | undefined;
  readonly ignoreCase?: boolean | undefined;
}

export interface Matcher {
  /** @param line without its newline; a RegExp sees it as UTF-8 */
  test(line: Buffer): boolean;
  /** For each position where a line starts: where the next matching line starts, or -1. */
  within(lines: Buffer): (from: Bytes) => Bytes;
  /** What matches in one line, in order; empty also where its bytes are no text. */
  spans(line: Buffer): readonly (readonly [from: Bytes, to: Bytes])[];
}

/** @throws SyntaxError for a pattern that is no regular expression */
export function matcherOf(wanted: Wanted): Matcher {
  const texts = wanted.pattern.split('\n');
  if (wanted.fixed === true && wanted.ignoreCase !== true && texts.length === 1 && wanted.pattern !== '')
    return new TextMatcher(wanted.pattern);
  const source = wanted.fixed === true ? texts.map(escaped).join('|') : wanted.pattern;
  return new PatternMatcher(source, wanted.ignoreCase === true);
}

const newline = 10;

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
  /** Over many lines of ASCII at once; null: this pattern must see each line alone. */
  readonly #block: RegExp | null;
  readonly #literal: Buffer | null;
  #literalMisses = 0;
  #literalBytes = 0;

  constructor(source: string, ignoreCase: boolean) {
    const flags = ignoreCase ? 'i' : '';
    this.#line = compiled(source, flags);
    const { literal, withinLines } = readPattern(source);
    const isTextual = literal !== null && literal.length >= 3 && literal.isWellFormed();
    this.#literal = !ignoreCase && isTextual ? Buffer.from(literal) : null;
    // ASCII lines need no u flag, which costs time, but for what only it can write.
    const needsUnicode = /\\u\{/.test(source) ? 'u' : '';
    this.#block = withinLines === null ? null : tried(withinLines, `${flags}gm${needsUnicode}`);
  }

  test(line: Buffer): boolean {
    return this.#line.test(withoutReturn(textOf(line)));
  }

  within(lines: Buffer): (from: Bytes) => Bytes {
    if (this.#literal === null || this.#isTooCommon()) return this.#byBlock(lines);
    this.#literalBytes += lines.length;
    return this.#byLiteral(lines, this.#literal);
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

  /** A text that stands in every line helps nobody: then the expression itself is faster. */
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
    let block: Block = { from: 0, to: 0, text: null };
    return from => {
      for (let at = from; at < lines.length; ) {
        if (at >= block.to || at < block.from) block = blockAt(lines, at, this.#block !== null);
        const found = this.#nextIn(lines, block, at);
        if (found >= 0) return found;
        at = block.to;
      }
      return -1;
    };
  }

  #nextIn(lines: Buffer, block: Block, from: Bytes): Bytes {
    if (block.text === null || this.#block === null) return this.#nextByLine(lines, from, block.to);
    const expression = this.#block;
    for (let at = from - block.from; at < block.text.length; ) {
      expression.lastIndex = at;
      const found = expression.exec(block.text);
      if (found === null) return -1;
      const start = found.index === 0 ? 0 : block.text.lastIndexOf('\n', found.index - 1) + 1;
      const newlineAt = block.text.indexOf('\n', found.index);
      const end = newlineAt < 0 ? block.text.length : newlineAt;
      // Behind the last newline no line begins, though an empty expression matches there too.
      if (start < block.text.length && this.#line.test(withoutReturn(block.text.slice(start, end))))
        return block.from + start;
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

/** Whole lines that are searched together; `text` only where all of them are ASCII. */
interface Block {
  readonly from: Bytes;
  readonly to: Bytes;
  readonly text: string | null;
}

/** Small enough that one strange byte does not make a megabyte slow. */
const blockSize: Bytes = 64 * 1024;

function blockAt(lines: Buffer, from: Bytes, asText: boolean): Block {
  const rough = Math.min(lines.length, from + blockSize);
  const to = rough === lines.length ? rough : Math.min(lines.length, endOfLine(lines, rough) + 1);
  const bytes = lines.subarray(from, to);
  return { from, to, text: asText && isAscii(bytes) ? bytes.toString('latin1', 0, bytes.length) : null };
}

export function startOfLine(lines: Buffer, at: Bytes): Bytes {
  return at === 0 ? 0 : lines.lastIndexOf(newline, at - 1) + 1;
}

/** Where its newline stands, or the end of the bytes. */
export function endOfLine(lines: Buffer, at: Bytes): Bytes {
  const found = lines.indexOf(newline, at);
  return found < 0 ? lines.length : found;
}

function textOf(line: Buffer): string {
  return line.length < 4096 && isAscii(line) ? line.toString('latin1', 0, line.length) : line.toString();
}

/** A carriage return belongs to the line's end, so that `$` means the same with and without it. */
function withoutReturn(text: string): string {
  return text.endsWith('\r') ? text.slice(0, -1) : text;
}

/** With the u flag a dot is a whole character; patterns that only work without it are taken too. */
function compiled(source: string, flags: string): RegExp {
  return tried(source, `${flags}u`) ?? new RegExp(source, flags);
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
