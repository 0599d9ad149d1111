// A second logmill, started by this one: the same program with a task of its own, and a line to it
// over which values go as they are (maps and sets too).

import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

export interface Child {
  send(message: unknown): void;
  /** Each message that comes; from the first call on. */
  hear(listen: (message: unknown) => void): void;
  /** How it ended, in words. */
  readonly gone: Promise<string>;
  /** Whether it keeps this process from ending. */
  hold(): void;
  release(): void;
  /** It is told to go, and goes when its work is done. */
  end(): void;
}

/** @param task what main.ts reads from LOGMILL_TASK */
export function startChild(task: string): Child {
  const child = spawn(process.execPath, [binary()], {
    env: { ...process.env, LOGMILL_TASK: task },
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    serialization: 'advanced',
  });
  const gone = new Promise<string>(resolve => {
    child.once('error', error => resolve(error.message));
    child.once('exit', (code, signal) =>
      resolve(signal === null ? `exited with ${code}` : `was killed by ${signal}`),
    );
  });
  return {
    // Whether it can still hear shows in `gone`.
    send: message => void child.send(message as object, () => undefined),
    hear: listen => void child.on('message', listen),
    gone,
    hold: () => {
      child.ref();
      child.channel?.ref();
    },
    release: () => {
      child.unref();
      child.channel?.unref();
    },
    end: () => {
      if (child.connected) child.disconnect();
    },
  };
}

/** The child's end of the line. @throws Error when this process was not started as a child */
export function lineToParent(): {
  send(message: unknown): void;
  hear(listen: (message: unknown) => void): void;
} {
  const send = process.send?.bind(process);
  if (send === undefined) throw new Error('this task is only for processes that logmill starts itself');
  process.once('disconnect', () => process.exit(0));
  return {
    send: message => void send(message, undefined, undefined, () => undefined),
    hear: listen => void process.on('message', listen),
  };
}

/** From here on everything is done by that user, its groups as the system has them. @throws Error where we may not */
export function becomeUser({
  uid,
  gid,
  user,
}: {
  readonly uid: number;
  readonly gid: number;
  readonly user: string;
}): void {
  if (process.getuid?.() === 0) {
    try {
      (process as Groups).initgroups?.(user, gid);
    } catch {
      // A number without an account: it has no further groups.
      process.setgroups?.([gid]);
    }
  }
  process.setgid?.(gid);
  process.setuid?.(uid);
}

/** Node has it wherever there are users; its types do not. */
type Groups = NodeJS.Process & { initgroups?(user: string, group: number): void };

/** In a clone beside the sources, in a package beside the bundle. */
function binary(): string {
  const places = ['../bin.cjs', '../src/bin.cjs'].map(place =>
    fileURLToPath(new URL(place, import.meta.url)),
  );
  return places.find(existsSync) ?? process.argv[1] ?? '';
}
