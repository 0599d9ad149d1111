// The line that says how far reading has come.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readingBar } from '../../src/cli/screens/reading-bar.ts';

const look = { width: 80, colour: false, unicode: false, live: true };

function aBar(isLive: boolean) {
  const clock = { now: 0 };
  const written: string[] = [];
  const bar = readingBar('verify', {
    look: { ...look, live: isLive },
    now: () => clock.now,
    write: text => written.push(text),
  });
  return { bar, clock, written };
}

test('nothing is shown within the first second, and nothing is taken away then', () => {
  const { bar, clock, written } = aBar(true);
  bar.expect(4096);
  clock.now = 999;
  bar.read(1024);
  bar.hide();
  assert.deepEqual(written, []);
});

test('after a second it says the share, the speed and the time left, and is taken away once', () => {
  const { bar, clock, written } = aBar(true);
  bar.expect(1024 * 1024);
  bar.expect(3 * 1024 * 1024);
  clock.now = 2000;
  bar.read(1024 * 1024);
  clock.now = 2050;
  bar.read(1024 * 1024);
  bar.hide();
  bar.hide();
  assert.deepEqual(written, [
    '\r\x1b[2K  verify  [#######.....................] 25 % of 4.00 MiB  512 KiB/s  6 s left',
    '\r\x1b[2K',
  ]);
});

test('where only parts are read it says how much, and no share', () => {
  const { bar, clock, written } = aBar(true);
  bar.expect(4096);
  bar.expect(null);
  clock.now = 1000;
  bar.read(2048);
  assert.deepEqual(written, ['\r\x1b[2K  verify  2.00 KiB read  2.00 KiB/s']);
});

test('without a terminal there is no line', () => {
  const { bar, clock, written } = aBar(false);
  bar.expect(4096);
  clock.now = 5000;
  bar.read(2048);
  bar.hide();
  assert.deepEqual(written, []);
});
