// Patterns as glob(3) reads them with GLOB_TILDE and nothing else: `*`, `?`, brackets and the
// backslash; no braces, no `**`, no extended forms. Pure: what lies on the disk is expandGlob's.

import { type Bracket, bracketAt } from './bracket.ts';

export interface Glob {
  readonly pattern: string;
  /** `~` or `~user` in front: the user, '' for oneself; null when there is none. */
  readonly tilde: string | null;
  /** Behind the tilde, split at slashes: '' first for an absolute path, '' between doubled slashes. */
  readonly segments: readonly Segment[];
  /** No segment is wild: there is at most one such path. */
  readonly isLiteral: boolean;
}

export type Segment =
  /** `text` with backslashes undone. */
  | { readonly kind: 'literal'; readonly text: string }
  | { readonly kind: 'wild'; readonly text: string; readonly matches: (name: string) => boolean };

export function compileGlob(pattern: string): Glob {
  const tilde = /^~([^/]*)/.exec(pattern);
  const rest = tilde === null ? pattern : pattern.slice(tilde[0].length);
  const segments = rest.split('/').map(compileSegment);
  return {
    pattern,
    tilde: tilde?.[1] ?? null,
    segments,
    isLiteral: segments.every(({ kind }) => kind === 'literal'),
  };
}

/** A text that matches itself only. */
export function escapeGlob(text: string): string {
  const escaped = text.replace(/[*?[\\]/g, character => `\\${character}`);
  return text.startsWith('~') ? `./${escaped}` : escaped;
}

/**
 * What tells whether a name matches a pattern without slashes, a period in front matched only by a
 * period (fnmatch with FNM_PERIOD): what taboo patterns ask.
 */
export function matcherOf(pattern: string): (name: string) => boolean {
  return matcher(tokensOf(pattern));
}

function compileSegment(text: string): Segment {
  const tokens = tokensOf(text);
  const isLiteral = tokens?.every(token => typeof token === 'string') ?? false;
  return isLiteral
    ? { kind: 'literal', text: tokens?.join('') ?? '' }
    : { kind: 'wild', text, matches: matcher(tokens) };
}

/** A character of its own, any character, any run of characters, or one of a set. */
type Token = string | typeof any | typeof run | Bracket;
const any = Symbol('?');
const run = Symbol('*');

/** null: it matches nothing, as when it ends in a lone backslash. */
function tokensOf(pattern: string): readonly Token[] | null {
  const characters = Array.from(pattern);
  const tokens: Token[] = [];
  for (let at = 0; at < characters.length; at += 1) {
    const character = characters[at] ?? '';
    if (character === '\\') {
      at += 1;
      const escaped = characters[at];
      if (escaped === undefined) return null;
      tokens.push(escaped);
    } else if (character === '*') {
      if (tokens.at(-1) !== run) tokens.push(run);
    } else if (character === '?') tokens.push(any);
    else if (character === '[') {
      const found = bracketAt(characters, at);
      if (found === 'hopeless') return null;
      // A bracket that is never closed stands for itself.
      tokens.push(found?.bracket ?? '[');
      at = found?.last ?? at;
    } else tokens.push(character);
  }
  return tokens;
}

function matcher(tokens: readonly Token[] | null): (name: string) => boolean {
  if (tokens === null) return () => false;
  const ending = endingOf(tokens);
  if (ending !== null) return name => name.endsWith(ending) && !name.startsWith('.');
  return name => {
    if (name.startsWith('.') && tokens[0] !== '.') return false;
    return matchTokens(tokens, Array.from(name));
  };
}

/** `*.log` and its like are most of all patterns; their ending alone decides. */
function endingOf(tokens: readonly Token[]): string | null {
  const [first, ...rest] = tokens;
  if (first !== run) return null;
  const letters = rest.filter(token => typeof token === 'string');
  // A lone surrogate at the front could cut a pair of the name in two.
  return letters.length === rest.length && !/^[\udc00-\udfff]/.test(letters.join(''))
    ? letters.join('')
    : null;
}

/** Only the last run is ever taken back, so the time is at most tokens times characters. */
function matchTokens(tokens: readonly Token[], name: readonly string[]): boolean {
  let token = 0;
  let at = 0;
  let runToken = -1;
  let runAt = 0;
  while (at < name.length) {
    if (tokens[token] === run) {
      runToken = token;
      runAt = at;
      token += 1;
    } else if (token < tokens.length && accepts(tokens[token], name[at] ?? '')) {
      token += 1;
      at += 1;
    } else if (runToken >= 0) {
      runAt += 1;
      at = runAt;
      token = runToken + 1;
    } else return false;
  }
  while (tokens[token] === run) token += 1;
  return token === tokens.length;
}

function accepts(token: Token | undefined, character: string): boolean {
  if (typeof token === 'string') return token === character;
  if (token === any) return true;
  return typeof token === 'object' && token.has(character);
}
