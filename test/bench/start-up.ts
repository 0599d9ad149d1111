// How long a person waits for nothing: the installed program against a bare Node.

import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Benchmark } from './benchmark.ts';
import { writeSmallLogs } from './corpus.ts';
import { timed } from './programs.ts';

export const startUp: Benchmark = {
  name: 'start-up',
  title: 'start-up of the installed program',
  rounds: { full: 25, quick: 11 },
  async prepare(ground) {
    const { node, bin } = ground.tool;
    const logs = join(ground.folder, 'logs');
    writeSmallLogs(logs, { count: 12, size: 4096, folders: 1 });
    const record = join(ground.folder, 'record');
    mkdirSync(record);
    const policy = join(ground.folder, 'policy.conf');
    writeFileSync(policy, `${logs}/*.log {\n  size 100M\n  rotate 4\n}\n`);
    await timed({ program: node, args: [bin, 'apply', '--quiet', '--state-dir', record, policy] });
    const start = (name: string, args: readonly string[]) => ({
      name,
      command: ['node', ...args].join(' '),
      run: async () => ({ wallMs: await timed({ program: node, args }), cpuMs: null, peakBytes: null }),
    });
    return {
      contenders: [
        start('node -e 0', ['-e', '0']),
        start('logmill --version', [bin, '--version']),
        start('logmill --help', [bin, '--help']),
        start('logmill status', [bin, 'status', '--state-dir', record, policy]),
      ],
      notes: ['to reach: a ratio of 0.67 or more, that is 1.5 times the bare Node'],
    };
  },
};
