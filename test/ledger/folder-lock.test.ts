// Folder locks: one logmill to a folder, freed when its holder dies.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { lockFolder, runtimeFolderOf } from '../../src/ledger/folder-lock.ts';
import { thisMachine } from '../../src/world/this-machine.ts';
import { isTrouble } from '../../src/world/trouble.ts';
import type { World } from '../../src/world/world.ts';
import { tempFolder } from './rig.ts';

const world = thisMachine();
let runtime = '';

beforeEach(() => {
  runtime = tempFolder();
});

afterEach(() => fs.rmSync(runtime, { recursive: true, force: true }));

test('the second to ask for a folder is told who holds it; another folder is free; released, it is free', async () => {
  const first = await lockFolder('11:100:8', world, runtime);
  assert.ok('release' in first);
  // A birth time does not make it another folder.
  assert.deepEqual(await lockFolder('11:none:8', world, runtime), { heldBy: process.pid });
  const other = await lockFolder('12:100:8', world, runtime);
  assert.ok('release' in other);
  await first.release();
  const again = await lockFolder('11:100:8', world, runtime);
  assert.ok('release' in again);
  await again.release();
  await other.release();
});

test('a lock whose holder was killed is free at once', async () => {
  const child = spawn(process.execPath, [path.join(import.meta.dirname, 'locking-child.ts'), runtime], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = once(child, 'exit');
  try {
    await once(child.stdout, 'data');
    assert.deepEqual(await lockFolder('11:100:8', world, runtime), { heldBy: child.pid });
  } finally {
    child.kill('SIGKILL');
    await ended;
  }
  const lock = await lockFolder('11:100:8', world, runtime);
  assert.ok('release' in lock);
  await lock.release();
});

test('a runtime folder that others can write to is refused', async () => {
  fs.chmodSync(runtime, 0o777);
  await assert.rejects(lockFolder('11:100:8', world, runtime), error => isTrouble(error, 'EUNSAFE'));
});

test('locks stand in /run for root, else where the session or the machine keeps what does not last', () => {
  const as = (uid: number): World => ({ ...world, host: { ...world.host, uid } });
  assert.match(runtimeFolderOf(as(0), { XDG_RUNTIME_DIR: runtime }), /^(\/var)?\/run\/logmill$/);
  assert.equal(runtimeFolderOf(as(1000), { XDG_RUNTIME_DIR: runtime }), `${runtime}/logmill`);
  assert.match(runtimeFolderOf(as(1000), {}), /\/logmill-1000$/);
  assert.match(runtimeFolderOf(as(1000), { XDG_RUNTIME_DIR: `${runtime}/none` }), /\/logmill-1000$/);
});
