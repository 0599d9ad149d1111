// On what the figures were measured: without it they mean nothing.

import { arch, cpus, release, totalmem, type } from 'node:os';
import { versionOf } from './programs.ts';

export interface Machine {
  readonly date: string;
  readonly cpu: string;
  readonly cores: number;
  readonly memoryBytes: number;
  readonly system: string;
  readonly versions: Readonly<Record<string, string | null>>;
}

const peers = ['logrotate', 'gzip', 'pigz', 'zstd', 'cc'];

export function thisMachine(): Machine {
  const all = cpus();
  return {
    date: new Date().toISOString(),
    cpu: all[0]?.model ?? 'unknown',
    cores: all.length,
    memoryBytes: totalmem(),
    system: `${type()} ${release()} ${arch()}`,
    versions: {
      node: process.version,
      zlib: process.versions.zlib ?? null,
      zstd_in_node: process.versions.zstd ?? null,
      ...Object.fromEntries(peers.map(name => [name, versionOf(name)])),
    },
  };
}
