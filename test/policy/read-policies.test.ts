// Files, folders and includes: what is read, what is left out, and that every bad file is told at once.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type PoliciesRead, type PolicyRead, readPolicies } from '../../src/policy/read-policies.ts';
import { readerOf } from '../rig/policy.ts';

type Tree = Readonly<Record<string, string | readonly string[] | PolicyRead>>;

const read = (tree: Tree, ...paths: string[]): PoliciesRead => readPolicies(paths, readerOf(tree), 'logmill');
const namesOf = ({ policies }: PoliciesRead): string[] => policies.map(({ patternText }) => patternText);
const errorsOf = ({ diagnostics }: PoliciesRead): string[] =>
  diagnostics.filter(({ severity }) => severity === 'error').map(({ message }) => message);
const section = (pattern: string, body = 'rotate 1'): string => `${pattern} {\n${body}\n}\n`;
const file = (text: string, facts: { mode?: number; uid?: number } = {}): PolicyRead => ({
  kind: 'file',
  text,
  digest: text,
  mode: 0o644,
  uid: 0,
  ...facts,
});

test('files are read in the order given, and globals of one hold for the next', () => {
  const found = read({ '/1': 'rotate 3\n', '/2': '/a { daily\n}\n' }, '/1', '/2');
  assert.deepEqual(
    found.policies.map(({ settings }) => settings.rotate),
    [3],
  );
  assert.deepEqual(found.files, ['/1', '/2']);
});

test('a path on the command line that is missing is an error', () => {
  assert.deepEqual(errorsOf(read({ '/a': section('/x') }, '/nope', '/a')), [
    'cannot read /nope: no such file or folder (ENOENT)',
  ]);
});

test('a folder: taboo names are left out with a note, folders within it are passed over', () => {
  const names = ['a.conf', 'b.conf~', '.c.conf.swp', 'd.rpmsave', 'e', '.hidden'];
  const tree: Tree = {
    '/d': names,
    '/d/a.conf': section('/a'),
    '/d/b.conf~': section('/b'),
    '/d/.c.conf.swp': section('/c'),
    '/d/d.rpmsave': section('/d'),
    '/d/e': [],
    '/d/.hidden': section('/hidden'),
  };
  const found = read(tree, '/d');
  assert.deepEqual(namesOf(found), ['/a', '/hidden']);
  assert.deepEqual(
    found.diagnostics.map(({ severity, at }) => [severity, at.file]),
    [
      ['note', '/d/b.conf~'],
      ['note', '/d/.c.conf.swp'],
      ['note', '/d/d.rpmsave'],
      ['note', '/d/e'],
    ],
  );
});

test('taboo lists are added to with + and replaced without, for all that is read later', () => {
  const tree: Tree = {
    '/1': 'tabooext + .off, .no\ninclude /d\ntaboopat x*\ninclude /d\n',
    '/d': ['a.off', 'x.conf', 'y.bak'],
    '/d/a.off': section('/a'),
    '/d/x.conf': section('/x'),
    '/d/y.bak': section('/y'),
  };
  assert.deepEqual(namesOf(read(tree, '/1')), ['/x', '/a', '/y']);
});

test('an include within a section gives its lines to the section', () => {
  const tree: Tree = { '/1': '/a {\n include /own\n rotate 2\n}\n', '/own': 'compress\nrotate 9\n' };
  const found = read(tree, '/1');
  assert.deepEqual(
    found.policies.map(({ settings }) => [settings.compress, settings.rotate]),
    [[true, 2]],
  );
});

test('an included file can neither close nor open the section that includes it', () => {
  for (const text of ['}\n', section('/b')]) {
    const found = read({ '/1': `/a {\n include /own\n rotate 2\n}\n${section('/c')}`, '/own': text }, '/1');
    assert.deepEqual(namesOf(found), ['/c']);
    assert.equal(errorsOf(found).length, 1);
  }
});

test('sections after an include that failed are not served: they may lack what it says', () => {
  const found = read({ '/1': `${section('/a')}include /nope\n${section('/b')}` }, '/1');
  assert.deepEqual(namesOf(found), ['/a']);
  assert.deepEqual(
    found.diagnostics.map(({ at }) => `${at.file}:${at.line}`),
    ['/1:4', '/1:4'],
  );
});

test('a file that includes itself, also by way of others, is told with the ring', () => {
  const found = read({ '/1': 'include /2\n', '/2': 'include /1\n' }, '/1');
  assert.deepEqual(errorsOf(found), ['a file includes itself: /1 includes /2 includes /1']);
});

test('includes are nested sixteen deep and no deeper', () => {
  const nested = (depth: number): Tree =>
    Object.fromEntries(
      Array.from({ length: depth + 1 }, (_, at) => [
        `/${at}`,
        at === depth ? section('/a') : `include /${at + 1}\n`,
      ]),
    );
  assert.deepEqual(namesOf(read(nested(16), '/0')), ['/a']);
  assert.deepEqual(errorsOf(read(nested(17), '/0')), ['includes are nested more than 16 deep']);
});

test('files that include each other over and over come to an end', () => {
  const tree = Object.fromEntries(
    Array.from({ length: 14 }, (_, at) => [`/${at}`, `include /${at + 1}\n`.repeat(4)]),
  );
  const found = read({ ...tree, '/14': 'daily\n' }, '/0');
  assert.ok(found.files.length <= 10_000);
  assert.ok(errorsOf(found).some(message => message.includes('10000')));
});

test('root obeys only files that root alone can write', () => {
  const asRoot = (facts: { mode?: number; uid?: number }): PoliciesRead =>
    readPolicies(['/1'], { ...readerOf({ '/1': file(section('/a'), facts) }), isRoot: true }, 'logmill');
  assert.deepEqual(namesOf(asRoot({})), ['/a']);
  assert.deepEqual(namesOf(asRoot({ mode: 0o444 })), ['/a']);
  assert.match(errorsOf(asRoot({ mode: 0o664 }))[0] ?? '', /others can write to this file \(mode 0664\)/);
  assert.match(errorsOf(asRoot({ mode: 0o646 }))[0] ?? '', /others can write/);
  assert.match(errorsOf(asRoot({ uid: 1000 }))[0] ?? '', /belongs to user 1000/);
  for (const mode of [0o744, 0o645, 0o4644, 0o244]) {
    const found = asRoot({ mode });
    assert.deepEqual(
      [namesOf(found), found.diagnostics.map(({ severity }) => severity)],
      [['/a'], ['warning']],
      mode.toString(8),
    );
  }
  assert.deepEqual(namesOf(read({ '/1': file(section('/a'), { mode: 0o666, uid: 1000 }) }, '/1')), ['/a']);
});

test("an empty file is none of anybody's business", () => {
  assert.deepEqual(read({ '/1': '' }, '/1').diagnostics, []);
});

test('two files of one name give two names', () => {
  const found = read(
    { '/a/web.conf': section('/a'), '/b/web.conf': section('/b') },
    '/a/web.conf',
    '/b/web.conf',
  );
  assert.deepEqual(
    found.policies.map(({ name }) => name),
    ['web', 'web-2'],
  );
});
