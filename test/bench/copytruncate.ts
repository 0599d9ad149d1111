// Rotating under a writer that cannot reopen: every line is numbered, and counted afterwards over
// all generations and the live log.

import { spawn } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { thisMachine } from '../../src/world/this-machine.ts';
import { type Counted, countLines } from '../rig/numbered-lines.ts';
import type { Benchmark, Contender, Ground } from './benchmark.ts';
import { type Command, find, measure, showCommand } from './programs.ts';
import { compileWriter, type How, startWriter } from './writers.ts';

export const copytruncate: Benchmark = {
  name: 'copytruncate',
  title: 'lines lost under copytruncate, an O_APPEND writer',
  rounds: { full: 1, quick: 1 },
  async prepare(ground) {
    const writer = compileWriter(ground.folder);
    // Freeze is refused where not every writer can be known.
    const allSeen = "'node test/rig/all-seen.ts npm run bench -- --only copytruncate'";
    const { blind } = await thisMachine().processes.census(new Set(['1:1:1']));
    const rotations = ground.quick ? 6 : 50;
    const notes = [
      `${rotations} rotations; the time is that of one rotation, with its start`,
      'punch also under a writer without O_APPEND (jumping), which no other way serves',
    ];
    if (writer === null)
      return { contenders: [], skipped: [{ name: 'all', why: 'no C compiler on this machine' }], notes };
    const { node, bin } = ground.tool;
    const contenders: Contender[] = [];
    for (const [rate, words] of [
      [0, 'full speed'],
      [10_000, '10k/s'],
    ] as const) {
      const trial = (name: string, extra: string, how: How, command: (place: Place) => Command) => {
        const whole = { name: `${name}, ${words}`, writer, rate, rotations, extra, how, command };
        contenders.push(contender(ground, whole));
      };
      const byLogrotate = (place: Place) => ({
        program: 'logrotate',
        args: ['-f', '-s', place.state, place.policy],
      });
      const byLogmill = (place: Place) => ({
        program: node,
        args: [bin, 'apply', '--quiet', '--force', '--state-dir', place.record, place.policy],
      });
      if (find('logrotate') !== null) trial('logrotate', '', 'KEEP', byLogrotate);
      trial('logmill', '', 'KEEP', byLogmill);
      trial('logmill tail', 'truncatewith tail', 'KEEP', byLogmill);
      trial('logmill punch', 'truncatewith punch', 'KEEP', byLogmill);
      trial('logmill punch, jumping', 'truncatewith punch', 'JUMP', byLogmill);
      if (blind === null) trial('logmill freeze', 'truncatewith freeze', 'KEEP', byLogmill);
    }
    const skipped =
      find('logrotate') === null ? [{ name: 'logrotate', why: 'no logrotate on this machine' }] : [];
    if (blind !== null)
      skipped.push({ name: 'logmill freeze', why: `${blind}; as root it runs under ${allSeen}` });
    return { contenders, skipped, notes };
  },
};

interface Place {
  readonly log: string;
  readonly logs: string;
  readonly policy: string;
  readonly state: string;
  readonly record: string;
}

interface Trial {
  readonly name: string;
  readonly writer: string;
  readonly rate: number;
  readonly rotations: number;
  /** A line more in logmill's policy. */
  readonly extra: string;
  readonly how: How;
  readonly command: (place: Place) => Command;
}

function contender(ground: Ground, trial: Trial): Contender {
  const root = join(ground.folder, trial.name.replaceAll(/\W+/g, '-'));
  const logs = join(root, 'logs');
  const place = {
    logs,
    log: join(logs, 'app.log'),
    policy: join(root, 'policy.conf'),
    state: join(root, 'state'),
    record: join(root, 'record'),
  };
  const command = trial.command(place);
  return {
    name: trial.name,
    command: showCommand(command),
    prepare: async () => {
      rmSync(root, { recursive: true, force: true });
      mkdirSync(logs, { recursive: true });
      mkdirSync(place.record);
      writeFileSync(
        place.policy,
        `${place.log} {\n  rotate 1000\n  copytruncate\n  nocompress\n  ${trial.extra}\n}\n`,
      );
    },
    run: async () => {
      const writing = startWriter(trial.writer, place.log, trial.rate, trial.how);
      let wallMs = 0;
      for (let at = 0; at < trial.rotations; at += 1) {
        await written(40);
        wallMs += (await measure(command)).wallMs;
      }
      const lines = await writing.stop();
      const found = await count(place.log, ground.tool, lines);
      rmSync(root, { recursive: true, force: true });
      return { wallMs: wallMs / trial.rotations, cpuMs: null, peakBytes: null, facts: { lines, ...found } };
    },
  };
}

/** Lets the writer write for a while. */
function written(ms: number): Promise<void> {
  return new Promise(resolve => {
    setTimeout(resolve, ms);
  });
}

/** All generations and the live log as one stream, counted line by line. */
async function count(log: string, { node, bin }: Ground['tool'], lines: number): Promise<Counted> {
  const cat = spawn(node, [bin, 'cat', log], { stdio: ['ignore', 'pipe', 'inherit'] });
  return countLines(cat.stdout, lines);
}
