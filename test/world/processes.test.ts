import assert from 'node:assert/strict';
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync, renameSync, unlinkSync, writeFileSync } from 'node:fs';
import { type TestContext, test } from 'node:test';
import type { FileId } from '../../src/units/identity.ts';
import { look } from '../../src/world/look.ts';
import { parseLsof, sharedMountPoints } from '../../src/world/lsof-census.ts';
import { isShared, parseMounts } from '../../src/world/mounts.ts';
import { blindness } from '../../src/world/proc-census.ts';
import { processesBy } from '../../src/world/processes.ts';
import { wantedFiles } from '../../src/world/wanted.ts';
import { aFolder } from './temp.ts';

const hasProcfs = process.platform === 'linux';
const skipProcfs = !hasProcfs && 'no procfs here';
const hasLsof = spawnSync('lsof', ['-v']).status === 0;
const hasPython = spawnSync('python3', ['-c', '']).status === 0;

const idOf = (path: string): FileId => look.stat(path)?.id ?? assert.fail(`${path} is not there`);

/** A shell that opens files as told, says so, and keeps them until the test ends. */
async function aHolder(t: TestContext, script: string, path: string, program = 'sh'): Promise<ChildProcess> {
  const holder = spawn(program, ['-c', script, path, path], { stdio: ['pipe', 'pipe', 'inherit'] });
  t.after(() => holder.kill('SIGKILL'));
  await once(holder.stdout, 'data');
  return holder;
}

test('who writes, who appends and who reads is told with position and name', {
  skip: skipProcfs,
}, async t => {
  const path = `${aFolder(t)}/a.log`;
  writeFileSync(path, '0123456789');
  const holder = await aHolder(
    t,
    'exec 3>>"$1" 4<>"$1" 5<"$1"; printf abc >&3; read x <&5; echo ready; read x',
    path,
  );
  const { holders } = await processesBy('procfs').census(new Set([idOf(path)]));
  const seen = holders.get(idOf(path)) ?? [];
  assert.deepEqual([...new Set(seen.map(one => one.pid))], [holder.pid]);
  const told = seen.map(({ access, append, position }) => ({ access, append, position }));
  assert.deepEqual(
    told.sort((a, b) => Number(a.position) - Number(b.position) || a.access.localeCompare(b.access)),
    [
      { access: 'write', append: false, position: 0 },
      { access: 'read', append: false, position: 13 },
      { access: 'write', append: true, position: 13 },
    ],
  );
  assert.equal(seen[0]?.name, readFileSync(`/proc/${holder.pid}/comm`, 'utf8').trim());
});

test('a holder is found after its file was renamed and after it was deleted', {
  skip: skipProcfs,
}, async t => {
  const folder = aFolder(t);
  writeFileSync(`${folder}/a.log`, '');
  const id = idOf(`${folder}/a.log`);
  await aHolder(t, 'exec 3>>"$1"; echo ready; read x', `${folder}/a.log`);
  renameSync(`${folder}/a.log`, `${folder}/a.log.1`);
  writeFileSync(`${folder}/a.log`, '');
  const fresh = idOf(`${folder}/a.log`);
  const { holders } = await processesBy('procfs').census(new Set([id, fresh]));
  assert.deepEqual([...holders.keys()], [id]);
  unlinkSync(`${folder}/a.log.1`);
  assert.equal((await processesBy('procfs').census(new Set([id]))).holders.get(id)?.length, 1);
});

test('an inode that was given to another file is not taken for the first', { skip: skipProcfs }, async t => {
  const path = `${aFolder(t)}/a.log`;
  writeFileSync(path, '');
  await aHolder(t, 'exec 3>>"$1"; echo ready; read x', path);
  const [inode, birth, device] = idOf(path).split(':');
  if (birth === 'none') return t.skip('this file system keeps no birth times');
  const { holders } = await processesBy('procfs').census(
    new Set([`${inode}:${Number(birth) - 4096}:${device}`]),
  );
  assert.equal(holders.size, 0);
});

test('we ourselves are no holder, and who has let go is none either', { skip: skipProcfs }, async t => {
  const path = `${aFolder(t)}/a.log`;
  writeFileSync(path, '');
  const fd = openSync(path, 'a');
  t.after(() => closeSync(fd));
  const holder = await aHolder(t, 'exec 3>>"$1"; echo ready; read x', path);
  const ids = new Set([idOf(path)]);
  assert.deepEqual(
    (await processesBy('procfs').census(ids)).holders.get(idOf(path))?.map(one => one.pid),
    [holder.pid],
  );
  holder.kill('SIGKILL');
  await once(holder, 'exit');
  assert.equal((await processesBy('procfs').census(ids)).holders.size, 0);
});

test('a file that is only mapped for writing is held too', {
  skip: skipProcfs || (!hasPython && 'no python3'),
}, async t => {
  const path = `${aFolder(t)}/a.log`;
  writeFileSync(path, 'x'.repeat(4096));
  const script = `
import mmap, os, sys
fd = os.open(sys.argv[1], os.O_RDWR)
m = mmap.mmap(fd, 0)
os.close(fd)
if hasattr(m, 'madvise'): pass
for n in os.listdir('/proc/self/fd'):
    try:
        if os.readlink('/proc/self/fd/' + n) == sys.argv[1]: os.close(int(n))
    except OSError: pass
print('ready', flush=True)
sys.stdin.readline()
`;
  const holder = await aHolder(t, script, path, 'python3');
  const { holders } = await processesBy('procfs').census(new Set([idOf(path)]));
  assert.deepEqual(
    holders.get(idOf(path))?.map(({ pid, access, append }) => [pid, access, append]),
    [[holder.pid, 'write', false]],
  );
});

test('nobody asked for is nobody found, completely', async () => {
  assert.deepEqual(await processesBy('procfs').census(new Set()), {
    complete: true,
    blind: null,
    holders: new Map(),
  });
});

test('complete and blind never say different things', { skip: skipProcfs }, async t => {
  const path = `${aFolder(t)}/a.log`;
  writeFileSync(path, '');
  const census = await processesBy('procfs').census(new Set([idOf(path)]));
  assert.equal(census.complete, census.blind === null);
  if (process.geteuid?.() !== 0) assert.equal(census.complete, false);
});

test('what keeps the census from knowing is said in words', () => {
  const all = { namespace: 'pid:[4026531836]', denied: 0, isLate: false, types: ['ext4', 'tmpfs'] };
  assert.equal(blindness(all), null);
  assert.match(blindness({ ...all, namespace: 'pid:[4026532000]' }) ?? '', /PID namespace of its own/);
  assert.equal(blindness({ ...all, denied: 1 }), 'one process may not be looked into');
  assert.equal(blindness({ ...all, denied: 7 }), '7 processes may not be looked into');
  assert.match(blindness({ ...all, isLate: true }) ?? '', /does not answer/);
  assert.equal(blindness({ ...all, types: ['ext4', 'nfs4'] }), 'other machines may hold files on nfs4');
});

test('file systems are known by device, and which are shared with other machines', () => {
  const mounts = parseMounts(
    [
      '22 27 0:21 / /proc rw,relatime - proc proc rw',
      '27 1 254:0 / / rw,relatime shared:1 master:2 - ext4 /dev/vda rw',
      '90 27 0:300 / /srv/my\\040logs rw shared:9 - nfs4 srv:/logs rw,vers=4.2',
      '',
    ].join('\n'),
  );
  assert.deepEqual(mounts, [
    { id: '22', device: '21', type: 'proc' },
    { id: '27', device: '65024', type: 'ext4' },
    { id: '90', device: String(0x10002c), type: 'nfs4' },
  ]);
  for (const type of ['nfs', 'nfs4', 'cifs', 'fuse.sshfs', 'fuse', '9p', 'virtiofs'])
    assert.ok(isShared(type), type);
  for (const type of ['ext4', 'xfs', 'btrfs', 'tmpfs', 'overlay', 'fuseblk', 'zfs'])
    assert.ok(!isShared(type), type);
});

test("lsof's fields are read, ours and files of no interest left out", () => {
  const wanted = wantedFiles(new Set(['11:5:16777220', '12:none:16777220']));
  const output = [
    ...[
      'p100',
      'cnginx',
      'f3',
      'aw',
      'D0x1000004',
      'i11',
      'f4',
      'aw',
      'D0x1000004',
      'i11',
      'f5',
      'au',
      'D0x1000004',
      'i99',
    ],
    ...[
      'p200',
      'ctail',
      'fcwd',
      'a ',
      'D0x1000004',
      'i12',
      'f3',
      'ar',
      'D0x1000004',
      'i12',
      'f4',
      'au',
      'i11',
    ],
    ...['p300', 'cnode', 'f3', 'aw', 'D0x1000004', 'i11'],
    ...['p400', 'cother', 'fNOFD', ''],
  ].join('\n');
  const { holders, denied } = parseLsof(output, wanted, 300);
  assert.equal(denied, 1);
  assert.deepEqual(Object.fromEntries(holders), {
    '11:5:16777220': [{ pid: 100, name: 'nginx', access: 'write', append: null, position: null }],
    '12:none:16777220': [{ pid: 200, name: 'tail', access: 'read', append: null, position: null }],
  });
});

test('network mounts of macOS are found in what mount(8) prints', () => {
  const mounts = [
    '/dev/disk3s1s1 on / (apfs, sealed, local, read-only, journaled)',
    'devfs on /dev (devfs, local, nobrowse)',
    'map auto_home on /System/Volumes/Data/home (autofs, automounted, nobrowse)',
    '//me@srv/logs on /Volumes/my logs (smbfs, nodev, nosuid)',
  ];
  assert.deepEqual(sharedMountPoints(mounts.join('\n')), ['/Volumes/my logs']);
});

test('lsof finds a real writer', { skip: !hasLsof && 'no lsof here' }, async t => {
  const path = `${aFolder(t)}/a.log`;
  writeFileSync(path, '');
  const holder = await aHolder(t, 'exec 3>>"$1"; echo ready; read x', path);
  const { holders } = await processesBy('lsof').census(new Set([idOf(path)]));
  const seen = holders.get(idOf(path))?.map(({ pid, access, append }) => [pid, access, append]);
  assert.deepEqual(seen, [[holder.pid, 'write', null]]);
});
