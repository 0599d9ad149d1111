// Runs a program where every process can be looked into, for `truncatewith freeze`: as it is, where that is so
// already; else in a PID namespace of its own. `node test/rig/all-seen.ts PROGRAM [ARG…]`, as root.

import { spawnSync } from 'node:child_process';
import { thisMachine } from '../../src/world/this-machine.ts';

/** Why not every process is seen; null where all are. */
async function whoIsHidden(): Promise<string | null> {
  return (await thisMachine().processes.census(new Set(['1:1:1']))).blind;
}

/** Words before a command that let it see all processes; null where that cannot be had. */
export async function seeingAll(): Promise<readonly string[] | null> {
  if ((await whoIsHidden()) === null) return [];
  const preload = `--import=${new URL('first-namespace.ts', import.meta.url)}`;
  const options = `${process.env.NODE_OPTIONS ?? ''} ${preload}`.trim();
  const words = ['--pid', '--fork', '--kill-child', '--mount-proc', 'env', `NODE_OPTIONS=${options}`];
  const tried = spawnSync('unshare', [...words, process.execPath, import.meta.filename], { stdio: 'ignore' });
  return tried.status === 0 ? ['unshare', ...words] : null;
}

if (import.meta.main) {
  const asked = process.argv.slice(2);
  const words = asked.length === 0 ? [] : await seeingAll();
  const [program, ...args] = [...(words ?? []), ...asked];
  if (words === null || asked.length === 0) {
    const hidden = await whoIsHidden();
    if (hidden !== null) process.stderr.write(`not every process can be seen: ${hidden}\n`);
    process.exitCode = hidden === null ? 0 : 1;
  } else if (program !== undefined) {
    process.exitCode = spawnSync(program, args, { stdio: 'inherit' }).status ?? 1;
  }
}
