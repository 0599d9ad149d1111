// Configurations over logrotate 3.21's directive set. What it has not (minutes, monthly N) or does
// otherwise on purpose is in the tables of test/cli/.

import type { Config, Pattern, Section } from './case.ts';
import type { Dice } from './dice.ts';

/** Logs of a case; those of a folder of their own are there for patterns such as `d/*`. */
export const plainLogs = ['a.log', 'b.log', 'c', 'd e.log'] as const;
export const oddLogs = ['app[1].log', 'quo"te.log', "it's.log", 'two\nlines.log', 'back\\slash.log'] as const;
export const folderLogs = ['d/x', 'd/y.log'] as const;
export const userLog = 's/user.log';

export function makeConfigs(dice: Dice, logs: readonly string[], asRoot: boolean): Config[] {
  const named = logs.filter(log => !log.startsWith('d/') && log !== userLog);
  const first = named.slice(0, 1 + dice.below(named.length));
  const rest = named.slice(first.length);
  const sections = [makeSection(dice, patternsOf(dice, first, rest.length === 0))];
  if (rest.length > 0) sections.push(makeSection(dice, patternsOf(dice, rest, false)));
  const inFolder = logs.filter(log => log.startsWith('d/'));
  if (inFolder.length > 0) sections.push(makeSection(dice, patternsInFolder(dice, inFolder)));
  if (asRoot && logs.includes(userLog)) {
    const { patterns, lines } = makeSection(dice, [aPattern(`@/${userLog}`, [])]);
    sections.push({ patterns, lines: [...lines, 'su daemon daemon'] });
  }
  if (dice.chance(4)) {
    const again = makeSection(dice, [aPattern('@/a.log', [])]);
    // A section that is left out leaves its log to the other.
    if (!sections.some(isHuge)) sections.push(again);
  }
  const globals = dice.chance(35) ? makeGlobals(dice) : [];
  const [one, ...others] = asRoot ? sections : sections.map(withoutOwner);
  if (one !== undefined && others.length > 0 && dice.chance(40)) {
    return [
      { globals, sections: [one] },
      { globals: dice.chance(30) ? makeGlobals(dice) : [], sections: others },
    ];
  }
  return [{ globals, sections: asRoot ? sections : sections.map(withoutOwner) }];
}

/** A folder cannot be given away by just anybody. */
function withoutOwner({ patterns, lines }: Section): Section {
  return { patterns, lines: lines.map(line => line.replace(/^(olddir.*\ncreateolddir \d+) \d+ \d+$/, '$1')) };
}

function makeGlobals(dice: Dice): string[] {
  const lines = makeLines(dice).filter(line => !line.startsWith('olddir'));
  if (dice.chance(6)) lines.push('ignoreduplicates');
  return lines;
}

function patternsOf(dice: Dice, logs: readonly string[], all: boolean): Pattern[] {
  const plain = logs.every(log => (plainLogs as readonly string[]).includes(log));
  const patterns =
    all && plain && dice.chance(30)
      ? [
          aPattern(
            '@/*.log',
            logs.filter(log => log.endsWith('.log')),
          ),
          aPattern('@/c', ['c']),
        ]
      : logs.map(log => aPattern(`"@/${asPattern(log)}"`, [log]));
  if (dice.chance(12)) patterns.push(aPattern('@/gone.log', []));
  if (dice.chance(8)) patterns.push(aPattern('@/none*.log', []));
  // A folder, which is no log.
  if (dice.chance(3)) patterns.push(aPattern('@/bin', []));
  return patterns;
}

function patternsInFolder(dice: Dice, logs: readonly string[]): Pattern[] {
  if (dice.chance(60)) return [aPattern('@/d/*', logs)];
  const named = [...logs, 'd/none*.log'];
  return named.map(log => aPattern(`@/${log}`, []));
}

/** One that matches nothing stands for itself. */
function aPattern(text: string, logs: readonly string[]): Pattern {
  const own = text.replaceAll('"@/', '@/').replace(/"$/, '').slice(2);
  return { text, logs: [...new Set([...logs, own])] };
}

/** A name as it stands within double quotes, so that it matches itself. */
function asPattern(name: string): string {
  return name.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('[', '[[]');
}

function makeSection(dice: Dice, patterns: readonly Pattern[]): Section {
  const lines = makeLines(dice);
  if (dice.chance(2)) lines.push(dice.oneOf(huge));
  return { patterns, lines };
}

/** Some wrap to a number that is none of what was written, some are refused by both. */
const huge = [
  'rotate 4294967296',
  'rotate 4294967298',
  'rotate 2147483648',
  'rotate 9223372036854775808',
  'start 4294967296',
  'maxage 4294967297',
  'size 17179869184G',
  'size 99999999999999999999',
] as const;

function isHuge({ lines }: Section): boolean {
  return lines.some(line => (huge as readonly string[]).includes(line));
}

export function makeLines(dice: Dice): string[] {
  const lines = [
    criterion(dice),
    `rotate ${dice.oneOf([0, 1, 1, 2, 2, 3, 3, 5, 12, '0x2', '010', 1000, -1])}`,
  ];
  const maybe = (percent: number, line: () => string): void => {
    if (dice.chance(percent)) lines.push(line());
  };
  maybe(12, () => `start ${dice.oneOf([0, 0, 1, 2, 5, 100])}`);
  maybe(12, () => `maxage ${dice.oneOf([0, 1, 3, 7, 100_000])}`);
  maybe(8, () => `minsize ${dice.oneOf(['0', '1', '5', '1k', '99999999999'])}`);
  maybe(8, () => `maxsize ${dice.oneOf(['0', '2', '100', '0x10', '1G'])}`);
  maybe(6, () => `minage ${dice.oneOf([0, 1, 4])}`);
  maybe(25, () => dice.oneOf(['missingok', 'nomissingok']));
  maybe(25, () => dice.oneOf(['notifempty', 'ifempty']));
  maybe(35, () => dice.oneOf(['create', 'create 0600', 'nocreate', createAsRoot, 'create 0640']));
  maybe(30, () =>
    dice.oneOf([
      'copy',
      'copytruncate',
      'copytruncate',
      'renamecopy',
      'nocopy',
      'nocopytruncate',
      'norenamecopy',
    ]),
  );
  maybe(18, () =>
    dice.oneOf([
      'olddir old',
      'olddir old\ncreateolddir 0750',
      'olddir z/y\ncreateolddir 0700',
      'olddir z\ncreateolddir',
      'olddir old\nnoolddir',
      'olddir old\ncreateolddir\nnocreateolddir',
      'olddir z\ncreateolddir 0711 1 1',
    ]),
  );
  maybe(10, () => dice.oneOf(['allowhardlink', 'noallowhardlink']));
  maybe(5, () => dice.oneOf(['shred\nshredcycles 1', 'shred', 'noshred', 'shredcycles 0']));
  maybe(30, () => dice.oneOf(['dateext', 'dateext', 'dateext', 'dateext\nnodateext']));
  maybe(14, () => `dateformat ${dateFormat(dice)}`);
  maybe(8, () => dice.oneOf(['dateyesterday', 'datehourago']));
  maybe(12, () => 'extension .log');
  maybe(8, () => 'addextension .bak');
  maybe(45, () => dice.oneOf(['compress', 'compress', 'compress\ndelaycompress', 'nocompress']));
  maybe(4, () => dice.oneOf(['delaycompress', 'compress\ndelaycompress\nnodelaycompress']));
  maybe(14, () => compressor(dice));
  maybe(10, () => `mail one@example.org\n${dice.oneOf(['maillast', 'mailfirst', 'nomail'])}`);
  maybe(20, () => dice.oneOf(['sharedscripts', 'nosharedscripts']));
  maybe(3, () => dice.oneOf(['frobnicate 3', 'rotate many', 'weekly 9', 'size 3Q', 'create 0888']));
  for (const kind of ['prerotate', 'postrotate', 'firstaction', 'lastaction', 'preremove'])
    maybe(18, () => scriptOf(kind, dice.chance(12)));
  return lines;
}

/** Whether it can be carried out depends on who runs the test, for both alike. */
const createAsRoot = 'create 0640 daemon daemon';

function dateFormat(dice: Dice): string {
  return dice.oneOf([
    '-%Y-%m-%d',
    '.%Y%m%d%H',
    '-%s',
    '_%d%m%Y',
    '-%Y%m%d-%H%M%S',
    '-%Y%m%d.%V',
    '-%b%Y%m%d',
    '%Y',
  ]);
}

function compressor(dice: Dice): string {
  return dice.oneOf([
    'compresscmd gzip',
    'compresscmd xz',
    'compressoptions -9',
    'compressext .z',
    'compresscmd @/bin/talks',
    'compresscmd @/bin/fails',
    'compresscmd @/bin/none',
    'compresscmd /bin/gzip\ncompressoptions "-1" \'-n\'\ncompressext .gzip',
  ]);
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
    'size 0',
    'size 1',
    'size 6',
    'size 1k',
    'daily\nsize 3',
  ]);
}

/** Writes down who was called and with what; a failing one then fails for logs that have an `a`. */
function scriptOf(kind: string, fails: boolean): string {
  const fail = fails ? '\ncase "$1" in *a.log*) exit 3;; esac' : '';
  return `${kind}\nfor word in "${kind}" "$@"; do printf '[%s]' "$word"; done | tr '\\n' '~' >> @/calls; echo >> @/calls${fail}\nendscript`;
}

/** A folder of configurations: endings that are taboo, those that only look so, and what the rest is told. */
export function makeIncluded(dice: Dice): { taboo: string[]; files: Record<string, string> } {
  if (!dice.chance(8)) return { taboo: [], files: {} };
  const taboo = [
    'tabooext + .own',
    'tabooext .own',
    'taboopat own*',
    'taboopat + own* [0-9]*',
    'tabooext + .own, .x,.y',
  ];
  const files: Record<string, string> = {};
  for (const name of includedNames) {
    if (dice.chance(45)) files[name] = `@/i/${name}.l {\nsize 1\nrotate 2\n}\n`;
  }
  return { taboo: dice.chance(60) ? [dice.oneOf(asOneOf(taboo))] : [], files };
}

function asOneOf<T>(all: readonly T[]): readonly [T, ...T[]] {
  return all as readonly [T, ...T[]]; // written out above, and not empty
}

const includedNames = [
  'app',
  'app.conf',
  'app,v',
  'app~',
  'app.bak',
  'app.cfsaved',
  'app.disabled',
  'app.dpkg-bak',
  'app.dpkg-del',
  'app.dpkg-dist',
  'app.dpkg-new',
  'app.dpkg-old',
  'app.dpkg-tmp',
  'app.new',
  'app.old',
  'app.orig',
  'app.own',
  'app.rhn-cfg-tmp-a1',
  'app.rpmnew',
  'app.rpmorig',
  'app.rpmsave',
  'app.swp',
  'app.ucf-dist',
  'app.ucf-new',
  'app.ucf-old',
  'app.x',
  'own.conf',
  '9nine',
  'old',
] as const;
