import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import path from 'node:path';
import { test } from 'node:test';
import { readPressure, shareIn } from '../../src/world/pressure.ts';

test("the kernel's figure is that of the last ten seconds in which some waited", () => {
  const text =
    'some avg10=35.23 avg60=21.96 avg300=14.33 total=4201496299\nfull avg10=1.00 avg60=0.00 avg300=0.00 total=0\n';
  assert.equal(shareIn(text), 35.23);
  assert.equal(shareIn(''), null);
  assert.equal(shareIn('full avg10=1.00 avg60=0.00'), null);
});

test('this machine tells both figures or none', async () => {
  const found = await readPressure();
  if (found === null) return;
  for (const share of [found.cpu, found.memory]) assert.ok(share >= 0 && share <= 100, `${share}`);
});

const module = path.join(import.meta.dirname, '../../src/world/low-priority.ts');

/** In a process of its own: a priority that was given away cannot be taken back. */
const program = `
  const { getPriority } = await import('node:os');
  const { readdir, readFile } = await import('node:fs/promises');
  const { lowerPoolThreads } = await import(${JSON.stringify(module)});
  const before = getPriority();
  await readdir('/');
  const lowered = await lowerPoolThreads();
  const workers = [];
  for (const thread of await readdir('/proc/self/task'))
    if ((await readFile('/proc/self/task/' + thread + '/comm', 'utf8')).trim() === 'libuv-worker') workers.push(getPriority(Number(thread)));
  console.log(JSON.stringify({ before, main: getPriority(), lowered, workers }));
`;

test('only the threads of the pool are lowered', {
  skip: process.platform !== 'linux' && 'needs Linux',
}, () => {
  const said = execFileSync(process.execPath, ['--input-type=module', '-e', program], { encoding: 'utf8' });
  const { before, main, lowered, workers } = JSON.parse(said);
  assert.equal(main, before);
  assert.ok(lowered > 0);
  assert.deepEqual(
    workers,
    workers.map(() => 10),
  );
});
