// The lines of a plan on screens of any width: what must be read whole is never cut.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { wrap } from '../../src/cli/cells.ts';
import { type Line, setLines } from '../../src/cli/screens/plan-lines.ts';
import { cellsOf } from '../../src/units/cells.ts';

const why =
  'python3 (pid 4121) holds it open without O_APPEND: truncating would leave a hole of its whole size';
const hint = 'hint: restart python3 so that it appends, or rotate with create and a postrotate';

function aLine(facts: Partial<Line>): Line {
  return {
    meaning: 'plain',
    sign: '=',
    verb: 'leave',
    name: 'a.log',
    size: '',
    becomes: '',
    why: '',
    ...facts,
  };
}

function shown(line: Line, width: number, all: boolean): string {
  const look = { colour: false, unicode: true, live: false, width };
  const rows = setLines([line, aLine({ name: 'b.log', why: 'not due' })], { look, why: all }, '│');
  for (const row of rows.flatMap(text => text.split('\n'))) assert.ok(cellsOf(row) <= width, row);
  return rows.join('\n').replace(/\s*\n\s*│\s*/g, ' ');
}

test('why a log is refused, and the fix, stand whole on a screen of any width', () => {
  for (const width of [40, 59, 60, 80, 100, 200]) {
    const text = shown(aLine({ verb: 'refuse', below: [why, hint] }), width, false);
    assert.ok(text.includes(`${why} ${hint}`), `${width}: ${text}`);
  }
});

test('a reason that was asked for stands whole, one that was not is cut to the line', () => {
  for (const width of [40, 60, 80, 100]) {
    assert.ok(shown(aLine({ why }), width, true).includes(why), `${width}`);
    assert.ok(!shown(aLine({ why }), width, false).includes(why), `${width}`);
  }
});

test('a word that is longer than the line stands alone and whole', () => {
  assert.deepEqual(wrap('  a bbbbbbbbbb c', 6), ['  a', '  bbbbbbbbbb', '  c']);
  assert.deepEqual(wrap('', 6), ['']);
});
