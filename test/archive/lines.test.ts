import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { newlinesIn } from '../../src/archive/lines.ts';

test('newlines are counted alike whatever stands around them and wherever the bytes begin', () => {
  const byte = fc.constantFrom(10, 10, 9, 11, 0x0a ^ 0x80, 0, 255);
  fc.assert(
    fc.property(
      fc.array(byte, { minLength: 300, maxLength: 2000 }),
      fc.nat(7),
      fc.nat(20),
      (made, skip, less) => {
        const bytes = Buffer.from(made).subarray(skip);
        const to = bytes.length - less;
        assert.equal(
          newlinesIn(bytes, less, to),
          [...bytes.subarray(less, to)].filter(one => one === 10).length,
        );
      },
    ),
  );
  assert.equal(newlinesIn(Buffer.alloc(10_000, 10)), 10_000);
});
