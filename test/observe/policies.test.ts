// Policy files from a real disk: what cannot be read is told at once and never waited for.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import { sortNames } from '../../src/observe/collation.ts';
import { readPolicyFiles } from '../../src/observe/policies.ts';
import { thisMachine } from '../../src/world/this-machine.ts';

const world = thisMachine();
const folder = mkdtempSync(path.join(os.tmpdir(), 'logmill-policies-'));
after(() => rmSync(folder, { recursive: true }));

function write(name: string, text: string | Uint8Array): string {
  const file = path.join(folder, name);
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, text, { mode: 0o644 });
  return file;
}

const errorsOf = (file: string): string[] =>
  readPolicyFiles(world, [file], 'logmill')
    .diagnostics.filter(({ severity }) => severity === 'error')
    .map(({ message }) => message);

test('a file is read with the digest of its bytes', () => {
  const text = '/var/log/\u00fc.log {\n  rotate 1\n}\n';
  const { policies, diagnostics } = readPolicyFiles(world, [write('a.conf', text)], 'logmill');
  assert.deepEqual(diagnostics, []);
  assert.equal(policies[0]?.digest, createHash('sha256').update(text).digest('hex'));
  assert.equal(policies[0]?.name, 'a');
});

test('a byte that is not UTF-8 is kept in the pattern', () => {
  const file = write('byte.conf', Buffer.from('/var/log/\xff.log {\n  rotate 1\n}\n', 'latin1'));
  assert.equal(
    readPolicyFiles(world, [file], 'logmill').policies[0]?.patterns[0]?.text,
    '/var/log/\udcff.log',
  );
});

test('a byte order mark is seen', () => {
  assert.deepEqual(errorsOf(write('mark.conf', '\ufeff/a { rotate 1\n}\n')), [
    'the file begins with a byte order mark',
  ]);
});

test('a missing file, a pipe and a file far too large are errors at once', { timeout: 10_000 }, () => {
  assert.match(errorsOf(path.join(folder, 'nope.conf'))[0] ?? '', /ENOENT/);
  const pipe = path.join(folder, 'pipe.conf');
  if (spawnSync('mkfifo', [pipe]).status === 0) assert.match(errorsOf(pipe)[0] ?? '', /not a regular file/);
  const large = write('large.conf', '');
  truncateSync(large, 20_000_000);
  assert.match(errorsOf(large)[0] ?? '', /EFBIG/);
  assert.match(errorsOf('/dev/null')[0] ?? '', /not a regular file/);
});

test('an unreadable file is an error', {
  skip: process.getuid?.() === 0 ? 'root reads everything' : false,
}, () => {
  const file = write('closed.conf', '/a { rotate 1\n}\n');
  chmodSync(file, 0);
  assert.match(errorsOf(file)[0] ?? '', /EACCES/);
});

test('root refuses a file that others can write', {
  skip: process.getuid?.() === 0 ? false : 'needs root',
}, () => {
  const file = write('open.conf', '/a { rotate 1\n}\n');
  chmodSync(file, 0o666);
  assert.match(errorsOf(file)[0] ?? '', /others can write to this file/);
});

test('a folder is read in order of its names, through links too, without pipes and folders', {
  timeout: 10_000,
}, () => {
  write('d/20-b.conf', '/b { daily\n}\n');
  write('d/10-a.conf', 'rotate 3\n/a { daily\n}\n');
  write('d/30-c.conf.bak', '/c { daily\n}\n');
  write('else.conf', '/linked { daily\n}\n');
  mkdirSync(path.join(folder, 'd/15-folder'), { recursive: true });
  symlinkSync('../else.conf', path.join(folder, 'd/40-link.conf'));
  spawnSync('mkfifo', [path.join(folder, 'd/50-pipe')]);
  const { policies, files } = readPolicyFiles(world, [path.join(folder, 'd')], 'logmill');
  assert.deepEqual(
    policies.map(({ patternText }) => patternText),
    ['/a', '/b', '/linked'],
  );
  assert.equal(files.length, 3);
});

test('names go by bytes in the C locale, and as the locale says elsewhere', () => {
  const names = ['b', 'a', 'B', 'ä', 'Z', '\ufffe', '\u{1f600}', '\udcff'];
  assert.deepEqual(sortNames(names, {}), ['B', 'Z', 'a', 'b', 'ä', '\ufffe', '\u{1f600}', '\udcff']);
  assert.deepEqual(sortNames(['b', 'a', 'B', 'ä', 'Z'], { LANG: 'en_US.UTF-8' }), ['a', 'ä', 'b', 'B', 'Z']);
  assert.deepEqual(sortNames(['b', 'B'], { LANG: 'en_US.UTF-8', LC_ALL: 'C.UTF-8' }), ['B', 'b']);
  assert.deepEqual(sortNames(['b', 'B'], { LANG: 'not a locale' }), ['B', 'b']);
});
