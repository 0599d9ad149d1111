// How a problem looks to a person, to the letter.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sayPolicy } from '../../src/policy/say.ts';
import { showDiagnostic } from '../../src/policy/show.ts';
import { aPolicy, readText } from '../rig/policy.ts';

function shown(text: string): string {
  const [first] = readText(text, { file: 'web.conf' }).diagnostics;
  assert.ok(first);
  return showDiagnostic(first);
}

test('place, message, line, caret and hint', () => {
  assert.equal(
    shown('/a {\n    rotatte 14\n}\n'),
    [
      "web.conf:2:5  unknown directive 'rotatte'",
      '    2 |     rotatte 14',
      '      |     ^^^^^^^',
      "      hint: did you mean 'rotate'?",
    ].join('\n'),
  );
});

test('tabs, wide letters and bytes that are none: the caret stands under what it means', () => {
  assert.equal(
    shown('/a {\n\tsize\t日本\udcff64Q\n}\n').split('\n').slice(1, 3).join('\n'),
    ['    2 |     size    日本\\xff64Q', '      |             ^^^^^^^^^^^'].join('\n'),
  );
});

test('control characters cannot forge a line or a colour', () => {
  const text = shown('/a {\nsize 1\u001b[31m\u0007\u202e\n}\n');
  assert.ok(!/[\u0000-\u0009\u000b-\u001f\u202e]/.test(text));
  assert.match(text, /\\x1b\[31m/);
});

test('a long line is cut around the caret', () => {
  const line = `${'daily '.repeat(2000)}frobnicate ${'x'.repeat(5000)}`;
  const [, frame = '', caret = ''] = shown(`/a {\n${line}\n}\n`).split('\n');
  assert.ok(frame.length < 115, String(frame.length));
  assert.equal(frame.slice(caret.indexOf('^'), caret.indexOf('^') + 10), 'frobnicate');
  assert.ok(frame.startsWith('    2 | …') && frame.endsWith('…'));
});

test('a problem with a whole file has no line', () => {
  const at = { file: '/etc/x\n.conf', line: 1, column: 1, length: 1 };
  assert.equal(
    showDiagnostic({ severity: 'error', at, message: 'it is a folder', line: null, hint: 'try another' }),
    '/etc/x\\n.conf  it is a folder\n      hint: try another',
  );
});

const said: readonly (readonly [body: string, words: string])[] = [
  [
    'daily\nmaxsize 1G\nrotate 14\ncompress\ncompresscmd zstd\ncompressoptions -3',
    'daily or over 1 GiB · keep 14 · zstd 3',
  ],
  ['size 64M\nrotate 7', 'at 64 MiB · keep 7 · not compressed'],
  [
    'hourly\nminsize 1M\nrotate 72\nkeepfor 36h',
    'hourly from 1 MiB · keep 72 · at least 36 h · not compressed',
  ],
  ['weekly 1\nrotate -1\nmaxage 365', 'weekly on Monday · at most 365 d · not compressed'],
  ['weekly 7\nrotate 0', 'every 7 days · keep none · not compressed'],
  [
    'monthly\nrotate -1\nminage 1\nnotifempty',
    'monthly after 1 quiet day unless empty · keep all · not compressed',
  ],
  [
    'minutes 1\nrotate 1\ncopytruncate\ntruncatewith tail',
    'every minute · keep 1 · copytruncate with tail · not compressed',
  ],
  [
    'daily\nschedule 30 3 * * *\nrotate 1\ncompress\ncompresscmd xz\ncompressoptions -9\nolddir old\ndateext',
    'daily looked at 30 3 * * * · keep 1 · dated · into old · xz -9',
  ],
];

for (const [body, words] of said)
  test(`says '${words}'`, () => assert.equal(sayPolicy(aPolicy(body)), words));
