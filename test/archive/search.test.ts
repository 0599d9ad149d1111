// Searching over generations, against the plainest search there is: all lines, one after another.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { LineTimes } from '../../src/archive/line-times.ts';
import { matcherOf } from '../../src/archive/matcher.ts';
import type { OpenPart } from '../../src/archive/read-log.ts';
import { type Match, type Search, type Searched, search } from '../../src/archive/search.ts';
import { Trouble } from '../../src/world/trouble.ts';

const near = Date.UTC(2026, 10, 23);

/** Generations of one log, oldest first, in chunks of that size. */
function partsOf(texts: readonly string[], chunkSize = 7, log: object = {}): Searched[] {
  return texts.map((text, index) => {
    const part = { file: { path: `app.log.${texts.length - index}` } } as OpenPart;
    const times = new LineTimes({ zone: 'UTC', near, format: null });
    return { part, log, times, chunks: () => pieces(text, chunkSize) };
  });
}

async function* pieces(text: string, size: number): AsyncGenerator<Uint8Array> {
  const bytes = Buffer.from(text, 'latin1');
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

/** One by one, whatever was joined; `number` is null when nobody counts. */
async function linesOf(
  parts: readonly Searched[],
  wanted: Search,
): Promise<(Match & { readonly number: number | null })[]> {
  const lines: (Match & { readonly number: number | null })[] = [];
  for await (const one of search(parts, wanted)) {
    if (one.kind !== 'lines') continue;
    for (const match of one.lines)
      for (const [index, text] of match.bytes.toString('latin1').split('\n').entries())
        lines.push({
          ...match,
          bytes: Buffer.from(text, 'latin1'),
          number: match.numbers?.[index] ?? null,
          gap: match.gap && index === 0,
        });
  }
  return lines;
}

async function told(
  parts: readonly Searched[],
  pattern: string,
  more: Partial<Search> = {},
): Promise<string[]> {
  const found = await linesOf(parts, { matcher: matcherOf({ pattern }), numbers: true, ...more });
  return found.map(one => `${one.part.file.path}:${one.number} ${one.bytes.toString('latin1')}`);
}

test('a match tells its generation, and its line in there', async () => {
  const texts = ['one error\ntwo\n', '', 'three\nfour error\nfive error'];
  assert.deepEqual(await told(partsOf(texts), 'error'), [
    'app.log.3:1 one error',
    'app.log.1:2 four error',
    'app.log.1:3 five error',
  ]);
  assert.deepEqual(await told(partsOf(texts), '^t\\w+$'), ['app.log.3:2 two', 'app.log.1:1 three']);
  assert.deepEqual(await told(partsOf(texts), 'error', { inverted: true }), [
    'app.log.3:2 two',
    'app.log.1:1 three',
  ]);
});

test('a line that is cut between generations is found, in the one in which it begins', async () => {
  const texts = ['first\nthe err', 'or is he', 're\nlast error\n'];
  assert.deepEqual(await told(partsOf(texts), 'error is'), ['app.log.3:2 the error is here']);
  assert.deepEqual(await told(partsOf(texts), 'last'), ['app.log.1:1 last error']);
});

test('empty lines by the hundred thousand are found, and each has its number', async () => {
  const text = `first\n${'\n'.repeat(200_000)}x\n${'\n'.repeat(200_000)}`;
  const found = await linesOf(partsOf([text], 2 ** 20), {
    matcher: matcherOf({ pattern: 'x' }),
    inverted: true,
    numbers: true,
  });
  assert.equal(found.length, 400_001);
  assert.deepEqual([found.at(200_000)?.number, found.at(200_001)?.number], [200_001, 200_003]);
});

test('nothing is joined over the border of two logs', async () => {
  const parts = [...partsOf(['one err']), ...partsOf(['or two\n'])];
  assert.deepEqual(await told(parts, 'error'), []);
  const both = await linesOf(parts, { matcher: matcherOf({ pattern: 'o' }), after: 1 });
  assert.deepEqual(
    both.map(one => [one.bytes.toString(), one.gap]),
    [
      ['one err', false],
      ['or two', true],
    ],
  );
});

test('a line over the limit is looked at in pieces, keeps its number and counts once', async () => {
  const text = `a\n${'x'.repeat(25)}needle${'y'.repeat(29)}needle${'z'.repeat(9)}\nshort needle\n`;
  const found = await linesOf(partsOf(['first\n', text]), {
    matcher: matcherOf({ pattern: 'needle' }),
    numbers: true,
    limit: 20,
  });
  assert.deepEqual([...new Set(found.map(one => one.number))], [2, 3]);
  const long = found.filter(one => one.number === 2);
  assert.match(Buffer.concat(long.map(one => one.bytes)).toString(), /eedley{29}needlez{9}$/);
  assert.equal(long.filter(one => !one.continues).length, 1);
  const counts = await Array.fromAsync(
    search(partsOf(['first\n', text]), {
      matcher: matcherOf({ pattern: 'needle' }),
      limit: 20,
      wanted: 'count',
    }),
  );
  assert.deepEqual(
    counts.map(one => one.kind === 'count' && one.count),
    [0, 2],
  );
});

test('a damaged generation is told, and those behind it are searched', async () => {
  const [first, second] = partsOf(['one hit\n', 'two hit\n']) as [Searched, Searched];
  const torn = async function* () {
    yield Buffer.from('torn hit\nlast hit\nhalf a hit and mo');
    throw new Trouble({ code: 'EDAMAGED', message: 'cut' });
  };
  const parts = [first, { ...partsOf(['x'])[0], chunks: torn, log: first.log } as Searched, second];
  const found = await Array.fromAsync(search(parts, { matcher: matcherOf({ pattern: 'hit' }) }));
  assert.deepEqual(
    found.map(one => (one.kind === 'lines' ? one.lines.map(line => line.bytes.toString()).join() : one.kind)),
    ['one hit', 'torn hit', 'last hit', 'half a hit and mo', 'damaged', 'two hit'],
  );
  const wanted = { matcher: matcherOf({ pattern: 'hit' }), wanted: 'count' } as const;
  const counts = await Array.fromAsync(search(parts, wanted));
  assert.deepEqual(
    counts.flatMap(one => (one.kind === 'count' ? one.count : [])),
    [1, 3, 1],
  );
});

test('the search ends when its consumer leaves, and lets go of what ran ahead', async () => {
  let open = 0;
  const endless = async function* (signal?: AbortSignal) {
    open += 1;
    try {
      while (signal?.aborted !== true) yield Buffer.from('hit and more\n'.repeat(1000));
    } finally {
      open -= 1;
    }
  };
  const parts = partsOf(['', '', '']).map(one => ({ ...one, chunks: endless }));
  for await (const _ of search(parts, { matcher: matcherOf({ pattern: 'hit' }), lanes: 3 })) break;
  assert.equal(open, 0);
});

interface Asked {
  readonly inverted: boolean;
  readonly before: number;
  readonly after: number;
}

/** What grep would print for the joined text: `number:line` and `number-line`, `--` where some are left out. */
function plainly(text: string, pattern: RegExp, { inverted, before, after }: Asked): string[] {
  const lines = text.split('\n');
  if (lines.at(-1) === '') lines.pop();
  const matched = lines.map(line => pattern.test(line.replace(/\r$/, '')) !== inverted);
  const shown = lines.map((_, index) =>
    matched.slice(Math.max(0, index - after), index + before + 1).some(Boolean),
  );
  const out: string[] = [];
  let last = -1;
  for (const [index, line] of lines.entries()) {
    if (shown[index] !== true) continue;
    if (last >= 0 && last < index - 1) out.push('--');
    out.push(`${matched[index] ? ':' : '-'}${line}`);
    last = index;
  }
  return out;
}

const patterns = [
  'a b',
  'a\\.b|c',
  'é.c',
  '[a-c]é',
  '(?:a|b)$',
  'b{2}',
  '[\\s,]b',
  'a[\\0-z]*b',
  'b\\n',
  'a[\\s\\S]b',
  '\\p{L}b',
  '(a?)b\\1$',
  '(?s:a.)c',
  '(?<=a.)b',
  'c(?=.*a)',
  '\\Bb',
  'b\\n?c',
  '\\ud835\\udcb3',
  'a',
  'ab',
  '^a',
  'b$',
  'a.*b',
  '^$',
  'abc|b',
  'a\\sb',
  '[^a]b',
  'a[^c]*b',
  '(?<!a)b',
  'b(?!c)',
  '\\W',
  'abc+',
  '(ab)?c',
  'é',
  '',
];

const line = fc.string({
  unit: fc.constantFrom('a', 'b', 'c', ' ', '\r', '\0', '\xe9', 'é', '€', '𝒳'),
  maxLength: 6,
});
const text = fc.array(line, { maxLength: 12 }).map(lines => lines.join('\n'));
/** Of strange bytes, of UTF-8, of ASCII. */
const kinds = [
  (made: string) => Buffer.from(made.replace(/[€𝒳]/gu, ''), 'latin1'),
  (made: string) => Buffer.from(made),
  (made: string) => Buffer.from(made.replace(/[^\x00-\x7f]/g, '')),
];

test('whatever the borders of generations and chunks, the lines are those of a plain search', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(text, { minLength: 1, maxLength: 4 }),
      fc.constantFrom(...kinds),
      fc.constantFrom(...patterns),
      fc.record({ inverted: fc.boolean(), before: fc.nat(3), after: fc.nat(3) }),
      fc.integer({ min: 1, max: 30 }),
      async (texts, kind, pattern, asked, chunkSize) => {
        const files = texts.map(kind).map(bytes => bytes.toString('latin1'));
        const matcher = matcherOf({ pattern });
        const found = await linesOf(partsOf(files, chunkSize), {
          matcher,
          ...asked,
          gaps: true,
          numbers: true,
        });
        const shown = found.flatMap(one => [
          ...(one.gap ? ['--'] : []),
          `${one.matched ? ':' : '-'}${one.bytes.toString()}`,
        ]);
        // As the search does, a line is read as UTF-8.
        const joined = Buffer.from(files.join(''), 'latin1').toString();
        const expected = plainly(joined, new RegExp(pattern, 'su'), asked);
        assert.deepEqual(shown, expected);

        // Without context nobody asks what lies between two lines, and they come together.
        const together = await linesOf(partsOf(files, chunkSize), {
          matcher,
          inverted: asked.inverted,
          numbers: true,
        });
        const matched = found.filter(one => one.matched);
        assert.deepEqual(together.map(placeOf), matched.map(placeOf));
        const counts = await Array.fromAsync(
          search(partsOf(files, chunkSize), { matcher, inverted: asked.inverted, wanted: 'count' }),
        );
        const count = counts.reduce((sum, one) => sum + (one.kind === 'count' ? one.count : 0), 0);
        assert.equal(count, matched.length);
      },
    ),
    { numRuns: 600 },
  );
});

function placeOf({ part, number, bytes }: Match & { readonly number: number | null }): string {
  return `${part.file.path}:${number}:${bytes.toString('latin1')}`;
}

test('ignoring case, and text that would mean something in an expression, find what they should', () => {
  const lines = Buffer.from('One\nTWO.*\nthree\n');
  const starts = (wanted: Parameters<typeof matcherOf>[0]) => {
    const next = matcherOf(wanted).within(lines);
    const found: number[] = [];
    for (let at = next(0); at >= 0; at = next(lines.indexOf(10, at) + 1)) found.push(at);
    return found;
  };
  assert.deepEqual(starts({ pattern: 'ONE', ignoreCase: true }), [0]);
  assert.deepEqual(starts({ pattern: '.*', fixed: true }), [4]);
  assert.deepEqual(starts({ pattern: 'two.*', fixed: true, ignoreCase: true }), [4]);
  assert.deepEqual(starts({ pattern: 'One\nthree', fixed: true }), [0, 10]);
  assert.deepEqual(starts({ pattern: '' }), [0, 4, 10]);
  assert.deepEqual(starts({ pattern: '^t\n\\.' }), [4, 10]);
  assert.deepEqual(starts({ pattern: 'n{2}\n' }), [0, 4, 10]);
  for (const pattern of ['a(', 'a(\n)b']) assert.throws(() => matcherOf({ pattern }), SyntaxError);
});

test('a character of two UTF-16 units before the end of a line is one character', () => {
  for (const pattern of ['x[^a]$', '[^a]$', 'x[^a]y$|[^a]$', 'x[\\u{1f600}-\\u{1f610}]$', '(x[^\\d])$'])
    assert.ok(matcherOf({ pattern }).test(Buffer.from('x😀')), pattern);
});

test('what is painted of a line is what matched, by bytes', () => {
  const line = Buffer.from('größer, nötig');
  assert.deepEqual(matcherOf({ pattern: 'ö' }).spans(line), [
    [2, 4],
    [11, 13],
  ]);
  assert.deepEqual(matcherOf({ pattern: 'ö', fixed: true }).spans(line), [
    [2, 4],
    [11, 13],
  ]);
});
