// A log that is rotated while its files are looked for: none is missing and none is read twice.

import assert from 'node:assert/strict';
import { renameSync, rmSync, writeFileSync } from 'node:fs';
import { buffer } from 'node:stream/consumers';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { joinedParts } from '../../src/archive/cut-lines.ts';
import type { OpenLog } from '../../src/archive/read-log.ts';
import { openKept } from '../../src/cli/open-kept.ts';
import { thisMachine } from '../../src/world/this-machine.ts';
import { watchedWorld } from '../observe/watched-world.ts';
import { type TempTree, tempTree } from '../rig/temp-tree.ts';

const { look } = thisMachine().disk;
const { signal } = new AbortController();

/** What is read where `meanwhile` happens when the log's folder has just been listed. */
async function readWhile(tree: TempTree, meanwhile: (listing: number) => void): Promise<string> {
  let listings = 0;
  const after = <T>(names: T): T => {
    listings += 1;
    meanwhile(listings);
    return names;
  };
  const { world } = watchedWorld({
    look: { names: folder => after(look.names(folder)), entries: folder => after(look.entries(folder)) },
  });
  const { log } = await openKept(world, tree.path('app.log'), { signal });
  return await textOf(log);
}

async function textOf(log: OpenLog): Promise<string> {
  try {
    const parts = log.parts.map(part => ({ part, chunks: () => part.plain() }));
    return (await buffer(joinedParts(parts, (_, error) => assert.fail(error)))).toString();
  } finally {
    await log.close();
  }
}

const kept = { 'app.log.2.gz': gzipSync('one\n'), 'app.log.1': 'two\n', 'app.log': 'three\n' };

for (const [what, listings, meanwhile] of [
  [
    'its generations are shifted',
    [1, 2, 3],
    (tree: TempTree) => {
      renameSync(tree.path('app.log.2.gz'), tree.path('app.log.3.gz'));
      renameSync(tree.path('app.log.1'), tree.path('app.log.2'));
      renameSync(tree.path('app.log'), tree.path('app.log.1'));
      writeFileSync(tree.path('app.log'), '');
    },
  ],
  [
    'one of them is compressed',
    [1, 2, 3],
    (tree: TempTree) => {
      writeFileSync(tree.path('app.log.1.gz'), gzipSync('two\n'));
      rmSync(tree.path('app.log.1'));
    },
  ],
  [
    'it is copied and emptied',
    // Once it is open, reading itself says so.
    [1],
    (tree: TempTree) => {
      writeFileSync(tree.path('app.log.0'), 'three\n');
      writeFileSync(tree.path('app.log'), '');
    },
  ],
] as const)
  test(`a log is read whole though ${what} while it is looked at`, async () => {
    for (const at of listings) {
      using tree = tempTree(kept);
      assert.equal(
        await readWhile(tree, listing => {
          if (listing === at) meanwhile(tree);
        }),
        'one\ntwo\nthree\n',
        `listing ${at}`,
      );
    }
  });

test('a log that is never the same is not read at all', async () => {
  using tree = tempTree(kept);
  await assert.rejects(
    readWhile(tree, listing => writeFileSync(tree.path(`app.log.${listing + 2}`), 'another\n')),
    { code: 'ESTALE' },
  );
});

test('a log that was copied and is not emptied yet is read once it is; when it stays so, twice', async () => {
  const text = 'one\ntwo\n';
  for (const [copy, isEmptied, expected] of [
    [{ 'app.log.1': text }, true, `${text}three\n`],
    [{ 'app.log.1.gz': gzipSync(text) }, true, `${text}three\n`],
    [{ 'app.log.1': text }, false, `${text}${text}three\n`],
  ] as const) {
    using tree = tempTree({ ...copy, 'app.log': `${text}three\n` });
    const { world } = watchedWorld();
    const wait = async () => {
      if (isEmptied) writeFileSync(tree.path('app.log'), 'three\n');
    };
    const { log } = await openKept({ ...world, clock: { ...world.clock, wait } }, tree.path('app.log'), {
      signal,
    });
    assert.equal(await textOf(log), expected);
  }
});
