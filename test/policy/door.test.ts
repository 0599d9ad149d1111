// The language as logrotate reads it: its severities, its words, and where logmill mends what would
// destroy. With a logrotate on the machine its own messages are compared.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { type PoliciesRead, readPolicies } from '../../src/policy/read-policies.ts';
import { aPolicy, readerOf, readText } from '../rig/policy.ts';

const door = (text: string): PoliciesRead => readText(text, { dialect: 'logrotate' });
const linesOf = ({ diagnostics }: PoliciesRead): string[] =>
  diagnostics
    .flatMap(({ asLogrotate = [] }) => asLogrotate)
    .filter(({ level }) => level !== 'debug')
    .map(({ text }) => text);

test('an unknown directive is a warning, and the section is served', () => {
  const read = door('/a {\nrotate 3\nfrobnicate 4\n}\n');
  assert.equal(read.policies[0]?.settings.rotate, 3);
  assert.deepEqual(
    read.diagnostics.map(({ severity }) => severity).filter(severity => severity !== 'note'),
    ['warning'],
  );
  assert.deepEqual(linesOf(read), ["/etc/logmill/test.conf:3 unknown option 'frobnicate' -- ignoring line"]);
});

test('a bad value skips its section and not the neighbour, also where the brace is indented', () => {
  const read = door('/a {\n  rotate\n  }\n/b {\n  rotate 3\n}\n');
  assert.deepEqual(
    read.policies.map(({ patternText }) => patternText),
    ['/b'],
  );
  assert.deepEqual(linesOf(read), [
    '/etc/logmill/test.conf:2 argument expected after rotate count',
    'found error in /a, skipping',
  ]);
});

test('a glued brace costs nobody else his section', () => {
  for (const text of ['/a {\n rotate 1\n daily}\n', '/a {\n rotate 1\n daily}\n}\n', '/a { rotate 4 }\n']) {
    assert.deepEqual(
      door(`${text}/b {\n rotate 2\n}\n`).policies.map(({ patternText }) => patternText),
      ['/b'],
      text,
    );
  }
});

test('a value missing for size has no effect, as in logrotate', () => {
  const { policies, diagnostics } = door('/a {\nrotate 1\nsize\n}\n');
  assert.deepEqual(policies[0]?.settings.criterion, { kind: 'size', size: 1_048_576 });
  assert.deepEqual(
    diagnostics.filter(({ severity }) => severity === 'error'),
    [],
  );
});

test('a bad day aborts the file, and what was completed before stays', () => {
  const { policies } = door('/a {\nrotate 1\n}\n/b {\nrotate 1\nweekly 9\n}\n/c {\nrotate 1\n}\n');
  assert.deepEqual(
    policies.map(({ patternText }) => patternText),
    ['/a'],
  );
});

test('a bad global aborts the file and its globals are forgotten; a bad section keeps them', () => {
  const tree = {
    '/1': 'rotate 9\ncompress\nrotate x\n',
    '/2': 'rotate 3\n/a {\nsize 1Q\n}\n',
    '/3': '/b { daily\n}\n',
  };
  const { policies } = readPolicies(['/1', '/2', '/3'], readerOf(tree), 'logrotate');
  assert.deepEqual(
    policies.map(({ settings }) => [settings.rotate, settings.compress]),
    [[3, false]],
  );
});

test('a section that does not say what is kept is served with rotate 0, and that is said', () => {
  const { policies, diagnostics } = door('/a { daily\n}\n');
  assert.equal(policies[0]?.settings.rotate, 0);
  assert.match(diagnostics.find(({ severity }) => severity === 'warning')?.message ?? '', /default is none/);
});

for (const [word, value] of [
  ['compress', ''],
  ['copy', ''],
  ['copytruncate', ''],
  ['create', ' 0600'],
  ['createolddir', ' 0700'],
  ['allowhardlink', ''],
  ['dateext', ''],
  ['datehourago', ''],
  ['dateyesterday', ''],
  ['delaycompress', ''],
  ['mail', ' me@there'],
  ['missingok', ''],
  ['olddir', ' old'],
  ['renamecopy', ''],
  ['sharedscripts', ''],
  ['shred', ''],
] as const) {
  test(`no${word} takes ${word} back, in its section and from globals`, () => {
    const [plain, taken, inherited] = [
      door('rotate 1\n/a {\ndaily\n}\n'),
      door(`rotate 1\n/a {\ndaily\n${word}${value}\nno${word}\n}\n`),
      door(`rotate 1\n${word}${value}\n/a {\ndaily\nno${word}\n}\n`),
    ].map(({ policies }) => policies[0]?.settings);
    assert.ok(plain !== undefined);
    assert.deepEqual([taken, inherited], [plain, plain]);
    const said = door(`rotate 1\n/a {\ndaily\n${word}${value}\n}\n`).policies[0]?.settings;
    assert.notDeepEqual(said, plain);
  });
}

test('notifempty takes ifempty back, and the other way round', () => {
  const ifempty = (lines: string) =>
    door(`rotate 1\n${lines}\n/a {\ndaily\n}\n`).policies[0]?.settings.ifempty;
  assert.deepEqual([ifempty('ifempty\nnotifempty'), ifempty('notifempty\nifempty')], [false, true]);
});

test('numbers that logrotate would wrap skip the section', () => {
  assert.deepEqual(door('/a {\nrotate 4294967296\n}\n').policies, []);
});

test('addextension is not inherited, and natively it is', () => {
  const text = 'addextension .x\nrotate 1\n/a { daily\n}\n';
  assert.equal(door(text).policies[0]?.settings.addextension, null);
  assert.equal(readText(text).policies[0]?.settings.addextension, '.x');
});

test('scripts have no time limit, and the conduct is that of the door', () => {
  const { settings, conduct } = aPolicy('rotate 1', { dialect: 'logrotate' });
  assert.equal(settings.scripttimeout, null);
  assert.equal(conduct.onSameDate, 'skip');
  assert.equal(conduct.waitForWriter, 5000);
});

test('an option that the built-in compressor does not know makes it the program that was named', () => {
  const { compressor } = aPolicy('rotate 1\ncompresscmd /usr/bin/zstd\ncompressoptions --long=27 -19', {
    dialect: 'logrotate',
  }).settings;
  assert.deepEqual(compressor, {
    by: 'program',
    program: '/usr/bin/zstd',
    args: ['--long=27', '-19'],
    extension: '.zst',
  });
});

test("logmill's own directives are obeyed, so that nothing is deleted that they protect", () => {
  assert.equal(aPolicy('rotate 1\nkeepfor 1d', { dialect: 'logrotate' }).settings.keepfor, 86_400_000);
});

test('the overriding of a criterion is a note in its words', () => {
  const notes = door('/a {\nrotate 1\ndaily\nsize 10\n}\n').diagnostics.flatMap(
    ({ asLogrotate = [] }) => asLogrotate,
  );
  assert.ok(notes.some(({ text }) => text === "note: 'size' overrides previously specified 'daily'"));
});

const version = spawnSync('logrotate', ['--version'], { encoding: 'utf8' });
const isThere = /^logrotate 3\.2\d/.test(`${version.stderr ?? ''}${version.stdout ?? ''}`);

const compared: readonly string[] = [
  'LOG {\n rotate 4x\n}\n',
  'LOG {\n size 4Q\n}\n',
  'LOG {\n size 08\n}\n',
  'LOG {\n size\n rotate 1\n}\n',
  'LOG {\n create a b c d\n}\n',
  'LOG {\n create root nogrouphere\n}\n',
  'LOG {\n su root\n}\n',
  'LOG {\n su\n}\n',
  'LOG {\n 5daily\n}\n',
  'LOG {\n daily}\n}\n',
  'LOG {\n tabooext + .x\n}\n',
  'LOG {\n rotate 1\n} foo\n',
  'LOG {\n start x\n}\n',
  'LOG {\n shredcycles x\n}\n',
  'LOG {\n compresscmd a b\n}\n',
  'LOG {\n mode: x\n}\n',
  'LOG\n daily\n',
  'LOG }\n',
  'daily\n}\n',
  'rotate 3x\n',
  'include /nope/nope\n',
  'LOG {\n /tmp/b.log\n}\n',
  'LOG {\n rotate 3\n daily=compress\n}\n',
];

test('says what logrotate itself says', {
  skip: isThere ? false : 'there is no logrotate 3.2x on this machine',
}, () => {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'logmill-door-'));
  try {
    const file = path.join(folder, 'test.conf');
    const log = path.join(folder, 'a.log');
    writeFileSync(log, '');
    for (const text of compared.map(text => text.replace('LOG', log))) {
      writeFileSync(file, text, { mode: 0o644 });
      const { stderr } = spawnSync('logrotate', ['-d', '-s', path.join(folder, 'state'), file], {
        encoding: 'utf8',
        env: { ...process.env, LC_ALL: 'C' },
      });
      const theirs = stderr
        .split('\n')
        .filter(line => line.startsWith('error: '))
        .map(line => line.slice(7).replace(' , skipping', ', skipping'));
      assert.deepEqual(
        linesOf(readPolicies([file], readerOf({ [file]: text }), 'logrotate')).filter(
          line => !line.includes('does not say'),
        ),
        theirs,
        text,
      );
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
});
