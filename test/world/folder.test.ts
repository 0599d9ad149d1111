import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import {
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { describe, type TestContext, test } from 'node:test';
import { canReachByHandle, diskOf } from '../../src/world/disk.ts';
import { pathToBytes } from '../../src/world/paths.ts';
import { isTrouble } from '../../src/world/trouble.ts';
import type { Folder } from '../../src/world/world.ts';
import { aFolder, aWaitingWriter } from './temp.ts';

const troubled =
  (...codes: string[]) =>
  (error: unknown) =>
    isTrouble(error, ...codes);
const isRoot = process.geteuid?.() === 0;

for (const reach of ['by handle', 'by path'] as const) {
  const skip = reach === 'by handle' && !canReachByHandle() && 'no /proc/self/fd here';

  describe(`a folder held open, names reached ${reach}`, { skip }, () => {
    const disk = diskOf(reach);

    async function open(t: TestContext, path: string): Promise<Folder> {
      const folder = await disk.openFolder(path);
      t.after(() => folder.close());
      return folder;
    }

    test('a folder is opened as itself and never through a link', async t => {
      const path = aFolder(t);
      mkdirSync(`${path}/logs`);
      symlinkSync('logs', `${path}/link`);
      writeFileSync(`${path}/file`, '');
      const id = disk.look.stat(`${path}/logs`)?.id ?? '';
      const folder = await disk.openFolder(`${path}/logs/`, { id, sameBoot: true });
      assert.equal(folder.id, id);
      await folder.close();
      await assert.rejects(disk.openFolder(`${path}/link`), troubled('ELOOP'));
      await assert.rejects(disk.openFolder(`${path}/link/`), troubled('ELOOP'));
      await assert.rejects(disk.openFolder(`${path}/file`), troubled('ENOTDIR'));
      await assert.rejects(disk.openFolder(`${path}/none`), troubled('ENOENT'));
    });

    test('another folder than the one looked at is stale', async t => {
      const path = aFolder(t);
      mkdirSync(`${path}/logs`);
      const id = disk.look.stat(`${path}/logs`)?.id ?? '';
      renameSync(`${path}/logs`, `${path}/old`);
      mkdirSync(`${path}/logs`);
      await assert.rejects(disk.openFolder(`${path}/logs`, { id, sameBoot: true }), troubled('ESTALE'));
      await assert.rejects(disk.openFolder(`${path}/logs`, { id, sameBoot: false }), troubled('ESTALE'));
      const [inode, birth] = id.split(':');
      const afterBoot = { id: `${inode}:${birth}:99`, sameBoot: false };
      await (await disk.openFolder(`${path}/old`, afterBoot)).close();
    });

    test('once its path leads elsewhere, nothing outside the opened folder is touched', async t => {
      const path = aFolder(t);
      mkdirSync(`${path}/logs`);
      mkdirSync(`${path}/victim`);
      for (const place of ['logs', 'victim']) writeFileSync(`${path}/${place}/a.log`, place);
      const folder = await open(t, `${path}/logs`);
      renameSync(`${path}/logs`, `${path}/moved`);
      symlinkSync('victim', `${path}/logs`);
      const acts = [
        () => folder.unlink('a.log'),
        () => folder.move('a.log', folder, 'a.log.1'),
        () => folder.link('a.log', folder, 'a.log.2'),
        async () => (await folder.create('new', 0o600)).close(),
        async () => (await folder.open('a.log', 'write')).close(),
      ];
      for (const act of acts) {
        // By handle the act happens where it was meant to (or finds nothing); by path it is refused.
        if (reach === 'by path') await assert.rejects(act(), troubled('ESTALE'));
        else await act().catch(error => assert.ok(isTrouble(error, 'ENOENT')));
      }
      assert.deepEqual(readdirSync(`${path}/victim`), ['a.log']);
      assert.equal(readFileSync(`${path}/victim/a.log`, 'utf8'), 'victim');
      if (reach === 'by handle') assert.deepEqual(readdirSync(`${path}/moved`), ['new']);
    });

    test('names of any bytes can be made, seen, moved and deleted', async t => {
      const path = aFolder(t);
      const folder = await open(t, path);
      const names = ['new\nline', ' ', 'ü', 'x'.repeat(255), '-rf', '$(x)'];
      if (process.platform === 'linux') names.push('bad\udcff.log');
      for (const name of names) {
        const file = await folder.create(name, 0o640);
        await file.write(Buffer.from('content'));
        await file.close();
        assert.equal((await folder.stat(name))?.size, 7);
        await folder.move(name, folder, 'moved');
        assert.deepEqual(await folder.names(), ['moved']);
        await folder.move('moved', folder, name);
        assert.deepEqual(await folder.names(), [name]);
        assert.ok(existsSync(pathToBytes(`${path}/${name}`)));
        await folder.unlink(name);
        assert.equal(await folder.stat(name), null);
      }
      await assert.rejects(folder.create('x'.repeat(256), 0o640), troubled('ENAMETOOLONG'));
    });

    test('a name is one component, or it is a bug', async t => {
      const folder = await open(t, aFolder(t));
      for (const name of ['', '.', '..', 'a/b', '/etc/passwd', '../x', 'a\0b']) {
        await assert.rejects(folder.stat(name), /^Error: internal: /);
        await assert.rejects(folder.unlink(name), /^Error: internal: /);
      }
    });

    test('only regular files are opened, at once and without following links', async t => {
      const path = aFolder(t);
      mkdirSync(`${path}/outside`);
      writeFileSync(`${path}/outside/secret`, 'secret');
      symlinkSync('outside/secret', `${path}/link`);
      symlinkSync('nowhere', `${path}/dangling`);
      execFileSync('mkfifo', [`${path}/fifo`]);
      const writer = await aWaitingWriter(t, `${path}/fifo`);
      const folder = await open(t, path);
      for (const access of ['read', 'write', 'append'] as const) {
        await assert.rejects(folder.open('link', access), troubled('ELOOP'));
        await assert.rejects(folder.open('dangling', access), troubled('ELOOP'));
        await assert.rejects(folder.open('fifo', access), troubled('ENOTREG'));
        await assert.rejects(folder.open('outside', access), troubled('ENOTREG'));
        await assert.rejects(folder.open('none', access), troubled('ENOENT'));
      }
      await assert.rejects(folder.move('link', folder, 'b'), troubled('ELOOP'));
      await assert.rejects(folder.move('fifo', folder, 'b'), troubled('ENOTREG'));
      await assert.rejects(folder.move('outside', folder, 'b'), troubled('ENOTREG'));
      await assert.rejects(folder.link('link', folder, 'b'), troubled('ELOOP'));
      assert.equal(writer.exitCode, null);
      if (isRoot) {
        const devices = await open(t, '/dev');
        await assert.rejects(devices.open('null', 'write'), troubled('ENOTREG'));
      }
    });

    test('creating never takes a name that is there, be it a link to nothing', async t => {
      const path = aFolder(t);
      const folder = await open(t, path);
      writeFileSync(`${path}/taken`, 'mine');
      symlinkSync('elsewhere', `${path}/dangling`);
      await assert.rejects(folder.create('taken', 0o600), troubled('EEXIST'));
      await assert.rejects(folder.create('dangling', 0o600), troubled('EEXIST'));
      assert.equal(readFileSync(`${path}/taken`, 'utf8'), 'mine');
      assert.equal(existsSync(`${path}/elsewhere`), false);
    });

    test('a new file has exactly the mode asked for, without set-id bits, whatever the umask', async t => {
      const path = aFolder(t);
      const folder = await open(t, path);
      const umask = process.umask(0o077);
      try {
        for (const [mode, expected] of [
          [0o644, 0o644],
          [0o666, 0o666],
          [0o6750, 0o750],
          [0o000, 0o000],
        ] as const) {
          const file = await folder.create(`m${mode}`, mode);
          await file.close();
          assert.equal(statSync(`${path}/m${mode}`).mode & 0o7777, expected);
        }
      } finally {
        process.umask(umask);
      }
    });

    test('a new file is given to its owner by root, and stays ours otherwise', async t => {
      const path = aFolder(t);
      const folder = await open(t, path);
      const file = await folder.create('a', 0o640, { uid: 12_345, gid: 23_456 });
      await file.close();
      const { uid, gid, mode } = statSync(`${path}/a`);
      assert.deepEqual([uid, gid], isRoot ? [12_345, 23_456] : [process.geteuid?.(), gid]);
      assert.equal(mode & 0o777, 0o640);
    });

    test('a move keeps the file and leaves one name', async t => {
      const path = aFolder(t);
      mkdirSync(`${path}/old`);
      writeFileSync(`${path}/a.log`, 'content');
      const [folder, old] = [await open(t, path), await open(t, `${path}/old`)];
      const id = (await folder.stat('a.log'))?.id;
      await folder.move('a.log', old, 'a.log.1');
      assert.equal(await folder.stat('a.log'), null);
      const moved = await old.stat('a.log.1');
      assert.deepEqual([moved?.id, moved?.links], [id, 1]);
      await assert.rejects(folder.move('a.log', old, 'a.log.2'), troubled('ENOENT'));
    });

    test('a move never replaces, and a link never does', async t => {
      const path = aFolder(t);
      writeFileSync(`${path}/a`, 'a');
      writeFileSync(`${path}/b`, 'b');
      symlinkSync('nowhere', `${path}/c`);
      mkdirSync(`${path}/d`);
      const folder = await open(t, path);
      for (const taken of ['b', 'c', 'd']) {
        await assert.rejects(folder.move('a', folder, taken), troubled('EEXIST'), taken);
        await assert.rejects(folder.link('a', folder, taken), troubled('EEXIST'), taken);
      }
      assert.equal(readFileSync(`${path}/a`, 'utf8') + readFileSync(`${path}/b`, 'utf8'), 'ab');
    });

    test('a move that was stopped between link and unlink is finished by its repetition', async t => {
      const path = aFolder(t);
      writeFileSync(`${path}/a`, 'content');
      linkSync(`${path}/a`, `${path}/a.1`);
      const folder = await open(t, path);
      await folder.move('a', folder, 'a.1');
      assert.deepEqual(await folder.names(), ['a.1']);
      assert.equal(readFileSync(`${path}/a.1`, 'utf8'), 'content');
    });

    test('a move onto its own name leaves the file there, also when the folder was opened twice', async t => {
      const path = aFolder(t);
      writeFileSync(`${path}/a`, 'content');
      const [folder, again] = [await open(t, path), await open(t, path)];
      await folder.move('a', folder, 'a');
      await folder.move('a', again, 'a');
      assert.equal(readFileSync(`${path}/a`, 'utf8'), 'content');
    });

    test('a link is a second name of the same file', async t => {
      const path = aFolder(t);
      writeFileSync(`${path}/a`, 'content');
      const folder = await open(t, path);
      await folder.link('a', folder, 'b');
      assert.equal((await folder.stat('a'))?.id, (await folder.stat('b'))?.id);
      assert.equal((await folder.stat('b'))?.links, 2);
    });

    test('to delete deletes a name, and a link as a link', async t => {
      const path = aFolder(t);
      writeFileSync(`${path}/a`, 'content');
      symlinkSync('a', `${path}/link`);
      const folder = await open(t, path);
      await folder.unlink('link');
      assert.deepEqual(readdirSync(path), ['a']);
      await assert.rejects(folder.unlink('link'), troubled('ENOENT'));
      await folder.sync();
    });

    test('closing waits for acts under way, and a closed folder is not used', async t => {
      const path = aFolder(t);
      const folder = await disk.openFolder(path);
      const acts = Array.from({ length: 20 }, (_, index) => folder.create(`f${index}`, 0o600));
      await folder.close();
      for (const act of acts) await (await act).close();
      assert.equal(readdirSync(path).length, 20);
      await assert.rejects(folder.names(), /^Error: internal: /);
      await folder.close();
    });

    test('a folder that is gone is trouble', async t => {
      const path = aFolder(t);
      mkdirSync(`${path}/logs`);
      const folder = await open(t, `${path}/logs`);
      rmSync(`${path}/logs`, { recursive: true });
      await assert.rejects(folder.create('a', 0o600), troubled('ENOENT', 'ESTALE'));
    });

    test('a folder is made with its mode and owner, and never over another', async t => {
      const path = aFolder(t);
      await disk.makeFolder(`${path}/old`, 0o2750, isRoot ? { uid: 12_345, gid: 23_456 } : undefined);
      const made = lstatSync(`${path}/old`);
      assert.equal(made.mode & 0o7777, 0o2750);
      if (isRoot) assert.deepEqual([made.uid, made.gid], [12_345, 23_456]);
      await assert.rejects(disk.makeFolder(`${path}/old`, 0o755), troubled('EEXIST'));
      await assert.rejects(disk.makeFolder(`${path}/none/old`, 0o755), troubled('ENOENT'));
    });

    test('another file system is trouble with the way out', {
      skip: !existsSync('/dev/shm') && 'no second one',
    }, async t => {
      const path = aFolder(t);
      const other = `/dev/shm/logmill-world-${process.pid}-${reach.replace(' ', '-')}`;
      mkdirSync(other);
      t.after(() => rmSync(other, { recursive: true, force: true }));
      if (statSync(other).dev === statSync(path).dev) return t.skip('one file system only');
      writeFileSync(`${path}/a`, 'content');
      const [folder, target] = [await open(t, path), await open(t, other)];
      await assert.rejects(
        folder.move('a', target, 'a.1'),
        error => isTrouble(error, 'EXDEV') && error.hint !== null,
      );
      assert.deepEqual([readdirSync(path), readdirSync(other)], [['a'], []]);
    });
  });
}

const protectedLinks =
  process.platform === 'linux' && readFileSync('/proc/sys/fs/protected_hardlinks', 'utf8').trim() === '1';

test("another's log is renamed where the kernel refuses a link to it", {
  skip: !(isRoot && protectedLinks) && 'needs root and fs.protected_hardlinks',
}, t => {
  const path = aFolder(t);
  // The folder is the other user's, the logs are root's: it may rename them, not link them.
  writeFileSync(`${path}/a.log`, 'content');
  writeFileSync(`${path}/taken`, 'other');
  execFileSync('chown', ['12345:23456', path]);
  const script = `
    process.setgroups([]); process.setgid(23456); process.setuid(12345);
    const { diskOf } = await import(${JSON.stringify(new URL('../../src/world/disk.ts', import.meta.url).href)});
    const folder = await diskOf('by handle').openFolder(${JSON.stringify(path)});
    await folder.move('a.log', folder, 'a.log.1');
    try { await folder.move('a.log.1', folder, 'taken'); } catch (error) { console.log(error.code); }
    console.log((await folder.names()).sort().join());
  `;
  const output = execFileSync(process.execPath, ['--input-type=module', '-e', script], {
    cwd: '/',
    encoding: 'utf8',
  });
  assert.equal(output, 'EEXIST\na.log.1,taken\n');
  assert.equal(readFileSync(`${path}/taken`, 'utf8'), 'other');
});

test('a writer that makes its log anew during a move keeps the new one', async t => {
  const path = aFolder(t);
  const folder = await diskOf(canReachByHandle() ? 'by handle' : 'by path').openFolder(path);
  t.after(() => folder.close());
  for (let round = 0; round < 30; round += 1) {
    writeFileSync(`${path}/a`, `old ${round}`);
    const move = folder.move('a', folder, `a.${round}`);
    // Takes the old name away and puts a new file there, at whatever point of the move.
    const writer = (async () => {
      await new Promise(resolve => setImmediate(resolve));
      writeFileSync(`${path}/.new`, 'new');
      renameSync(`${path}/.new`, `${path}/a`);
    })();
    const moved = await move.then(
      () => true,
      error => {
        // link(2) itself says ENOENT of a file that loses its last name while it is at it.
        assert.ok(isTrouble(error, 'ESTALE', 'ENOENT'), String(error));
        return false;
      },
    );
    await writer;
    if (moved) assert.equal(readFileSync(`${path}/a.${round}`, 'utf8').length > 0, true);
    if (existsSync(`${path}/a`)) unlinkSync(`${path}/a`);
  }
});
