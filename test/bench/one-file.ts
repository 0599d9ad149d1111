// One large file in gzip format: what two cores give, against the program made for it.

import {
  closeSync,
  copyFileSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import type { Benchmark, Contender, Ground } from './benchmark.ts';
import { ourRotation } from './policies.ts';
import { measure, present, showCommand, syncDisks } from './programs.ts';

export const oneFile: Benchmark = {
  name: 'one-file',
  title: 'one large file, gzip format, level 6',
  rounds: { full: 5, quick: 1 },
  async prepare(ground) {
    const log = await oneLog(ground, ground.quick ? 64e6 : 256 * 2 ** 20);
    const packer = (program: string, args: readonly string[]) => ({
      name: [program, ...args].join(' '),
      needs: [program],
      make: () => filter(ground, log, program, args),
    });
    const { contenders, skipped } = present([packer('pigz', ['-p2', '-6']), packer('gzip', ['-6'])]);
    const lay = (folder: string) => copyFileSync(log, join(folder, 'all.log'));
    const ours = ourRotation({ name: 'logmill gzip', body: 'rotate 4\ncreate\ncompress', lay, ground });
    return {
      contenders: [...contenders, ours],
      skipped,
      notes: ['ours starts Node, renames, syncs and verifies within the time'],
    };
  },
};

function filter(ground: Ground, log: string, program: string, args: readonly string[]): Contender {
  const into = join(ground.folder, `${program}.gz`);
  const command = { program, args: [...args, '-c', log], into };
  return {
    name: [program, ...args].join(' '),
    command: showCommand(command),
    prepare: async () => {
      rmSync(into, { force: true });
      syncDisks();
    },
    run: async () => {
      const measured = await measure(command);
      return { ...measured, facts: { 'kept MB': statSync(into).size / 1e6 } };
    },
  };
}

/** The twelve logs joined. */
async function oneLog(ground: Ground, bytes: number): Promise<string> {
  const from = await ground.logs(bytes);
  const folder = join(ground.folder, 'joined');
  mkdirSync(folder, { recursive: true });
  const log = join(folder, 'all.log');
  const file = openSync(log, 'w');
  for (const name of readdirSync(from).sort()) writeSync(file, readFileSync(join(from, name)));
  closeSync(file);
  return log;
}
