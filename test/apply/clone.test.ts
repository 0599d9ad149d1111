// Where the file system can share blocks, the copy of a large log is a clone: no second time its bytes on
// the disk, and nothing of the log's mode but what was planned.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import {
  appendFileSync,
  chmodSync,
  mkdirSync,
  readFileSync,
  statfsSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { watchedWorld } from '../rig/crashing-world.ts';
import { aPlan, apply, aSite, live, made, madeBy, world } from '../rig/plans.ts';
import { type TempTree, tempTree } from '../rig/temp-tree.ts';

const skip = process.getuid?.() === 0 && process.platform === 'linux' ? false : 'mounts a file system';
const MiB = 1024 * 1024;
const size = 24 * MiB;

/** A file system of its own kind below a temporary tree; null where it cannot be had. */
function mounted(kind: 'btrfs' | 'xfs'): (TempTree & { readonly disk: string }) | null {
  const tree = tempTree({ image: '', disk: {} });
  const run = (program: string, ...args: readonly string[]): boolean =>
    spawnSync(program, args, { stdio: 'ignore' }).status === 0;
  const disk = tree.path('disk');
  const isThere =
    run('truncate', '-s', '320M', tree.path('image')) &&
    run(`mkfs.${kind}`, '-q', tree.path('image')) &&
    run('mount', '-o', 'loop', tree.path('image'), disk);
  const remove = () => {
    run('umount', '-l', disk);
    tree.remove();
  };
  if (isThere) return { ...tree, disk, remove, [Symbol.dispose]: remove };
  remove();
  return null;
}

/** On the disk, not in caches: so that what is free is what it says. */
function free(folder: string): number {
  spawnSync('sync', ['-f', folder]);
  const { bfree, bsize } = statfsSync(folder);
  return bfree * bsize;
}

for (const kind of ['btrfs', 'xfs'] as const) {
  test(`a log of ${size / MiB} MiB is copied and emptied on ${kind} without taking its room twice`, {
    skip,
  }, async t => {
    using tree = mounted(kind);
    if (tree === null) return t.skip(`no ${kind} can be mounted here`);
    const logs = join(tree.disk, 'logs');
    mkdirSync(logs);
    const [log, copy] = [join(logs, 'a.log'), join(logs, 'a.log.1')];
    const text = Buffer.alloc(size, 'a line that is worth keeping\n');
    writeFileSync(log, text);
    chmodSync(log, 0o6644);
    const before = free(tree.disk);
    let least = before;
    const site = aSite({
      world: watchedWorld(world, name => {
        if (name !== 'move') return;
        least = free(tree.disk);
        appendFileSync(log, 'late\n');
      }),
    });
    const { results } = await apply(
      aPlan(logs, [
        { kind: 'copy', file: live(log), to: copy, made, rotates: true },
        { kind: 'truncate', file: live(log), copy: madeBy(1, copy), method: 'tail' },
      ]),
      site,
    );
    assert.deepEqual(results, ['done', 'done']);
    assert.ok(before - least < size / 4, `${before - least} bytes more were taken`);
    assert.ok(readFileSync(copy).equals(Buffer.concat([text, Buffer.from('late\n')])));
    assert.equal(statSync(log).size, 0);
    assert.equal(statSync(copy).mode & 0o7777, made.mode);
  });
}
