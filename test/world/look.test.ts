import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  lstatSync,
  mkdirSync,
  realpathSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { test } from 'node:test';
import { look } from '../../src/world/look.ts';
import { pathToBytes } from '../../src/world/paths.ts';
import { isTrouble } from '../../src/world/trouble.ts';
import { aFolder, aWaitingWriter } from './temp.ts';

const takesAnyByte = process.platform === 'linux';

test('names are given exactly, whatever bytes they hold', {
  skip: !takesAnyByte && 'names are UTF-8 here',
}, t => {
  const folder = aFolder(t);
  const names = [
    'plain.log',
    'new\nline',
    'ü.log',
    'bad\udcff.log',
    '\ufffd real',
    ' ',
    'x'.repeat(255),
    '-rf',
    '😀',
  ];
  for (const name of names) writeFileSync(pathToBytes(`${folder}/${name}`), name);
  assert.deepEqual(look.names(folder).sort(), [...names].sort());
  assert.deepEqual(
    look
      .entries(folder)
      .map(entry => entry.name)
      .sort(),
    [...names].sort(),
  );
  for (const name of names) {
    assert.equal(look.stat(`${folder}/${name}`)?.kind, 'file', JSON.stringify(name));
    assert.equal(
      look.head(`${folder}/${name}`, 1000).toString('latin1'),
      Buffer.from(name).toString('latin1'),
    );
  }
});

test('every kind of file is told apart, and a link is a link', async t => {
  const folder = aFolder(t);
  writeFileSync(`${folder}/file`, '');
  mkdirSync(`${folder}/folder`);
  symlinkSync('file', `${folder}/link`);
  symlinkSync('nowhere', `${folder}/dangling`);
  execFileSync('mkfifo', [`${folder}/fifo`]);
  const server = createServer().listen(`${folder}/socket`);
  await once(server, 'listening');
  t.after(() => server.close());
  const expected = {
    dangling: 'link',
    fifo: 'fifo',
    file: 'file',
    folder: 'folder',
    link: 'link',
    socket: 'socket',
  };
  const seen = look.entries(folder).map(({ name, kind }) => [name, kind] as const);
  assert.deepEqual(Object.fromEntries(seen.sort()), expected);
  for (const [name, kind] of Object.entries(expected))
    assert.equal(look.stat(`${folder}/${name}`)?.kind, kind);
  assert.equal(look.stat('/dev/null')?.kind, 'device');
  assert.equal(look.statThrough(`${folder}/link`)?.id, look.stat(`${folder}/file`)?.id);
  assert.equal(look.statThrough(`${folder}/dangling`), null);
});

test('nothing under a name is null, and what cannot be looked at is trouble', t => {
  const folder = aFolder(t);
  writeFileSync(`${folder}/file`, '');
  assert.equal(look.stat(`${folder}/none`), null);
  assert.equal(look.stat(`${folder}/file/below`), null);
  assert.throws(
    () => look.stat(`${folder}/${'x'.repeat(256)}`),
    error => isTrouble(error, 'ENAMETOOLONG'),
  );
  assert.throws(
    () => look.names(`${folder}/none`),
    error => isTrouble(error, 'ENOENT'),
  );
  assert.throws(
    () => look.entries(`${folder}/none`),
    error => isTrouble(error, 'ENOENT'),
  );
  assert.throws(
    () => look.names(`${folder}/file`),
    error => isTrouble(error, 'ENOTDIR'),
  );
  symlinkSync('loop', `${folder}/loop`);
  assert.throws(
    () => look.statThrough(`${folder}/loop`),
    error => isTrouble(error, 'ELOOP'),
  );
});

test('a stat tells size, blocks, times with their fraction, mode and links', t => {
  const path = `${aFolder(t)}/a.log`;
  writeFileSync(path, 'x'.repeat(5000));
  chmodSync(path, 0o4640);
  utimesSync(path, 1_700_000_000.25, 1_600_000_000.75);
  const stat = look.stat(path);
  assert.equal(stat?.size, 5000);
  assert.ok((stat?.allocated ?? 0) >= 5000 && (stat?.allocated ?? 0) % 512 === 0);
  assert.equal(stat?.accessed, 1_700_000_000_250);
  assert.equal(stat?.modified, 1_600_000_000_750);
  assert.equal(stat?.mode, 0o4640);
  assert.equal(stat?.links, 1);
});

test('identity holds inode, birth time and device, and outlasts a change of mode', t => {
  const path = `${aFolder(t)}/a.log`;
  writeFileSync(path, '');
  const before = look.stat(path)?.id;
  chmodSync(path, 0o600);
  writeFileSync(path, 'more');
  assert.equal(look.stat(path)?.id, before);
  const raw = lstatSync(path, { bigint: true });
  assert.match(before ?? '', new RegExp(`^${raw.ino}:(${raw.birthtimeNs}|none):${raw.dev}$`));
});

test('a file system without birth times gives none, never the time of the last change', {
  skip: process.platform !== 'linux' && 'procfs is of Linux',
}, () => {
  assert.match(look.stat('/proc/self/status')?.id ?? '', /^\d+:none:\d+$/);
});

test('pieces of a file are what lies there, and fewer at its end', t => {
  const path = `${aFolder(t)}/a.log`;
  writeFileSync(path, '0123456789');
  assert.equal(look.head(path, 4).toString(), '0123');
  assert.equal(look.head(path, 0).toString(), '');
  assert.equal(look.head(path, 1_000).toString(), '0123456789');
  assert.equal(look.piece(path, 7, 2).toString(), '78');
  assert.equal(look.piece(path, 8, 100).toString(), '89');
  assert.equal(look.piece(path, 10, 5).toString(), '');
  assert.equal(look.piece(path, 99, 5).toString(), '');
  assert.deepEqual(look.pieces(path, [0, 3, 8, 99], 3).map(String), ['012', '345', '89', '']);
});

test('a text is read whole through a link, up to its limit', t => {
  const folder = aFolder(t);
  writeFileSync(`${folder}/a.conf`, 'x'.repeat(100_000));
  symlinkSync('a.conf', `${folder}/link.conf`);
  const { bytes, stat } = look.text(`${folder}/link.conf`, 100_000);
  assert.equal(bytes.length, 100_000);
  assert.equal(stat.id, look.stat(`${folder}/a.conf`)?.id);
  assert.throws(
    () => look.text(`${folder}/a.conf`, 99_999),
    error => isTrouble(error, 'EFBIG'),
  );
  assert.throws(
    () => look.text(`${folder}/none`, 10),
    error => isTrouble(error, 'ENOENT'),
  );
});

test('a text whose size says 0 is read to its end', {
  skip: process.platform !== 'linux' && 'needs procfs',
}, () => {
  assert.match(look.text('/proc/self/status', 100_000).bytes.toString(), /^Name:.*\n/);
  assert.throws(
    () => look.text('/proc/self/status', 20),
    error => isTrouble(error, 'EFBIG'),
  );
});

test('what is no regular file is refused at once and not opened', async t => {
  const folder = aFolder(t);
  execFileSync('mkfifo', [`${folder}/fifo`]);
  mkdirSync(`${folder}/folder`);
  writeFileSync(`${folder}/file`, 'secret');
  symlinkSync('file', `${folder}/link`);
  // A writer waits in open(2) for a reader; it must go on waiting.
  const writer = await aWaitingWriter(t, `${folder}/fifo`);
  for (const path of [`${folder}/fifo`, `${folder}/folder`, '/dev/null']) {
    assert.throws(
      () => look.head(path, 10),
      error => isTrouble(error, 'ENOTREG'),
      path,
    );
    assert.throws(
      () => look.text(path, 10),
      error => isTrouble(error, 'ENOTREG'),
      path,
    );
  }
  assert.throws(
    () => look.head(`${folder}/link`, 10),
    error => isTrouble(error, 'ELOOP'),
  );
  assert.equal(writer.exitCode, null);
});

test('the canonical path is given with links resolved and every byte kept', t => {
  const folder = realpathSync(aFolder(t));
  const name = takesAnyByte ? 'bad\udcff' : 'good';
  mkdirSync(pathToBytes(`${folder}/${name}`));
  symlinkSync(pathToBytes(`${folder}/${name}`), `${folder}/link`);
  assert.equal(look.real(`${folder}/link`), `${folder}/${name}`);
  assert.equal(look.real(`${folder}/./link/..`), folder);
  assert.throws(
    () => look.real(`${folder}/none`),
    error => isTrouble(error, 'ENOENT'),
  );
});
