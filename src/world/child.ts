// A second logmill in a process of its own: the same program with a task, and a line to it.

import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { gathering, type Started } from './line.ts';

/** @param task what main.ts reads from LOGMILL_TASK */
export function startChild(task: string): Started {
  const child = spawn(process.execPath, [ownProgram()], {
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
  return gathering({
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
  });
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

/** What we were started as: in a clone beside the sources, in a package beside the bundle. */
function ownProgram(): string {
  const places = ['../bin.cjs', '../src/bin.cjs'].map(place =>
    fileURLToPath(new URL(place, import.meta.url)),
  );
  return places.find(existsSync) ?? process.argv[1] ?? '';
}
