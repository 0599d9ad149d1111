import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatBytes, parseBytes, parseSize } from '../../src/units/bytes.ts';

const MiB = 1024 ** 2;
const GiB = 1024 ** 3;

test('a size in a policy is what logrotate takes it for', () => {
  const cases: readonly [string, number | null][] = [
    ['0', 0],
    ['100', 100],
    ['100k', 102_400],
    ['100K', 102_400],
    ['100M', 100 * MiB],
    ['3G', 3 * GiB],
    ['0x10', 16],
    ['0X10k', 16 * 1024],
    ['010', 8],
    ['010k', 8 * 1024],
    ['+1', 1],
    ['9007199254740991', Number.MAX_SAFE_INTEGER],
    ['', null],
    ['08', null],
    ['k', null],
    ['100m', null],
    ['100g', null],
    ['1T', null],
    ['100KB', null],
    ['1.5G', null],
    ['1 k', null],
    [' 1', null],
    ['-1', null],
    ['+-1', null],
    ['64Q', null],
    ['1kk', null],
    ['9007199254740992', null],
    ['99999999999G', null],
    ['1e3', null],
  ];
  for (const [text, expected] of cases) assert.equal(parseSize(text), expected, `'${text}'`);
});

test('a size on the command line may also be written as people do', () => {
  const cases: readonly [string, number | null][] = [
    ['100', 100],
    ['100B', 100],
    ['100k', 102_400],
    ['10m', 10 * MiB],
    ['10MB', 10 * MiB],
    ['10MiB', 10 * MiB],
    ['10 MiB', 10 * MiB],
    ['1.5G', 1.5 * GiB],
    ['0.1k', 102],
    ['2TiB', 2 * 1024 ** 4],
    ['010', 10],
    ['', null],
    ['M', null],
    ['10X', null],
    ['10iB', null],
    ['1.G', null],
    ['-1', null],
    ['0x10', null],
    ['999999999T', null],
  ];
  for (const [text, expected] of cases) assert.equal(parseBytes(text), expected, `'${text}'`);
});

test('bytes are shown in IEC units with three significant digits', () => {
  const cases: readonly [number, string][] = [
    [0, '0 B'],
    [1, '1 B'],
    [1023, '1023 B'],
    [1024, '1.00 KiB'],
    [12_700, '12.4 KiB'],
    [10_235, '10.0 KiB'],
    [1024 * 1024 - 1, '1.00 MiB'],
    [1023 * 1024, '1023 KiB'],
    [771 * MiB, '771 MiB'],
    [99.96 * MiB, '100 MiB'],
    [4.21 * GiB, '4.21 GiB'],
    [1.27 * 1024 ** 4, '1.27 TiB'],
    [Number.MAX_SAFE_INTEGER, '8.00 PiB'],
    [-12_700, '-12.4 KiB'],
  ];
  for (const [bytes, expected] of cases) assert.equal(formatBytes(bytes), expected);
});
