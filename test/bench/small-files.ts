// Thousands of small logs: what counts is the cost of a file, not of a byte.

import type { Benchmark } from './benchmark.ts';
import { writeSmallLogs } from './corpus.ts';
import { logrotatePeer, ourRotation } from './policies.ts';
import { present } from './programs.ts';

export const smallFiles: Benchmark = {
  name: 'small-files',
  title: 'small logs of 4 KB: rename, create, compress',
  rounds: { full: 3, quick: 1 },
  async prepare(ground) {
    const count = ground.quick ? 500 : 5000;
    const lay = (folder: string) => writeSmallLogs(folder, { count, size: 4096, folders: 1 });
    const rotation = (name: string) => ({ name, body: 'rotate 4\ncreate\ncompress', lay, ground });
    const { contenders, skipped } = present([logrotatePeer(rotation('logrotate gzip'), 'gzip')]);
    return {
      contenders: [...contenders, ourRotation(rotation('logmill gzip'))],
      skipped,
      notes: [`${count} files`],
    };
  },
};
