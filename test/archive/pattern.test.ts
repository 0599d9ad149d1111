import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readPattern } from '../../src/archive/pattern.ts';

const literals: readonly (readonly [source: string, literal: string | null])[] = [
  ['error', 'error'],
  ['order_id=\\d+ filled', 'order_id='],
  ['colou?r', 'colo'],
  ['ab+c', 'ab'],
  ['ab*cd', 'cd'],
  ['ab{0,3}cd', 'cd'],
  ['ab{2}c', 'ab'],
  ['foo|bar', null],
  ['(foo|bar)baz', 'baz'],
  ['(foo)?ba', 'ba'],
  ['a\\.b\\/c', 'a.b/c'],
  ['\\btime\\b', 'time'],
  ['[abc]xyz[^d]', 'xyz'],
  ['^start', 'start'],
  ['\\u0041bc', 'bc'],
  ['.*', null],
  ['ü+ber', 'ber'],
];

for (const [source, literal] of literals) {
  test(`every match of /${source}/ holds ${literal === null ? 'no text to rely on' : `'${literal}'`}`, () => {
    assert.equal(readPattern(source).literals[0] ?? null, literal);
  });
}

test('nothing takes a newline, and what cannot be kept from it is said', () => {
  for (const [source, written] of [
    ['a[^b]c\\s\\W\\D.', 'a[^\\nb]c[^\\S\\n][^\\w\\n][^\\d\\n][^\\n]'],
    ['[\\s,]+', '(?:(?!\\n)[\\s,])+'],
    ['[!-~]\\x0a', '(?:(?!\\n)[!-~])[]'],
    ['\\p{L}\\n', '(?:(?!\\n)\\p{L})[]'],
    ['(?s:a.)', '(?s:a[^\\n])'],
  ] as const)
    assert.equal(readPattern(source).withinLines, written);
  for (const source of ['(?!a)b', '(?<!a)b', '\\12', '(?-m:^a)'])
    assert.equal(readPattern(source).withinLines, null);
  for (const source of [
    'a(?=b)',
    'x{2,3}?',
    'a{',
    '(?<name>a)\\k<name>',
    '[\\]]',
    '(a)\\1',
    '[\\w.-]+',
    '\\bx$',
  ])
    assert.equal(readPattern(source).withinLines, source);
});

test('every text that must stand there is named, the longest first', () => {
  assert.deepEqual(readPattern('^2026-\\d+.*(?:a|b)ERROR: x').literals, ['ERROR: x', '2026-']);
  assert.deepEqual(readPattern('one|two').literals, []);
});

test('what is nothing but text is known', () => {
  for (const source of ['error', 'a\\.b', 'id=7']) assert.equal(readPattern(source).isText, true, source);
  for (const source of ['', 'a.b', '^a', '(a)', 'a?', 'a|b'])
    assert.equal(readPattern(source).isText, false, source);
});
