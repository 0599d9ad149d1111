// `logmill init DIR`: a commented policy for what lies in a folder.

import { policyFor } from '../../deploy/init-policy.ts';
import { folderOf, nameOf, showPath } from '../../units/path.ts';
import { isTrouble } from '../../world/trouble.ts';
import type { World } from '../../world/world.ts';
import { absolute } from '../absolute.ts';
import { type ExitCode, exitCodes } from '../exit-codes.ts';
import { type Output, Stop } from '../output.ts';

export interface InitOptions {
  readonly out?: string | undefined;
}

export async function initCommand(
  world: World,
  dir: string,
  options: InitOptions,
  output: Output,
): Promise<ExitCode> {
  const folder = absolute(dir);
  const stat = world.disk.look.statThrough(folder);
  if (stat === null) throw new Stop('usage', `there is no folder ${dir}`);
  if (stat.kind !== 'folder') throw new Stop('usage', `${dir} is not a folder`);
  const { text } = await policyFor(world, folder);
  if (options.out === undefined) {
    output.answer(text);
    return exitCodes.done;
  }
  await writeNew(world, absolute(options.out), text, options.out);
  output.say(`written: ${showPath(options.out)}`);
  output.say(`  look at it, then try it: logmill plan ${showPath(options.out)}`);
  return exitCodes.done;
}

/** Never over a policy that is there: somebody may have worked on it. */
async function writeNew(world: World, path: string, text: string, asWritten: string): Promise<void> {
  const folder = await world.disk.openFolder(world.disk.look.real(folderOf(path)));
  try {
    const file = await folder.create(nameOf(path), 0o644);
    await file.write(Buffer.from(text));
    await file.sync();
    await file.close();
    await folder.sync();
  } catch (error) {
    if (!isTrouble(error, 'EEXIST')) throw error;
    throw new Stop(
      'usage',
      `${showPath(asWritten)} is there already, and is not overwritten`,
      'name another file, or move it away first',
    );
  } finally {
    await folder.close();
  }
}
