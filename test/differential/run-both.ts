// Runs one case through logrotate under faketime and through our door, each in a copy of the same
// folder, run by run, and gives what either left behind after each.

import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { type Case, configText } from './case.ts';
import type { Doors, Program } from './doors.ts';
import { type Left, type Looking, lookAt, namesIn } from './look.ts';
import { logsOf } from './place.ts';

export interface Ran extends Left {
  readonly exit: number;
  /** What it said on stderr; shown with a difference, never compared. */
  readonly said: string;
}

/** One run, as both left it. */
export interface Both {
  readonly run: number;
  readonly now: number;
  readonly before: Left;
  readonly theirs: Ran;
  readonly ours: Ran;
}

/** How the next run begins: not at all, each where it stands, or both where logrotate stands. */
export type Next = 'ends' | 'goes on' | 'goes on from theirs';

/**
 * All runs of a case, as long as `judge` says that there is a next one.
 *
 * @param folder a folder of this case alone; it is emptied
 */
export async function runBoth(
  one: Case,
  folder: string,
  doors: Doors,
  judge: (both: Both) => Next,
): Promise<void> {
  // Whoever works as another user lives on with the zone of the case before.
  const isStarted = one.seed % 12 === 0 || JSON.stringify(one.configs).includes('"su ');
  const programs: readonly [Program, Program] = ['logrotate', isStarted ? 'door' : 'served door'];
  const places = programs.map((_, index) => path.join(folder, `${index}`));
  for (const place of places) build(one, place);
  const [there = '', here = ''] = places;
  for (const [run, now] of one.runs.entries()) {
    if (run > 0) for (const place of places) writeLines(one, place, run, now);
    const before = lookAt(there, lookingAt(one));
    const [theirs, ours] = [
      await runIn(one, there, programs[0], now, doors),
      await runIn(one, here, programs[1], now, doors),
    ];
    const next = judge({ run, now, before, theirs, ours });
    if (next === 'ends') break;
    if (next === 'goes on from theirs') moveTo(there, here);
  }
  fs.rmSync(folder, { recursive: true, force: true });
}

async function runIn(one: Case, folder: string, program: Program, now: number, doors: Doors): Promise<Ran> {
  // Letters of a section with su are sent by its user.
  fs.writeFileSync(path.join(folder, 'calls'), '');
  fs.chmodSync(path.join(folder, 'calls'), 0o666);
  const configs = one.configs.map((_, index) => path.join(folder, `${index}.conf`));
  if (hasFolder(one) && one.includedBy === 'the command line') configs.push(path.join(folder, 'conf.d'));
  const args = [
    '-v',
    '-s',
    path.join(folder, 'state'),
    '-m',
    path.join(folder, 'bin/mail'),
    ...one.args,
    ...configs,
  ];
  const { exit, said } = await doors.run(program, folder, args, one.zone, now);
  dateNewFiles(folder, now);
  // logrotate leaves out the end of one line.
  const lines = said.replaceAll(folder, '@').replace(/(acquired lock on state file @\/state)(?!\n)/, '$1\n');
  return { exit, said: lines, ...lookAt(folder, lookingAt(one)) };
}

/** Where one folder stands the other is put, and what the door remembers of its own is gone with it. */
function moveTo(there: string, here: string): void {
  fs.rmSync(here, { recursive: true, force: true });
  execFileSync('cp', ['-a', '--sparse=always', there, here]);
  // The copy has the time of the last read before the copying.
  for (const name of namesIn(here)) {
    const stat = fs.lstatSync(path.join(here, name));
    if (!stat.isSymbolicLink()) fs.utimesSync(path.join(there, name), stat.atime, stat.mtime);
  }
  // Whatever holds the folder's own path.
  for (const name of [
    'state',
    ...namesIn(here).filter(one => /^(\d\.conf|conf\.d\/.*|bin\/.*)$/.test(one)),
  ]) {
    const file = path.join(here, name);
    if (!fs.existsSync(file)) continue;
    const [{ atime, mtime }, text] = [fs.statSync(file), fs.readFileSync(file, 'latin1')];
    fs.writeFileSync(file, text.replaceAll(`${there}/`, `${here}/`), 'latin1');
    fs.utimesSync(file, atime, mtime);
  }
}

const hasFolder = ({ included }: Case): boolean => Object.keys(included).length > 0;
const lookingAt = (one: Case): Looking => ({
  withAcls: Object.values(one.files).some(({ acl }) => acl !== null),
  logs: new Set([...logsOf(one), ...Object.values(one.files).flatMap(({ link }) => link ?? [])]),
});

function build(one: Case, folder: string): void {
  fs.rmSync(folder, { recursive: true, force: true });
  fs.mkdirSync(folder, { recursive: true });
  fs.chmodSync(folder, 0o755);
  for (const name of Object.keys(one.files)) putFile(one, folder, name);
  if (one.isOpen) {
    fs.mkdirSync(path.join(folder, 'd'), { recursive: true });
    fs.chmodSync(path.join(folder, 'd'), 0o777);
  }
  const put = (name: string, text: string): void =>
    fs.writeFileSync(
      path.join(folder, name),
      text.replaceAll('@/', `${folder}/`).replaceAll('\n', one.lineEnd),
      { mode: 0o644 },
    );
  for (const [index, config] of one.configs.entries()) put(`${index}.conf`, configText(config));
  if (hasFolder(one) && one.includedBy === 'the last configuration')
    fs.appendFileSync(
      path.join(folder, `${one.configs.length - 1}.conf`),
      `include ${folder}/conf.d${one.lineEnd}`,
    );
  if (hasFolder(one)) fs.mkdirSync(path.join(folder, 'conf.d'), { mode: 0o755 });
  for (const [name, text] of Object.entries(one.included)) put(`conf.d/${name}`, text);
  writePrograms(folder);
  if (one.state !== null) writeState(one, folder);
}

function putFile({ files, runs }: Case, folder: string, name: string): void {
  const file = files[name];
  if (file === undefined) return;
  const target = path.join(folder, name);
  fs.mkdirSync(path.dirname(target), { recursive: true });
  if (path.dirname(name) === 's') fs.chownSync(path.dirname(target), file.owner, file.owner);
  if (file.pointsTo !== null) {
    fs.symlinkSync(file.pointsTo, target);
    return;
  }
  if (file.device) {
    execFileSync('mknod', [target, 'c', '1', '3']);
    return;
  }
  const text = file.hole > 0 ? `${file.text}before the hole\n` : file.text;
  fs.writeFileSync(target, file.packed ? gzipSync(text) : text);
  if (file.hole > 0) {
    fs.truncateSync(target, file.hole);
    fs.appendFileSync(target, 'behind the hole\n');
  }
  fs.chmodSync(target, file.mode);
  if (file.owner !== 0) fs.chownSync(target, file.owner, file.owner);
  if (file.acl !== null) execFileSync('setfacl', ['-m', file.acl, target]);
  const modified = (runs[0] ?? 0) - file.ageDays * 86_400 - 60;
  fs.utimesSync(target, modified + readLater, modified);
  if (file.link !== null) fs.linkSync(target, path.join(folder, file.link));
}

/** Whoever reads a log does so on another day than it was written; with relatime a read from then on leaves it so. */
const readLater = 3 * 86_400;

function writeState({ state, stateVersion, stateEnd }: Case, folder: string): void {
  const quoted = (log: string): string =>
    log.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
  const lines = Object.entries(state ?? {}).map(([log, last]) => `"${folder}/${quoted(log)}" ${last}\n`);
  const text = `logrotate state -- version ${stateVersion}\n${lines.join('')}${stateEnd}`;
  fs.writeFileSync(path.join(folder, 'state'), text, { mode: 0o640 });
}

/** A mail command that writes its letters down; compressors that talk, that fail, and that write nothing. */
function writePrograms(folder: string): void {
  const programs = {
    mail: `{ printf 'mail [%s] [%s] [%s] ' "$1" "$2" "$3" | tr '\\n' '~'; tr '\\n' ' '; echo; } >> '${folder}/calls'`,
    talks: 'echo "a word of warning" >&2; exec gzip "$@"',
    fails: 'echo "no room for $LOGROTATE_COMPRESSED_FILENAME" >&2; head -c 3; exit 2',
  };
  fs.mkdirSync(path.join(folder, 'bin'), { mode: 0o755 });
  for (const [name, text] of Object.entries(programs))
    fs.writeFileSync(path.join(folder, 'bin', name), `#!/bin/sh\n${text}\n`, { mode: 0o755 });
}

/** Between two runs every log gets a line. */
function writeLines(one: Case, folder: string, run: number, now: number): void {
  const logs = one.configs.flatMap(({ sections }) =>
    sections.flatMap(({ patterns }) => patterns.flatMap(pattern => pattern.logs)),
  );
  for (const name of new Set(logs)) {
    const log = path.join(folder, name);
    const seed = one.files[name];
    if (seed === undefined || seed.pointsTo !== null || seed.device) continue;
    fs.appendFileSync(log, `line ${run}\n`);
    if (seed.owner !== 0) fs.chownSync(log, seed.owner, seed.owner);
    fs.utimesSync(log, now - 30 + readLater, now - 30);
  }
}

/** The kernel dates what is written by the real clock; the next run must find it dated by its own. */
function dateNewFiles(folder: string, now: number): void {
  const realS = Date.now() / 1000;
  for (const name of namesIn(folder)) {
    const target = path.join(folder, name);
    const stat = fs.lstatSync(target);
    if (stat.isSymbolicLink() || Math.abs(now - realS) < 600) continue;
    const [read, written] = [stat.atimeMs / 1000, stat.mtimeMs / 1000].map(at =>
      Math.abs(at - realS) < 600 ? now : at,
    ) as [number, number];
    fs.utimesSync(target, read, written);
  }
}
