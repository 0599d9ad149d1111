// What a whole section means: the compressor, the rules that span directives, the built-in policy.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { directives } from '../../src/policy/directives.ts';
import type { Compressor } from '../../src/policy/policy.ts';
import { builtInPolicy, conductOf } from '../../src/policy/resolve.ts';
import { sayPolicy } from '../../src/policy/say.ts';
import { problemOfSchedule } from '../../src/policy/schedule.ts';
import { aPolicy, readText } from '../rig/policy.ts';

const codec = (
  name: 'gzip' | 'zstd' | 'brotli',
  level: number | 'fast' | 'mid' | 'high' | 'max',
  extension: string,
): Compressor => ({ by: 'codec', codec: name, level, extension });
const program = (name: string, args: string[], extension: string): Compressor => ({
  by: 'program',
  program: name,
  args,
  extension,
});

const compressors: readonly (readonly [body: string, expected: Compressor])[] = [
  ['', codec('gzip', 6, '.gz')],
  ['compresscmd gzip', codec('gzip', 6, '.gz')],
  ['compressoptions -9', codec('gzip', 9, '.gz')],
  ['compressoptions -1 -9n', codec('gzip', 9, '.gz')],
  ['compressoptions --best --quiet --rsyncable -f', codec('gzip', 9, '.gz')],
  ['compressoptions --fast', codec('gzip', 1, '.gz')],
  ['compresscmd zstd', codec('zstd', 'mid', '.zst')],
  ['compresscmd /usr/bin/zstd\ncompressoptions -19 -T0 -q --rm', codec('zstd', 19, '.zst')],
  ['compresscmd zstd\ncompressoptions --ultra -22 -T2', codec('zstd', 22, '.zst')],
  ['compresscmd zstd\ncompressoptions max', codec('zstd', 'max', '.zst')],
  ['compresscmd brotli', codec('brotli', 4, '.br')],
  ['compresscmd brotli\ncompressoptions -q 9 -f', codec('brotli', 9, '.br')],
  ['compresscmd brotli\ncompressoptions --quality=11', codec('brotli', 11, '.br')],
  ['compresscmd zstd\ncompressext .zstd', codec('zstd', 'mid', '.zstd')],
  ['compressext .x\ncompresscmd zstd', codec('zstd', 'mid', '.zst')],
  ['compresscmd /bin/bzip2', program('/bin/bzip2', [], '.bz2')],
  ['compresscmd xz\ncompressoptions -T0 "a b"', program('xz', ['-T0', 'a b'], '.xz')],
  ['compresscmd zip', program('zip', [], '.zip')],
  ['compresscmd compress', program('compress', [], '.Z')],
  ['compresscmd pigz', program('pigz', [], '.gz')],
  ['compresscmd constructor', program('constructor', [], '.gz')],
];

for (const [body, expected] of compressors) {
  test(`compresses by ${JSON.stringify(body)}`, () =>
    assert.deepEqual(aPolicy(`rotate 1\n${body}`).settings.compressor, expected));
}

test('what does nothing, or not what it seems to, is said', () => {
  const warned = (body: string): string[] =>
    readText(`/a {\n${body}\n}\n`).diagnostics.map(({ severity, message }) => `${severity}: ${message}`);
  assert.deepEqual(warned('keepfor 7d'), [
    'warning: keepfor alone deletes nothing: it only says what must stay',
  ]);
  assert.deepEqual(warned('keepfor 7d\nrotate -1'), []);
  assert.deepEqual(warned('keepfor 7d\nmaxage 3'), ['warning: maxage 3 waits for keepfor, which is longer']);
  assert.deepEqual(warned('rotate 1\ndelaycompress'), [
    'warning: delaycompress does nothing without compress',
  ]);
  assert.deepEqual(warned('rotate 1\ncreate 0640\ncopytruncate'), [
    'note: create does nothing with copytruncate: the log stays where it is',
  ]);
  assert.deepEqual(warned('rotate 1\ntruncatewith tail'), [
    'note: truncatewith does nothing without copytruncate',
  ]);
});

test('without a rotate that is written nothing is deleted by number', () => {
  assert.equal(aPolicy('maxage 3').settings.rotate, -1);
  assert.equal(aPolicy('rotate 0').settings.rotate, 0);
});

test('the built-in policy is the one of the rulings', () => {
  const policy = builtInPolicy('/var/log/my [app]', { recursive: false });
  assert.equal(sayPolicy(policy), 'at 10 MiB unless empty · keep 14 · at least 7 d · copytruncate · gzip 6');
  assert.deepEqual(policy.wholeFolder, { folder: '/var/log/my [app]', recursive: false });
  assert.deepEqual(
    policy.patterns.map(({ text }) => text),
    ['/var/log/my \\[app]/*'],
  );
  assert.equal(builtInPolicy('/x', { recursive: true }).wholeFolder?.recursive, true);
});

test('the two conducts differ in every setting', () => {
  const [native, door] = [conductOf('logmill'), conductOf('logrotate')];
  for (const key of Object.keys(native) as (keyof typeof native)[])
    assert.notEqual(native[key], door[key], key);
});

test('cron expressions', () => {
  for (const good of [
    '* * * * *',
    '30 3 * * *',
    '0 */2 * * 1-5',
    '0 0 1 jan,jul *',
    '*/10 * * * * *',
    '@daily',
    '0 0 31 2 1',
    '0 0 29 2 *',
    '5/15 * * * *',
  ]) {
    assert.equal(problemOfSchedule(good), null, good);
  }
  for (const bad of [
    '',
    '* * *',
    '60 * * * *',
    '* 24 * * *',
    '* * 0 * *',
    '* * * 13 *',
    '* * * * 8',
    '5-1 * * * *',
    '*/0 * * * *',
    'x * * * *',
    '0 0 30 2 *',
    '@reboot',
    '1,,2 * * * *',
  ]) {
    assert.notEqual(problemOfSchedule(bad), null, bad);
  }
});

test('the table of directives: each word once, each with a sentence, and its example is right', () => {
  assert.equal(new Set(directives.map(({ keyword }) => keyword)).size, directives.length);
  for (const { keyword, says, example, where } of directives) {
    assert.match(says, /^[a-z0-9].*[^.]$/, keyword);
    assert.ok(example.startsWith(keyword), keyword);
    if (keyword === 'include' || keyword === 'errors') continue;
    const text =
      where === 'anywhere'
        ? `/a {\nrotate 1\ncompress\ncopytruncate\n${example}\n}\n`
        : `${example}\n/a { rotate 1\n}\n`;
    const errors = readText(text).diagnostics.filter(({ severity }) => severity === 'error');
    assert.deepEqual(errors, [], keyword);
  }
});
