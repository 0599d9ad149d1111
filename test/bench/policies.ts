// One policy text for peers and us, and the contenders that rotate by it: the same logs, fresh each
// time, the same directives.

import { copyFileSync, mkdirSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Contender, Ground, Measured } from './benchmark.ts';
import { type Command, measure, type Peer, showCommand, syncDisks } from './programs.ts';

export interface Rotation {
  readonly name: string;
  /** The section's body. */
  readonly body: string;
  /** Lays fresh logs into the folder. */
  readonly lay: (folder: string) => void;
  readonly ground: Ground;
  /** Looks at the folder afterwards, outside of the time; throws what is wrong. */
  readonly check?: (folder: string) => Promise<void>;
}

/** Copies of the logs in `from`. */
export function copies(from: string): (folder: string) => void {
  return folder => {
    for (const name of readdirSync(from)) copyFileSync(join(from, name), join(folder, name));
  };
}

/** `logrotate -f`; the programs that the policy names must be there too. */
export function logrotatePeer(rotation: Rotation, ...programs: readonly string[]): Peer {
  return {
    name: rotation.name,
    needs: ['logrotate', ...programs],
    make: () =>
      contender(rotation, place => ({ program: 'logrotate', args: ['-f', '-s', place.state, place.policy] })),
  };
}

/** `logmill apply --force`. */
export function ourRotation(rotation: Rotation): Contender {
  const { tool } = rotation.ground;
  return contender(rotation, place => ({
    program: tool.node,
    args: [tool.bin, 'apply', '--quiet', '--force', '--state-dir', place.folder, place.policy],
  }));
}

interface Place {
  readonly logs: string;
  readonly policy: string;
  readonly state: string;
  readonly folder: string;
}

function contender(rotation: Rotation, commandIn: (place: Place) => Command): Contender {
  const root = join(rotation.ground.folder, rotation.name.replaceAll(/\W+/g, '-'));
  const place = {
    logs: join(root, 'logs'),
    policy: join(root, 'policy.conf'),
    state: join(root, 'state'),
    folder: join(root, 'record'),
  };
  const command = commandIn(place);
  return {
    name: rotation.name,
    command: `${showCommand(command)}  with: ${rotation.body.trim().replaceAll(/\s*\n\s*/g, '; ')}`,
    prepare: async () => {
      rmSync(root, { recursive: true, force: true });
      mkdirSync(place.logs, { recursive: true });
      mkdirSync(place.folder);
      rotation.lay(place.logs);
      writeFileSync(place.policy, `${place.logs}/*.log {\n${rotation.body}\n}\n`);
      syncDisks();
    },
    run: async () => {
      const measured = await measure(command);
      await rotation.check?.(place.logs);
      return withSizes(measured, place.logs, root);
    },
  };
}

/** What the archives take, and that every log was rotated; the folder is emptied for the next one. */
function withSizes(measured: Measured, logs: string, root: string): Measured {
  const names = readdirSync(logs);
  const kept = names.filter(name => !name.endsWith('.log'));
  const bytes = kept.reduce((sum, name) => sum + statSync(join(logs, name)).size, 0);
  const rotated = kept.length;
  rmSync(root, { recursive: true, force: true });
  if (rotated === 0) throw new Error('nothing was rotated');
  return { ...measured, facts: { 'kept MB': bytes / 1e6, generations: rotated } };
}
