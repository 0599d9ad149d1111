// The codecs alone, in process, from memory to memory, against node:zlib's own streams.

import { readdirSync, readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip, createZstdCompress } from 'node:zlib';
import type { CodecName, Level } from '../../src/codec/codec.ts';
import { codecNamed } from '../../src/codec/codecs.ts';
import { makePool } from '../../src/codec/pool.ts';
import type { Benchmark, Contender } from './benchmark.ts';

const ours: readonly (readonly [CodecName, Level])[] = [
  ['gzip', 'fast'],
  ['gzip', 6],
  ['zstd', 'fast'],
  ['zstd', 'mid'],
  ['zstd', 'high'],
  ['brotli', 'fast'],
];

export const codecs: Benchmark = {
  name: 'codecs',
  title: 'codecs, in process, memory to memory',
  rounds: { full: 5, quick: 2 },
  async prepare(ground) {
    const from = await ground.logs(ground.quick ? 64e6 : 256 * 2 ** 20);
    const sample = sampleOf(from, ground.quick ? 8e6 : 32e6);
    const pool = makePool(availableParallelism() + 2);
    return {
      contenders: [
        stream('node:zlib gzip 6, a stream', sample, () => createGzip({ level: 6 })),
        stream('node:zlib zstd 3, a stream', sample, () => createZstdCompress()),
        ...ours.map(([name, level]) => codec(name, level, sample, pool)),
      ],
      notes: ['MB/s of plain bytes; "out" is decoding'],
    };
  },
};

/** The same share of each log. */
function sampleOf(folder: string, bytes: number): readonly Buffer[] {
  const names = readdirSync(folder).sort();
  const pieces = names.map(name => {
    const whole = readFileSync(join(folder, name));
    return whole.subarray(0, Math.ceil((bytes / names.length / 2 ** 20) * 2 ** 20));
  });
  const joined = Buffer.concat(pieces);
  return Array.from({ length: Math.ceil(joined.length / 2 ** 20) }, (_, at) =>
    joined.subarray(at * 2 ** 20, (at + 1) * 2 ** 20),
  );
}

function stream(name: string, sample: readonly Buffer[], make: () => NodeJS.ReadWriteStream): Contender {
  return {
    name,
    command: name,
    run: async () => {
      let packed = 0;
      const [start, cpu] = [performance.now(), process.cpuUsage()];
      await pipeline(Readable.from(sample), make(), async (chunks: AsyncIterable<Buffer>) => {
        for await (const chunk of chunks) packed += chunk.length;
      });
      return measured(sample, start, cpu, packed);
    },
  };
}

function codec(
  name: CodecName,
  level: Level,
  sample: readonly Buffer[],
  pool: ReturnType<typeof makePool>,
): Contender {
  const one = codecNamed(name);
  const size = plainSize(sample);
  return {
    name: `logmill ${name} ${level}`,
    command: `codecNamed('${name}').encode(sample, { level: '${level}' })`,
    run: async () => {
      const packed: Uint8Array[] = [];
      const [start, cpu] = [performance.now(), process.cpuUsage()];
      for await (const chunk of one.encode(sample, { level, size, pool })) packed.push(chunk);
      const coded = measured(
        sample,
        start,
        cpu,
        packed.reduce((sum, chunk) => sum + chunk.length, 0),
      );
      const begun = performance.now();
      let plain = 0;
      for await (const chunk of one.decode(packed)) plain += chunk.length;
      if (plain !== size) throw new Error(`${plain} bytes came back of ${size}`);
      return { ...coded, facts: { ...coded.facts, 'MB/s out': size / 1e3 / (performance.now() - begun) } };
    },
  };
}

function measured(sample: readonly Buffer[], start: number, cpu: NodeJS.CpuUsage, packed: number) {
  const wallMs = performance.now() - start;
  const used = process.cpuUsage(cpu);
  const plain = plainSize(sample);
  return {
    wallMs,
    cpuMs: (used.user + used.system) / 1000,
    peakBytes: null,
    facts: { 'times smaller': plain / packed, 'MB/s in': plain / 1e3 / wallMs },
  };
}

function plainSize(sample: readonly Buffer[]): number {
  return sample.reduce((sum, chunk) => sum + chunk.length, 0);
}
