// Patterns match as glob(3) matches. The rows were checked against glibc.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { compileGlob, escapeGlob, matcherOf } from '../../src/policy/glob.ts';

const rows: readonly (readonly [pattern: string, matches: readonly string[], not: readonly string[]])[] = [
  ['*.log', ['a.log', 'a.b.log'], ['.log', '.a.log', 'a.logs', 'log']],
  ['*', ['a', 'a.b', '-x', '日本'], ['.a', '.']],
  ['.*', ['.a', '..'], ['a']],
  ['?.log', ['a.log', '日.log', '\udcff.log'], ['.log', 'ab.log', '..log']],
  ['c[1].log', ['c1.log'], ['c[1].log']],
  ['c\\[1\\].log', ['c[1].log'], ['c1.log']],
  ['[.]hidden', [], ['.hidden']],
  ['[!a]*', ['b', '!a'], ['a', '.hidden', '']],
  ['[^a]*', ['b', '^a'], ['a', '.hidden']],
  ['[a-c]x', ['ax', 'cx'], ['dx', '-x']],
  ['[a-]x', ['ax', '-x'], ['bx']],
  ['[]a]x', [']x', 'ax'], ['[x']],
  ['[!]a]x', ['bx'], [']x', 'ax']],
  ['[a', ['[a'], ['a']],
  ['a]', ['a]'], ['a']],
  ['[[:digit:]]*', ['1', '1a'], ['a1']],
  ['[[:alpha:][:digit:]_]', ['a', '1', '_'], ['-', 'ab']],
  ['[![:space:]]', ['a'], [' ', '\t']],
  ['[[:nonsense:]a]', [], ['a', 'n']],
  ['[[.a.]]', ['a'], ['.']],
  ['[\\]]', [']'], ['\\']],
  ['[z-a]', [], ['a', 'm', 'z', '-']],
  ['{a,b}', ['{a,b}'], ['a', 'b']],
  ['**', ['a', 'ab'], ['.a']],
  ['@(a|b)', ['@(a|b)'], ['a']],
  ['!a', ['!a'], ['b']],
  ['\\*', ['*'], ['a']],
  ['a\\', [], ['a', 'a\\']],
  ['*a*b*c', ['abc', 'xaxbxc', 'aabbcc'], ['acb', 'abcd']],
  ['a*', ['a', 'a.b'], ['ba']],
];

for (const [pattern, matches, not] of rows) {
  test(`'${pattern}' matches as in glob(3)`, () => {
    const isMatch = matcherOf(pattern);
    for (const name of matches) assert.ok(isMatch(name), name);
    for (const name of not) assert.ok(!isMatch(name), name);
  });
}

test('segments: literal ones are unescaped, wild ones match, a tilde stands apart', () => {
  const { tilde, segments, isLiteral } = compileGlob('~logs/a\\ b//*.log');
  assert.equal(tilde, 'logs');
  assert.equal(isLiteral, false);
  assert.deepEqual(
    segments.map(({ kind, text }) => [kind, text]),
    [
      ['literal', ''],
      ['literal', 'a b'],
      ['literal', ''],
      ['wild', '*.log'],
    ],
  );
  assert.equal(compileGlob('/var/log/a.log').isLiteral, true);
  assert.equal(compileGlob('/var/log/[a').isLiteral, true);
  assert.equal(compileGlob('/~/a').tilde, null);
});

test('an escaped name is a pattern that matches it alone', () => {
  fc.assert(
    fc.property(
      fc.string({ unit: fc.constantFrom(...'ab*?[]\\~!^-{}/ .', '\n', '日', '\udcff'), minLength: 1 }),
      name => {
        const glob = compileGlob(escapeGlob(name));
        assert.ok(glob.isLiteral);
        assert.equal(
          glob.segments.map(({ text }) => text).join('/'),
          name.startsWith('~') ? `./${name}` : name,
        );
      },
    ),
  );
});

test('many stars do not take many times as long', { timeout: 5000 }, () => {
  assert.equal(matcherOf(`${'*a'.repeat(60)}b`)('a'.repeat(250)), false);
});
