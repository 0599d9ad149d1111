// A regular expression, read for what helps to search fast: a text that every match must hold, and
// the same expression written so that it stays within a line when it is run over many at once.

export interface PatternReading {
  /** Texts that stand in every match, the longest first; empty: there is none to rely on. */
  readonly literals: readonly string[];
  /** Matches are just this text, and nothing else is asked of them. */
  readonly isText: boolean;
  /**
   * The source, to be run with the m flag over many lines, so written that nothing in it takes a newline: it
   * matches where it matches in one of them by itself. null when it says something of what is not there
   * (negative lookaround), or of where lines begin.
   */
  readonly withinLines: string | null;
}

/** @param source of a RegExp that has compiled, without newlines */
export function readPattern(source: string): PatternReading {
  const reader = new Reader(source);
  reader.read();
  const { isText, withinLines } = reader;
  const literals = reader.literals.toSorted((a, b) => b.length - a.length);
  return { literals, isText: isText && literals.length > 0, withinLines };
}

const withoutNewline: Readonly<Record<string, string>> = {
  s: String.raw`[^\S\n]`,
  W: String.raw`[^\w\n]`,
  D: String.raw`[^\d\n]`,
};

/** As grep's dot, and unlike JavaScript's, it takes a carriage return too. */
const anyInLine = String.raw`[^\n]`;

/** What takes one character, and no newline. */
function inLine(atom: string): string {
  return String.raw`(?:(?!\n)${atom})`;
}

/** A class of nothing: no line holds a newline. */
const never = '[]';

const newlineEscape = /^\\(?:n|x0[aA]|u000[aA]|u\{0*[aA]\}|c[jJ])$/;

const escapeForm =
  /^\\(?:u\{[^}]*\}|u[\da-fA-F]{4}|x[\da-fA-F]{2}|c[A-Za-z]|k<[^>]*>|[pP]\{[^}]*\}|\d+|[\s\S])/;

/** Other ranges may reach over the newline, and other escapes may mean it. */
const plainClass = /^(?:[A-Za-z]-[A-Za-z]|\d-\d|\\[dwStrfv\]\\^.-]|[^\\-]|^-|-$)*$/;

class Reader {
  literals: string[] = [];
  withinLines: string | null = '';
  isText = true;
  readonly #source: string;
  #at = 0;
  #depth = 0;
  #run = '';

  constructor(source: string) {
    this.#source = source;
  }

  read(): void {
    let branches = false;
    while (this.#at < this.#source.length) {
      if (this.#depth === 0 && this.#source[this.#at] === '|') branches = true;
      this.#readOne();
    }
    this.#endRun();
    if (branches) this.literals = [];
  }

  #readOne(): void {
    const character = this.#source[this.#at] as string;
    if (character === '\\') this.#readEscape();
    else if (character === '[') this.#readClass();
    else if (character === '(') this.#readGroup();
    else if ('*+?{'.includes(character)) this.#readQuantifier();
    else if (character === '.') this.#pass(1, anyInLine);
    else if ('^$|)'.includes(character)) {
      if (character === ')') this.#depth -= 1;
      this.#pass(1);
    } else this.#add(character, 1);
  }

  /** `length` of the source as it is, through which no text runs on. */
  #pass(length: number, written: string | null = null): void {
    this.#endRun();
    this.isText = false;
    const text = written ?? this.#source.slice(this.#at, this.#at + length);
    if (this.withinLines !== null) this.withinLines += text;
    this.#at += length;
  }

  #add(character: string, length: number): void {
    if (this.#depth === 0) this.#run += character;
    if (this.withinLines !== null) this.withinLines += this.#source.slice(this.#at, this.#at + length);
    this.#at += length;
  }

  #endRun(): void {
    if (this.#run !== '') this.literals.push(this.#run);
    this.#run = '';
  }

  #readQuantifier(): void {
    const written = /^(?:[*+?]|\{(\d+)(?:,\d*)?\})\??/.exec(this.#source.slice(this.#at));
    if (written === null) {
      // Without the u flag a brace that is no quantifier stands for itself.
      this.#add(this.#source[this.#at] as string, 1);
      return;
    }
    const isNeeded = written[0].startsWith('+') || Number(written[1] ?? 0) > 0;
    if (!isNeeded) this.#run = [...this.#run].slice(0, -1).join('');
    this.#pass(written[0].length);
  }

  #readEscape(): void {
    const next = this.#source[this.#at + 1] ?? '';
    if (/[^A-Za-z0-9]/.test(next)) this.#add(next, 2);
    else if (next === 't') this.#add('\t', 2);
    else {
      const written = escapeForm.exec(this.#source.slice(this.#at))?.[0] ?? `\\${next}`;
      // Without the u flag a newline in octal, else a group that is not counted here.
      if (/^\\0?12/.test(written)) this.withinLines = null;
      this.#pass(written.length, this.#escapeWithin(written));
    }
  }

  /** null: as it is. */
  #escapeWithin(written: string): string | null {
    if (newlineEscape.test(written)) return never;
    if (/^\\[pP]/.test(written)) return inLine(written);
    return withoutNewline[written.slice(1)] ?? null;
  }

  #readClass(): void {
    let end = this.#at + 1;
    while (end < this.#source.length && this.#source[end] !== ']') end += this.#source[end] === '\\' ? 2 : 1;
    const content = this.#source.slice(this.#at + 1, end);
    const isNegated = content.startsWith('^');
    const positive = plainClass.test(content) ? null : inLine(`[${content}]`);
    this.#pass(end + 1 - this.#at, isNegated ? `[^\\n${content.slice(1)}]` : positive);
  }

  #readGroup(): void {
    const opening =
      /^\((?:\?(?:[:=!]|<[=!]|<[^>]*>|[a-z-]+:))?/.exec(this.#source.slice(this.#at))?.[0] ?? '(';
    if (opening.endsWith('!') || /^\(\?[a-z-]*m[a-z-]*:$/.test(opening)) this.withinLines = null;
    this.#pass(opening.length);
    this.#depth += 1;
  }
}
