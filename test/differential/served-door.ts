// The door in a process that lives on: called again and again by doors.ts, it is spared the start of
// Node and finds its code compiled. What it says on stderr goes back with its exit status.

import { runDoor } from '../../src/cli/logrotate/door.ts';

export interface Call {
  readonly folder: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

export interface Answer {
  readonly exit: number;
  readonly said: string;
}

let said = '';
process.stderr.write = (text: string | Uint8Array): boolean => {
  said += text.toString();
  return true;
};

process.on('message', (call: Call) => {
  void answer(call).then(one => process.send?.(one));
});

async function answer({ folder, args, env }: Call): Promise<Answer> {
  process.chdir(folder);
  Object.assign(process.env, env);
  said = '';
  try {
    const exit = await runDoor(args);
    return { exit, said };
  } catch (error) {
    return { exit: 255, said: `${said}\n${error instanceof Error ? error.stack : error}` };
  }
}
