// Searching kept logs: the same gzip archives, twelve generations of one log, by zgrep and by us.

import { copyFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Benchmark, Contender, Ground } from './benchmark.ts';
import { measure, present, showCommand, timed } from './programs.ts';

/** Counted: a text that is rare, one that is not, an expression, one without a text to go by; and printed, every fourth line. */
const questions: readonly (readonly string[])[] = [
  ['-c', 'id=22bd70cb'],
  ['-c', 'Traceback'],
  ['-c', 'fill.*BUY 4.*@ 0.7'],
  ['-ci', 'traceback'],
  ['-cE', 'ERROR|CRITICAL|Traceback'],
  ['-h', 'order'],
];

export const searching: Benchmark = {
  name: 'search',
  title: 'twelve gzip archives searched',
  rounds: { full: 5, quick: 2 },
  async prepare(ground) {
    await layArchives(ground);
    const trials = questions.flatMap(asked => [
      { name: `zgrep ${asked.join(' ')}`, needs: ['zgrep'], make: () => zgrep(ground, asked) },
      { name: `logmill ${asked.join(' ')}`, needs: [], make: () => ours(ground, asked) },
    ]);
    return {
      ...present(trials),
      notes: [
        'ours starts Node within the time; each row of ours is to be held against the zgrep row above it',
      ],
    };
  },
};

async function layArchives(ground: Ground): Promise<void> {
  const from = await ground.logs(ground.quick ? 128e6 : 256 * 2 ** 20);
  for (const [index, name] of readdirSync(from).sort().entries()) {
    const log = join(ground.folder, `app.log.${index + 1}`);
    copyFileSync(join(from, name), log);
    await timed({ program: 'gzip', args: ['-6', log] });
  }
}

/** Both end with 1 where no line matches. */
const good = [0, 1];

function zgrep(ground: Ground, asked: readonly string[]): Contender {
  const archives = readdirSync(ground.folder).filter(name => name.endsWith('.gz'));
  const args = [...asked, ...archives.map(name => join(ground.folder, name))];
  return {
    name: `zgrep ${asked.join(' ')}`,
    command: showCommand({ program: 'zgrep', args: [...asked, 'app.log.*.gz'] }),
    run: () => measure({ program: 'zgrep', args, good }),
  };
}

function ours(ground: Ground, asked: readonly string[]): Contender {
  const { node, bin } = ground.tool;
  const args = [bin, 'grep', ...asked, join(ground.folder, 'app.log')];
  return {
    name: `logmill ${asked.join(' ')}`,
    command: showCommand({ program: 'logmill', args: ['grep', ...asked, 'app.log'] }),
    run: () =>
      measure({ program: node, args, env: { LOGMILL_POLICIES: '', XDG_CONFIG_HOME: ground.folder }, good }),
  };
}
