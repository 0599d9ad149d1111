// What the door says and where: the words that people and scripts look for, -v and -l, a real logger,
// and streams that are closed.

import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, statSync, symlinkSync } from 'node:fs';
import { test } from 'node:test';
import {
  at,
  configure,
  lastOf,
  names,
  onlyRoot,
  program,
  put,
  putAll,
  remember,
  run,
  runProgram,
  stateText,
  tree,
  useHome,
  yesterday,
} from './logrotate-rig.ts';

useHome();

test('-v tells of every section in its turn, also of one without a log', async () => {
  put('a.log', 'n');
  mkdirSync(at('folder'));
  configure(
    '@/none*.log {\nsize 1\nrotate 1\nmissingok\n}\n@/a.log {\nsize 1\nrotate 2\ncompress\n}\n@/folder {\nsize 1\nrotate 1\nprerotate\ntrue\nendscript\n}\n',
  );
  const { exit, said } = await run(['-v']);
  assert.equal(exit, 0);
  const told = said
    .split('\n')
    .filter(line => /^(rotating pattern|considering| {2}log|No logs|not running)/.test(line));
  assert.deepEqual(told, [
    'rotating pattern: @/none*.log  1 bytes (1 rotations)',
    'considering log @/none*.log',
    '  log @/none*.log does not exist -- skipping',
    'rotating pattern: @/a.log  1 bytes (2 rotations)',
    'considering log @/a.log',
    '  log needs rotating',
    'rotating pattern: @/folder  1 bytes (1 rotations)',
    'No logs found. Rotation not needed.',
    'not running prerotate script, since no logs will be rotated',
  ]);
  for (const line of ['Handling 3 logs', 'renaming @/a.log to @/a.log.1', 'compressing log with: gzip'])
    assert.ok(said.split('\n').includes(line), line);
});

test('a folder that is named like a log is none, and gets no entry', async () => {
  mkdirSync(at('folder'));
  put('a.log', 'n');
  configure('@/folder @/a.log {\nsize 1\nrotate 1\n}\n@/folder {\nsize 1\n}\n');
  assert.deepEqual(await run(), { exit: 0, said: '' });
  assert.doesNotMatch(stateText(), /folder/);
});

for (const [says, pattern, words] of [
  ['a log that is missing', '@/gone.log', 'stat of @/gone.log failed: No such file or directory'],
  ['a pattern that matches nothing', '@/none*.log', 'stat of @/none*.log failed: No such file or directory'],
] as const) {
  test(`${says} is an error in logrotate's words, and gets an entry`, async () => {
    configure(`${pattern} {\ndaily\nrotate 1\n}\n`);
    const { exit, said } = await run();
    assert.equal(exit, 1);
    assert.equal(said.split('\n')[0], `error: ${words}`);
    assert.equal(lastOf(pattern.slice(2)), '2026-11-22-15:0:0');
  });
}

test('what is no file is left alone without an error, and -v says what it is', async () => {
  put('elsewhere', 'x');
  symlinkSync('elsewhere', at('link.log'));
  execFileSync('mkfifo', [at('fifo.log')]);
  put('two.log', 'x');
  execFileSync('ln', [at('two.log'), at('second')]);
  configure('@/*.log {\nsize 0\nrotate 1\n}\n');
  const { exit, said } = await run(['-v', '-f']);
  assert.equal(exit, 0);
  assert.match(said, /^ {2}log @\/link\.log is symbolic link\. Rotation of symbolic links is not allowed/m);
  assert.match(said, /^ {2}log @\/two\.log has multiple \(2\) hard links\./m);
  assert.match(said, /^ {2}log @\/fifo\.log: it is a FIFO, not a file -- skipping$/m);
  assert.deepEqual(names(), ['elsewhere', 'second', 'two.log']);
});

test('sockets and devices are no logs', onlyRoot, async () => {
  execFileSync('mknod', [at('null.log'), 'c', '1', '3']);
  configure('@/null.log {\nsize 0\nrotate 1\n}\n');
  const { exit, said } = await run(['-v', '-f']);
  assert.equal(exit, 0);
  assert.match(said, /it is a device, not a file -- skipping$/m);
  assert.ok(statSync(at('null.log')).isCharacterDevice());
});

test('a FIFO among configurations is passed over, and none is waited for', async () => {
  put('a.log', 'n');
  put('conf.d/a', '@/a.log {\nsize 1\nrotate 1\n}\n');
  execFileSync('mkfifo', [at('conf.d/fifo'), at('fifo')]);
  const { exit, said } = runProgram(['-v'], [at('fifo'), at('conf.d')]);
  assert.deepEqual([exit, names()], [0, ['a.log.1']]);
  for (const name of ['fifo', 'conf.d/fifo'])
    assert.match(said, new RegExp(`^Ignoring @/${name} because it's not a regular file\\.$`, 'm'));
});

test('a configuration that is missing is an error in a few words', async () => {
  configure('include @/nowhere\n');
  const { exit, said } = await run();
  assert.equal(exit, 1);
  assert.equal(
    said,
    'error: cannot stat @/nowhere: No such file or directory\nerror: @/conf:1 hint: is the path right?\n',
  );
});

test('a last rotation in the future is told in the words that are looked for', async () => {
  put('a.log', 'text');
  configure('@/a.log {\ndaily\nrotate 1\n}\n');
  remember({ 'a.log': '2026-12-22-3:0:0' });
  const said = 'error: log @/a.log last rotated in the future -- rotation forced\n';
  assert.deepEqual(await run(), { exit: 0, said });
});

for (const command of ['', 'no-such-mailer', '/bin/false']) {
  test(`a letter that '${command}' does not send keeps its log`, async () => {
    putAll({ 'a.log': 'n', 'a.log.1': 'old' });
    configure('@/a.log {\nsize 1\nrotate 1\nmail me@there\n}\n');
    const { exit, said } = await run(['-m', command]);
    assert.equal(exit, 1);
    assert.match(said, /^error: mail command failed for @\/a\.log\.2/m);
    assert.doesNotMatch(said, /argument/);
    assert.deepEqual(tree(), { 'a.log.1': 'n', 'a.log.2': 'old' });
  });
}

test('-l copies every level to a file that was emptied', async () => {
  putAll({ 'a.log': 'a', 'mine.txt': 'old' });
  configure('@/a.log @/gone.log {\nsize 1\nrotate 1\n}\n');
  const { said } = await run(['-l', at('mine.txt')]);
  assert.doesNotMatch(said, /considering/);
  const copy = (tree()['mine.txt'] ?? '').replaceAll(at(), '@');
  assert.match(copy, /^reading config file .*conf\n[\s\S]*considering log .*a\.log\n/);
  assert.match(copy, /^error: stat of .*gone\.log failed/m);
});

test('-l syslog sends every level through logger, and its priority stands for the prefix', () => {
  put('a.log', 'n');
  configure('@/a.log @/gone.log {\nsize 1\nrotate 1\n}\n');
  put('bin/logger', '#!/bin/sh\n{ echo "args $*"; cat; } >> @/out\n', 0, 0o755);
  const { exit, said } = runProgram(['-l', 'syslog'], undefined, withOurs());
  assert.equal(exit, 1, said);
  const syslog = readFileSync(at('out'), 'utf8');
  assert.match(syslog, /^args -t logrotate -p user\.info\nreading config file /m);
  assert.match(syslog, /^args -t logrotate -p user\.err\nstat of .*gone\.log failed/m);
});

const withOurs = (): NodeJS.ProcessEnv => ({ PATH: `${at('bin')}:${process.env.PATH}` });
/** Neither /dev/log nor anybody behind it is needed. */
const unsent = ['--socket-errors=off', '--no-act', '--stderr'];
const logger = spawnSync('/usr/bin/logger', [...unsent, '-t', 'x', 'y'], { encoding: 'utf8' });

test('what goes to syslog is what a real logger takes', {
  skip: /<\d+>.* x/.test(logger.stderr ?? '') ? false : "there is no util-linux's logger here",
}, () => {
  configure('frobnicate\n@/gone.log {\nsize 1\nrotate 1\n}\n');
  put(
    'bin/logger',
    '#!/bin/sh\nexec /usr/bin/logger --socket-errors=off --no-act --stderr "$@" 2>> @/out\n',
    0,
    0o755,
  );
  assert.equal(runProgram(['-l', 'syslog'], undefined, withOurs()).exit, 1);
  const told = readFileSync(at('out'), 'utf8').replaceAll(/^<(\d+)>.*? logrotate: /gm, '<$1> ');
  assert.match(told, /^<14> reading config file /m);
  assert.match(told, /^<12> .*conf:1 unknown option 'frobnicate' -- ignoring line$/m);
  assert.match(told, /^<11> stat of .*gone\.log failed/m);
});

for (const closed of ['<&-', '>&-', '2>&-', '>&- 2>&-', '<&- >&- 2>&-']) {
  test(`with ${closed} it rotates, and scripts run`, () => {
    put('a.log', 'a');
    configure(
      '@/a.log {\nsize 1\nrotate 1\npostrotate\necho told; echo loudly >&2; echo ran > @/out\nendscript\n}\n',
    );
    const line = `exec "$0" "$@" ${closed}`;
    const args = ['-c', line, process.execPath, program, '-v', '-s', at('state'), at('conf')];
    assert.equal(spawnSync('/bin/sh', args, { cwd: at() }).status, 0);
    assert.deepEqual([tree(), readFileSync(at('out'), 'utf8')], [{ 'a.log.1': 'a' }, 'ran\n']);
    assert.match(stateText(), /a\.log/);
  });
}

test('files from Windows are errors that say so, and nothing of them is served', async () => {
  put('a.log', 'n');
  configure('@/a.log {\r\n  daily\r\n  rotate 2\r\n}\r\n');
  remember({ 'a.log': yesterday });
  const { exit, said } = await run();
  assert.deepEqual([exit, names()], [1, ['a.log']]);
  assert.match(said, /CR LF[\s\S]*tr -d/);
});

test('a name with a newline or an escape in it forges no line and moves no cursor', async () => {
  for (const name of ['a\nerror: forged', 'b\u001b[2J', 'gone\nerror: forged']) {
    if (!name.startsWith('gone')) put(`${name}.log`, 'n');
    configure(
      `@/*.log {\nsize 1\nrotate 1\ncompress\n}\n"@/gone\nerror: forged.log" {\nsize 1\nrotate 1\n}\n`,
    );
    for (const options of [['-d'], ['-v']]) {
      const { said } = await run(options);
      assert.doesNotMatch(said, /^error: forged(?!\.log")/m, said);
      assert.ok(!said.includes('\u001b'), said);
    }
  }
});
