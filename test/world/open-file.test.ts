import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import {
  appendFileSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmdirSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { canReachByHandle, diskOf } from '../../src/world/disk.ts';
import { isTrouble } from '../../src/world/trouble.ts';
import type { Folder } from '../../src/world/world.ts';
import { aFolder } from './temp.ts';

const disk = diskOf(canReachByHandle() ? 'by handle' : 'by path');

async function open(t: TestContext, path: string): Promise<Folder> {
  const folder = await disk.openFolder(path);
  t.after(() => folder.close());
  return folder;
}

test('what is written without a position follows what was written before', async t => {
  const path = aFolder(t);
  const file = await (await open(t, path)).create('a', 0o600);
  await file.write(Buffer.from('one '));
  await file.write(Buffer.from('two '));
  await file.write(Buffer.from('THREE'), 0);
  await file.write(Buffer.from('four'));
  assert.equal(readFileSync(`${path}/a`, 'utf8'), 'THREEwo four');
  await file.truncate(5);
  await file.write(Buffer.from('!'));
  file.writeNow(Buffer.from('?'), 6);
  await file.close();
  assert.equal(readFileSync(`${path}/a`, 'utf8'), 'THREE!?');
});

test('a file opened to write keeps what it holds until it is told otherwise', async t => {
  const path = aFolder(t);
  writeFileSync(`${path}/a`, 'before ');
  const file = await (await open(t, path)).open('a', 'write');
  await file.write(Buffer.from('after'));
  assert.equal(readFileSync(`${path}/a`, 'utf8'), 'before after');
  await file.close();
});

test('a file opened to append adds at its end, whoever else wrote there', async t => {
  const path = aFolder(t);
  writeFileSync(`${path}/a`, '1');
  const file = await (await open(t, path)).open('a', 'append');
  appendFileSync(`${path}/a`, '22');
  await file.write(Buffer.from('333'));
  appendFileSync(`${path}/a`, '4444');
  file.writeNow(Buffer.from('55555'), 0);
  assert.equal(readFileSync(`${path}/a`, 'utf8'), '122333444455555');
  await file.close();
});

test('large pieces are written whole and read back by position', async t => {
  const path = aFolder(t);
  const file = await (await open(t, path)).create('a', 0o600);
  const content = Buffer.alloc(3_000_001, 'logmill');
  await file.write(content);
  await file.sync();
  const into = Buffer.alloc(20);
  assert.equal(await file.read(into, 3_000_001 - 7), 7);
  assert.equal(await file.read(into, 3_000_001), 0);
  assert.equal(file.readNow(into, 70), 20);
  assert.equal(into.toString(), content.subarray(70, 90).toString());
  assert.equal((await file.stat()).size, 3_000_001);
  await file.close();
  assert.ok(readFileSync(`${path}/a`).equals(content));
});

test('an open file stays itself when its name is given to another', async t => {
  const path = aFolder(t);
  writeFileSync(`${path}/a`, 'first');
  const file = await (await open(t, path)).open('a', 'write');
  renameSync(`${path}/a`, `${path}/b`);
  writeFileSync(`${path}/a`, 'second');
  file.truncateNow(2);
  assert.equal(file.statNow().size, 2);
  assert.equal(file.id, disk.look.stat(`${path}/b`)?.id);
  assert.deepEqual([readFileSync(`${path}/a`, 'utf8'), readFileSync(`${path}/b`, 'utf8')], ['second', 'fi']);
  await file.close();
});

test('attributes are set as asked, set-id bits never, times with their fraction', async t => {
  const path = aFolder(t);
  const file = await (await open(t, path)).create('a', 0o600);
  await file.setAttributes({ mode: 0o6754, accessed: 1_700_000_000_250, modified: 1_600_000_000_125.5 });
  const stat = await file.stat();
  assert.equal(stat.mode, 0o754);
  assert.ok(Math.abs(stat.accessed - 1_700_000_000_250) < 0.001);
  assert.ok(Math.abs(stat.modified - 1_600_000_000_125.5) < 0.001);
  await file.setAttributes({ modified: 1_500_000_000_000 });
  assert.ok(Math.abs((await file.stat()).accessed - 1_700_000_000_250) < 0.001);
  assert.equal((await file.stat()).modified, 1_500_000_000_000);
  await file.close();
});

test('a closed file is used no more, and may be closed twice', async t => {
  const file = await (await open(t, aFolder(t))).create('a', 0o600);
  await file.close();
  await file.close();
  assert.throws(() => file.statNow(), /^Error: internal: /);
  assert.throws(() => file.truncateNow(0), /^Error: internal: /);
  await assert.rejects(file.stat(), /^Error: internal: /);
});

test('a file without permission is trouble that names it', {
  skip: process.geteuid?.() === 0 && 'root may',
}, async t => {
  const path = aFolder(t);
  writeFileSync(`${path}/a`, '', { mode: 0o000 });
  const folder = await open(t, path);
  await assert.rejects(folder.open('a', 'read'), error => {
    return (
      isTrouble(error, 'EACCES') && error.message === `cannot open ${path}/a: permission denied (EACCES)`
    );
  });
});

/** A small file system of our own, where the machine lets us mount one. */
function mounted(t: TestContext, options: string): string | null {
  if (process.platform !== 'linux' || process.geteuid?.() !== 0) return null;
  const path = mkdtempSync(join(tmpdir(), 'logmill-small-'));
  const mount = spawnSync('mount', ['-t', 'tmpfs', '-o', options, 'tmpfs', path]);
  t.after(() => {
    if (mount.status === 0) execFileSync('umount', ['-l', path]);
    rmdirSync(path);
  });
  return mount.status === 0 ? path : null;
}

test('a full file system is trouble, and what was written before stands', async t => {
  const path = mounted(t, 'size=256k');
  if (path === null) return t.skip('cannot mount a tmpfs here');
  const file = await (await disk.openFolder(path)).create('a', 0o600);
  await assert.rejects(file.write(Buffer.alloc(1024 * 1024, 'x')), error => {
    return isTrouble(error, 'ENOSPC') && error.path === `${path}/a`;
  });
  assert.equal(statSync(`${path}/a`).size, 256 * 1024);
  await file.close();
  const space = await disk.space(path);
  assert.deepEqual([space.free, space.size, space.type, space.readOnly], [0, 256 * 1024, 0x01021994, false]);
});

test('a read-only file system is told as such', async t => {
  const path = mounted(t, 'ro,size=64k');
  if (path === null) return t.skip('cannot mount a tmpfs here');
  assert.equal((await disk.space(path)).readOnly, true);
  await assert.rejects((await disk.openFolder(path)).create('a', 0o600), error => isTrouble(error, 'EROFS'));
});

test('space is told in bytes, and of nothing is trouble', async t => {
  const path = aFolder(t);
  const space = await disk.space(path);
  assert.ok(space.size > 0 && space.free <= space.size);
  assert.equal(space.readOnly, false);
  await assert.rejects(disk.space(`${path}/none`), error => isTrouble(error, 'ENOENT'));
});
