// Searching kept logs: the same gzip archives, twelve generations of one log, by zgrep and by us.

import { copyFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Benchmark, Contender, Ground } from './benchmark.ts';
import { measure, present, showCommand, timed } from './programs.ts';

/** A text that is rare, a text that is not, and an expression. */
const patterns = ['id=22bd70cb', 'Traceback', 'fill.*BUY 4.*@ 0.7'] as const;

export const searching: Benchmark = {
  name: 'search',
  title: 'twelve gzip archives searched, lines counted',
  rounds: { full: 5, quick: 2 },
  async prepare(ground) {
    await layArchives(ground);
    const trials = patterns.flatMap(pattern => [
      { name: `zgrep ${pattern}`, needs: ['zgrep'], make: () => zgrep(ground, pattern) },
      { name: `logmill ${pattern}`, needs: [], make: () => ours(ground, pattern) },
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

function zgrep(ground: Ground, pattern: string): Contender {
  const archives = readdirSync(ground.folder).filter(name => name.endsWith('.gz'));
  const args = ['-c', pattern, ...archives.map(name => join(ground.folder, name))];
  return {
    name: `zgrep ${pattern}`,
    command: showCommand({ program: 'zgrep', args: ['-c', pattern, 'app.log.*.gz'] }),
    run: () => measure({ program: 'zgrep', args, good }),
  };
}

function ours(ground: Ground, pattern: string): Contender {
  const { node, bin } = ground.tool;
  const args = [bin, 'grep', '-c', pattern, join(ground.folder, 'app.log')];
  return {
    name: `logmill ${pattern}`,
    command: showCommand({ program: 'logmill', args: ['grep', '-c', pattern, 'app.log'] }),
    run: () =>
      measure({ program: node, args, env: { LOGMILL_POLICIES: '', XDG_CONFIG_HOME: ground.folder }, good }),
  };
}
