// Joined archives on a real disk: every byte is in them, in order, for logmill and for everybody
// else's tools; what is cut off is gone and the rest is as it was.

import assert from 'node:assert/strict';
import { appendFileSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { indexLength } from '../../src/codec/joined.ts';
import { day } from '../rig/build.ts';
import { apply, aSite } from '../rig/plans.ts';
import { age, aTree, at, contentOf, names, partsOf, planIn, readByOthers, wholeOf } from './joined.ts';

const weekly = 'rotate -1\ncompact weekly';

for (const [what, policy, ending] of [
  ['zstd', weekly, 'zst'],
  ['gzip', `${weekly}\ncompactcmd gzip`, 'gz'],
  ['zstd of one level', `${weekly}\ncompresscmd zstd\ncompressoptions high`, 'zst'],
] as const)
  for (const source of ['gz', 'zst'] as const)
    test(`${source} archives joined by ${what} are read to the byte by zcat and zstd -dc`, async () => {
      using tree = aTree(() => source);
      const planning = await planIn(tree, policy);
      const { results } = await apply(planning.plan);
      assert.deepEqual(results, ['done']);
      const joined = `a.log-2026-W46.${ending}`;
      const kept = [1, 2, 3, 4, 5, 6].map(number => `a.log.${number}.${source}`);
      assert.deepEqual(names(tree), ['a.log', joined, ...kept]);
      assert.deepEqual(readByOthers(await planIn(tree, policy)), wholeOf(12));
      const sizes = [12, 11, 10, 9, 8, 7].map(number => contentOf(number).length);
      assert.deepEqual(partsOf(tree.path(joined)), { said: sizes, found: sizes });
      assert.equal(statSync(tree.path(joined)).mtimeMs, at - 7 * day);
    });

test('joined archives are seen with each generation inside, and nothing more is to be done', async () => {
  using tree = aTree();
  const first = await planIn(tree, weekly);
  await apply(first.plan);
  const again = await planIn(tree, weekly);
  assert.deepEqual(again.plan.steps, []);
  const joined = again.expected[0]?.generations.at(-1);
  assert.deepEqual(
    joined?.inside?.map(({ rotated }) => (at - rotated) / day),
    [12, 11, 10, 9, 8, 7],
  );
  assert.equal(joined?.rotated, at - 7 * day);
});

test('gzip members are joined as they are, byte for byte', async () => {
  using tree = aTree();
  const members = [12, 11].map(number => readFileSync(tree.path(`a.log.${number}.gz`)));
  const planning = await planIn(tree, `${weekly}\ncompactcmd gzip`);
  await apply(planning.plan);
  const joined = readFileSync(tree.path('a.log-2026-W46.gz'));
  assert.ok(joined.includes(Buffer.concat(members)));
});

test('a gzip file of two members and one with padding behind its end are packed anew', async () => {
  using tree = aTree();
  const [one, two] = [gzipSync('one\n'), gzipSync('two\n')];
  writeFileSync(tree.path('a.log.8.gz'), Buffer.concat([one, two]));
  writeFileSync(tree.path('a.log.10.gz'), Buffer.concat([gzipSync('padded\n'), Buffer.alloc(512)]));
  for (const number of [8, 10]) age(tree.path(`a.log.${number}.gz`), number);
  const policy = `${weekly}\ncompactcmd gzip`;
  const { results } = await apply((await planIn(tree, policy)).plan);
  assert.deepEqual(results, ['done']);
  const expected = [12, 11, 10, 9, 8, 7].map(number =>
    number === 8 ? Buffer.from('one\ntwo\n') : number === 10 ? Buffer.from('padded\n') : contentOf(number),
  );
  assert.deepEqual(readByOthers(await planIn(tree, policy)), Buffer.concat([...expected, wholeOf(6)]));
});

for (const codec of ['zstd', 'gzip'] as const)
  test(`what is let go is cut off the front in ${codec}, and the rest is copied as it is`, async () => {
    using tree = aTree();
    const policy = `compact weekly\ncompactcmd ${codec}`;
    await apply((await planIn(tree, `rotate -1\n${policy}`)).plan);
    const joined = tree.path(codec === 'zstd' ? 'a.log-2026-W46.zst' : 'a.log-2026-W46.gz');
    const before = readFileSync(joined);
    const cut = await planIn(tree, `rotate 9\n${policy}`);
    assert.deepEqual(
      cut.plan.steps.map(({ kind }) => kind),
      ['compact'],
    );
    const { outcomes } = await apply(cut.plan);
    const outcome = outcomes.get(1);
    assert.ok(outcome?.result === 'done');
    assert.deepEqual(outcome.footprint.before.apparent, before.length);
    assert.deepEqual(outcome.footprint.after.apparent, statSync(joined).size);
    assert.deepEqual(readByOthers(await planIn(tree, `rotate 9\n${policy}`)), wholeOf(9));
    const after = readFileSync(joined);
    const rest = after.subarray(indexLength(codec, 3));
    assert.ok(rest.length > 50 && before.includes(rest), 'the rest is copied');
    assert.deepEqual((await planIn(tree, `rotate 9\n${policy}`)).plan.steps, []);
    await apply((await planIn(tree, `rotate 6\n${policy}`)).plan);
    assert.deepEqual(readByOthers(await planIn(tree, `rotate 6\n${policy}`)), wholeOf(6));
  });

for (const [first, then, ending] of [
  ['zstd', 'zstd', 'zst'],
  ['gzip', 'gzip', 'gz'],
  ['gzip', 'zstd', 'zst'],
] as const)
  test(`what comes late is added to the archive of its period: ${first}, then ${then}`, async () => {
    using tree = aTree();
    const late = readFileSync(tree.path('a.log.7.gz'));
    rmSync(tree.path('a.log.7.gz'));
    await apply((await planIn(tree, `${weekly}\ncompactcmd ${first}`)).plan);
    writeFileSync(tree.path('a.log.7.gz'), late);
    age(tree.path('a.log.7.gz'), 7);
    const policy = `${weekly}\ncompactcmd ${then}`;
    const { results } = await apply((await planIn(tree, policy)).plan);
    assert.deepEqual(results, ['done']);
    const joined = names(tree).filter(name => name.includes('W46'));
    assert.deepEqual(joined, [`a.log-2026-W46.${ending}`]);
    assert.deepEqual(readByOthers(await planIn(tree, policy)), wholeOf(12));
    assert.deepEqual((await planIn(tree, policy)).plan.steps, []);
  });

test('a damaged source fails the step, names itself, and everything stays', async () => {
  using tree = aTree();
  const archive = tree.path('a.log.9.gz');
  const bytes = readFileSync(tree.path('a.log.8.gz'));
  writeFileSync(archive, bytes.subarray(0, bytes.length - 9));
  age(archive, 9);
  const before = names(tree);
  const { outcomes } = await apply((await planIn(tree, weekly)).plan);
  const outcome = outcomes.get(1);
  assert.ok(outcome?.result === 'failed' && outcome.code === 'EDAMAGED', JSON.stringify(outcome));
  assert.deepEqual(names(tree), before);
});

test('a source that changes before the step begins makes it stale, and everything stays', async () => {
  using tree = aTree();
  const { plan } = await planIn(tree, weekly);
  appendFileSync(tree.path('a.log.9.gz'), 'x');
  const before = names(tree);
  const { results } = await apply(plan);
  assert.deepEqual(results, ['stale']);
  assert.deepEqual(names(tree), before);
});

test('a name that somebody takes meanwhile is left to him', async () => {
  using tree = aTree();
  const { plan } = await planIn(tree, weekly);
  tree.plant({ 'a.log-2026-W46.zst': 'mine' });
  const { results } = await apply(plan);
  assert.deepEqual(results, ['stale']);
  assert.equal(readFileSync(tree.path('a.log-2026-W46.zst'), 'utf8'), 'mine');
  assert.equal(names(tree).length, 14);
});

test('a joined archive that is cut short is not taken for a whole one', async () => {
  using tree = aTree();
  await apply((await planIn(tree, weekly)).plan);
  const joined = tree.path('a.log-2026-W46.zst');
  const { size } = statSync(joined);
  truncateSync(joined, size - 30);
  age(joined, 7);
  const { plan, expected } = await planIn(tree, 'rotate 8\ncompact weekly');
  // It counts as one, and nothing is cut off what cannot be trusted.
  assert.deepEqual(plan.steps, []);
  assert.equal(expected[0]?.generations.at(-1)?.inside, undefined);
});

test('preremove and shred see every source', async () => {
  using tree = aTree();
  const policy = `${weekly}\npreremove\nbasename "$1" >> ${tree.path('gone')}\nendscript`;
  const planning = await planIn(tree, policy);
  const { results } = await apply(
    planning.plan,
    aSite({ scripts: () => `basename "$1" >> ${tree.path('gone')}\n` }),
  );
  assert.deepEqual(new Set(results), new Set(['done']));
  const gone = readFileSync(tree.path('gone'), 'utf8').trim().split('\n').sort();
  assert.deepEqual(
    gone,
    [10, 11, 12, 7, 8, 9].map(number => `a.log.${number}.gz`),
  );
  assert.deepEqual(readByOthers(await planIn(tree, weekly)), wholeOf(12));
});

for (const [what, policy] of [
  ['packed anew', weekly],
  ['copied with their seek tables', `${weekly}\ncompresscmd zstd\ncompressoptions fast\ncompactoptions fast`],
  ['as gzip members', `${weekly}\ncompactcmd gzip\ncompactoptions -1`],
] as const)
  test(`generations of several blocks are joined and read back: ${what}`, async () => {
    using tree = aTree();
    // Plain ones first, so that logmill's own archives of many frames are what is joined.
    const large = (number: number) =>
      Buffer.from(`${number} of many lines, ${'x'.repeat(number)}\n`.repeat(150_000 - number));
    for (const number of [8, 10]) {
      rmSync(tree.path(`a.log.${number}.gz`));
      writeFileSync(tree.path(`a.log.${number}`), large(number));
      age(tree.path(`a.log.${number}`), number);
    }
    const { results } = await apply((await planIn(tree, policy)).plan);
    assert.deepEqual(results, ['done', 'done', 'done']);
    const expected = [12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1].map(number =>
      [8, 10].includes(number) ? large(number) : contentOf(number),
    );
    const found = readByOthers(await planIn(tree, policy));
    assert.ok(found.equals(Buffer.concat(expected)));
    // Cut in the middle of the large ones: the rest is still whole.
    await apply((await planIn(tree, policy.replace('rotate -1', 'rotate 9'))).plan);
    assert.ok(readByOthers(await planIn(tree, policy)).equals(Buffer.concat(expected.slice(3))));
  });
