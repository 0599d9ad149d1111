// A first policy for a folder that has none: commented text that an operator can read, change and
// keep, made from what lies there and who writes it. Nothing on the disk is changed.

import { type Bytes, formatBytes } from '../units/bytes.ts';
import { type Path, showPath } from '../units/path.ts';
import type { World } from '../world/world.ts';
import { type FoundLog, findLogs, type Kept } from './found-logs.ts';
import { type Way, wayNamed } from './writer-ways.ts';

/**
 * Looks at `folder` (not below it) and writes a policy for the logs in it, one section for those
 * that are rotated alike. Without logs the text is a comment that says so.
 *
 * @returns text that parses without diagnostics, and what it was made from, by name
 * @throws Trouble when the folder cannot be read
 */
export async function policyFor(
  world: World,
  folder: Path,
): Promise<{ readonly text: string; readonly found: readonly FoundLog[] }> {
  const real = world.disk.look.real(folder);
  const found = await findLogs(world, real);
  const groups = groupsOf(found);
  const su = suFor(world, real, found);
  const all = groups.length === 1 && found.length > 1;
  const sections = groups.map(group => sectionOf(group, { folder: real, su, all }));
  const text = [...opening(real, found), ...sections.flatMap(section => ['', ...section]), ''].join('\n');
  return { text, found };
}

interface Group {
  readonly way: Way;
  readonly kept: Kept | null;
  readonly logs: readonly FoundLog[];
}

interface Place {
  readonly folder: Path;
  /** `su USER GROUP` where root must not work in the folder as root. */
  readonly su: readonly string[];
  /** Whether one section is for all logs of the folder. */
  readonly all: boolean;
}

/** Logs that get the same directives stand in one section; order by their first log. */
function groupsOf(found: readonly FoundLog[]): Group[] {
  const groups = new Map<string, FoundLog[]>();
  for (const log of found) {
    const key = [log.way, log.append === false, log.kept?.by, codecLines(log.kept).join()].join('|');
    groups.set(key, [...(groups.get(key) ?? []), log]);
  }
  return [...groups.values()].flatMap(logs => {
    const [first] = logs;
    if (first === undefined) return [];
    const kept = logs.map(log => log.kept).find(one => one !== null) ?? null;
    return [{ way: wayNamed(first.way, first.append), kept, logs }];
  });
}

function opening(folder: Path, found: readonly FoundLog[]): string[] {
  const head = [
    `# Log rotation for ${showPath(folder)}, written by logmill init from what it found there.`,
    '# The language is logrotate’s. See what it would do, before anything is done: logmill plan FILE',
  ];
  if (found.length > 0) return head;
  return [...head, '#', '# There is no log in this folder yet, so there is no section here.'];
}

function sectionOf(group: Group, place: Place): string[] {
  const comment = [...group.logs.map(aboutLog), ...group.way.comment].map(line => `# ${line}`);
  if (group.way.handsOff) return comment;
  return [...comment, ...patternsOf(group, place), ...bodyOf(group, place).map(line => `    ${line}`), '}'];
}

function aboutLog(log: FoundLog): string {
  const growth = log.growth === null ? '' : `, ${formatBytes(log.growth)} a day since it was made`;
  return `${showPath(log.name)}: ${formatBytes(log.size)}${growth}, ${whoWrites(log)}${aboutKept(log.kept)}`;
}

function whoWrites(log: FoundLog): string {
  if (log.writer === null) return log.sure ? 'nobody has it open' : 'who writes it could not be seen';
  const how = { true: ', appending', false: ', NOT appending', null: '' }[`${log.append}`];
  return `written by ${showPath(log.writer)}${how}`;
}

function aboutKept(kept: Kept | null): string {
  if (kept === null) return '';
  const count = kept.count === 1 ? '1 older file' : `${kept.count} older files`;
  return `; ${count}, ${formatBytes(kept.size)}`;
}

/** One word a line; a single pattern for the whole folder where that names these logs and no other. */
function patternsOf({ logs }: Group, { folder, all }: Place): string[] {
  const endAlike = logs.every(log => log.name.endsWith('.log'));
  const names = all && endAlike ? ['*.log'] : logs.map(log => escapeGlob(log.name));
  const words = names.map(name => quote(`${escapeGlob(folder)}/${name}`));
  return words.map((word, at) => (at === words.length - 1 ? `${word} {` : word));
}

function bodyOf(group: Group, place: Place): string[] {
  const growth = Math.max(0, ...group.logs.map(log => log.growth ?? 0));
  const count = Math.max(14, ...group.logs.map(log => log.kept?.count ?? 0));
  return [
    '# Once a day, and between days as soon as one is over this size.',
    'daily',
    `maxsize ${sizeWord(limitFor(growth))}`,
    '# What is kept: so many, and nothing younger than a week goes whatever the count says.',
    `rotate ${count}`,
    'keepfor 7d',
    'missingok',
    'notifempty',
    ...(group.kept?.by === 'date' ? ['dateext'] : []),
    ...codecLines(group.kept),
    ...place.su,
    ...group.way.lines,
  ];
}

/** The compressor that was in use here; zstd at its fastest level where there was none. */
function codecLines(kept: Kept | null): string[] {
  if (kept?.extension === '.gz') return ['compress'];
  return ['compress', 'compresscmd zstd', 'compressoptions -1'];
}

const MiB = 1_048_576;

/** About four rotations a day at the growth seen, from 10 MiB to 1 GiB, a power of two. */
function limitFor(growth: Bytes): Bytes {
  if (growth / 4 <= 10 * MiB) return 10 * MiB;
  return Math.min(1024 * MiB, 2 ** Math.ceil(Math.log2(growth / 4)));
}

function sizeWord(size: Bytes): string {
  return size >= 1024 * MiB ? `${size / (1024 * MiB)}G` : `${size / MiB}M`;
}

/** Root does not work in a folder that others can write; there it becomes the owner of the logs. */
function suFor(world: World, folder: Path, found: readonly FoundLog[]): string[] {
  const stat = world.disk.look.statThrough(folder);
  if (world.host.uid !== 0 || stat === null) return [];
  const open = (stat.mode & 0o002) !== 0 || ((stat.mode & 0o020) !== 0 && stat.gid !== 0);
  const [first] = found;
  if (!open || first === undefined) return [];
  return [
    '# Others can write to this folder, so the work is done as the owner of the logs.',
    `su :${first.uid} :${first.gid}`,
  ];
}

// A brace can be written nowhere in a pattern list, nor can a byte that is not UTF-8 or a control
// character in a text file; each is met by `?`, which matches any one character.
const unwritable = /[{}\\\u0000-\u001f\u007f-\u009f\u2028\u2029\ud800-\udfff]/gu;

function escapeGlob(name: string): string {
  return name.replace(/[*?[]/g, '[$&]').replace(unwritable, '?');
}

/** A word of the pattern list: quoted when it holds blanks or quotes, or would not be taken for a pattern. */
function quote(word: string): string {
  if (!/[\s"'#]/.test(word)) return word;
  return `"${word.replaceAll('"', '\\"')}"`;
}
