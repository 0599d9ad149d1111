import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { homedir, userInfo } from 'node:os';
import { test } from 'node:test';
import { isZone } from '../../src/units/calendar.ts';
import { parseAccounts } from '../../src/world/accounts.ts';
import { systemClock } from '../../src/world/clock.ts';
import { thisHost } from '../../src/world/host.ts';
import { thisMachine } from '../../src/world/this-machine.ts';
import { isTrouble } from '../../src/world/trouble.ts';

test('TZ is the zone, and what is no zone is trouble at the start', () => {
  for (const tz of ['Europe/Berlin', ':Asia/Tokyo', 'CET-1CEST,M3.5.0,M10.5.0/3', '']) {
    assert.equal(systemClock(tz).zone, tz);
  }
  for (const tz of ['Mars/Olympus', 'CET-1CEST,M3', '+03:00']) {
    assert.throws(
      () => systemClock(tz),
      error => isTrouble(error, 'EZONE') && error.message.includes(`'${tz}'`),
    );
  }
});

test('without TZ the zone is that of the system', () => {
  const { zone } = systemClock(undefined);
  assert.ok(zone !== '' && isZone(zone));
  assert.equal(systemClock(':/etc/localtime').zone, systemClock('/etc/localtime').zone);
});

test('waiting ends with its time or with its signal, and never rejects', async () => {
  const clock = systemClock('UTC');
  const before = clock.now();
  await clock.wait(5);
  assert.ok(clock.now() - before >= 4);
  const stop = new AbortController();
  const waits = [
    clock.wait(3_600_000, stop.signal),
    clock.wait(2 ** 40, stop.signal),
    clock.wait(1e9, AbortSignal.abort()),
  ];
  stop.abort();
  await Promise.all(waits);
  await clock.wait(-5);
});

test('users and groups are found by name, digits are no number', () => {
  const host = thisHost();
  assert.equal(host.user('root'), 0);
  assert.equal(host.user(userInfo().username) ?? userInfo().uid, userInfo().uid);
  assert.equal(host.group(process.platform === 'darwin' ? 'wheel' : 'root'), 0);
  for (const name of ['0', 'no-such-user-here', '', '-x', '../root', 'a/b', 'x:y']) {
    assert.equal(host.user(name), null, name);
    assert.equal(host.group(name), null, name);
  }
  assert.equal(host.home(null), homedir());
  assert.ok(host.home('root')?.startsWith('/'));
  assert.equal(host.home('no-such-user-here'), null);
});

test('accounts are read as passwd and group write them', () => {
  const text =
    '# comment\nroot:x:0:0:root:/root:/bin/sh\nlogs:x:12:13::/var/logs:\nroot:x:9:9::/other:\nbad:x:no\n\n+nis';
  assert.deepEqual(
    [...parseAccounts(text, 'user')],
    [
      ['root', { id: 0, home: '/root' }],
      ['logs', { id: 12, home: '/var/logs' }],
    ],
  );
  assert.deepEqual([...parseAccounts('adm:x:4:a,b\n', 'group')], [['adm', { id: 4, home: null }]]);
});

test('the boot is the same for every program until the machine starts anew', () => {
  const host = thisHost();
  assert.equal(thisHost().boot, host.boot);
  assert.ok(host.boot.length > 0 && host.name.length > 0 && host.cores >= 1);
  assert.deepEqual([host.uid, host.pid], [process.geteuid?.(), process.pid]);
});

test('the whole world stands, portable or not', () => {
  for (const portable of [false, true]) {
    const world = thisMachine({ portable });
    assert.ok(world.disk.look.stat('/')?.kind === 'folder' && world.clock.now() > 0);
  }
});

test('a TZ that Node would take for UTC stops the program at its start', () => {
  const script = `const { thisMachine } = await import(${JSON.stringify(new URL('../../src/world/this-machine.ts', import.meta.url).href)});
    console.log(thisMachine().clock.zone)`;
  const run = (TZ: string) =>
    spawnSync(process.execPath, ['--input-type=module', '-e', script], {
      env: { ...process.env, TZ },
      encoding: 'utf8',
    });
  assert.equal(run('CET-1CEST,M3.5.0,M10.5.0/3').stdout, 'CET-1CEST,M3.5.0,M10.5.0/3\n');
  assert.match(run('Mars/Olympus').stderr, /TZ holds 'Mars\/Olympus', which is not a time zone/);
});
