import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type Block, blocksOf } from '../../src/codec/blocks.ts';

async function all(chunks: readonly Uint8Array[], size: number): Promise<Block[]> {
  return Array.fromAsync(blocksOf(chunks, size));
}

test('blocks are full but the last, which alone is marked, and joined they are the input', async () => {
  const chunksOf = fc.array(fc.uint8Array({ maxLength: 40 }), { maxLength: 12 });
  await fc.assert(
    fc.asyncProperty(chunksOf, fc.integer({ min: 1, max: 24 }), async (chunks, size) => {
      const blocks = await all(chunks, size);
      assert.deepEqual(Buffer.concat(blocks.map(block => block.bytes)), Buffer.concat(chunks));
      assert.deepEqual(
        blocks.map(block => block.last),
        blocks.map((_, index) => index === blocks.length - 1),
      );
      for (const block of blocks.slice(0, -1)) assert.equal(block.bytes.length, size);
      const last = blocks.at(-1)?.bytes.length ?? -1;
      assert.ok(last <= size && (last > 0 || blocks.length === 1));
    }),
    { seed: 11 },
  );
});

test('a chunk that holds a whole block is not copied', async () => {
  const chunk = Buffer.alloc(100);
  const blocks = await all([chunk], 50);
  assert.deepEqual(
    blocks.map(block => [block.bytes.buffer === chunk.buffer, block.bytes.length, block.last]),
    [
      [true, 50, false],
      [true, 50, true],
    ],
  );
});
