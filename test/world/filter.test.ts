import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { filter } from '../../src/world/filter.ts';
import { isTrouble } from '../../src/world/trouble.ts';

async function* chunks(...texts: readonly string[]): AsyncGenerator<Uint8Array> {
  for (const text of texts) yield Buffer.from(text);
}

async function textOf(pieces: AsyncIterable<Uint8Array>): Promise<string> {
  return Buffer.concat(await Array.fromAsync(pieces)).toString();
}

const sh = (script: string, signal?: AbortSignal) => ({ program: 'sh', args: ['-c', script], signal });

test('what a program makes of its input comes out, in order and whole', async () => {
  const long = 'x'.repeat(300_000);
  assert.equal(await textOf(filter(sh('cat; echo end'), chunks('a', long, 'b'))), `a${long}bend\n`);
});

test('a program that fails is trouble in its own words, behind all that it gave', async () => {
  const given: string[] = [];
  const failing = async () => {
    for await (const chunk of filter(sh('cat; echo "sh: it is torn" >&2; exit 3'), chunks('half')))
      given.push(Buffer.from(chunk).toString());
  };
  await assert.rejects(
    failing(),
    error => isTrouble(error, 'EPROGRAM') && error.message === 'sh: it is torn',
  );
  assert.deepEqual(given, ['half']);
  await assert.rejects(textOf(filter(sh('kill -9 $$'), chunks())), /sh: ended by SIGKILL/);
  await assert.rejects(textOf(filter({ program: '/no/such', args: [] }, chunks('a'))), error =>
    isTrouble(error, 'ENOENT'),
  );
});

test('one that takes no more of its input has not failed, and an input that fails is not hidden by it', async () => {
  const endless = async function* () {
    for (;;) yield Buffer.alloc(65_536, 'y');
  };
  assert.equal(await textOf(filter(sh('head -c 3'), endless())), 'yyy');
  const torn = async function* () {
    yield Buffer.from('a');
    throw new Error('the disk is gone');
  };
  await assert.rejects(textOf(filter(sh('cat'), torn())), /the disk is gone/);
});

test('when nobody wants more the program is ended at once, also one that says nothing', async () => {
  const pids: number[] = [];
  for await (const chunk of filter(sh('echo $$; exec sleep 600'), chunks())) {
    pids.push(Number(Buffer.from(chunk).toString()));
    break;
  }
  const stop = new AbortController();
  const silent = textOf(filter(sh('exec sleep 600', stop.signal), chunks()));
  await turn();
  stop.abort(new Error('enough'));
  await assert.rejects(silent, /enough/);
  for (const pid of pids) assert.throws(() => process.kill(pid, 0), { code: 'ESRCH' });
});
