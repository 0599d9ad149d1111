// The rig itself: what is planted is what is found.

import assert from 'node:assert/strict';
import { existsSync, lstatSync } from 'node:fs';
import { test } from 'node:test';
import { bytesOf, contentsOf, tempTree, textOf } from './temp-tree.ts';

test('what was planted is found again, with mode and mtime, and goes with the tree', () => {
  const tree = tempTree({
    'a.log': 'one',
    'b.log': { content: 'two', mode: 0o640, mtime: 1_700_000_000_000 },
    sub: { 'c\udcff.log': Buffer.from([0xff, 0x61]), empty: {} },
    link: { link: 'a.log' },
    second: { hardLink: 'a.log' },
  });
  assert.deepEqual(contentsOf(tree.folder), {
    'a.log': 'one',
    'b.log': 'two',
    link: '-> a.log',
    second: 'one',
    'sub/c\udcff.log': '\udcffa',
    'sub/empty/': '',
  });
  const found = tree.found()['b.log'];
  assert.deepEqual([found?.mode, found?.mtime, found?.size], [0o640, 1_700_000_000_000, 3]);
  assert.equal(lstatSync(tree.path('a.log')).nlink, 2);
  tree.remove();
  assert.equal(existsSync(tree.folder), false);
});

test('bytes that are not UTF-8 go through text unchanged', () => {
  for (const bytes of [
    [0xff],
    [0x61, 0xc3, 0x28],
    [0xc3, 0xa4],
    [0xf0, 0x9f, 0x98, 0x80, 0x80],
    [0xed, 0xb3, 0xbf],
  ]) {
    assert.deepEqual([...bytesOf(textOf(Buffer.from(bytes)))], bytes);
  }
});
