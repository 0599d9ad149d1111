// Logs to measure with: twelve services of a trading system, full of fresh ids, prices and times, and
// therefore harder to compress than most. The same bytes for the same size, on every machine.

import { closeSync, mkdirSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';

const services = [
  ['market_data', 0.26],
  ['order_router', 0.15],
  ['executor', 0.13],
  ['strategy_mm', 0.11],
  ['strategy_momentum', 0.08],
  ['risk_check', 0.08],
  ['ws_gateway', 0.06],
  ['portfolio', 0.05],
  ['reconciler', 0.03],
  ['funding_arb', 0.02],
  ['notifier', 0.02],
  ['scheduler', 0.01],
] as const;

/** Writes the twelve logs into `folder`, in all at least `bytes` and at most a line each more. */
export function writeLogs(folder: string, bytes: number): void {
  mkdirSync(folder, { recursive: true });
  for (const [at, [name, share]] of services.entries()) {
    const file = openSync(join(folder, `${name}.log`), 'wx');
    try {
      writeLines(file, linesOf(name, at + 1), Math.round(bytes * share));
    } finally {
      closeSync(file);
    }
  }
}

/** Small logs, each of `size` bytes, over `folders` folders. */
export function writeSmallLogs(
  folder: string,
  { count, size, folders }: { readonly count: number; readonly size: number; readonly folders: number },
): void {
  const next = linesOf('order_router', 99);
  for (let at = 0; at < count; at += 1) {
    const into = folders === 1 ? folder : join(folder, `f${at % folders}`);
    if (at < folders) mkdirSync(into, { recursive: true });
    let text = '';
    while (text.length < size) text += next();
    const file = openSync(join(into, `app${at}.log`), 'wx');
    writeSync(file, text.slice(0, size));
    closeSync(file);
  }
}

function writeLines(file: number, next: () => string, bytes: number): void {
  let text = '';
  let written = 0;
  while (written + text.length < bytes) {
    text += next();
    if (text.length < 1 << 20) continue;
    writeSync(file, text);
    written += text.length;
    text = '';
  }
  writeSync(file, text);
}

interface Chance {
  /** 32 random bits. */
  bits(): number;
  part(): number;
  whole(low: number, high: number): number;
  pick<T>(all: readonly T[]): T;
}

/** sfc32: small, quick, and the same everywhere. */
function chance(seed: number): Chance {
  let [a, b, c, d] = [0x9e3779b9, 0x243f6a88, 0xb7e15162, seed >>> 0];
  const bits = () => {
    const sum = (((a + b) | 0) + d) | 0;
    d = (d + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = ((c << 21) | (c >>> 11)) + sum;
    c |= 0;
    return sum >>> 0;
  };
  for (let at = 0; at < 20; at += 1) bits();
  const part = () => bits() / 2 ** 32;
  const whole = (low: number, high: number) => low + Math.floor(part() * (high - low + 1));
  return { bits, part, whole, pick: all => all[whole(0, all.length - 1)] as (typeof all)[number] };
}

const symbols = [
  'BTC/USDT',
  'ETH/USDT',
  'SOL/USDT',
  'XRP/USDT',
  'AVAX/USDT',
  'LINK/USDT',
  'BNB/USDT',
  'LTC/USDT',
];
const prices = [67421.5, 3512.8, 148.22, 0.5211, 36.91, 17.433, 588.4, 84.55];
const venues = ['binance', 'kraken', 'bybit', 'okx'];

interface Order {
  readonly id: string;
  readonly at: number;
  readonly side: string;
  readonly amount: string;
  readonly venue: string;
}

/** One service's lines, endless. */
function linesOf(service: string, seed: number): () => string {
  const dice = chance(seed * 7919);
  const logger = `bots.${service}`;
  const price = [...prices];
  const open: Order[] = [];
  let now = Date.UTC(2026, 2, 14);
  let sequence = dice.whole(1e8, 9e8);

  const hex = () => dice.bits().toString(16).padStart(8, '0');
  const move = (at: number) => {
    price[at] = (price[at] ?? 1) * (1 + (dice.part() - 0.5) * 0.0004);
    return (price[at] ?? 1).toFixed(price[at] && price[at] < 10 ? 5 : 2);
  };
  const order = (): Order => {
    if (open.length > 0 && dice.part() < 0.7)
      return open[open.length - 1 - Math.min(open.length - 1, Math.floor(dice.part() ** 2 * 20))] as Order;
    const uuid = hex();
    const id = `${hex()}-${uuid.slice(0, 4)}-4${uuid.slice(5)}-a${hex().slice(5)}-${hex()}${hex().slice(4)}`;
    const made = {
      id,
      at: dice.whole(0, symbols.length - 1),
      side: dice.pick(['BUY', 'SELL']),
      amount: (dice.part() ** 3 * 40).toFixed(4),
      venue: dice.pick(venues),
    };
    open.push(made);
    if (open.length > 40) open.shift();
    return made;
  };
  const stamp = () => new Date(now).toISOString().slice(0, 23).replace('T', ' ').replace('.', ',');
  const line = (level: string, text: string) => `${stamp()} ${level} [${logger}] ${text}\n`;
  const took = () => `${(dice.part() ** 2 * 90).toFixed(1)}ms`;

  const tick = () => {
    const at = dice.whole(0, symbols.length - 1);
    sequence += dice.whole(1, 9);
    return line(
      'DEBUG',
      `tick ${dice.pick(venues)} ${symbols[at]} last=${move(at)} bid=${move(at)} ask=${move(at)} seq=${sequence}`,
    );
  };
  const fresh = () => {
    const one = order();
    return line(
      'INFO',
      `new order id=${one.id} client_oid=${++sequence} ${one.side} ${one.amount} ${symbols[one.at]} @ ${move(one.at)} venue=${one.venue} tif=GTC`,
    );
  };
  const ack = () => line('INFO', `ack id=${order().id} exch_id=${dice.whole(1e9, 9e9)} latency=${took()}`);
  const report = () => {
    const one = order();
    return line(
      'DEBUG',
      `<- {"e":"executionReport","E":${Math.floor(now)},"s":"${symbols[one.at]}","c":"${one.id}","S":"${one.side}","o":"LIMIT","q":"${one.amount}","X":"${dice.pick(['NEW', 'FILLED', 'CANCELED'])}","i":${dice.whole(1e9, 9e9)}}`,
    );
  };
  const cycle = () =>
    line(
      'INFO',
      `cycle=${++sequence} took=${took()} quotes=${dice.whole(2, 24)} pnl=${((dice.part() - 0.5) * 240).toFixed(2)} USDT`,
    );
  const fault = () =>
    `${line('ERROR', `unhandled error in cycle=${sequence} order_id=${order().id}`)}Traceback (most recent call last):\n  File "/opt/bots/${service}/runner.py", line ${dice.whole(90, 110)}, in _run_cycle\n    await self._step(now)\nccxt.base.errors.RequestTimeout: ${dice.pick(venues)} POST https://api.${dice.pick(venues)}.com/v3/order request timed out after ${dice.whole(3000, 10050)} ms\n`;
  const kinds =
    service === 'market_data' ? [tick, tick, tick, tick, cycle] : [fresh, ack, report, cycle, tick];

  return () => {
    now += dice.part() * 40;
    return dice.part() < 0.004 ? fault() : dice.pick(kinds)();
  };
}
