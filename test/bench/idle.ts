// The service with nothing to do, over many files: what it takes, and how soon it sees a new one.

import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Benchmark, middle } from './benchmark.ts';
import { writeSmallLogs } from './corpus.ts';
import { showCommand } from './programs.ts';
import { pause, serviceArgs, startService, until } from './service.ts';

export const idle: Benchmark = {
  name: 'idle',
  title: 'the idle service: 10,000 files in 100 folders',
  rounds: { full: 1, quick: 1 },
  async prepare(ground) {
    const [count, seconds, events] = ground.quick ? [2_000, 5, 5] : [10_000, 30, 20];
    const place = { policy: join(ground.folder, 'policy.conf'), record: join(ground.folder, 'record') };
    const logs = join(ground.folder, 'logs');
    const run = async () => {
      mkdirSync(place.record);
      writeSmallLogs(logs, { count, size: 100, folders: 100 });
      writeFileSync(place.policy, `${logs}/*/*.log {\n  size 1k\n  rotate 4\n  create\n}\n`);
      const start = performance.now();
      const service = await startService(ground, place);
      try {
        const wallMs = performance.now() - start;
        // The service collects what its start has left after five seconds, once.
        await pause(7_000);
        const before = service.cpuMs();
        await pause(seconds * 1000);
        const after = service.cpuMs();
        const resident = service.residentBytes();
        const latencies: number[] = [];
        for (let at = 0; at < events; at += 1) {
          const log = join(logs, `f${(at * 7) % 100}`, `new${at}.log`);
          writeFileSync(log, 'x'.repeat(2000));
          latencies.push(await until(() => existsSync(`${log}.1`), 20_000));
          await pause(100);
        }
        const facts = {
          ...(resident === null ? {} : { 'idle MB': resident / 1e6 }),
          ...(before === null || after === null ? {} : { 'CPU %': (after - before) / seconds / 10 }),
          'noticed ms': middle(latencies) ?? 0,
          'at most ms': Math.max(...latencies),
        };
        return { wallMs, cpuMs: null, peakBytes: service.peakBytes(), facts };
      } finally {
        await service.stop();
      }
    };
    const command = showCommand({ program: ground.tool.node, args: serviceArgs(ground, place) });
    return {
      contenders: [{ name: 'logmill run', command, run }],
      notes: [
        `${count} files, ${seconds} s idle, ${events} new files over their limit: until the rotated one stands; the wall time is that of the start`,
      ],
    };
  },
};
