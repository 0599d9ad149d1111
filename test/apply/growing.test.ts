import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Growing } from '../../src/apply/growing.ts';
import { memoryFile } from './memory-file.ts';

test('a reader gets what is written, in order, and ends with it', async () => {
  const growing = new Growing();
  const file = memoryFile(Buffer.alloc(0));
  const read = Array.fromAsync(growing.chunksOf(file));
  let written = 0;
  for (const text of ['one ', 'two ', 'three']) {
    await file.write(Buffer.from(text), written);
    written += text.length;
    growing.reach(written);
    await new Promise(setImmediate);
  }
  growing.end();
  assert.deepEqual((await read).map(String), ['one ', 'two ', 'three']);
});

test('a reader that comes late gets all of it', async () => {
  const growing = new Growing();
  const content = Buffer.alloc(3 * 2 ** 20 + 5, 'x');
  growing.reach(content.length);
  growing.end();
  const read = Buffer.concat(await Array.fromAsync(growing.chunksOf(memoryFile(content))));
  assert.ok(read.equals(content));
});

test('what went wrong for the writer ends the reader too', async () => {
  const growing = new Growing();
  const read = Array.fromAsync(growing.chunksOf(memoryFile(Buffer.alloc(0))));
  growing.fail(new Error('the disk is full'));
  await assert.rejects(read, /the disk is full/);
});
