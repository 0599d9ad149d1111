// The folder that logmill was made for: 2.5 GB in twelve logs. Afterwards every byte is read back
// from all generations and the live log, and must have the digest of what was there before.

import { createHash } from 'node:crypto';
import { createReadStream, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createGunzip, createZstdDecompress } from 'node:zlib';
import type { Benchmark, Contender } from './benchmark.ts';
import { copies, logrotatePeer, ourRotation, type Rotation } from './policies.ts';
import { present } from './programs.ts';

export const founding: Benchmark = {
  name: 'founding',
  title: 'the founding 2.5 GB: twelve logs, rotated and compressed',
  rounds: { full: 1, quick: 1 },
  async prepare(ground) {
    const bytes = ground.quick ? 128e6 : 2.5e9;
    const from = await ground.logs(bytes);
    const before = await digestsOf(from);
    const rotation = (name: string, more: string): Rotation => ({
      name,
      body: `rotate 4\ncreate\ncompress\n${more}`,
      lay: copies(from),
      ground,
    });
    const zstd = 'compresscmd zstd\ncompressext .zst\ncompressoptions ';
    const checked = (one: Rotation) => ourRotation({ ...one, check: folder => mustHold(folder, before) });
    const { contenders, skipped } = present(
      ground.quick ? [] : [logrotatePeer(rotation('logrotate gzip', ''), 'gzip')],
    );
    const ours: readonly Contender[] = [
      checked(rotation('logmill zstd fast', `${zstd}fast`)),
      checked(rotation('logmill zstd mid', `${zstd}mid`)),
    ];
    const size = ground.quick ? ['128 MB only: --quick'] : [];
    return {
      contenders: [...contenders, ...ours],
      skipped,
      notes: [...size, 'every byte was read back and compared by SHA-256'],
    };
  },
};

async function digestsOf(folder: string): Promise<ReadonlyMap<string, string>> {
  const digests = new Map<string, string>();
  for (const log of readdirSync(folder)) digests.set(log, await joinedDigest(folder, [log]));
  return digests;
}

/** @throws Error naming the log that does not give back its bytes */
async function mustHold(folder: string, before: ReadonlyMap<string, string>): Promise<void> {
  for (const [log, digest] of before) {
    // Oldest first: log.2.zst, log.1.zst, log.
    const names = readdirSync(folder).filter(name => name === log || name.startsWith(`${log}.`));
    const numbered = names.sort((a, b) => numberIn(b, log) - numberIn(a, log));
    if ((await joinedDigest(folder, numbered)) !== digest)
      throw new Error(`${log} does not give back what it held`);
  }
}

function numberIn(name: string, log: string): number {
  return Number.parseInt(name.slice(log.length + 1), 10) || 0;
}

async function joinedDigest(folder: string, names: readonly string[]): Promise<string> {
  const hash = createHash('sha256');
  for (const name of names) {
    const source = createReadStream(join(folder, name), { highWaterMark: 2 ** 20 });
    const take = async (chunks: AsyncIterable<Buffer>) => {
      for await (const chunk of chunks) hash.update(chunk);
    };
    if (name.endsWith('.gz')) await pipeline(source, createGunzip(), take);
    else if (name.endsWith('.zst')) await pipeline(source, createZstdDecompress(), take);
    else await pipeline(source, take);
  }
  return hash.digest('hex');
}
