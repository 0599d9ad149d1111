import assert from 'node:assert/strict';
import { test } from 'node:test';
import stringWidth from 'string-width';
import { cellsOf } from '../../src/units/cells.ts';

// The package knows them all; what people write in names is asked of both.
const texts = [
  '',
  'access.log',
  '\x1b[31mdue\x1b[39m',
  '\x1b[1;38;5;196mdue\x1b[0m',
  '…▕█▏·└─',
  'größe.log',
  'gro\u0308ße.log',
  'журнал.log',
  'ログ.log',
  '日志-2026.log',
  '한국어.log',
  '한국.log'.normalize('NFD'),
  'סגור.log',
  'สวัสดี.log',
  'ｆｕｌｌ．ｌｏｇ',
  '👍🏽.log',
  '👨‍👩‍👧‍👦.log',
  '🇩🇪.log',
  '❤️.log',
  '1️⃣.log',
  'a\u200bb\u202ec',
  'tab\tbell\x07',
];

for (const text of texts) {
  test(`${JSON.stringify(text)} takes as many cells as string-width says`, () => {
    assert.equal(cellsOf(text), stringWidth(text));
  });
}

test('every letter of the living scripts is as wide as string-width says', () => {
  const differ: string[] = [];
  for (let code = 0x20; code < 0x2fffe; code += 1) {
    const letter = String.fromCodePoint(code);
    // The inner letters of a Hangul syllable stand nowhere alone.
    if (code >= 0x1160 && code <= 0x11ff) continue;
    if (/[\p{L}\p{Nd}\p{P}]/u.test(letter) && cellsOf(letter) !== stringWidth(letter))
      differ.push(code.toString(16));
  }
  assert.deepEqual(differ, []);
});
