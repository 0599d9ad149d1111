// logrotate's command line, word by word as popt reads it.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readCommandLine } from '../../src/cli/logrotate/options.ts';

const defaults = { mail: '/usr/bin/mail', state: '/state' };
const read = (line: string) => readCommandLine(line === '' ? [] : line.split(' '), defaults);

const options = (line: string) => {
  const found = read(line);
  assert.equal(found.ask, 'run', line);
  return found.ask === 'run' ? found.options : assert.fail();
};

for (const [line, expected] of [
  ['-fv c', { force: true, verbose: true, debug: false, paths: ['c'] }],
  ['c -d', { debug: true, verbose: true, paths: ['c'] }],
  ['-sF c', { state: 'F' }],
  ['-s=F c', { state: 'F' }],
  ['-s F c', { state: 'F' }],
  ['--state F c', { state: 'F' }],
  ['--state=F=G c', { state: 'F=G' }],
  ['-fsF c', { force: true, state: 'F' }],
  ['-s A -s B c', { state: 'B' }],
  ['-m prog c d', { mail: 'prog', paths: ['c', 'd'] }],
  ['-l syslog c', { log: 'syslog' }],
  ['--skip-state-lock c', { lock: 'skip' }],
  ['--wait-for-state-lock c', { lock: 'wait' }],
  ['c', { lock: 'at once', state: '/state', mail: '/usr/bin/mail', log: null, force: false }],
  ['-f -- -d', { force: true, debug: false, paths: ['-d'] }],
  ['- c', { paths: ['-', 'c'] }],
] as const) {
  test(`'${line}' is understood`, () => assert.partialDeepStrictEqual(options(line), expected));
}

for (const [line, ask] of [
  ['', 'no configuration'],
  ['-f', 'no configuration'],
  ['--help -x', 'help'],
  ['-?', 'help'],
  ['--usage', 'usage'],
  ['--version', 'version'],
  ['-x --help', 'bad option'],
  ['-h', 'bad option'],
  ['-V', 'bad option'],
  ['--sta F c', 'bad option'],
  ['--verbose=1 c', 'bad option'],
  ['-d=1 c', 'bad option'],
  ['c -s', 'bad option'],
  ['c --log', 'bad option'],
  ['--skip-state-lock --wait-for-state-lock c', 'contradictory locks'],
  ['--skip-state-lock --wait-for-state-lock', 'no configuration'],
] as const) {
  test(`'${line}' asks: ${ask}`, () => assert.equal(read(line).ask, ask));
}
