// Nothing is due: how long it takes to find that out, from a cold start, with the state at hand.

import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Benchmark, Contender, Ground } from './benchmark.ts';
import { writeSmallLogs } from './corpus.ts';
import { type Command, measure, present, showCommand } from './programs.ts';

export const planning10k = planningOf(10_000, 10_000);
export const planning50k = planningOf(50_000, 20_000);

function planningOf(full: number, quick: number): Benchmark {
  return {
    name: `planning-${full / 1000}k`,
    title: `planning ${full} logs, cold start, nothing due`,
    rounds: { full: 5, quick: 2 },
    async prepare(ground) {
      const count = ground.quick ? quick : full;
      const place = lay(ground, count);
      const { node, bin, door } = ground.tool;
      const logrotate = { program: 'logrotate', args: ['-s', place.state, place.policy] };
      const { contenders, skipped } = present([
        { name: 'logrotate', needs: ['logrotate'], make: () => once('logrotate', logrotate) },
      ]);
      const ours = [
        once(
          'logmill plan',
          { program: node, args: [bin, 'plan', '--state-dir', place.record, place.policy] },
          { program: node, args: [bin, 'apply', '--quiet', '--state-dir', place.record, place.policy] },
        ),
        once('logmill apply', {
          program: node,
          args: [bin, 'apply', '--quiet', '--state-dir', place.record, place.policy],
        }),
        once('logmill-logrotate', { program: node, args: [door, '-s', place.doorState, place.policy] }),
      ];
      return {
        contenders: [...contenders, ...ours],
        skipped,
        notes: [`${count} logs in 100 folders; a first run has written the state`],
      };
    },
  };
}

function lay(ground: Ground, count: number) {
  const logs = join(ground.folder, 'logs');
  writeSmallLogs(logs, { count, size: 100, folders: 100 });
  const record = join(ground.folder, 'record');
  mkdirSync(record);
  const policy = join(ground.folder, 'policy.conf');
  writeFileSync(policy, `${logs}/*/*.log {\n  size 100M\n  rotate 4\n}\n`);
  return {
    policy,
    record,
    state: join(ground.folder, 'state'),
    doorState: join(ground.folder, 'door-state'),
  };
}

/** The first run of all writes the state and is not measured. */
function once(name: string, command: Command, first: Command = command): Contender {
  let begun = false;
  return {
    name,
    command: showCommand(command),
    prepare: async () => {
      if (begun) return;
      begun = true;
      await measure(first);
    },
    run: () => measure(command),
  };
}
