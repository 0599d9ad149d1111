// From a census to writers: readers are none, and what was not seen stays unknown.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { heldAmong, writersOf } from '../../src/observe/writers.ts';
import type { Census, Holder } from '../../src/world/world.ts';

const holder = (pid: number, access: Holder['access'], append: boolean | null): Holder => ({
  pid,
  name: `p${pid}`,
  access,
  append,
  position: null,
});

function census(complete: boolean, ...holders: readonly Holder[]): Census {
  return {
    complete,
    blind: complete ? null : 'two processes may not be looked into',
    holders: new Map([['1:2:3', holders]]),
  };
}

test('writers are given by pid, readers are left out, and unknown is not nobody', () => {
  const table: readonly [
    what: string,
    Census,
    expected: readonly (readonly [number, boolean | null])[] | null,
  ][] = [
    ['nobody, all seen', census(true), []],
    ['nobody, not all seen', census(false), null],
    ['a reader, all seen', census(true, holder(7, 'read', null)), []],
    ['a reader, not all seen', census(false, holder(7, 'read', null)), null],
    ['a writer, not all seen', census(false, holder(7, 'write', true)), [[7, true]]],
    [
      'two, in any order',
      census(true, holder(9, 'write', true), holder(7, 'write', false)),
      [
        [7, false],
        [9, true],
      ],
    ],
    [
      'one twice, once without append',
      census(true, holder(7, 'write', true), holder(7, 'write', false)),
      [[7, false]],
    ],
    [
      'one twice, once unknown',
      census(true, holder(7, 'write', true), holder(7, 'write', null)),
      [[7, null]],
    ],
    [
      'unknown, then without append',
      census(true, holder(7, 'write', null), holder(7, 'write', false)),
      [[7, false]],
    ],
  ];
  for (const [what, seen, expected] of table) {
    assert.deepEqual(
      writersOf(seen, '1:2:3')?.map(({ pid, append }) => [pid, append]) ?? null,
      expected,
      what,
    );
  }
});

test('held are only files that somebody is known to write to', () => {
  const seen = census(false, holder(7, 'write', true));
  assert.deepEqual([...heldAmong(seen, ['1:2:3', '4:5:6']).keys()], ['1:2:3']);
});
