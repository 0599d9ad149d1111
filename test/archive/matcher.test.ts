// Expressions drawn from all that JavaScript's can hold, over many lines at once, against each line alone.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { matcherOf } from '../../src/archive/matcher.ts';

const atoms = [
  ...[
    'a',
    'b',
    'c',
    '.',
    '^',
    '$',
    '|',
    'é',
    '𝒳',
    '\\.',
    '\\/',
    '\\-',
    '\\t',
    '\\r',
    '\\n',
    '\\x0a',
    '\\cJ',
    '\\12',
  ],
  ...[
    '\\s',
    '\\S',
    '\\w',
    '\\W',
    '\\d',
    '\\D',
    '\\b',
    '\\B',
    '\\p{L}',
    '\\P{L}',
    '\\u0061',
    '\\ud835\\udcb3',
  ],
  ...[
    '[ab]',
    '[^a]',
    '[\\s,]',
    '[a-]',
    '[\\0-c]',
    '[^\\s]',
    '[]',
    '[^]',
    '[𝒳é]',
    '(?:ab|c)',
    '(a)',
    '(b|)',
    '\\1',
  ],
  ...['(?=b)', '(?<=a)', '(?!a)', '(?<!b)', '(?i:A)', '(?s:.)', '(?m:^)', '(?<n>a)', '\\k<n>'],
];
const quantifiers = ['', '', '', '', '*', '+', '?', '{2}', '{0,2}', '*?', '+?'];
const atom = fc
  .tuple(fc.constantFrom(...atoms), fc.constantFrom(...quantifiers))
  .map(([one, times]) => one + times);
const source = fc.array(atom, { minLength: 1, maxLength: 4 }).map(pieces => pieces.join(''));
const ascii = ['a', 'b', 'c', ' ', ',', 'A', '\r', '\t', '\0', '.', '-', '/'];
const linesOf = (letters: readonly string[]) =>
  fc.array(fc.string({ unit: fc.constantFrom(...letters), maxLength: 5 }), { minLength: 1, maxLength: 8 });
const lines = fc.oneof(linesOf(ascii), linesOf([...ascii, 'é', '𝒳', '\u2028']));

/** As a line is looked at by itself; null: it is no expression. */
function plainly(pattern: string, flags: string): RegExp | null {
  for (const all of [`${flags}su`, `${flags}s`]) {
    try {
      return new RegExp(pattern, all);
    } catch {
      // The next flags may take it.
    }
  }
  return null;
}

test('an expression finds over many lines at once what it finds in each of them', () => {
  fc.assert(
    fc.property(source, fc.boolean(), lines, (pattern, ignoreCase, texts) => {
      const expression = plainly(pattern, ignoreCase ? 'i' : '');
      fc.pre(expression !== null);
      const bytes = Buffer.from(`${texts.join('\n')}\n`);
      const expected: number[] = [];
      let at = 0;
      for (const text of texts) {
        if (expression?.test(text.replace(/\r$/, ''))) expected.push(at);
        at += Buffer.byteLength(text) + 1;
      }
      const next = matcherOf({ pattern, ignoreCase }).within(bytes);
      const found: number[] = [];
      for (let from = next(0); from >= 0; from = next(bytes.indexOf(10, from) + 1)) found.push(from);
      assert.deepEqual(found, expected);
    }),
    { numRuns: 4000 },
  );
});
