// The language as logmill reads it: what is taken, what is refused, and that a fault never reaches the
// section beside it.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Diagnostic } from '../../src/policy/diagnostic.ts';
import type { Settings } from '../../src/policy/policy.ts';
import { readPolicies } from '../../src/policy/read-policies.ts';
import { aPolicy, readerOf, readText } from '../rig/policy.ts';

const errorsOf = (diagnostics: readonly Diagnostic[]): string[] =>
  diagnostics
    .filter(({ severity }) => severity === 'error')
    .map(({ at, message }) => `${at.line}:${at.column} ${message}`);

const day = 86_400_000;

const values: readonly (readonly [body: string, expected: Partial<Settings>])[] = [
  ['rotate 7', { rotate: 7 }],
  ['rotate=7', { rotate: 7 }],
  ['rotate = 7', { rotate: 7 }],
  ['rotate\t7  ', { rotate: 7 }],
  ['rotate 0x10', { rotate: 16 }],
  ['rotate 010', { rotate: 8 }],
  ['rotate +3', { rotate: 3 }],
  ['rotate -1', { rotate: -1 }],
  ['rotate 1\nsize 100k', { criterion: { kind: 'size', size: 102_400 } }],
  ['rotate 1\nsize 2G', { criterion: { kind: 'size', size: 2 * 1024 ** 3 } }],
  ['rotate 1\nsize 1k\ndaily', { criterion: { kind: 'daily' } }],
  [
    'rotate 1\ndaily compress missingok # and a word',
    { criterion: { kind: 'daily' }, compress: true, missingok: true },
  ],
  ['rotate 1\ndaily=compress', { criterion: { kind: 'daily' }, compress: true }],
  ['rotate 1\nweekly', { criterion: { kind: 'weekly', day: 0 } }],
  ['rotate 1\nweekly 07', { criterion: { kind: 'weekly', day: 7 } }],
  ['rotate 1\nmonthly 08', { criterion: { kind: 'monthly', day: 8 } }],
  ['rotate 1\nminutes 0x1e', { criterion: { kind: 'minutes', minutes: 30 } }],
  ['rotate 1\nminsize 1M\nmaxsize 1G\nminage 2', { minsize: 1024 ** 2, maxsize: 1024 ** 3, minage: 2 }],
  ['rotate 1\ncreate', { create: { mode: null, uid: null, gid: null } }],
  ['rotate 1\ncreate 0640', { create: { mode: 0o640, uid: null, gid: null } }],
  ['rotate 1\ncreate www-data adm', { create: { mode: null, uid: 33, gid: 4 } }],
  ['rotate 1\ncreate "0640" \'www-data\' 4', { create: { mode: 0o640, uid: 33, gid: 4 } }],
  ['rotate 1\ncreate 640 :77 :78', { create: { mode: 0o640, uid: 77, gid: 78 } }],
  ['rotate 1\ncreate 640\nnocreate', { create: null }],
  ['rotate 1\ncreateolddir', { createolddir: { mode: 0o755, uid: null, gid: null } }],
  ['rotate 1\ncreateolddir 0700 root adm', { createolddir: { mode: 0o700, uid: 0, gid: 4 } }],
  ['rotate 1\nsu www-data adm', { su: { uid: 33, gid: 4, user: 'www-data', group: 'adm' } }],
  ['rotate 1\nolddir ~/old', { olddir: '/home/me/old' }],
  ['rotate 1\nolddir ../old\nnoolddir', { olddir: null }],
  ['rotate 1\ncopytruncate\nrenamecopy', { copytruncate: false, renamecopy: true }],
  ['rotate 1\nrenamecopy\ncopytruncate', { copytruncate: true, renamecopy: false }],
  ['rotate 1\nnotifempty\nifempty', { ifempty: true }],
  ['rotate 1\nmailfirst\nmail a@b\nmaillast', { mailfirst: false, mail: 'a@b' }],
  ['rotate 1\ndateext\ndateformat .%Y-%m-%d', { dateext: true, dateformat: '.%Y-%m-%d' }],
  ['rotate 1\nextension .log\naddextension .old', { extension: '.log', addextension: '.old' }],
  ['keepfor 7d\nmaxage 30', { keepfor: 7 * day, maxage: 30, rotate: -1 }],
  ['rotate 1\nkeepfor 90s', { keepfor: 90_000, rotate: 1 }],
  ['rotate 1\nscripttimeout never', { scripttimeout: null }],
  ['rotate 1\nscripttimeout 15m', { scripttimeout: 900_000 }],
  ['rotate 1', { scripttimeout: 600_000, truncatewith: 'auto' }],
  ['rotate 1\ntruncatewith freeze', { truncatewith: 'freeze' }],
  ['rotate 1\nschedule 30 3 * * mon-fri', { schedule: '30 3 * * mon-fri' }],
  ['maxage 5', { maxage: 5, rotate: -1 }],
];

for (const [body, expected] of values) {
  test(`takes ${JSON.stringify(body)}`, () => {
    const { settings } = aPolicy(body);
    for (const [key, value] of Object.entries(expected))
      assert.deepEqual(settings[key as keyof Settings], value, key);
  });
}

const faults: readonly (readonly [body: string, ...errors: string[]])[] = [
  ['rotate 4x', "2:8 '4x' is not a count"],
  ['rotate 08', "2:8 '08' is not a count"],
  ['rotate 4294967297', "2:8 '4294967297' is out of range"],
  ['rotate -2', "2:8 '-2' is out of range"],
  ['rotate 4 # four', "2:8 '4 # four' is not a count"],
  ['rotate', '2:1 rotate needs a value'],
  ['rotate 1\nsize', '3:1 size needs a value'],
  ['rotate 1\nsize 64Q', "3:6 '64Q' is not a size"],
  ['rotate 1\nsize 10m', "3:6 '10m' is not a size"],
  ['rotate 1\nsize 1.5G', "3:6 '1.5G' is not a size"],
  ['rotate 1\nsize 99999999999999999999', "3:6 '99999999999999999999' is out of range"],
  ['rotate 1\nminutes 0', "3:9 '0' is out of range"],
  ['rotate 1\nweekly 8', "3:8 '8' is not a day"],
  ['rotate 1\nmonthly 32', "3:9 '32' is not a day"],
  ['rotate 1\nkeepfor 7', "3:9 '7' is not a length of time"],
  ['rotate 1\nkeepfor 0d', "3:9 '0d' is no time at all"],
  ['rotate 1\ncreate 0999', "3:8 '0999' is not a mode"],
  ['rotate 1\ncreate 0640 root', "3:8 unknown user '0640'"],
  ['rotate 1\ncreate root nobodyhere', "3:13 unknown group 'nobodyhere'"],
  ['rotate 1\ncreate = 0640', '3:8 create takes no ='],
  ['rotate 1\ncreate a b c d', "3:14 'd' is one word too many for create"],
  ['rotate 1\nsu root', '3:4 su names no group'],
  ['rotate 1\nolddir a b', "3:8 'a b' is not one word"],
  ['rotate 1\nolddir "a"', '3:8 olddir takes quotes literally'],
  ['rotate 1\nextension ../x', "3:11 '../x' has a slash, which would lead to another folder"],
  ['rotate 1\nextension .log # note', "3:11 '.log # note' holds more than the value"],
  ['rotate 1\ndateformat old', "3:12 'old' holds no date"],
  ['rotate 1\ntruncatewith scissors', "3:14 'scissors' is not a way to truncate"],
  ['rotate 1\nschedule 61 * * * *', "3:10 '61 * * * *' is not a schedule: '61' is not a minute"],
  ['rotate 1\nschedule 0 0 31 2 *', "3:10 '0 0 31 2 *' is not a schedule: no year has that day"],
  ['rotate 1\nrotatte 14', "3:1 unknown directive 'rotatte'"],
  ['rotate 1\ndaily;', "3:6 'daily' is glued to what follows it"],
  ['rotate 1\n5daily', "3:1 a line cannot begin with '5'"],
  ['rotate 1\n\u0007', '3:1 a line cannot begin with the control character 0x07'],
  ['rotate 1\ntabooext + .x', '3:1 tabooext stands inside a section'],
  [
    'rotate 1\ncompresscmd zstd\ncompressoptions --long=27',
    "4:17 '--long=27' is not an option of the built-in zstd",
  ],
  ['rotate 1\ncompresscmd gzip\ncompressoptions -11', '4:17 gzip has no level 11'],
  ['rotate 1\ncompressoptions -9 # best', "3:20 '#' would be given to the program"],
  ['rotate 1\ncopy\nrenamecopy', '4:1 copy and renamecopy exclude each other'],
  ['daily', '1:1 this section does not say how long old logs are kept'],
  ['rotate 1\n/var/log/b.log', '3:1 a file name stands inside a section'],
];

for (const [body, ...expected] of faults) {
  test(`refuses ${JSON.stringify(body)} and serves the neighbours`, () => {
    const text = `/a.log {\n${body}\n}\n/b.log {\nrotate 1\n}\n`;
    const { policies, diagnostics } = readText(text);
    assert.deepEqual(errorsOf(diagnostics), expected);
    assert.deepEqual(
      policies.map(({ patternText }) => patternText),
      ['/b.log'],
    );
  });
}

test('all faults of a section are told at once, in the order of their places', () => {
  const { diagnostics } = readText('/a.log {\n  size 64Q\n  rotatte 3\n  rotate x\n}\n');
  assert.deepEqual(errorsOf(diagnostics), [
    "2:8 '64Q' is not a size",
    "3:3 unknown directive 'rotatte'",
    "4:10 'x' is not a count",
  ]);
});

// Each way to lose a brace; the section behind it must be served, and with its own settings only.
const lostBraces: readonly string[] = [
  '/a.log { rotate 4 }',
  '/a.log {\n daily}',
  '/a.log {\n daily}\n}',
  '/a.log {\n rotate 4 }\n\n}',
  '/a.log {\n rotate\n}',
  '/a.log {\n size\n  }',
  '/a.log {\n frobnicate }',
  '/a.log {\n rotate 4x\n   }',
  '/a.log {\n rotate 4',
  '/a.log\n rotate 4\n}',
  '/a.log\n rotate 4',
  '/a.log }',
  '}',
  'logs/*.log {\n rotate 4\n}',
  '*.log {\n rotate 4\n}',
  '/a.log {\n rotate 1\n logs/x.log {\n rotate 2\n}',
  '{\n rotate 4\n}',
];

for (const text of lostBraces) {
  test(`${JSON.stringify(text)} costs nobody else his section`, () => {
    const { policies, diagnostics } = readText(`${text}\n/b.log {\n  rotate 7\n}\n`);
    assert.deepEqual(
      policies.map(({ patternText, settings }) => [patternText, settings.rotate]),
      [['/b.log', 7]],
    );
    assert.ok(errorsOf(diagnostics).length > 0);
  });
}

test('a section that the end of the file cuts off is left alone, in both dialects', () => {
  for (const dialect of ['logmill', 'logrotate'] as const) {
    const { policies, diagnostics } = readText('/b.log {\nrotate 1\n}\n/a.log {\nrotate 14\n', { dialect });
    assert.deepEqual(
      policies.map(({ patternText }) => patternText),
      ['/b.log'],
    );
    assert.deepEqual(errorsOf(diagnostics), ['4:1 this section is not closed before the end of the file']);
  }
});

test('a comment may follow the closing brace, and a section on its line is served with a warning', () => {
  const { policies, diagnostics } = readText(
    '/a { daily rotate 1\n} # a\n/b { rotate 1\n} /c { rotate 2\n}\n',
  );
  assert.deepEqual(
    policies.map(({ patternText }) => patternText),
    ['/a', '/b', '/c'],
  );
  assert.deepEqual(
    diagnostics.map(({ message }) => message),
    ['logrotate drops what stands behind } on its line'],
  );
});

test('patterns: quotes, escapes, comments between them, several lines', () => {
  const { policies } = readText(
    '"logs/a b.log" /x\\ y.log\n# not this {\n  ~/*.log \'it"s\' {\n rotate 1\n}\n',
  );
  assert.deepEqual(
    policies[0]?.patterns.map(({ text }) => text),
    ['logs/a b.log', '/x y.log', '~/*.log', 'it"s'],
  );
  assert.deepEqual(
    policies[0]?.patterns.map(({ at }) => [at.line, at.column]),
    [
      [1, 1],
      [1, 16],
      [3, 3],
      [3, 11],
    ],
  );
  assert.equal(policies[0]?.patternText, '"logs/a b.log" /x\\ y.log\n  ~/*.log \'it"s\'');
});

test('a script is kept to the letter, braces and comments included', () => {
  const script = '\n    # } a brace\n  if x; then { kill; }\n';
  const { settings, writtenAt } = aPolicy(`rotate 1\n  postrotate${script}  endscript daily`);
  assert.equal(settings.scripts.postrotate?.text, script);
  assert.equal(settings.scripts.postrotate?.at.line, 3);
  assert.equal(settings.criterion.kind, 'daily');
  assert.equal(writtenAt.postrotate?.column, 3);
});

test('the last script of a kind holds, and one without endscript ends the file', () => {
  assert.equal(
    aPolicy('rotate 1\nprerotate\na\nendscript\nprerotate\nb\nendscript').settings.scripts.prerotate?.text,
    '\nb\n',
  );
  const { policies, diagnostics } = readText(
    '/a { rotate 1\n}\n/b {\nrotate 1\nprerotate\n}\n/c {\nrotate 1\n}\n',
  );
  assert.deepEqual(
    policies.map(({ patternText }) => patternText),
    ['/a'],
  );
  assert.deepEqual(errorsOf(diagnostics), ['5:1 prerotate has no endscript']);
});

test('a script that swallowed the next section is noticed', () => {
  const text = '/a {\nrotate 1\npostrotate\n x\n}\n/b {\nrotate 1\npostrotate\n y\nendscript\n}\n';
  const { policies, diagnostics } = readText(text);
  assert.deepEqual(policies, []);
  assert.match(errorsOf(diagnostics)[0] ?? '', /holds a line 'postrotate'/);
});

test('globals are inherited from where they stand on, and a section overrides them', () => {
  const { policies } = readText(
    'rotate 3\n/a { \n}\ncompress\nrotate 5\n/b {\n nocompress\n}\n/c { daily\n}\n',
  );
  assert.deepEqual(
    policies.map(({ settings }) => [settings.rotate, settings.compress]),
    [
      [3, false],
      [5, false],
      [5, true],
    ],
  );
});

test('a section is not served with a global that could not be read, unless it says so itself', () => {
  const { policies, diagnostics } = readText(
    'rotate 1\nkeepfor 7dd\n/a { daily\n}\n/b { daily\n keepfor 3d\n}\n',
  );
  assert.deepEqual(
    policies.map(({ patternText }) => patternText),
    ['/b'],
  );
  assert.deepEqual(errorsOf(diagnostics), [
    "2:9 '7dd' is not a length of time",
    '2:9 a section that follows inherits this and is not served',
  ]);
});

test('a misspelled global is one too', () => {
  const { policies } = readText('rotate 1\nkeepfro 7d\n/a { daily\n}\n/b { keepfor 3d\n}\n');
  assert.deepEqual(
    policies.map(({ patternText }) => patternText),
    ['/b'],
  );
});

test('policies are named by their file, and numbered from the second section on', () => {
  const { policies } = readText('/a { rotate 1\n}\n/b { rotat 1\n}\n/c { rotate 1\n}\n', {
    file: '/etc/logmill/web.conf',
  });
  assert.deepEqual(
    policies.map(({ name }) => name),
    ['web', 'web-3'],
  );
});

test('writtenAt holds the directive in force and not the one it overrides', () => {
  const { writtenAt } = aPolicy('rotate 1\nsize 1k\ndaily\ncompress\nnocompress\ncopytruncate\nrenamecopy');
  assert.deepEqual(Object.keys(writtenAt).sort(), ['daily', 'nocompress', 'renamecopy', 'rotate']);
  assert.equal(writtenAt.daily?.line, 4);
});

test('files from Windows, with a byte order mark or in UTF-16 get one clear error', () => {
  const cases = [
    ['/a {\r\nrotate 1\r\n}\r\n', 'the lines of this file end as on Windows (CR LF)'],
    ['\ufeff/a {\nrotate 1\n}\n', 'the file begins with a byte order mark'],
    ['\udcff\udcfe/\0a\0', 'the file is UTF-16, not UTF-8'],
  ] as const;
  for (const [text, message] of cases) {
    const { policies, diagnostics } = readText(text);
    assert.deepEqual(policies, []);
    assert.deepEqual(
      diagnostics.map(diagnostic => diagnostic.message),
      [message],
    );
    assert.notEqual(diagnostics[0]?.hint, null);
  }
});

test('a change in a file that gave a global changes the digest', () => {
  const digestWith = (keep: string): string | undefined =>
    readPolicies(
      ['/g.conf', '/s.conf'],
      readerOf({ '/g.conf': `rotate ${keep}\n`, '/s.conf': '/a { daily\n}\n' }),
      'logmill',
    ).policies[0]?.digest;
  assert.notEqual(digestWith('3'), digestWith('4'));
  assert.equal(digestWith('3'), digestWith('3'));
});

test('hints say what was meant', () => {
  const hintOf = (body: string): string | null | undefined =>
    readText(`/a {\n${body}\n}\n`).diagnostics.find(({ severity }) => severity === 'error')?.hint;
  assert.equal(hintOf('rotatte 3'), "did you mean 'rotate'?");
  assert.equal(hintOf('Daily'), "did you mean 'daily'?");
  assert.equal(
    hintOf('rotate 4 # x'),
    'a comment stands on a line of its own: the value goes on to the end of the line',
  );
  assert.equal(hintOf('rotate 4 }'), 'write } on a line of its own');
  assert.equal(
    hintOf('create 0640 root'),
    'two words are owner and group; with a mode it takes three, as in create 0640 www-data adm',
  );
  assert.equal(
    readText('logs/*.log {\nrotate 1\n}\n').diagnostics[0]?.hint,
    'write "logs/*.log" {, or the path from / on',
  );
});

test('only the first hundred problems are kept, and the rest is counted', () => {
  const { diagnostics } = readText(`/a {\n${'x\n'.repeat(250)}}\n`);
  assert.equal(diagnostics.length, 101);
  assert.equal(diagnostics.at(-1)?.message, 'and 150 more errors, not shown');
});
