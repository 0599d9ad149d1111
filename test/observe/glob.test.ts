// Patterns against a real folder tree.

import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import { expandGlob, foldersOfGlob } from '../../src/observe/glob.ts';
import { thisMachine } from '../../src/world/this-machine.ts';

const folder = mkdtempSync(path.join(os.tmpdir(), 'logmill-glob-'));
after(() => rmSync(folder, { recursive: true }));

for (const name of [
  'a.log',
  'b.log',
  '.hidden.log',
  'c[1].log',
  'c1.log',
  'x y.log',
  'd/in.log',
  'e/in.log',
  'e/.no.log',
  'g.log/inside',
]) {
  mkdirSync(path.dirname(path.join(folder, name)), { recursive: true });
  writeFileSync(path.join(folder, name), '');
}
writeFileSync(Buffer.concat([Buffer.from(`${folder}/bad`), Buffer.of(0xff)]), '');
symlinkSync('d', path.join(folder, 'ln'));
symlinkSync('nowhere', path.join(folder, 'dangling.log'));
symlinkSync('d', path.join(folder, 'tofolder.log'));
symlinkSync('ring', path.join(folder, 'ring'));

const world = thisMachine();
const found = (pattern: string): string[] =>
  expandGlob(world, `${folder}/${pattern}`).map(match => match.slice(folder.length + 1));

const rows: readonly (readonly [pattern: string, ...paths: string[]])[] = [
  ['*.log', 'a.log', 'b.log', 'c1.log', 'c[1].log', 'dangling.log', 'tofolder.log', 'x y.log'],
  ['.*.log', '.hidden.log'],
  ['c[1].log', 'c1.log'],
  ['c\\[1].log', 'c[1].log'],
  ['*/in.log', 'd/in.log', 'e/in.log', 'ln/in.log', 'tofolder.log/in.log'],
  ['[de]/*.log', 'd/in.log', 'e/in.log'],
  ['*/*/*'],
  ['a.log', 'a.log'],
  ['nothing.log', 'nothing.log'],
  ['nothing*.log'],
  ['nowhere/*.log'],
  ['a.log/*'],
  ['d'],
  ['g*.log'],
  ['x\\ y.log', 'x y.log'],
  ['bad?', 'bad\udcff'],
  ['./d//*.log', './d//in.log'],
  ['{a,b}.log', '{a,b}.log'],
  ['**/in.log', 'd/in.log', 'e/in.log', 'ln/in.log', 'tofolder.log/in.log'],
];

for (const [pattern, ...paths] of rows) {
  test(`'${pattern}' gives ${paths.length === 0 ? 'nothing' : paths.join(', ')}`, () => {
    assert.deepEqual(found(pattern).sort(), [...paths].sort());
  });
}

test('paths come sorted as the locale sorts', () => {
  const paths = found('*/in.log');
  assert.deepEqual(paths, paths.toSorted());
});

test('a tilde is the home folder, of oneself or of a user', () => {
  const host = {
    ...world.host,
    home: (user: string | null) => (user === null ? folder : user === 'logs' ? `${folder}/d` : null),
  };
  assert.deepEqual(expandGlob({ ...world, host }, '~/b.l*'), [`${folder}/b.log`]);
  assert.deepEqual(expandGlob({ ...world, host }, '~logs/in.log'), [`${folder}/d/in.log`]);
  assert.deepEqual(expandGlob({ ...world, host }, '~nobody/in.log'), ['~nobody/in.log']);
});

test('a folder that cannot be read is trouble, not emptiness', {
  skip: process.getuid?.() === 0 ? 'root reads everything' : false,
}, () => {
  const closed = path.join(folder, 'closed');
  mkdirSync(closed, { mode: 0 });
  assert.throws(() => found('closed/*.log'), { code: 'EACCES' });
  rmdirSync(closed);
});

const places: readonly (readonly [pattern: string, ...folders: string[]])[] = [
  ['*.log', ''],
  ['a.log', ''],
  ['d/none*.log', 'd'],
  ['[de]/*.log', 'd', 'e'],
  ['*/*.log', 'd', 'e', 'g.log', 'ln', 'tofolder.log'],
  ['ln/x', 'ln'],
  ['nowhere/*.log'],
  ['a.log/*'],
];

for (const [pattern, ...folders] of places) {
  test(`${pattern} looks for files in ${folders.length === 0 ? 'no folder' : folders.join(', ') || 'the folder itself'}`, () => {
    const paths = foldersOfGlob(world, `${folder}/${pattern}`).map(one => one.slice(folder.length + 1));
    assert.deepEqual(paths.sort(), folders);
  });
}

test('a pattern in the root, and one without a folder, look there', () => {
  assert.deepEqual(foldersOfGlob(world, '/*.log'), ['/']);
  assert.deepEqual(foldersOfGlob(world, '*.log'), ['.']);
});
