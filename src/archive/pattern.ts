// A regular expression, read for what helps to search fast: a text that every match must hold, and
// the same expression written so that it stays within a line when it is run over many at once.

export interface PatternReading {
  /** Texts that stand in every match, the longest first; empty: there is none to rely on. */
  readonly literals: readonly string[];
  /** Matches are just this text, and nothing else is asked of them. */
  readonly isText: boolean;
  /**
   * The source with classes that cannot take a newline; null when it says something of what is not
   * there (negative lookaround) or cannot be kept within a line.
   */
  readonly withinLines: string | null;
  /** Whether a match of `withinLines` never takes a newline, so that what it matches need not be looked at again. */
  readonly staysWithin: boolean;
}

/** @param source of a RegExp that has compiled */
export function readPattern(source: string): PatternReading {
  const reader = new Reader(source);
  reader.read();
  const { isText, withinLines, staysWithin } = reader;
  const literals = reader.literals.toSorted((a, b) => b.length - a.length);
  return { literals, isText: isText && literals.length > 0, withinLines, staysWithin };
}

const withoutNewline: Readonly<Record<string, string>> = {
  s: String.raw`[^\S\n]`,
  W: String.raw`[^\w\n]`,
  D: String.raw`[^\d\n]`,
};

/** As grep's dot, and unlike JavaScript's, it takes a carriage return too. */
const anyInLine = String.raw`[^\n]`;

const escapeForm =
  /^\\(?:u\{[^}]*\}|u[\da-fA-F]{4}|x[\da-fA-F]{2}|c[A-Za-z]|k<[^>]*>|[pP]\{[^}]*\}|\d+|[\s\S])/;

class Reader {
  literals: string[] = [];
  withinLines: string | null = '';
  staysWithin = true;
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
    if (character === '\n') this.staysWithin = false;
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
    if (/[pP]/.test(next)) this.withinLines = null;
    const safe = withoutNewline[next];
    if (safe !== undefined) this.#pass(2, safe);
    else if (/[^A-Za-z0-9]/.test(next)) this.#add(next, 2);
    else if (next === 't') this.#add('\t', 2);
    else {
      // A newline by its name or its number, or by that of a control character; \b and the like are none.
      if (/[nuxc0-9]/.test(next)) this.staysWithin = false;
      this.#pass(escapeForm.exec(this.#source.slice(this.#at))?.[0].length ?? 2);
    }
  }

  #readClass(): void {
    let end = this.#at + 1;
    while (end < this.#source.length && this.#source[end] !== ']') end += this.#source[end] === '\\' ? 2 : 1;
    const content = this.#source.slice(this.#at + 1, end);
    const isNegated = content.startsWith('^');
    if (/\\[pP]/.test(content) || (!isNegated && /\\[sWDn]/.test(content))) this.withinLines = null;
    // A range may reach over the newline, and an escape may mean it.
    if (!isNegated && !/^(?:[A-Za-z]-[A-Za-z]|\d-\d|\\[dwStrfv\]\\^.-]|[^\\\n-]|^-|-$)*$/.test(content))
      this.staysWithin = false;
    this.#pass(end + 1 - this.#at, isNegated ? `[^\\n${content.slice(1)}]` : null);
  }

  #readGroup(): void {
    const opening =
      /^\((?:\?(?:[:=!]|<[=!]|<[^>]*>|[a-z-]+:))?/.exec(this.#source.slice(this.#at))?.[0] ?? '(';
    if (opening.endsWith('!')) this.withinLines = null;
    if (/[a-z-]:$/.test(opening)) this.staysWithin = false;
    this.#pass(opening.length);
    this.#depth += 1;
  }
}
