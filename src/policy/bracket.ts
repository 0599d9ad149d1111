// Bracket expressions of glob(3): [abc], [a-z], [!a], [^a], [[:digit:]], []a]. Ranges go by code
// point; collating elements longer than one character do not exist here.

export interface Bracket {
  has(character: string): boolean;
}

/**
 * The bracket at `start` and the place of its closing `]`; null when it is never closed, and
 * 'hopeless' where a class or an element in it is none: the whole pattern then matches nothing.
 */
export function bracketAt(
  characters: readonly string[],
  start: number,
): { readonly bracket: Bracket; readonly last: number } | 'hopeless' | null {
  let at = start + 1;
  const isNegated = characters[at] === '!' || characters[at] === '^';
  if (isNegated) at += 1;
  const tests: ((character: string) => boolean)[] = [];
  for (let isFirst = true; ; isFirst = false) {
    const character = characters[at];
    if (character === undefined) return null;
    if (character === ']' && !isFirst) break;
    const named = classAt(characters, at);
    if (named === 'hopeless' || isHalfElement(characters, at)) return 'hopeless';
    if (named !== null) {
      tests.push(named.test);
      at = named.next;
      continue;
    }
    const from = memberAt(characters, at);
    if (from === null) return null;
    const isRange =
      characters[from.next] === '-' &&
      characters[from.next + 1] !== ']' &&
      characters[from.next + 1] !== undefined;
    if (!isRange) {
      tests.push(tested => tested === from.character);
      at = from.next;
      continue;
    }
    const to = memberAt(characters, from.next + 1);
    if (to === null) return null;
    const low = rankOf(from.character);
    const high = rankOf(to.character);
    tests.push(tested => rankOf(tested) >= low && rankOf(tested) <= high);
    at = to.next;
  }
  return { bracket: { has: character => tests.some(test => test(character)) !== isNegated }, last: at };
}

function memberAt(characters: readonly string[], at: number): { character: string; next: number } | null {
  const character = characters[at];
  if (character === '\\') {
    const escaped = characters[at + 1];
    return escaped === undefined ? null : { character: escaped, next: at + 2 };
  }
  const isElement = character === '[' && (characters[at + 1] === '.' || characters[at + 1] === '=');
  const element = characters[at + 2];
  if (
    isElement &&
    element !== undefined &&
    characters[at + 3] === characters[at + 1] &&
    characters[at + 4] === ']'
  ) {
    return { character: element, next: at + 5 };
  }
  return character === undefined ? null : { character, next: at + 1 };
}

/** `[.` or `[=` that does not go on as `[.a.]`. */
function isHalfElement(characters: readonly string[], at: number): boolean {
  if (characters[at] !== '[' || (characters[at + 1] !== '.' && characters[at + 1] !== '=')) return false;
  return characters[at + 3] !== characters[at + 1] || characters[at + 4] !== ']';
}

function rankOf(character: string): number {
  return character.codePointAt(0) ?? 0;
}

function classAt(
  characters: readonly string[],
  at: number,
): { test: (character: string) => boolean; next: number } | 'hopeless' | null {
  if (characters[at] !== '[' || characters[at + 1] !== ':') return null;
  // The longest class name is six letters.
  for (let end = at + 2; end < at + 10; end += 1) {
    if (characters[end] !== ':' || characters[end + 1] !== ']') continue;
    const expression = classes[characters.slice(at + 2, end).join('')];
    return expression === undefined ? 'hopeless' : { test: tested => expression.test(tested), next: end + 2 };
  }
  return null;
}

const classes: Readonly<Record<string, RegExp>> = {
  alnum: /^[\p{L}\p{Nd}]$/u,
  alpha: /^\p{L}$/u,
  blank: /^[ \t]$/,
  cntrl: /^\p{Cc}$/u,
  digit: /^[0-9]$/,
  graph: /^[^\p{C}\p{Z}]$/u,
  lower: /^\p{Ll}$/u,
  print: /^[^\p{C}\p{Zl}\p{Zp}]$/u,
  punct: /^[\p{P}\p{S}]$/u,
  space: /^[\s]$/,
  upper: /^\p{Lu}$/u,
  xdigit: /^[0-9A-Fa-f]$/,
};
