// The service beside eight writers at full speed: what watching costs, and how late a limit is seen.

import { mkdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Benchmark, middle } from './benchmark.ts';
import { showCommand } from './programs.ts';
import { pause, serviceArgs, startService } from './service.ts';
import { compileWriter, startWriter } from './writers.ts';

const limit = 16 * 2 ** 20;

export const busy: Benchmark = {
  name: 'busy',
  title: 'the service beside 8 writers at full speed',
  rounds: { full: 1, quick: 1 },
  async prepare(ground) {
    const seconds = ground.quick ? 10 : 30;
    const writer = compileWriter(ground.folder);
    const place = { policy: join(ground.folder, 'policy.conf'), record: join(ground.folder, 'record') };
    const command = showCommand({ program: ground.tool.node, args: serviceArgs(ground, place) });
    const notes = [
      `${seconds} s; size 16M, rotate 1, create, nocompress: the CPU is that of watching and renaming`,
    ];
    if (writer === null)
      return { contenders: [], skipped: [{ name: 'all', why: 'no C compiler on this machine' }], notes };
    const run = async () => {
      const logs = join(ground.folder, 'logs');
      for (const folder of [logs, place.record]) {
        rmSync(folder, { recursive: true, force: true });
        mkdirSync(folder);
      }
      const files = Array.from({ length: 8 }, (_, at) => join(logs, `app${at}.log`));
      for (const file of files) writeFileSync(file, '');
      writeFileSync(
        place.policy,
        `${logs}/*.log {\n  size 16M\n  rotate 1\n  create\n  nocompress\n  missingok\n}\n`,
      );
      const service = await startService(ground, place);
      const writing = files.map(file => startWriter(writer, file, 0, 'REOPEN'));
      try {
        const before = service.cpuMs();
        const latencies = await watch(files, seconds * 1000);
        const after = service.cpuMs();
        const facts = {
          ...(before === null || after === null ? {} : { 'CPU %': (after - before) / seconds / 10 }),
          rotations: latencies.length,
          'late ms': middle(latencies) ?? 0,
          'at most ms': Math.max(0, ...latencies),
        };
        return { wallMs: seconds * 1000, cpuMs: null, peakBytes: service.peakBytes(), facts };
      } finally {
        await Promise.all(writing.map(one => one.stop()));
        await service.stop();
      }
    };
    return { contenders: [{ name: 'logmill run', command, run }], notes };
  },
};

/** From the moment at which a log is seen over its limit until another file has its name. */
async function watch(files: readonly string[], ms: number): Promise<readonly number[]> {
  const latencies: number[] = [];
  const over = new Map<string, { readonly inode: number; readonly since: number }>();
  const end = performance.now() + ms;
  while (performance.now() < end) {
    for (const file of files) {
      const stat = statSync(file, { throwIfNoEntry: false });
      const known = over.get(file);
      if (known !== undefined && stat?.ino !== known.inode) {
        latencies.push(performance.now() - known.since);
        over.delete(file);
      } else if (known === undefined && stat !== undefined && stat.size >= limit) {
        over.set(file, { inode: stat.ino, since: performance.now() });
      }
    }
    await pause(10);
  }
  for (const { since } of over.values()) latencies.push(performance.now() - since);
  return latencies;
}
