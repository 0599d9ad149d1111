// Cases for the differential test: configurations, folders of logs with old logs in every naming,
// states and clocks, all from one seed.

import type { Case, Config, SeedFile } from './case.ts';
import { type Dice, makeDice } from './dice.ts';
import { folderLogs, makeConfigs, makeIncluded, oddLogs, plainLogs, userLog } from './generate-config.ts';

const dayS = 86_400;
const zones = [
  'UTC',
  'UTC',
  'Europe/Berlin',
  'America/New_York',
  'Asia/Kolkata',
  'Australia/Lord_Howe',
] as const;

/** Moments that lie on edges: the year's end, both changes of daylight saving, a leap day, midnight. */
const edges = [
  Date.UTC(2026, 11, 31, 23, 30),
  Date.UTC(2027, 0, 1, 0, 10),
  Date.UTC(2026, 2, 28, 10, 0),
  Date.UTC(2026, 2, 29, 10, 0),
  Date.UTC(2026, 9, 25, 0, 40),
  Date.UTC(2028, 1, 29, 12, 0),
  Date.UTC(2026, 4, 31, 22, 5),
] as const;

/** @param asRoot owners and `su` are only made where they can be had */
export function generateCase(seed: number, asRoot: boolean): Case {
  const dice = makeDice(seed);
  const now = startOf(dice);
  const logs = chooseLogs(dice, asRoot);
  const { taboo, files: included } = makeIncluded(dice);
  const configs = withGlobals(makeConfigs(dice, logs, asRoot), taboo);
  const runs = [now];
  while (runs.length < 4 && dice.chance(40)) {
    runs.push((runs.at(-1) ?? now) + dice.oneOf([dayS, dayS, 7 * dayS, 3600, 31 * dayS, -3 * dayS, 120]));
  }
  return {
    seed,
    zone: dice.oneOf(zones),
    runs,
    args: dice.chance(20) ? ['-f'] : dice.chance(6) ? ['-d'] : dice.chance(5) ? ['--skip-state-lock'] : [],
    configs,
    included,
    includedBy: dice.oneOf(['the command line', 'the last configuration']),
    lineEnd: dice.chance(1) ? '\r\n' : '\n',
    files: { ...makeFiles(dice, configs, logs, now, asRoot), ...includedLogs(included) },
    isOpen: asRoot && dice.chance(15),
    state: makeState(dice, logs, now),
    stateVersion: dice.chance(8) ? 1 : 2,
    stateEnd: dice.chance(4) ? dice.oneOf(stateEnds) : '',
  };
}

function withGlobals(configs: readonly Config[], more: readonly string[]): Config[] {
  return configs.map((config, index) =>
    index === 0 ? { ...config, globals: [...config.globals, ...more] } : config,
  );
}

/** Behind the last entry, so that what logrotate forgets after a bad line is nothing. */
const stateEnds = [
  '"/nowhere" 2026-13-1-0:0:0\n',
  'rubbish\n',
  '\n\n',
  '/plain/name 2026-1-2\n',
  '"/x" 2026-1-1-1:1:1 more\n',
] as const;

function chooseLogs(dice: Dice, asRoot: boolean): string[] {
  const logs: string[] = plainLogs.filter((_, index) => index === 0 || dice.chance(45));
  if (dice.chance(12)) logs.push(dice.oneOf(oddLogs));
  if (dice.chance(8)) logs.push(...folderLogs);
  if (asRoot && dice.chance(5)) logs.push(userLog);
  return logs;
}

function startOf(dice: Dice): number {
  if (dice.chance(25)) return dice.oneOf(edges) / 1000;
  return Date.UTC(2026, dice.below(12), 1 + dice.below(28), dice.below(24), dice.below(60)) / 1000;
}

type Put = (name: string, seed: Partial<SeedFile>) => void;

const emptySeed: SeedFile = {
  text: '',
  packed: false,
  mode: 0o644,
  owner: 0,
  ageDays: 0,
  link: null,
  pointsTo: null,
  device: false,
  hole: 0,
  acl: null,
};

function makeFiles(
  dice: Dice,
  configs: readonly Config[],
  logs: readonly string[],
  now: number,
  asRoot: boolean,
): Record<string, SeedFile> {
  const files: Record<string, SeedFile> = {};
  const common = asRoot && dice.chance(20) ? 1 : 0;
  const acl = dice.chance(4) ? 'u:1:r' : null;
  const text = JSON.stringify(configs);
  for (const log of logs) {
    const owner = log === userLog ? 1 : common;
    const put: Put = (name, seed) => {
      files[name] = { ...emptySeed, text: `${name}\n`, owner, ...seed };
    };
    const isOdd = (oddLogs as readonly string[]).includes(log);
    if (dice.chance(6) && !isOdd) continue;
    putLive(dice, log, acl, asRoot, put);
    if (dice.chance(70)) addGenerations(dice, text, log, now, put);
  }
  if (text.includes('olddir old') && !text.includes('createolddir'))
    files['old/keep'] = { ...emptySeed, owner: common };
  return files;
}

function putLive(dice: Dice, log: string, acl: string | null, asRoot: boolean, put: Put): void {
  // A FIFO would hang logrotate 3.21.
  if (asRoot && dice.chance(1)) {
    put(log, { device: true });
    return;
  }
  if (dice.chance(2)) {
    put('elsewhere', {});
    put(log, { pointsTo: log.includes('/') ? '../elsewhere' : 'elsewhere' });
    return;
  }
  put(log, {
    text: dice.chance(10) ? '' : `live ${log}\n`,
    mode: dice.oneOf([0o644, 0o640, 0o600]),
    ageDays: dice.oneOf([0, 0, 0, 1, 2, 9]),
    link: dice.chance(5) && !log.includes('/') ? `${log}.link` : null,
    hole: dice.chance(3) ? 1 << 18 : 0,
    acl,
  });
}

/** Mostly in the naming that the configuration asks for, now and then in another. */
function addGenerations(dice: Dice, config: string, log: string, now: number, put: Put): void {
  const like = (word: string): boolean => (dice.chance(88) ? config.includes(word) : dice.chance(50));
  const [dated, packed, inner, later] = [
    like('dateext'),
    like('compress'),
    like('extension .log'),
    like('delaycompress'),
  ];
  const folder = config.includes('olddir old') && !log.includes('/') ? 'old/' : '';
  const [base, end] = inner && log.endsWith('.log') ? [log.slice(0, -4), '.log'] : [log, ''];
  const first = Number(/start (\d+)/.exec(config)?.[1] ?? 1);
  const count = 1 + dice.below(4);
  for (let index = 0; index < count; index += 1) {
    if (dice.chance(7)) continue;
    const isPacked = packed && !(later && index === 0);
    const mark = dated ? dateMark(now - (index + 1) * dayS) : `.${index + first}`;
    const name = `${folder}${base}${mark}${end}${isPacked ? '.gz' : ''}`;
    put(name, { packed: isPacked, ageDays: index + 1, mode: dice.oneOf([0o644, 0o600]) });
  }
}

function dateMark(seconds: number): string {
  return `-${new Date(seconds * 1000).toISOString().slice(0, 10).replaceAll('-', '')}`;
}

function includedLogs(included: Readonly<Record<string, string>>): Record<string, SeedFile> {
  const names = Object.keys(included);
  return Object.fromEntries(
    names.map(name => [`i/${name}.l`, { ...emptySeed, text: `live ${name}\n` } satisfies SeedFile]),
  );
}

function makeState(dice: Dice, logs: readonly string[], now: number): Record<string, string> | null {
  if (dice.chance(12)) return null;
  const state: Record<string, string> = {};
  for (const log of [...logs, 'forgotten.log']) {
    if (dice.chance(12)) continue;
    const ago = dice.oneOf([
      dayS,
      dayS,
      2 * dayS,
      7 * dayS,
      8 * dayS,
      32 * dayS,
      400 * dayS,
      3600,
      120,
      -7200,
      -3 * dayS,
    ]);
    const last = new Date((now - ago) * 1000);
    const date = `${last.getUTCFullYear()}-${last.getUTCMonth() + 1}-${last.getUTCDate()}`;
    const rubbish = dice.chance(2) ? dice.oneOf(['x', ':', '.5', '-1']) : '';
    state[log] = `${date}-${last.getUTCHours()}:${last.getUTCMinutes()}:0${rubbish}`;
  }
  return state;
}
