// Twelve services' logs at once: rename, create, compress. We sync and verify each archive, the
// peers do neither.

import type { Benchmark } from './benchmark.ts';
import { copies, logrotatePeer, ourRotation } from './policies.ts';
import { present } from './programs.ts';

const common = 'rotate 4\ncreate\ncompress\n';

export const twelveFiles: Benchmark = {
  name: 'twelve-files',
  title: '12 files: rename, create, compress',
  rounds: { full: 5, quick: 2 },
  async prepare(ground) {
    const lay = copies(await ground.logs(ground.quick ? 128e6 : 256 * 2 ** 20));
    const rotation = (name: string, more: string) => ({ name, body: common + more, lay, ground });
    const zstd = 'compresscmd zstd\ncompressext .zst\ncompressoptions ';
    const { contenders, skipped } = present([
      logrotatePeer(rotation('logrotate gzip', ''), 'gzip'),
      logrotatePeer(rotation('logrotate pigz', 'compresscmd pigz\ncompressoptions -p2 -6'), 'pigz'),
      logrotatePeer(rotation('logrotate zstd', `${zstd}-3 -T2 --rm`), 'zstd'),
    ]);
    return {
      contenders: [
        ...contenders,
        ourRotation(rotation('logmill gzip', '')),
        ourRotation(rotation('logmill zstd fast', `${zstd}fast`)),
        ourRotation(rotation('logmill zstd mid', `${zstd}mid`)),
      ],
      skipped,
      notes: ['ours sync every archive and decode it again; the peers do neither'],
    };
  },
};
