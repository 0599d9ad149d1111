// Twelve services of a trading house in one process, each with a log of its own, appending in the
// voice of logging formats one meets. Deterministic in what it writes, not in how fast the machine is.
// Usage: node demo-services.ts FOLDER [BYTES-PER-SECOND]; writes until it is told to stop.

import { closeSync, mkdirSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';

export const serviceNames = [
  'gateway',
  'orders',
  'matching',
  'risk',
  'pricing',
  'ledger',
  'settlement',
  'market-data',
  'reports',
  'auth',
  'mailer',
  'scheduler',
] as const;

/** A source of log lines that begins anew for each seed: text of about gzip ratio 5. */
export function makeLines(service: string, seed: number): () => string {
  const draw = mulberry(seed);
  let at = Date.UTC(2026, 0, 5, 8, 0, 0);
  let price = 100;
  let order = hex(draw, 32);
  return () => {
    at += Math.floor(draw() * 40);
    price *= 1 + (draw() - 0.5) / 500;
    if (draw() < 0.3) order = hex(draw, 32);
    const head = `${new Date(at).toISOString()} ${pick(levels, draw)} [${service}]`;
    const amount = Math.floor(draw() * 10_000);
    switch (Math.floor(draw() * 5)) {
      case 0:
        return `${head} order=${order} side=${pick(sides, draw)} qty=${amount} px=${price.toFixed(4)} accepted in ${(draw() * 3).toFixed(3)} ms\n`;
      case 1:
        return `${head} {"event":"quote","symbol":"${pick(symbols, draw)}","bid":${price.toFixed(4)},"ask":${(price * 1.0002).toFixed(4)},"depth":${amount}}\n`;
      case 2:
        return `${head} GET /v1/orders/${order} 200 ${amount} "-" "trader/4.${Math.floor(draw() * 9)}"\n`;
      case 3:
        return `${head} position of account ${1000 + Math.floor(draw() * 400)} in ${pick(symbols, draw)} is now ${amount}\n`;
      default:
        return `${head} heartbeat from ${pick(hosts, draw)} after ${Math.floor(draw() * 5000)} us\n`;
    }
  };
}

const levels = ['INFO ', 'INFO ', 'INFO ', 'DEBUG', 'WARN '];
const sides = ['buy', 'sell'];
const symbols = ['ACME.DE', 'INITECH.US', 'HOOLI.US', 'UMBRELLA.JP', 'WAYNE.US', 'STARK.US'];
const hosts = ['node-a1', 'node-a2', 'node-b1', 'node-b2', 'node-c1'];

function pick(from: readonly string[], draw: () => number): string {
  return from[Math.floor(draw() * from.length)] ?? '';
}

function hex(draw: () => number, length: number): string {
  let text = '';
  while (text.length < length)
    text += Math.floor(draw() * 0x10000)
      .toString(16)
      .padStart(4, '0');
  return text.slice(0, length);
}

// Public domain (mulberry32, Tommy Ettinger): a small generator with a seed, so that runs compare.
function mulberry(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** Writes into FOLDER/NAME.log, each service at its own share of `rate`, until a signal comes. */
async function serve(folder: string, rate: number): Promise<void> {
  mkdirSync(folder, { recursive: true });
  const services = serviceNames.map((name, at) => ({
    lines: makeLines(name, at + 1),
    fd: openSync(join(folder, `${name}.log`), 'a'),
    share: (12 - at) / 78,
  }));
  const stop = new AbortController();
  for (const signal of ['SIGTERM', 'SIGINT']) process.once(signal, () => stop.abort());
  const pause = 50;
  while (!stop.signal.aborted) {
    for (const { lines, fd, share } of services) writeSync(fd, blockOf(lines, (rate * share * pause) / 1000));
    await wait(pause, undefined, { signal: stop.signal }).catch(() => null);
  }
  for (const { fd } of services) closeSync(fd);
}

function blockOf(lines: () => string, size: number): string {
  let block = '';
  while (block.length < size) block += lines();
  return block;
}

if (import.meta.main) {
  const [folder, rate] = process.argv.slice(2);
  if (folder === undefined) throw new Error('internal: no folder was named');
  await serve(folder, Number(rate ?? 12_000_000));
}
