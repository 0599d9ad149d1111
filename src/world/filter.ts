// Programs that read on stdin and write what they make of it on stdout, as `xz -dc` does: taken only as
// fast as is wanted, and ended at once when nobody wants more.

import { type ChildProcessByStdio, spawn } from 'node:child_process';
import type { Readable, Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { KeptEnd } from './kept-end.ts';
import { Trouble, troubleFrom } from './trouble.ts';
import type { Filter } from './world.ts';

type Child = ChildProcessByStdio<Writable, Readable, Readable>;

/** As `Shell.filter`. */
export async function* filter(
  { program, args, signal }: Filter,
  input: AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array, void, undefined> {
  signal?.throwIfAborted();
  const child = await started(program, args);
  const said = new KeptEnd(4096);
  child.stderr.on('data', piece => said.add(piece));
  const closed = new Promise<void>(resolve => void child.once('close', () => resolve()));
  // It changes nothing outside, so it need not be asked to end.
  const stop = () => void child.kill('SIGKILL');
  signal?.addEventListener('abort', stop, { once: true });
  const fed = feed(input, child.stdin);
  try {
    for await (const chunk of child.stdout) yield chunk as Uint8Array;
    await closed;
    signal?.throwIfAborted();
    const failure = await fed;
    if (failure !== null) throw failure.error;
    if (child.exitCode !== 0) throw failed(program, child, said.text());
  } finally {
    signal?.removeEventListener('abort', stop);
    stop();
    child.stdout.destroy();
    await closed;
    await fed;
  }
}

async function started(program: string, args: readonly string[]): Promise<Child> {
  try {
    const child = spawn(program, args, {
      stdio: ['pipe', 'pipe', 'pipe'],
      env: { ...process.env, LC_ALL: 'C' },
    });
    await new Promise<void>((resolve, reject) => {
      child.once('spawn', resolve);
      child.once('error', reject);
    });
    return child;
  } catch (error) {
    throw troubleFrom(error, 'start', program);
  }
}

/** What went wrong in the input; that the program takes no more of it is its own affair. */
async function feed(
  input: AsyncIterable<Uint8Array>,
  stdin: Writable,
): Promise<{ readonly error: unknown } | null> {
  let failure: { readonly error: unknown } | null = null;
  const watched = async function* () {
    try {
      yield* input;
    } catch (error) {
      failure = { error };
      throw error;
    }
  };
  await pipeline(watched, stdin).catch(() => undefined);
  return failure;
}

function failed(program: string, child: Child, said: string): Trouble {
  const words = said.split('\n').find(line => line.trim() !== '') ?? '';
  const how = child.signalCode === null ? `exit ${child.exitCode}` : `ended by ${child.signalCode}`;
  return new Trouble({
    code: 'EPROGRAM',
    message: words === '' ? `${program}: ${how}` : words.startsWith(program) ? words : `${program}: ${words}`,
  });
}
