// Policies as text again, every setting that is not the default spelled out: read back it gives the
// same settings. Comments, globals and the order of lines are not kept.

import { freshDraft } from './draft.ts';
import type { Attributes, Criterion, Pattern, Policy, Script, ScriptName, Settings } from './policy.ts';

/** The text of a policy file that holds these sections, in logmill's own dialect. */
export function printPolicies(policies: readonly Policy[]): string {
  return policies.map(printPolicy).join('\n');
}

function printPolicy({ patterns, settings }: Policy): string {
  const lines = linesOf(settings).map(line => `    ${line}\n`);
  return `${patterns.map(printPattern).join('\n')} {\n${lines.join('')}${printScripts(settings)}}\n`;
}

/** An empty quoted part in front lets a relative pattern begin, and vanishes. */
function printPattern({ text }: Pattern): string {
  return /^[/~][^\s\\"']*$/.test(text) ? text : `""${quoteWord(text)}`;
}

/** Each directive in force as a line of its own, scripts left out. */
export function linesOf(settings: Settings): readonly string[] {
  return [
    printCriterion(settings.criterion),
    ...numbers(settings),
    ...switches(settings),
    ...texts(settings),
    ...attributes('create', settings.create),
    ...attributes('createolddir', settings.createolddir),
    ...compression(settings),
    ...compaction(settings),
  ];
}

function printCriterion(criterion: Criterion): string {
  switch (criterion.kind) {
    case 'size':
      return `size ${criterion.size}`;
    case 'minutes':
      return `minutes ${criterion.minutes}`;
    case 'weekly':
    case 'monthly':
      return `${criterion.kind} ${criterion.day}`;
    case 'hourly':
    case 'daily':
    case 'yearly':
      return criterion.kind;
    default:
      return criterion satisfies never;
  }
}

function numbers(settings: Settings): readonly string[] {
  const { minsize, maxsize, minage, maxage, keepfor, start, shredcycles, scripttimeout } = settings;
  const age = keepfor === null ? null : `${keepfor / 1000}s`;
  const limit = scripttimeout === null ? 'never' : `${scripttimeout / 1000}s`;
  return said({
    rotate: settings.rotate,
    start,
    maxage,
    minage,
    minsize,
    maxsize,
    keepfor: age,
    shredcycles,
    scripttimeout: limit,
  });
}

const standard = freshDraft('logmill').settings;

const flags = [
  'leavelive',
  'missingok',
  'ignoreduplicates',
  'copy',
  'renamecopy',
  'copytruncate',
  'allowhardlink',
  'shred',
  'dateext',
  'dateyesterday',
  'datehourago',
  'compress',
  'delaycompress',
  'sharedscripts',
  'mailfirst',
] as const satisfies readonly (keyof Settings)[];

function switches(settings: Settings): readonly string[] {
  const on: string[] = flags.filter(flag => settings[flag]);
  return settings.ifempty ? on : [...on, 'notifempty'];
}

function texts(settings: Settings): readonly string[] {
  const { truncatewith, olddir, dateformat, extension, addextension, mail, schedule, uncompresscmd, su } =
    settings;
  return said({
    truncatewith: truncatewith === standard.truncatewith ? null : truncatewith,
    olddir,
    dateformat,
    extension,
    addextension,
    mail,
    schedule,
    uncompresscmd: uncompresscmd === standard.uncompresscmd ? null : uncompresscmd,
    su: su === null ? null : `:${su.uid} :${su.gid}`,
  });
}

function said(values: Readonly<Record<string, string | number | null>>): readonly string[] {
  return Object.entries(values).flatMap(([keyword, value]) =>
    value === null ? [] : [`${keyword} ${value}`],
  );
}

/** Ids with their colon are taken as they are, also where no name has them. */
function attributes(keyword: string, value: Attributes | null): readonly string[] {
  if (value === null) return [];
  const mode = value.mode === null ? [] : [`0${value.mode.toString(8)}`];
  const owner = value.uid === null || value.gid === null ? [] : [`:${value.uid} :${value.gid}`];
  return [[keyword, ...mode, ...owner].join(' ')];
}

function compression({ compressor }: Settings): readonly string[] {
  const { extension } = compressor;
  if (compressor.by === 'codec') {
    const { codec, level } = compressor;
    const option = typeof level === 'number' ? `-${level}` : level;
    return [`compresscmd ${codec}`, `compressoptions ${option}`, `compressext ${extension}`];
  }
  const options = compressor.args.map(quoteWord).join(' ');
  return [
    `compresscmd ${compressor.program}`,
    ...(options === '' ? [] : [`compressoptions ${options}`]),
    `compressext ${extension}`,
  ];
}

/** Blanks in quotes: at the end of a line an escaped one would be cut off with the rest. */
function compaction(settings: Settings): readonly string[] {
  const { compact, compactafter, compactor, maxtotal, budget, budgetfloor, keepfree } = settings;
  const { codec, level } = compactor;
  const floor = budgetfloor?.kind === 'age' ? `${budgetfloor.age / 1000}s` : (budgetfloor?.size ?? null);
  const room = keepfree?.kind === 'percent' ? `${keepfree.percent}%` : (keepfree?.size ?? null);
  const isStandard = codec === standard.compactcmd && level === 'high';
  return said({
    compact,
    compactafter: compactafter === standard.compactafter ? null : `${compactafter / 1000}s`,
    compactcmd: isStandard ? null : codec,
    compactoptions: isStandard ? null : typeof level === 'number' ? `-${level}` : level,
    maxtotal,
    budget,
    budgetfloor: floor,
    keepfree: room,
  });
}

function quoteWord(word: string): string {
  return word.replace(/[\\"']/g, '\\$&').replace(/\s+/g, '"$&"');
}

function printScripts({ scripts }: Settings): string {
  return Object.entries(scripts)
    .map(([name, script]) => printScript(name as ScriptName, script))
    .join('');
}

/** The text as it was, from right behind the keyword on: its digest stays the same. */
function printScript(name: ScriptName, { text }: Script): string {
  return `    ${name}${text}${text.endsWith('\n') ? '    ' : ''}endscript\n`;
}
