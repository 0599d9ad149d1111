// Runs a script of the policy, as logrotate does: /bin/sh -c TEXT logrotate_script ARGS. At least
// once: one that was stopped runs again. Its text comes from the policy, never from the plan.

import type { StepOf } from '../../plan/plan.ts';
import { formatDuration } from '../../units/duration.ts';
import { nameOf } from '../../units/path.ts';
import type { Finished } from '../../world/world.ts';
import { facts, Interrupted, type Performed, type Performer, stale } from '../bench.ts';

/** The code of a script that could not be started: what it would have said of its own is not known. */
export const notStarted = 'ENOTSTARTED';

export const script: Performer<'script'> = async (step, bench) => {
  const text = bench.scripts(step.digest);
  if (text === null) return stale('the policy changed: it no longer holds this script');
  const finished = await bench.scriptShell.run({
    program: '/bin/sh',
    args: ['-c', text, 'logrotate_script', ...step.args],
    ...(bench.streams === 'ours' ? { stdin: 0, stdout: 1, stderr: 2 } : { stdout: 'gather' }),
    limit: step.limit,
    signal: bench.signal,
  });
  // A script that ended by itself just before the stop has done its work, whatever the signal.
  if (finished.ended === 'stopped') throw new Interrupted();
  const said = finished.output === '' ? null : finished.output;
  if (finished.exit === 0 && finished.ended === 'by itself') return { result: 'done', ...facts({ said }) };
  return failed(step, finished, said);
};

function failed(step: StepOf<'script'>, finished: Finished, said: string | null): Performed {
  const place = `${nameOf(step.at.file)}:${step.at.line}`;
  const last = finished.output.trim().split('\n').at(-1) ?? '';
  const message = `${step.script} (${place}) ${howItEnded(finished, step)}${last === '' ? '' : `: ${last}`}`;
  const hint =
    finished.ended === 'time limit'
      ? 'raise scripttimeout, or let the script put its work in the background'
      : null;
  return {
    result: 'failed',
    code: codes[finished.ended],
    message,
    hint,
    said,
  };
}

const codes = {
  'by itself': 'ESCRIPT',
  'time limit': 'ETIME',
  stopped: 'ESCRIPT',
  'not started': notStarted,
};

function howItEnded(finished: Finished, step: StepOf<'script'>): string {
  if (finished.ended === 'time limit')
    return `took longer than ${formatDuration(step.limit ?? 0)} and was ended`;
  if (finished.ended === 'not started') return 'could not be started';
  if (finished.killedBy !== null) return `was killed by ${finished.killedBy}`;
  return `exited with ${finished.exit}`;
}
