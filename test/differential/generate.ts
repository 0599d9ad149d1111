// Cases for the differential test: configurations over the directive set, folders of logs with old
// logs in every naming, states and clocks, all from one seed. `@` in a text is the case's folder.

export interface Section {
  readonly patterns: readonly string[];
  /** Directives; a script is one directive of several lines. */
  readonly lines: readonly string[];
}

export interface Config {
  readonly globals: readonly string[];
  readonly sections: readonly Section[];
}

export interface SeedFile {
  readonly text: string;
  readonly packed: boolean;
  readonly mode: number;
  /** A user and group id, set when the test runs as root. */
  readonly owner: number;
  readonly ageDays: number;
  /** A second name for the same file. */
  readonly link: string | null;
}

export interface Case {
  readonly seed: number;
  readonly zone: string;
  /** The clock of each run, in seconds. */
  readonly runs: readonly number[];
  readonly args: readonly string[];
  readonly configs: readonly Config[];
  readonly files: Readonly<Record<string, SeedFile>>;
  /** Log → its last rotation as the state file has it; null: there is no state file. */
  readonly state: Readonly<Record<string, string>> | null;
}

/** Numbers from a seed (mulberry32), with the choices that a generator makes of them. */
interface Dice {
  below(limit: number): number;
  chance(percent: number): boolean;
  oneOf<T>(all: readonly [T, ...T[]]): T;
}

export function makeDice(seed: number): Dice {
  let state = (seed * 2_654_435_761 + 97) >>> 0;
  const below = (limit: number): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296) * limit);
  };
  return {
    below,
    chance: percent => below(100) < percent,
    oneOf: all => all[below(all.length)] ?? all[0],
  };
}

const dayS = 86_400;
const names = ['a.log', 'b.log', 'c', 'd e.log'] as const;
const zones = ['UTC', 'UTC', 'Europe/Berlin', 'America/New_York', 'Asia/Kolkata'] as const;

/** Moments that lie on edges: the year's end, both changes of daylight saving, a leap day, midnight. */
const edges = [
  Date.UTC(2026, 11, 31, 23, 30),
  Date.UTC(2027, 0, 1, 0, 10),
  Date.UTC(2026, 2, 29, 10, 0),
  Date.UTC(2026, 9, 25, 0, 40),
  Date.UTC(2028, 1, 29, 12, 0),
  Date.UTC(2026, 4, 31, 22, 5),
] as const;

/** @param asRoot owners and `su` are only made where they can be had */
export function generateCase(seed: number, asRoot: boolean): Case {
  const dice = makeDice(seed);
  const now = startOf(dice);
  const logs = names.filter((_, index) => index === 0 || dice.chance(45));
  const configs = makeConfigs(dice, logs, asRoot);
  const runs = [now];
  while (runs.length < 3 && dice.chance(30)) {
    runs.push((runs.at(-1) ?? now) + dice.oneOf([dayS, dayS, 7 * dayS, 3600, 31 * dayS, -3 * dayS]));
  }
  return {
    seed,
    zone: dice.oneOf(zones),
    runs,
    args: dice.chance(20) ? ['-f'] : [],
    configs,
    files: makeFiles(dice, configs, logs, now, asRoot),
    state: makeState(dice, logs, now),
  };
}

function startOf(dice: Dice): number {
  if (dice.chance(25)) return dice.oneOf(edges) / 1000;
  return Date.UTC(2026, dice.below(12), 1 + dice.below(28), dice.below(24), dice.below(60)) / 1000;
}

function makeConfigs(dice: Dice, logs: readonly string[], asRoot: boolean): Config[] {
  const first = logs.slice(0, 1 + dice.below(logs.length));
  const rest = logs.slice(first.length);
  const sections = [makeSection(dice, patternsOf(dice, first, rest.length === 0), asRoot)];
  if (rest.length > 0) sections.push(makeSection(dice, patternsOf(dice, rest, false), asRoot));
  const globals = dice.chance(35) ? makeLines(dice, false).filter(line => !line.startsWith('olddir')) : [];
  const [one, ...others] = sections;
  if (one !== undefined && others.length > 0 && dice.chance(40)) {
    return [
      { globals, sections: [one] },
      { globals: [], sections: others },
    ];
  }
  return [{ globals, sections }];
}

function patternsOf(dice: Dice, logs: readonly string[], all: boolean): string[] {
  const patterns = all && dice.chance(30) ? ['@/*.log', '@/c'] : logs.map(name => `"@/${name}"`);
  if (dice.chance(12)) patterns.push('@/gone.log');
  if (dice.chance(8)) patterns.push('@/none*.log');
  return patterns;
}

function makeSection(dice: Dice, patterns: readonly string[], asRoot: boolean): Section {
  return { patterns, lines: makeLines(dice, asRoot) };
}

function makeLines(dice: Dice, asRoot: boolean): string[] {
  const lines = [criterion(dice), `rotate ${dice.oneOf([0, 1, 1, 2, 2, 3, 3, 5, 12, -1])}`];
  const maybe = (percent: number, line: () => string): void => {
    if (dice.chance(percent)) lines.push(line());
  };
  maybe(12, () => `start ${dice.oneOf([0, 1, 2, 5])}`);
  maybe(12, () => `maxage ${dice.oneOf([1, 3, 7])}`);
  maybe(8, () => `minsize ${dice.oneOf(['1', '5', '1k'])}`);
  maybe(8, () => `maxsize ${dice.oneOf(['2', '100', '0x10'])}`);
  maybe(6, () => `minage ${dice.oneOf([0, 1, 4])}`);
  maybe(25, () => dice.oneOf(['missingok', 'nomissingok']));
  maybe(25, () => dice.oneOf(['notifempty', 'ifempty']));
  maybe(35, () =>
    dice.oneOf(['create', 'create 0600', 'nocreate', asRoot ? 'create 0640 1 1' : 'create 0640']),
  );
  maybe(30, () =>
    dice.oneOf(['copy', 'copytruncate', 'copytruncate', 'renamecopy', 'nocopy', 'nocopytruncate']),
  );
  maybe(15, () =>
    dice.oneOf(['olddir old', 'olddir old\ncreateolddir 0750', 'olddir x/y\ncreateolddir 0700']),
  );
  maybe(10, () => dice.oneOf(['allowhardlink', 'noallowhardlink']));
  maybe(4, () => dice.oneOf(['shred\nshredcycles 1', 'noshred']));
  maybe(30, () => dice.oneOf(['dateext', 'dateext', 'dateext\nnodateext']));
  maybe(12, () => `dateformat ${dice.oneOf(['-%Y-%m-%d', '.%Y%m%d%H', '-%s', '_%d%m%Y'])}`);
  maybe(6, () => dice.oneOf(['dateyesterday', 'datehourago']));
  maybe(12, () => 'extension .log');
  maybe(8, () => 'addextension .bak');
  maybe(45, () => dice.oneOf(['compress', 'compress', 'compress\ndelaycompress', 'nocompress']));
  maybe(8, () => dice.oneOf(['compresscmd gzip', 'compresscmd xz', 'compressoptions -9', 'compressext .z']));
  maybe(10, () => `mail one@example.org\n${dice.oneOf(['maillast', 'mailfirst', 'nomail'])}`);
  maybe(20, () => dice.oneOf(['sharedscripts', 'nosharedscripts']));
  maybe(3, () => dice.oneOf(['frobnicate 3', 'rotate many', 'weekly 9']));
  for (const kind of ['prerotate', 'postrotate', 'firstaction', 'lastaction', 'preremove']) {
    maybe(18, () => scriptOf(kind, dice.chance(12)));
  }
  if (asRoot && dice.chance(4)) lines.push('su root root');
  return lines;
}

function criterion(dice: Dice): string {
  return dice.oneOf([
    'daily',
    'daily',
    'daily',
    'hourly',
    'weekly',
    'weekly 7',
    `weekly ${dice.below(7)}`,
    'monthly',
    'yearly',
    'size 1',
    'size 6',
    'size 1k',
  ]);
}

/** Writes down who was called and with what; a failing one then fails for logs that have an `a`. */
function scriptOf(kind: string, fails: boolean): string {
  const fail = fails ? '\ncase "$1" in *a.log*) exit 3;; esac' : '';
  return `${kind}\nfor word in "${kind}" "$@"; do printf '[%s]' "$word"; done >> @/calls; echo >> @/calls${fail}\nendscript`;
}

function makeFiles(
  dice: Dice,
  configs: readonly Config[],
  logs: readonly string[],
  now: number,
  asRoot: boolean,
): Record<string, SeedFile> {
  const files: Record<string, SeedFile> = {};
  const owner = asRoot && dice.chance(20) ? 1 : 0;
  const text = JSON.stringify(configs);
  const put = (name: string, seed: Partial<SeedFile>): void => {
    files[name] = { text: `${name}\n`, packed: false, mode: 0o644, owner, ageDays: 0, link: null, ...seed };
  };
  for (const log of logs) {
    if (dice.chance(6)) continue;
    const link = dice.chance(5) ? `${log}.link` : null;
    const mode = dice.oneOf([0o644, 0o640, 0o600]);
    put(log, {
      text: dice.chance(10) ? '' : `live ${log}\n`,
      mode,
      ageDays: dice.oneOf([0, 0, 0, 2, 9]),
      link,
    });
    if (dice.chance(70)) addGenerations(dice, text, log, now, put);
  }
  if (text.includes('olddir old') && !text.includes('createolddir 0750')) put('old/keep', {});
  return files;
}

/** Mostly in the naming that the configuration asks for, now and then in another. */
function addGenerations(
  dice: Dice,
  config: string,
  log: string,
  now: number,
  put: (name: string, seed: Partial<SeedFile>) => void,
): void {
  const like = (word: string): boolean => (dice.chance(88) ? config.includes(word) : dice.chance(50));
  const [dated, packed, inner, later] = [
    like('dateext'),
    like('compress'),
    like('extension .log'),
    like('delaycompress'),
  ];
  const folder = config.includes('olddir old') ? 'old/' : '';
  const [base, end] = inner && log.endsWith('.log') ? [log.slice(0, -4), '.log'] : [log, ''];
  const first = config.includes('start 0') ? 0 : 1;
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

function makeState(dice: Dice, logs: readonly string[], now: number): Record<string, string> | null {
  if (dice.chance(12)) return null;
  const state: Record<string, string> = {};
  for (const log of [...logs, 'forgotten.log']) {
    if (dice.chance(12)) continue;
    const ago = dice.oneOf([
      dayS,
      dayS,
      2 * dayS,
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
    state[log] = `${date}-${last.getUTCHours()}:${last.getUTCMinutes()}:0`;
  }
  return state;
}

/** A configuration as logrotate reads it. */
export function configText({ globals, sections }: Config): string {
  const bodies = sections.map(({ patterns, lines }) => `${patterns.join('\n')} {\n${lines.join('\n')}\n}\n`);
  return `${globals.join('\n')}\n${bodies.join('\n')}`;
}
