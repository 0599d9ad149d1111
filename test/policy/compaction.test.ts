// The directives of compaction and budgets: what each takes, what is refused with which hint, and
// that logrotate's dialect has none of them.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Settings } from '../../src/policy/policy.ts';
import { sayPolicy } from '../../src/policy/say.ts';
import { aPolicy, readText } from '../rig/policy.ts';

const MiB = 1 << 20;
const day = 86_400_000;

const meanings: readonly (readonly [text: string, settings: Partial<Settings>])[] = [
  [
    '',
    { compact: null, compactafter: 7 * day, compactor: { codec: 'zstd', level: 'high' }, leavelive: false },
  ],
  ['compact daily', { compact: 'daily' }],
  ['compact=weekly', { compact: 'weekly' }],
  ['compact monthly\nnocompact', { compact: null }],
  ['compactafter 36h', { compactafter: 1.5 * day }],
  ['compactcmd gzip', { compactor: { codec: 'gzip', level: 6 } }],
  ['compactcmd /usr/bin/gzip\ncompactoptions -9', { compactor: { codec: 'gzip', level: 9 } }],
  ['compactoptions -19', { compactor: { codec: 'zstd', level: 19 } }],
  ['compactoptions -T4 max', { compactor: { codec: 'zstd', level: 'max' } }],
  ['compactoptions -q', { compactor: { codec: 'zstd', level: 'high' } }],
  ['maxtotal 500M', { maxtotal: 500 * MiB }],
  ['budget 20G', { budget: 20 * 1024 * MiB }],
  ['budget 1G\nbudgetfloor 50M', { budgetfloor: { kind: 'size', size: 50 * MiB } }],
  ['budget 1G\nbudgetfloor 3d', { budgetfloor: { kind: 'age', age: 3 * day } }],
  // M is a size and m a time, as everywhere.
  ['budget 1G\nbudgetfloor 90m', { budgetfloor: { kind: 'age', age: 90 * 60_000 } }],
  ['keepfree 10%', { keepfree: { kind: 'percent', percent: 10 } }],
  ['keepfree 5G', { keepfree: { kind: 'size', size: 5 * 1024 * MiB } }],
  ['leavelive', { leavelive: true }],
  ['leavelive\nnoleavelive', { leavelive: false }],
];

for (const [text, settings] of meanings)
  test(`'${text.replaceAll('\n', ', ')}' is understood`, () => {
    const found = aPolicy(`rotate 3\ncompress\n${text}`).settings;
    assert.deepEqual(
      Object.fromEntries(Object.keys(settings).map(key => [key, found[key as keyof Settings]])),
      settings,
    );
  });

const refused: readonly (readonly [text: string, message: string, hint: RegExp])[] = [
  ['compact yearly', "'yearly' is not a period", /one of daily, weekly, monthly/],
  ['compactafter 0d', "'0d' is no time at all", /as in compactafter 14d/],
  ['compactcmd brotli', 'archives of brotli cannot be joined', /compactcmd zstd packs better/],
  ['compactcmd xz', 'archives of xz cannot be joined', /compactcmd gzip can be read everywhere/],
  ['compactoptions -23', 'zstd has no level 23', /-1 to -22/],
  ['maxtotal 0', 'maxtotal 0 is nothing at all', /say rotate 0 to keep no old logs/],
  ['budget 0', 'budget 0 is nothing at all', /say rotate 0/],
  ['budget 0G', 'budget 0G is nothing at all', /say rotate 0/],
  ['budget 1G\nbudgetfloor 0', 'budgetfloor 0 is nothing at all', /the newest generation stays anyway/],
  ['budget 1G\nbudgetfloor 0d', "'0d' is no time at all", /budgetfloor 3d/],
  ['budget 1G\nbudgetfloor soon', "'soon' is neither a size nor a length of time", /a size as 500M/],
  ['keepfree 0', 'keepfree 0 is nothing at all', /leave keepfree out/],
  ['keepfree 0%', "'0%' is not a part of a file system", /1% to 99%/],
  ['keepfree 100%', "'100%' is not a part of a file system", /1% to 99%/],
  ['maxtotal 5X', "'5X' is not a size", /as in maxtotal 2G/],
];

for (const [text, message, hint] of refused)
  test(`'${text.replaceAll('\n', ', ')}' is refused: ${message}`, () => {
    const { policies, diagnostics } = readText(`/a {\nrotate 3\ncompress\n${text}\n}\n`);
    const errors = diagnostics.filter(({ severity }) => severity === 'error');
    assert.deepEqual(
      errors.map(error => error.message),
      [message],
    );
    assert.match(errors[0]?.hint ?? '', hint);
    assert.deepEqual(policies, []);
  });

const warned: readonly (readonly [text: string, warning: string])[] = [
  ['rotate 3\ncompact weekly', 'compact joins archives only, and nothing here makes any'],
  ['rotate 3\nbudgetfloor 3d', 'budgetfloor does nothing without budget'],
  ['rotate 3\nleavelive\ncopytruncate', 'copytruncate does nothing with leavelive: the log is never touched'],
];

for (const [text, warning] of warned)
  test(`'${text.replaceAll('\n', ', ')}' is warned of`, () => {
    const { diagnostics } = readText(`/a {\n${text}\n}\n`);
    assert.deepEqual(
      diagnostics.map(({ severity, message }) => `${severity}: ${message}`),
      [`warning: ${warning}`],
    );
  });

test('maxtotal or budget alone say what is kept, and then nothing goes by count', () => {
  for (const limit of ['maxtotal 1G', 'budget 1G']) {
    const { policies, diagnostics } = readText(`/a {\nkeepfor 1d\n${limit}\n}\n`);
    assert.deepEqual(diagnostics, []);
    assert.equal(policies[0]?.settings.rotate, -1);
  }
});

const all = [
  'compact weekly',
  'nocompact',
  'compactafter 7d',
  'compactcmd gzip',
  'compactoptions -9',
  'maxtotal 1M',
  'budget 1M',
  'budgetfloor 1M',
  'keepfree 10%',
  'leavelive',
  'noleavelive',
];

test("logrotate's dialect knows none of them: what the door would leave alone it must not make", () => {
  const { policies, diagnostics } = readText(`/a {\nrotate 3\n${all.join('\n')}\n}\n`, {
    dialect: 'logrotate',
  });
  const lines = diagnostics.flatMap(({ asLogrotate = [] }) => asLogrotate.map(({ text }) => text));
  for (const directive of all) {
    const [keyword] = directive.split(' ');
    assert.ok(
      lines.some(line => line.includes(`unknown option '${keyword}'`)),
      `${keyword} in ${lines.join('; ')}`,
    );
  }
  const settings = policies[0]?.settings;
  assert.deepEqual(
    [settings?.compact, settings?.maxtotal, settings?.budget, settings?.leavelive],
    [null, null, null, false],
  );
});

const said: readonly (readonly [text: string, words: string])[] = [
  [
    'daily\nrotate -1\ncompress\ncompact weekly\nmaxtotal 2G',
    'daily · up to 2 GiB each · gzip 6 · joined weekly after 7 d, zstd high',
  ],
  [
    'daily\nbudget 20G\nbudgetfloor 3d\nkeepfree 10%',
    'daily · all within 20 GiB, each at least 3 d · not compressed · early under 10 % free',
  ],
  ['leavelive\nrotate 9', 'rotated by its program · keep 9 · not compressed'],
];

for (const [text, words] of said)
  test(`in words: ${words}`, () => {
    assert.equal(sayPolicy(aPolicy(text)), words);
  });
