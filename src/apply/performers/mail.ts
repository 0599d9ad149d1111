// Sends a generation as a letter before it goes (mail, maillast), or once it is there (mailfirst). At
// least once: one that was stopped is sent again, for two letters beat none.

import type { StepOf } from '../../plan/plan.ts';
import { showPath } from '../../units/path.ts';
import type { OpenFile } from '../../world/world.ts';
import {
  type Bench,
  difference,
  facts,
  Interrupted,
  inFolderOf,
  isThatFile,
  type Performed,
  type Performer,
  stale,
  withFile,
} from '../bench.ts';

export const mail: Performer<'mail'> = (step, bench) =>
  inFolderOf(step.file.path, bench, async (folder, name) => {
    const found = await folder.stat(name);
    const other = difference(step.file, found, bench);
    if (other !== null) return stale(other);
    return withFile(folder.open(name, 'read'), file => {
      if (!isThatFile(step.file, file, bench))
        return Promise.resolve(stale(`${showPath(step.file.path)} was replaced`));
      return send(file, step, bench);
    });
  });

// Both ends of the pipe must have done their work, and sh tells only of the last: each says how it ended.
const throughProgram = `ends=$({ { "$1" 4>&-; echo $? >&4; } | { "$2" -s "$3" "$4" >&- 4>&-; echo $? >&4; }; } 4>&1)
test "$ends" = "0
0"`;

async function send(file: OpenFile, step: StepOf<'mail'>, bench: Bench): Promise<Performed> {
  const { subject, address, through } = step;
  const [program, args] =
    through === null
      ? [bench.mailCommand, ['-s', subject, address]]
      : ['/bin/sh', ['-c', throughProgram, 'mail', through, bench.mailCommand, subject, address]];
  const finished = await bench.world.shell.run({
    program,
    args,
    stdin: file.fd,
    stdout: 'ignore',
    limit: null,
    signal: bench.signal,
  });
  if (finished.ended === 'stopped') throw new Interrupted();
  if (finished.exit === 0) return { result: 'done', ...facts({ said: finished.output || null }) };
  return {
    result: 'failed',
    code: 'EMAIL',
    message: `mail command failed for ${showPath(step.file.path)}${finished.output === '' ? '' : `: ${finished.output.trim().split('\n').at(-1)}`}`,
    hint: 'the file is kept',
    said: finished.output || null,
  };
}
