// What the door says: levels and prefixes as logrotate has them, to stderr, and every level besides to a
// file or to syslog when -l asks for it.

import { folderOf, nameOf, type Path } from '../../units/path.ts';
import { isTrouble } from '../../world/trouble.ts';
import type { OpenFile, World } from '../../world/world.ts';
import { mustNameFile } from './file-named.ts';

export type Level = 'debug' | 'warning' | 'error';

export interface Voice {
  /** Whether debug lines are heard by anyone: spares the work of wording them. */
  readonly tellsAll: boolean;
  say(level: Level, text: string): void;
  /** Everything is written where it belongs. */
  end(): Promise<void>;
}

const prefixes: Readonly<Record<Level, string>> = { debug: '', warning: 'warning: ', error: 'error: ' };

/** @param log a path, which is truncated, or `syslog`; one that cannot be opened is said and changes nothing else */
export async function makeVoice(world: World, verbose: boolean, log: string | null): Promise<Voice> {
  toleratesClosedStreams();
  const copy = log === 'syslog' ? toSyslog(world) : await toFile(world, log);
  return {
    tellsAll: verbose || copy !== null,
    say(level, words) {
      const text = words.replaceAll(control, escaped);
      if (verbose || level !== 'debug') process.stderr.write(`${prefixes[level]}${text}\n`);
      copy?.write(level, text);
    },
    end: async () => copy?.end(),
  };
}

/** Neither a name nor the words of a program move the cursor of a terminal; names are given without newlines. */
const control = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/gu;
const escaped = (one: string): string => `\\x${one.charCodeAt(0).toString(16).padStart(2, '0')}`;

const letBe = (): void => undefined;

interface Copy {
  write(level: Level, text: string): void;
  end(): Promise<void>;
}

/** Whoever listened may be gone, or there never was anyone: rotating goes on. */
function toleratesClosedStreams(): void {
  for (const stream of [process.stdout, process.stderr]) {
    if (!stream.listeners('error').includes(letBe)) stream.on('error', letBe);
  }
}

async function toFile(world: World, path: Path | null): Promise<Copy | null> {
  if (path === null) return null;
  let file: OpenFile;
  try {
    file = await openEmpty(world, path);
  } catch (error) {
    if (!isTrouble(error)) throw error;
    process.stderr.write(`error: error opening log file ${path}: ${error.message}\n`);
    return null;
  }
  let end = 0;
  return {
    write(level, text) {
      const bytes = Buffer.from(`${prefixes[level]}${text}\n`);
      try {
        file.writeNow(bytes, end);
        end += bytes.length;
      } catch (error) {
        // A full disk is what logs are rotated for.
        if (!isTrouble(error)) throw error;
      }
    },
    end: () => file.close(),
  };
}

async function openEmpty(world: World, path: Path): Promise<OpenFile> {
  mustNameFile(path);
  const folder = await world.disk.openFolder(world.disk.look.real(folderOf(path)));
  try {
    if ((await folder.stat(nameOf(path))) === null) return await folder.create(nameOf(path), 0o644);
    const file = await folder.open(nameOf(path), 'write');
    await file.truncate(0);
    return file;
  } finally {
    await folder.close();
  }
}

const priorities: Readonly<Record<Level, string>> = {
  debug: 'user.info',
  warning: 'user.warning',
  error: 'user.err',
};

/** The priority stands for the prefix. Lines of one level go together through logger(1), which a call a line would make slow. */
function toSyslog(world: World): Copy {
  let waiting: string[] = [];
  let level: Level = 'debug';
  let sending = Promise.resolve();
  const send = (): void => {
    if (waiting.length === 0) return;
    const lines = waiting;
    const priority = priorities[level];
    waiting = [];
    const script = `printf '%s\\n' "$@" | logger -t logrotate -p ${priority}`;
    sending = sending.then(async () => {
      await world.shell.run({
        program: '/bin/sh',
        args: ['-c', script, 'logrotate', ...lines],
        limit: 10_000,
      });
    });
  };
  return {
    write(next, text) {
      if (next !== level || waiting.length >= 200) send();
      level = next;
      waiting.push(...text.split('\n').filter(line => line !== ''));
    },
    async end() {
      send();
      await sending;
    },
  };
}
