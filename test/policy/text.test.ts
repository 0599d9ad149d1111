// Whatever bytes a file holds: no crash, no hang, and what is printed means the same when it is read.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { directives } from '../../src/policy/directives.ts';
import type { Policy } from '../../src/policy/policy.ts';
import { printPolicies } from '../../src/policy/print.ts';
import { showDiagnostic } from '../../src/policy/show.ts';
import { readText } from '../rig/policy.ts';

const dialects = ['logmill', 'logrotate'] as const;

/** Bytes as the reader gives them: what is not ASCII stands as a lone surrogate. */
const bytes = fc
  .uint8Array({ maxLength: 400 })
  .map(found => String.fromCharCode(...Array.from(found, byte => (byte < 0x80 ? byte : 0xdc00 + byte))));

/** Pieces of the language in any order, which gets further than bytes do. */
const pieces = fc
  .array(
    fc.oneof(
      fc.constantFrom(
        '{',
        '}',
        '\n',
        '\n',
        ' ',
        '\t',
        '=',
        '"',
        "'",
        '\\',
        '#',
        '/a.log',
        '~/x',
        '*',
        '\r',
        '\0',
        ';',
      ),
      fc.constantFrom(...directives.map(({ keyword }) => keyword)),
      fc.constantFrom(...directives.map(({ example }) => example)),
      fc.constantFrom(
        'endscript',
        '\nendscript\n',
        'include /etc/logmill/test.conf',
        '-1',
        '010',
        '99999999999',
        '64M',
      ),
      fc.string({ maxLength: 5 }),
    ),
    { maxLength: 60 },
  )
  .map(parts => parts.join(' '));

test('any text is read: places lie in it, every problem can be shown, nothing throws', () => {
  fc.assert(
    fc.property(fc.oneof(bytes, pieces), fc.constantFrom(...dialects), (text, dialect) => {
      const { policies, diagnostics } = readText(text, { dialect });
      const lines = text.split('\n');
      for (const { at, line, ...rest } of diagnostics) {
        assert.ok(at.column >= 1 && at.length >= 1);
        if (line !== null) assert.equal(line, lines[at.line - 1]);
        assert.doesNotMatch(
          showDiagnostic({ at, line, ...rest }),
          /[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/,
        );
      }
      for (const { settings, patterns } of policies) {
        assert.ok(settings.rotate >= -1 && settings.rotate <= 2_147_483_647);
        assert.ok(patterns.length > 0 || dialect === 'logrotate');
      }
    }),
    { numRuns: 700 },
  );
});

test('natively no policy is served whose own file has an error within its section', () => {
  fc.assert(
    fc.property(pieces, text => {
      const { policies, diagnostics } = readText(text);
      const errors = diagnostics.filter(({ severity }) => severity === 'error').map(({ at }) => at.line);
      for (const { at } of policies) {
        const next = policies.map(policy => policy.at.line).filter(line => line > at.line);
        // The statement that closes it comes before any later section, so a fault on its first line is its own.
        assert.ok(
          !errors.includes(at.line) || next.includes(at.line) || text.split('\n')[at.line - 1]?.includes('}'),
        );
      }
    }),
    { numRuns: 300 },
  );
});

/** Bodies that are right: the examples of all directives, each in or out, in any order. */
const usable = directives.filter(
  ({ keyword, where }) => where === 'anywhere' && !['include', 'renamecopy', 'errors'].includes(keyword),
);
const bodies = fc.shuffledSubarray([...usable.map(({ example }) => example)]);
const patterns = fc
  .array(
    fc.string({
      minLength: 1,
      maxLength: 12,
      unit: fc.constantFrom('a', '/', '*', ' ', '"', "'", '\\', '[', 'ü', '#', '.', '~'),
    }),
    { minLength: 1, maxLength: 3 },
  )
  .map(words => words.map(word => `/${word}`));

const meaning = ({ patterns, settings }: Policy): unknown => ({
  patterns: patterns.map(({ text }) => text),
  ...settings,
  su: settings.su && [settings.su.uid, settings.su.gid],
  scripts: Object.entries(settings.scripts).map(([name, { digest }]) => [name, digest]),
});

test('what is printed reads back as the same policies', () => {
  fc.assert(
    fc.property(bodies, patterns, (body, words) => {
      const quoted = words.map(word => word.replace(/["'\\]/g, '\\$&').replace(/ /g, '" "')).join('\n  ');
      const first = readText(`${quoted} {\nrotate 3\n${body.join('\n')}\n}\n`);
      assert.deepEqual(
        first.diagnostics.filter(({ severity }) => severity === 'error'),
        [],
      );
      const printed = printPolicies(first.policies);
      const second = readText(printed);
      assert.deepEqual(second.policies.map(meaning), first.policies.map(meaning), printed);
      assert.equal(printPolicies(second.policies), printed);
    }),
    { numRuns: 150 },
  );
});

const M = 1 << 18;
const long: Readonly<Record<string, string>> = {
  'a line of words': `/a.log { ${'daily '.repeat(M / 6)}\n}`,
  'a long value': `/a.log {\nrotate ${'9'.repeat(M)}\n}`,
  'a long pattern': `/${'a'.repeat(M)} {\nrotate 1\n}`,
  'many patterns': `${'/a '.repeat(M / 3)} {\nrotate 1\n}`,
  'patterns without end': '/a\n'.repeat(M / 3),
  'file names in a section': `/a {\n${'/b\n'.repeat(M / 3)}`,
  'unknown words': 'foo\n'.repeat(M / 4),
  'open braces': '/a {'.repeat(M / 4),
  'closing braces': '}'.repeat(M),
  quotes: '"'.repeat(M),
  backslashes: '/\\'.repeat(M / 2),
  'a script without end': `/a {\nprerotate\n${' \t\n'.repeat(M / 3)}`,
  'a schedule': `/a {\nschedule ${'1,'.repeat(M / 2)} * * * *\n}`,
};

for (const [name, text] of Object.entries(long)) {
  test(`much ${name} takes time as long as it is, not its square`, { timeout: 20_000 }, () => {
    // Twice the text must not take four times as long: compared within one run, with room for noise, and
    // without the time that other programs take.
    const took = (size: string): number => {
      const began = process.threadCpuUsage().user;
      for (const dialect of dialects) readText(size, { dialect });
      return (process.threadCpuUsage().user - began) / 1000;
    };
    took(text.slice(0, M / 8));
    const half = took(text.slice(0, text.length / 2));
    assert.ok(took(text) < half * 8 + 400);
  });
}

test('a line of a megabyte is no trouble', { timeout: 20_000 }, () => {
  const { policies } = readText(`/a { rotate 1\n${'daily '.repeat(180_000)}\n}\n/b { rotate 1\n}\n`);
  assert.equal(policies.length, 2);
});
