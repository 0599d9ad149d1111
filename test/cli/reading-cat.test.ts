// `logmill cat` and `logmill ls`: the real program over kept logs of all kinds.

import assert from 'node:assert/strict';
import { Buffer } from 'node:buffer';
import { test } from 'node:test';
import { brotliCompressSync, gzipSync, zstdCompressSync } from 'node:zlib';
import { codecNamed } from '../../src/codec/codecs.ts';
import { logText, MiB, pack } from '../codec/material.ts';
import { runTool, startTool } from '../rig/run-tool.ts';
import { type PlantedTree, tempTree } from '../rig/temp-tree.ts';

/** No policy of this machine may have a say. */
const alone = { LOGMILL_POLICIES: '', XDG_CONFIG_HOME: '/nonexistent', HOME: '/nonexistent' };

async function cat(tree: PlantedTree, args: readonly string[], env: Record<string, string> = {}) {
  using folder = tempTree(tree);
  return await runTool(['cat', ...args], { cwd: folder.folder, env: { ...alone, ...env } });
}

test('archives of every kind and origin are one stream, exact to the byte', async () => {
  const parts = [
    'members\n',
    'of 0 bytes\n',
    'brotli\n',
    'zstd\n',
    'joined zstd',
    ' cut in two\r\nNUL \0\n',
    'gz by name only\n',
  ];
  const [one, two, three, four, five, six, seven] = parts as [
    string,
    string,
    string,
    string,
    string,
    string,
    string,
  ];
  const ran = await cat(
    {
      'app.log.8.gz': Buffer.concat([gzipSync(one), gzipSync(''), gzipSync(two), Buffer.alloc(512)]),
      'app.log.7.gz': gzipSync(''),
      'app.log.6.br': brotliCompressSync(three),
      'app.log.5.zst': Buffer.concat([zstdCompressSync(four), zstdCompressSync(five)]),
      'app.log.4': six,
      'app.log.3.gz': seven,
      'app.log.2': '',
      'app.log.1.zst': await pack(codecNamed('zstd'), logText(3 * MiB)),
      'app.log': 'no newline at the end',
    },
    ['app.log'],
  );
  assert.equal(ran.stderr, '');
  assert.equal(ran.stdout, `${parts.join('')}${logText(3 * MiB).toString()}no newline at the end`);
  assert.equal(ran.code, 0);
});

test('behind a damaged archive reading goes on, on a line of its own; the damage is said', async () => {
  const whole = gzipSync(logText(600 * 1024));
  const tail = brotliCompressSync('brotli\n');
  const ran = await cat(
    {
      'app.log.3.gz': whole.subarray(0, whole.length - 2000),
      'app.log.2.gz': '',
      'app.log.1.br': Buffer.concat([tail, Buffer.from('something after its end')]),
      'app.log': 'live\n',
    },
    ['app.log'],
  );
  assert.equal(ran.code, 3);
  assert.ok(ran.stdout.endsWith('\nbrotli\nlive\n'), ran.stdout.slice(-100));
  const cut = ran.stdout.slice(0, -'\nbrotli\nlive\n'.length);
  const text = logText(600 * 1024).toString();
  assert.ok(text.startsWith(cut));
  // As much as gzip(1) gives: 2,000 packed bytes are missing, and no buffer of ours.
  assert.ok(cut.length > text.length - 40_000, `${cut.length} of ${text.length}`);
  assert.match(ran.stderr, /app\.log\.3\.gz: the gzip data ends in the middle \(at byte \d+\)/);
  assert.match(ran.stderr, /app\.log\.2\.gz: it is named as gzip and is empty/);
  assert.match(ran.stderr, /app\.log\.1\.br: other bytes follow the end of the brotli data/);
});

test('a single archive is read alone, whatever its name; so is a name with a newline and a byte that is no UTF-8', async () => {
  const tree = {
    'app.log.1.gz': gzipSync('one\n'),
    'app.log': 'live\n',
    renamed: zstdCompressSync('packed\n'),
  };
  assert.equal((await cat(tree, ['app.log.1.gz'])).stdout, 'one\n');
  assert.equal((await cat(tree, ['renamed'])).stdout, 'packed\n');
  const odd = 'a\nb\udcff.log';
  const ran = await cat({ [odd]: 'live\n', [`${odd}.1.gz`]: gzipSync('one\n') }, ['a\nb\ufffd.log']);
  assert.deepEqual([ran.stdout, ran.code], ['one\nlive\n', 0], ran.stderr);
});

test('a log that is not there is said', async () => {
  const ran = await cat({}, ['app.log']);
  assert.deepEqual([ran.stdout, ran.code], ['', 1]);
  assert.match(ran.stderr, /there is no log .*app\.log, and no generation of it/);
});

const hours = (from: number, to: number) =>
  Array.from({ length: to - from }, (_, index) => {
    const hour = String(from + index).padStart(2, '0');
    return `2026-11-22T${hour}:00:00Z hour ${hour}\n  and a line without a time\n`;
  }).join('');

test('lines of an asked time are given with those behind them that tell none, over all borders', async () => {
  const cut = hours(0, 24);
  const tree = {
    'app.log.2.gz': gzipSync(cut.slice(0, 500)),
    'app.log.1.zst': zstdCompressSync(cut.slice(500, 901)),
    'app.log': cut.slice(901),
  };
  for (const [args, expected] of [
    [['--since', '2026-11-22T05:00:00Z', '--until', '2026-11-22 20:30'], hours(5, 21)],
    [['--since', '2026-11-22 23:00'], hours(23, 24)],
    [['--until', '2026-11-22T00:59'], hours(0, 1)],
    [['--since', '2026-11-22', '--until', '2026-11-22'], cut],
    [['--since', '2026-11-23'], ''],
  ] as const) {
    const ran = await cat(tree, ['app.log', ...args]);
    assert.deepEqual([ran.stdout, ran.code, ran.stderr], [expected, 0, ''], args.join(' '));
  }
});

test('a time is looked for as it is told to be, and its absence is said', async () => {
  const tree = {
    'app.log': '22.11.2026 08:30:05 one\n22.11.2026 09:30:05 two\n',
    'no.log': 'no time\nat all\n',
  };
  const ran = await cat(tree, [
    'app.log',
    '--since',
    '2026-11-22 09:00',
    '--time-format',
    '%d.%m.%Y %H:%M:%S',
  ]);
  assert.equal(ran.stdout, '22.11.2026 09:30:05 two\n');
  const none = await cat(tree, ['no.log', '--since', '2h']);
  assert.equal(none.code, 1);
  assert.match(none.stderr, /no line of .*no\.log tells a time/);
  assert.equal((await cat(tree, ['app.log', '--since', 'someday'])).code, 64);
});

test('the last bytes are whole lines, over borders of archives', async () => {
  const text = Array.from({ length: 30 }, (_, index) => `line ${index + 10}\n`).join('');
  const tree = {
    'app.log.2.gz': gzipSync(text.slice(0, 84)),
    'app.log.1.zst': zstdCompressSync(text.slice(84, 164)),
    'app.log': text.slice(164),
  };
  for (const most of [1, 8, 9, 80, 81, 160, 239, 240, 1000]) {
    const ran = await cat(tree, ['app.log', '--last', String(most)]);
    const lines = Math.min(30, Math.floor(most / 8));
    assert.equal(ran.stdout, lines === 0 ? '' : text.slice(-8 * lines), String(most));
  }
});

test('a reader that leaves ends it at once and quietly', async () => {
  using tree = tempTree({ 'app.log.1.zst': zstdCompressSync(Buffer.alloc(64 * MiB, 'a line\n')) });
  for (const args of [
    ['cat', 'app.log'],
    ['grep', 'line', 'app.log'],
    ['grep', '-v', 'x', 'app.log'],
  ]) {
    const child = startTool(args, { cwd: tree.folder, env: alone });
    let stderr = '';
    child.stderr?.setEncoding('utf8').on('data', text => {
      stderr += text;
    });
    child.stdout?.once('data', () => child.stdout?.destroy());
    const code = await new Promise(resolve => child.on('close', resolve));
    assert.deepEqual([code, stderr], [0, ''], args.join(' '));
  }
});

test('ls tells the generations, and with --long their lines and times', async () => {
  using tree = tempTree({
    'app.log.2.gz': gzipSync(hours(0, 3)),
    'app.log.1.zst': await pack(codecNamed('zstd'), Buffer.from(hours(3, 4))),
    'app.log': `${hours(4, 5)}cut`,
  });
  const options = { cwd: tree.folder, env: alone };
  const short = JSON.parse((await runTool(['ls', '--json', 'app.log'], options)).stdout);
  assert.deepEqual(
    short.files.map((file: { live: boolean; codec: string | null; plain: number | null }) => [
      file.live,
      file.codec,
      file.plain,
    ]),
    [
      [true, null, hours(4, 5).length + 3],
      [false, 'zstd', null],
      [false, 'gzip', null],
    ],
  );
  const long = JSON.parse((await runTool(['ls', '--long', '--json', 'app.log'], options)).stdout);
  assert.deepEqual(
    long.files.map((file: { plain: number; lines: number; first: number; last: number }) => [
      file.plain,
      file.lines,
      new Date(file.first).getUTCHours(),
      new Date(file.last).getUTCHours(),
    ]),
    [
      [hours(4, 5).length + 3, 3, 4, 4],
      [hours(3, 4).length, 2, 3, 3],
      [hours(0, 3).length, 6, 0, 2],
    ],
  );
  const said = await runTool(['ls', '-l', 'app.log'], options);
  assert.match(
    said.stdout,
    /app\.log\.2\.gz +\d+ B +\d+ B +\d\.\d\d +6 +Sun 22 Nov 2026 00:00:00 +Sun 22 Nov 2026 02:00:00/,
  );
});
