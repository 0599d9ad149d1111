import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { pathFromBytes, pathToBytes } from '../../src/world/paths.ts';
import { isTrouble } from '../../src/world/trouble.ts';

test('undecodable bytes stand as U+DC80 to U+DCFF, valid characters as themselves', () => {
  const cases: readonly [number[], string][] = [
    [[0x61, 0x2e, 0x6c, 0x6f, 0x67], 'a.log'],
    [[0x61, 0xff], 'a\udcff'],
    [[0xc3, 0xbc], 'ü'],
    [[0xc3], '\udcc3'],
    [[0xc3, 0x28], '\udcc3('],
    [[0xf0, 0x9f, 0x98, 0x80], '😀'],
    [[0xf0, 0x9f, 0x98], '\udcf0\udc9f\udc98'],
    // Neither the long form of a slash nor a surrogate of its own is UTF-8.
    [[0xc0, 0xaf], '\udcc0\udcaf'],
    [[0xed, 0xb2, 0x80], '\udced\udcb2\udc80'],
    [[0xff, 0xc3, 0xbc, 0xfe], '\udcffü\udcfe'],
    [[0xef, 0xbf, 0xbd], '\ufffd'],
    [[0xef, 0xbb, 0xbf, 0x61], '\ufeffa'],
    [[], ''],
  ];
  for (const [bytes, path] of cases) {
    assert.equal(pathFromBytes(Buffer.from(bytes)), path);
    assert.deepEqual([...pathToBytes(path)], bytes);
  }
});

test('any bytes come back as they were', () => {
  const mixed = fc.array(
    fc.oneof(
      fc.uint8Array({ maxLength: 4 }),
      fc.string({ unit: 'binary' }).map(text => new Uint8Array(Buffer.from(text))),
    ),
  );
  fc.assert(
    fc.property(mixed, pieces => {
      const bytes = Buffer.concat(pieces);
      assert.deepEqual(pathToBytes(pathFromBytes(bytes)), bytes);
    }),
  );
});

test('a surrogate that stands for no byte is refused', () => {
  for (const path of ['\ud800', 'a\udc00b', '\udd00', '\ud83d\udcff\udcff\ud83d']) {
    assert.throws(
      () => pathToBytes(path),
      error => isTrouble(error, 'EILSEQ'),
    );
  }
});
