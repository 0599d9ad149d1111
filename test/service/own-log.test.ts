import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { PassThrough, Writable } from 'node:stream';
import { test } from 'node:test';
import { type OwnLogOptions, openOwnLog } from '../../src/service/own-log.ts';
import { type TempTree, tempTree } from '../rig/temp-tree.ts';
import { until } from './rig.ts';

function collector(): Writable & { text(): string } {
  const stream = new PassThrough();
  let text = '';
  stream.on('data', chunk => {
    text += String(chunk);
  });
  return Object.assign(stream, { text: () => text });
}

const options = (more: Pick<OwnLogOptions, 'to'> & Partial<OwnLogOptions>): OwnLogOptions => ({
  level: 'info',
  zone: 'UTC',
  fallback: collector(),
  ...more,
});

const lines = (path: string): Record<string, unknown>[] =>
  readFileSync(path, 'utf8')
    .split('\n')
    .filter(line => line !== '')
    .map(line => JSON.parse(line));

test('to a pipe it is one JSON object a line, time in ISO 8601, level a word', async () => {
  const stream = collector();
  const log = openOwnLog(options({ to: { stream, as: 'json' } }));
  log.write('info', { run: 'p1', duration_ms: 38 }, 'plan applied');
  log.write('debug', {}, 'not asked for');
  await log.end();
  const { time, ...rest } = JSON.parse(stream.text());
  assert.match(time, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
  assert.deepEqual(rest, { level: 'info', run: 'p1', duration_ms: 38, msg: 'plan applied' });
});

test('to a terminal it is a line for a person', async () => {
  const stream = collector();
  const log = openOwnLog(options({ to: { stream, as: 'lines' } }));
  log.write('warn', { hint: 'do this' }, 'something is odd');
  await log.end();
  assert.match(stream.text(), /^\d\d:\d\d:\d\d warn: something is odd \(do this\)\n$/);
});

test('a reader that goes away ends nothing', async () => {
  const stream = new Writable({
    write: (_chunk, _encoding, done) => done(Object.assign(new Error('write EPIPE'), { code: 'EPIPE' })),
  });
  const log = openOwnLog(options({ to: { stream, as: 'json' } }));
  log.write('info', {}, 'one');
  await until(() => stream.destroyed, 'the pipe is broken');
  log.write('info', {}, 'two');
  await log.end();
});

test('a file is rotated by its own cap, and no line is split or lost', async () => {
  using tree = tempTree();
  const log = openOwnLog(options({ to: { file: tree.path('logmill.log'), cap: 4096, keep: 20 } }));
  for (let count = 0; count < 300; count += 1) {
    log.write('info', { count, filler: 'x'.repeat(100) }, 'a line');
    if (count % 20 === 0) await until(() => tree.found()['logmill.log'] !== undefined, 'the file is there');
  }
  await log.end();
  const files = Object.keys(tree.found());
  assert.ok(files.length > 1, files.join());
  const counts = files.flatMap(name => lines(tree.path(name)).map(line => line.count));
  assert.deepEqual(
    counts.sort((a, b) => Number(a) - Number(b)),
    Array.from({ length: 300 }, (_, count) => count),
  );
});

test('after it was moved away, reopening goes on under its name', async () => {
  using tree = tempTree();
  const file = tree.path('logmill.log');
  const log = openOwnLog(options({ to: { file, cap: 1_000_000, keep: 2 } }));
  log.write('info', {}, 'before');
  await until(() => readOr(file).includes('before'), 'the file is there');
  renameSync(file, tree.path('away.log'));
  log.write('info', {}, 'still before');
  await log.reopen();
  log.write('info', {}, 'after');
  await log.end();
  assert.deepEqual(
    lines(tree.path('away.log')).map(line => line.msg),
    ['before', 'still before'],
  );
  assert.deepEqual(
    lines(file).map(line => line.msg),
    ['after'],
  );
});

test('what is written after the end is not taken', async () => {
  using tree = tempTree();
  const file = tree.path('logmill.log');
  const log = openOwnLog(options({ to: { file, cap: 1_000_000, keep: 2 } }));
  log.write('info', {}, 'last');
  await log.end();
  log.write('info', {}, 'too late');
  await log.end();
  assert.deepEqual(
    lines(file).map(line => line.msg),
    ['last'],
  );
});

test('while the file cannot be written lines go to the fallback, and into the file once it can', async () => {
  using tree = tempTree({ blocked: '' });
  const fallback = collector();
  const file = tree.path('blocked/logmill.log');
  const log = openOwnLog(options({ to: { file, cap: 1_000_000, keep: 2 }, fallback, pause: 20 }));
  log.write('info', {}, 'one');
  await until(() => fallback.text().includes('"one"'), 'the line is on the fallback');
  log.write('info', {}, 'two');
  assert.match(fallback.text(), /^logmill: cannot write .*blocked\/logmill\.log: /);
  rmSync(tree.path('blocked'));
  await until(() => readOr(file).includes('"two"'), 'the file has it');
  log.write('info', {}, 'three');
  await log.end();
  assert.deepEqual(
    lines(file).map(line => line.msg),
    ['one', 'two', 'three'],
  );
  assert.ok(!fallback.text().includes('three'));
});

test('of what waits for a broken file the newest thousand lines stay, and what went is counted', async () => {
  using tree = tempTree({ blocked: '' });
  const file = tree.path('blocked/logmill.log');
  const fallback = collector();
  const log = openOwnLog(options({ to: { file, cap: 10_000_000, keep: 2 }, fallback, pause: 20 }));
  log.write('info', {}, 'first');
  await until(() => fallback.text() !== '', 'it is broken');
  for (let count = 0; count < 1500; count += 1) log.write('info', { count }, 'a line');
  rmSync(tree.path('blocked'));
  await until(() => readOr(file) !== '', 'the file is there');
  await log.end();
  const found = lines(file);
  assert.equal(found[0]?.msg, '501 lines lost');
  assert.equal(found.at(-1)?.count, 1499);
  assert.equal(found.length, 1001);
});

test('it outlives a full disk', {
  skip:
    process.getuid?.() === 0 && process.platform === 'linux'
      ? false
      : 'mounting a small tmpfs needs root on Linux',
}, async () => {
  using tree = tempTree({ small: {} });
  using mounted = mountSmall(tree);
  const file = `${mounted.folder}/logmill.log`;
  const fallback = collector();
  const log = openOwnLog(options({ to: { file, cap: 10_000_000, keep: 2 }, fallback, pause: 20 }));
  log.write('info', {}, 'before');
  await until(() => readOr(file).includes('before'), 'the file is there');
  fill(`${mounted.folder}/ballast`);
  for (let count = 0; count < 50; count += 1)
    log.write('info', { count, filler: 'y'.repeat(1000) }, 'while full');
  await until(() => fallback.text().includes('ENOSPC'), 'the disk is full');
  rmSync(`${mounted.folder}/ballast`);
  log.write('info', {}, 'after');
  await until(() => readOr(file).includes('"after"'), 'it writes again');
  await log.end();
  const whole = readFileSync(file, 'utf8')
    .split('\n')
    .filter(isJson)
    .map(line => JSON.parse(line));
  const counts = new Set(whole.map(line => line.count).filter(count => count !== undefined));
  assert.equal(counts.size, 50);
  assert.equal(whole[0].msg, 'before');
  assert.equal(whole.at(-1).msg, 'after');
});

function mountSmall(tree: TempTree): Disposable & { readonly folder: string } {
  const folder = tree.path('small');
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=300k', 'tmpfs', folder]);
  return { folder, [Symbol.dispose]: () => execFileSync('umount', ['-l', folder]) };
}

function fill(path: string): void {
  for (let size = 256 * 1024; size >= 512; size /= 2) {
    try {
      writeFileSync(path, Buffer.alloc(size), { flag: 'a' });
    } catch (error) {
      assert.equal((error as NodeJS.ErrnoException).code, 'ENOSPC');
    }
  }
  assert.ok(statSync(path).size > 0);
}

function readOr(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

function isJson(line: string): boolean {
  return line.startsWith('{') && line.endsWith('}');
}
