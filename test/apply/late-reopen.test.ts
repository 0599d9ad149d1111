// A writer that reopens late: the generation is not compressed while it still writes there, and is by the
// first round that finds it free. Through the real binary.

import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { after, test } from 'node:test';
import { compileWriter, startWriter } from '../bench/writers.ts';
import { allThere, countLines } from '../rig/numbered-lines.ts';
import { runTool } from '../rig/run-tool.ts';
import { tempTree } from '../rig/temp-tree.ts';

const place = tempTree();
after(() => place.remove());
const writer = compileWriter(place.folder);

test('what a late writer still writes to is left plain, and nothing of it is lost', {
  skip: writer === null ? 'no C compiler on this machine' : false,
}, async () => {
  using tree = tempTree({ logs: { 'a.log': '' } });
  const writing = startWriter(writer ?? '', tree.path('logs/a.log'), 10_000, 'HUP');
  using _ended = { [Symbol.dispose]: () => writing.kill() };
  tree.plant({
    'p.conf': `${tree.path('logs/a.log')} {
      size 1G
      rotate 1000
      compress
      nocreate
      missingok
    }\n`,
  });
  const policy = ['--state-dir', tree.path('state'), tree.path('p.conf')];
  const names = () => readdirSync(tree.path('logs')).sort();
  const rotated = await runTool(['apply', '--force', ...policy]);
  assert.equal(rotated.code, 0, rotated.stderr);
  assert.match(
    rotated.stdout + rotated.stderr,
    /still written to by writer|written to while it was compressed/,
  );
  assert.ok(names().includes('a.log.1'), names().join(' '));
  const again = await runTool(['apply', ...policy]);
  assert.equal(again.code, 0, again.stderr);
  assert.ok(names().includes('a.log.1'), names().join(' '));
  process.kill(writing.pid, 'SIGHUP');
  await until(() => names().includes('a.log'));
  await until(async () => {
    const round = await runTool(['apply', ...policy]);
    assert.equal(round.code, 0, round.stderr);
    return names().includes('a.log.1.gz') && !names().includes('a.log.1');
  });
  const lines = await writing.stop();
  const read = await runTool(['cat', tree.path('logs/a.log')]);
  assert.equal(read.code, 0, read.stderr);
  assert.deepEqual(await countLines(chunksOf(read.stdout), lines), allThere);
});

async function* chunksOf(text: string): AsyncGenerator<Uint8Array> {
  yield Buffer.from(text);
}

async function until(isSo: () => boolean | Promise<boolean>): Promise<void> {
  const end = performance.now() + 20_000;
  while (!(await isSo())) {
    if (performance.now() > end) throw new Error('not within 20 s');
    await new Promise(resolve => setTimeout(resolve, 20));
  }
}
