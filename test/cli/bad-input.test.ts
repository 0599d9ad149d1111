// What a person gets wrong and what a folder holds: a clear message, the right exit code, nothing
// lost. Each case is one line of a table or one small story.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import { runTool, startTool } from '../rig/run-tool.ts';
import { aTempFolder, lines, readTree } from './rig.ts';

const isRoot = process.getuid?.() === 0;
const section = (
  pattern: string,
  body = 'size 1k\n    rotate 3\n    copytruncate\n    truncatewith tail',
): string => `"${pattern}" {\n    ${body}\n}\n`;

const badPolicies: readonly (readonly [
  name: string,
  make: (folder: string) => void,
  says: RegExp,
  code: number,
])[] = [
  ['a policy that is not there', () => undefined, /p\.conf.*no such file/s, 78],
  ['a folder without a policy', folder => mkdirSync(`${folder}/p.conf`), /p\.conf/, 78],
  [
    'a FIFO',
    folder => execFileSync('mkfifo', [`${folder}/p.conf`]),
    /p\.conf.*(?:not a regular file|FIFO|pipe)/is,
    78,
  ],
  [
    'a file of 20 MB',
    folder => writeFileSync(`${folder}/p.conf`, Buffer.alloc(20_000_000, '#')),
    /p\.conf.*(?:too large|larger|16)/s,
    78,
  ],
  [
    'a file that includes itself',
    folder => writeFileSync(`${folder}/p.conf`, `include ${folder}/p.conf\n`),
    /include/,
    78,
  ],
  [
    'a section cut off by the end of the file',
    folder => writeFileSync(`${folder}/p.conf`, '"a.log" {\n    rotate 3\n'),
    /p\.conf:\d+:\d+ .*(?:end|never closed|cut off|missing)/s,
    78,
  ],
  [
    'an unknown directive',
    folder => writeFileSync(`${folder}/p.conf`, section('a.log', 'rotatte 3')),
    /p\.conf:2:5 .*rotatte.*\^{7}.*did you mean 'rotate'/s,
    78,
  ],
  [
    'rotate without a value',
    folder => writeFileSync(`${folder}/p.conf`, section('a.log', 'rotate')),
    /p\.conf:2:/,
    78,
  ],
  [
    'a number out of range',
    folder => writeFileSync(`${folder}/p.conf`, section('a.log', 'rotate 4294967296')),
    /4294967296/,
    78,
  ],
  [
    'a section that says nothing of what is kept',
    folder => writeFileSync(`${folder}/p.conf`, section('a.log', 'size 1k')),
    /rotate/,
    78,
  ],
  [
    'lines that end in CRLF',
    folder => writeFileSync(`${folder}/p.conf`, section('a.log').replaceAll('\n', '\r\n')),
    /tr -d '\\r'/,
    78,
  ],
  [
    'bytes that are no text',
    folder => writeFileSync(`${folder}/p.conf`, Buffer.from([0, 255, 128, 10, 123, 0, 125])),
    /p\.conf:1:1/,
    78,
  ],
];

for (const [name, make, says, code] of badPolicies) {
  test(`${name} is told at once, and no log is touched`, async t => {
    const folder = aTempFolder(t, { 'a.log': lines(5000) });
    make(folder);
    const checked = await runTool(['check', 'p.conf'], { cwd: folder });
    assert.equal(checked.code, code, checked.stderr);
    assert.match(checked.stderr, says);
    const applied = await runTool(['apply', 'p.conf', '--state-dir', `${folder}/s`], { cwd: folder });
    assert.equal(applied.code, code, applied.stdout + applied.stderr);
    assert.equal(readFileSync(`${folder}/a.log`, 'utf8'), lines(5000));
    assert.ok(!existsSync(`${folder}/a.log.1`));
  });
}

test('a policy that cannot be read is named with the reason', {
  skip: isRoot && 'root reads everything',
}, async t => {
  const folder = aTempFolder(t, { 'p.conf': { content: section('a.log'), mode: 0o000 } });
  const ran = await runTool(['check', 'p.conf'], { cwd: folder });
  assert.equal(ran.code, 78);
  assert.match(ran.stderr, /permission denied/);
});

test('one faulty section is refused and its neighbours are served: exit 3', async t => {
  const folder = aTempFolder(t, { logs: { 'a.log': lines(5000), 'b.log': lines(5000) } });
  writeFileSync(`${folder}/p.conf`, section('logs/a.log', 'rotatte 3') + section('logs/b.log'));
  const ran = await runTool(['apply', 'p.conf', '--state-dir', `${folder}/s`], { cwd: folder });
  assert.equal(ran.code, 3, ran.stderr);
  assert.deepEqual(
    [statSync(`${folder}/logs/a.log`).size, statSync(`${folder}/logs/b.log.1`).size],
    [5000, 5000],
  );
});

test('a link, a FIFO, a folder and a device in place of a log are left alone', async t => {
  const folder = aTempFolder(t, { logs: { 'good.log': lines(5000) }, 'victim.txt': lines(5000) });
  symlinkSync(`${folder}/victim.txt`, `${folder}/logs/link.log`);
  execFileSync('mkfifo', [`${folder}/logs/fifo.log`]);
  mkdirSync(`${folder}/logs/folder.log`);
  symlinkSync('/dev/zero', `${folder}/logs/device.log`);
  writeFileSync(`${folder}/p.conf`, section('logs/*.log'));
  const ran = await runTool(['apply', 'p.conf', '--state-dir', 's', '--force'], { cwd: folder });
  assert.ok(ran.code === 0 || ran.code === 3 || ran.code === 4, `${ran.code} ${ran.stderr}`);
  assert.equal(readFileSync(`${folder}/victim.txt`, 'utf8'), lines(5000));
  assert.equal(readFileSync(`${folder}/logs/good.log.1`, 'utf8'), lines(5000));
  assert.deepEqual(
    Object.keys(readTree(`${folder}/logs`))
      .filter(name => !name.startsWith('good'))
      .map(name => name.replace(/\/$/, ''))
      .sort(),
    ['device.log', 'fifo.log', 'folder.log', 'link.log'],
  );
});

test('a folder that is not there: exit 64, and the reason', async t => {
  const folder = aTempFolder(t, {});
  const ran = await runTool(['plan', '--logs', 'nowhere'], { cwd: folder });
  assert.equal(ran.code, 64);
  assert.match(ran.stderr, /there is no folder nowhere/);
});

test('mistyped commands and options: exit 64, with what was meant', async t => {
  const folder = aTempFolder(t, {});
  const command = await runTool(['plann'], { cwd: folder });
  assert.equal(command.code, 64);
  assert.match(command.stderr, /Did you mean plan/);
  const option = await runTool(['plan', '--jason'], { cwd: folder });
  assert.equal(option.code, 64);
  assert.match(option.stderr, /Did you mean --json/);
  const value = await runTool(['report', '--since', 'yesterday'], { cwd: folder });
  assert.equal(value.code, 64);
  assert.match(value.stderr, /not a length of time/);
});

test('no policy at all: exit 64, and the first command to try', async t => {
  const folder = aTempFolder(t, {});
  const ran = await runTool(['plan'], {
    cwd: folder,
    env: { HOME: folder, XDG_CONFIG_HOME: `${folder}/none` },
  });
  assert.equal(ran.code, 64);
  assert.match(ran.stderr, /logmill plan --logs DIR/);
});

test('two logmills on one state folder: the second exits 75 and names the first', async t => {
  const folder = aTempFolder(t, { logs: { 'a.log': lines(100) }, 'p.conf': section('logs/*.log') });
  const first = startTool(['run', 'p.conf', '--state-dir', 's', '--plain'], { cwd: folder });
  t.after(() => first.kill('SIGKILL'));
  await new Promise<void>(resolve => {
    first.stdout?.on('data', (text: Buffer) => {
      if (text.includes('service started')) resolve();
    });
  });
  const second = await runTool(['apply', 'p.conf', '--state-dir', 's'], { cwd: folder });
  assert.equal(second.code, 75, second.stderr);
  assert.match(second.stderr, new RegExp(`\\b${first.pid}\\b`));
});

test('a record of a newer logmill is not touched: exit 78', async t => {
  const folder = aTempFolder(t, { logs: { 'a.log': lines(5000) }, 'p.conf': section('logs/*.log') });
  await runTool(['apply', 'p.conf', '--state-dir', 's'], { cwd: folder });
  const record = new DatabaseSync(`${folder}/s/record.db`);
  record.exec('PRAGMA user_version = 999');
  record.close();
  writeFileSync(`${folder}/logs/a.log`, lines(7000));
  const ran = await runTool(['apply', 'p.conf', '--state-dir', 's'], { cwd: folder });
  assert.equal(ran.code, 78, ran.stderr);
  assert.match(ran.stderr, /newer/);
  assert.equal(statSync(`${folder}/logs/a.log`).size, 7000);
  const planned = await runTool(['plan', 'p.conf', '--state-dir', 's'], { cwd: folder });
  assert.match(planned.stderr, /record cannot be read/);
});

test('a damaged record is said as what it is: exit 78, and nothing is done without it', async t => {
  const folder = aTempFolder(t, { logs: { 'a.log': lines(5000) }, 'p.conf': section('logs/*.log') });
  await runTool(['apply', 'p.conf', '--state-dir', 's'], { cwd: folder });
  const record = readFileSync(`${folder}/s/record.db`);
  for (let at = 8192; at < record.length; at += 97) record[at] = 0x55;
  writeFileSync(`${folder}/s/record.db`, record);
  writeFileSync(`${folder}/logs/a.log`, lines(7000));
  for (const command of [['apply', 'p.conf'], ['run', 'p.conf'], ['report']]) {
    const ran = await runTool([...command, '--state-dir', 's'], { cwd: folder });
    assert.equal(ran.code, 78, `${command.join(' ')}: ${ran.stderr}`);
    assert.match(ran.stderr, /record\.db is damaged: .*(?:page|Tree|index|row)/i);
  }
  assert.equal(readFileSync(`${folder}/logs/a.log`, 'utf8'), lines(7000));
});

test('a log in a folder that may not be written: the reason, exit 1, and the others are served', {
  skip: isRoot && 'root writes everywhere',
}, async t => {
  const tree = { open: { 'a.log': lines(5000) }, shut: { 'b.log': lines(5000) } };
  const folder = aTempFolder(t, tree, made => execFileSync('chmod', ['755', `${made}/shut`]));
  writeFileSync(`${folder}/p.conf`, section('*/*.log', 'size 1k\n    rotate 2\n    nocreate'));
  execFileSync('chmod', ['555', `${folder}/shut`]);
  const ran = await runTool(['apply', 'p.conf', '--state-dir', 's'], { cwd: folder });
  assert.equal(ran.code, 3, ran.stderr);
  assert.match(ran.stdout + ran.stderr, /permission denied/);
  assert.ok(existsSync(`${folder}/open/a.log.1`));
  assert.equal(statSync(`${folder}/shut/b.log`).size, 5000);
});

test('a full disk costs nothing, is named, and is made good later', {
  skip: !isRoot && 'mounting a small file system needs root',
}, async t => {
  const folder = aTempFolder(t, { small: {} }, made => execFileSync('umount', [`${made}/small`]));
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=3m,mode=755', 'tmpfs', `${folder}/small`]);
  writeFileSync(`${folder}/small/a.log`, lines(1_200_000));
  writeFileSync(`${folder}/small/other`, Buffer.alloc(1_700_000));
  writeFileSync(
    `${folder}/p.conf`,
    section('small/*.log', 'size 1k\n    rotate 3\n    copytruncate\n    compress'),
  );
  const full = await runTool(['apply', 'p.conf', '--state-dir', 's'], { cwd: folder });
  assert.ok(full.code === 1 || full.code === 3, `${full.code} ${full.stdout} ${full.stderr}`);
  assert.match(full.stdout + full.stderr, /no space left.*ENOSPC/s);
  assert.equal(readFileSync(`${folder}/small/a.log`, 'utf8'), lines(1_200_000));
  assert.deepEqual(Object.keys(readTree(`${folder}/small`)).sort(), ['a.log', 'other']);
  execFileSync('rm', [`${folder}/small/other`]);
  const free = await runTool(['apply', 'p.conf', '--state-dir', 's'], { cwd: folder });
  assert.equal(free.code, 0, free.stdout + free.stderr);
  const joined = await runTool(['cat', 'small/a.log'], { cwd: folder });
  assert.equal(joined.stdout, lines(1_200_000));
});

const watchedStates: readonly (readonly [name: string, pattern: string, state: string, refused: boolean])[] =
  [
    ['in the folder of a log', 'logs/*.log', 'logs/state', true],
    ['below it', 'logs/*.log', 'logs/old/state', true],
    ['where a link leads to', 'link/*.log', 'logs/state', true],
    ['in an olddir', 'logs/*.log', 'kept/state', true],
    ['in a folder that the pattern passes by', 'l?gs/a.log', 'kept/state', false],
    ['beside it', 'logs/*.log', 'logs-state', false],
  ];

for (const [name, pattern, state, refused] of watchedStates) {
  test(`a state folder ${name} is ${refused ? 'refused, and nothing is done' : 'taken'}`, async t => {
    const folder = aTempFolder(t, { logs: { 'a.log': lines(5000) }, kept: {}, 'p.conf': '' });
    symlinkSync('logs', `${folder}/link`);
    const olddir = name === 'in an olddir' ? `\n    olddir ${folder}/kept` : '';
    writeFileSync(
      `${folder}/p.conf`,
      section(`${folder}/${pattern}`, `size 1k\n    rotate 3\n    missingok${olddir}`),
    );
    const ran = await runTool(['apply', 'p.conf', '--state-dir', state], { cwd: folder });
    assert.equal(ran.code, refused ? 64 : 0, ran.stderr);
    if (refused) assert.match(ran.stderr, /lies inside the watched folder/);
    assert.equal(existsSync(`${folder}/logs/a.log`), refused);
  });
}
