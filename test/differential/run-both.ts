// Runs one case through logrotate under faketime and through our door, each in a copy of the same
// folder, and gives what either left behind. What counts as a difference is compare.ts's affair.

import { execFile, execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { type Case, configText } from './generate.ts';

export interface LeftFile {
  readonly content: string;
  readonly mode: string;
  readonly owner: string;
  readonly day: string;
}

export interface Left {
  readonly exits: readonly number[];
  readonly files: Readonly<Record<string, LeftFile>>;
  readonly state: Readonly<Record<string, string>>;
  /** Scripts and letters in the order in which they ran, each with its arguments. */
  readonly calls: readonly string[];
  /** What it said on stderr; shown with a difference, never compared. */
  readonly said: string;
}

export type Program = 'logrotate' | 'door';

const door = path.join(import.meta.dirname, '../../src/bin-logrotate.cjs');
const logrotate = '/usr/sbin/logrotate';
const deadlineMs = 60_000;

/** Why the two cannot be compared on this machine, or null. */
export function missingHere(): string | null {
  try {
    const version = execFileSync(logrotate, ['--version'], { encoding: 'utf8', stdio: 'pipe' });
    if (!/logrotate 3\.21/.test(version)) return `logrotate is not 3.21: ${version.split('\n')[0]}`;
  } catch {
    return 'there is no logrotate 3.21 here';
  }
  try {
    execFileSync('faketime', ['--version'], { stdio: 'ignore' });
  } catch {
    return 'there is no faketime here';
  }
  return fs.existsSync('/usr/share/zoneinfo/Asia/Kolkata') ? null : 'there is no zone database here';
}

/** @param folder a folder of this case alone; it is emptied */
export async function runBoth(one: Case, folder: string): Promise<{ theirs: Left; ours: Left }> {
  const theirs = await runIn(one, path.join(folder, 'theirs'), 'logrotate');
  const ours = await runIn(one, path.join(folder, 'ours'), 'door');
  return { theirs, ours };
}

async function runIn(one: Case, folder: string, program: Program): Promise<Left> {
  fs.rmSync(folder, { recursive: true, force: true });
  fs.mkdirSync(folder, { recursive: true });
  fs.chmodSync(folder, 0o755);
  build(one, folder);
  const exits: number[] = [];
  let said = '';
  for (const [index, now] of one.runs.entries()) {
    if (index > 0) writeLines(one, folder, index, now);
    const ran = await runOnce(one, folder, program, now);
    exits.push(ran.code);
    said += ran.stderr.replaceAll(folder, '@');
    dateNewFiles(folder, now);
  }
  const left = look(folder);
  fs.rmSync(folder, { recursive: true, force: true });
  return { exits, ...left, said };
}

const inFolder = (text: string, folder: string): string => text.replaceAll('@/', `${folder}/`);

function build(one: Case, folder: string): void {
  const start = one.runs[0] ?? 0;
  for (const [name, file] of Object.entries(one.files)) {
    const target = path.join(folder, name);
    fs.mkdirSync(path.dirname(target), { recursive: true });
    fs.writeFileSync(target, file.packed ? gzipSync(file.text) : file.text);
    fs.chmodSync(target, file.mode);
    if (file.owner !== 0) fs.chownSync(target, file.owner, file.owner);
    const modified = start - file.ageDays * 86_400 - 60;
    fs.utimesSync(target, modified, modified);
    if (file.link !== null) fs.linkSync(target, path.join(folder, file.link));
  }
  for (const [index, config] of one.configs.entries()) {
    fs.writeFileSync(configPath(folder, index), inFolder(configText(config), folder), { mode: 0o644 });
  }
  writeMail(folder);
  if (one.state === null) return;
  const lines = Object.entries(one.state).map(([log, last]) => `"${folder}/${log}" ${last}\n`);
  fs.writeFileSync(path.join(folder, 'state'), `logrotate state -- version 2\n${lines.join('')}`, {
    mode: 0o640,
  });
}

const configPath = (folder: string, index: number): string => path.join(folder, `${index}.conf`);

/** A mail command that writes its letters down. */
function writeMail(folder: string): void {
  const script = `#!/bin/sh\n{ printf 'mail [%s] [%s] [%s] ' "$1" "$2" "$3"; tr '\\n' ' '; echo; } >> '${folder}/calls'\n`;
  fs.writeFileSync(path.join(folder, 'mail'), script, { mode: 0o755 });
}

/** Between two runs every log that is configured by name gets a line. */
function writeLines(one: Case, folder: string, run: number, now: number): void {
  for (const name of Object.keys(one.files).filter(isLog)) {
    const log = path.join(folder, name);
    fs.appendFileSync(log, `line ${run}\n`);
    fs.utimesSync(log, now - 30, now - 30);
  }
}

const isLog = (name: string): boolean => ['a.log', 'b.log', 'c', 'd e.log'].includes(name);

function runOnce(
  one: Case,
  folder: string,
  program: Program,
  now: number,
): Promise<{ code: number; stderr: string }> {
  const configs = one.configs.map((_, index) => configPath(folder, index));
  const args = ['-s', path.join(folder, 'state'), '-m', path.join(folder, 'mail'), ...one.args, ...configs];
  const bare = { PATH: process.env.PATH, HOME: process.env.HOME, LANG: 'C.UTF-8', TZ: one.zone };
  const [command, words, env] =
    program === 'logrotate'
      ? [
          'faketime',
          ['-f', `@${now}`, logrotate, ...args],
          { ...bare, NO_FAKE_STAT: '1', FAKETIME_FMT: '%s' },
        ]
      : [
          process.execPath,
          [door, ...args],
          { ...bare, LOGMILL_NOW: `${now}`, NODE_COMPILE_CACHE: path.join(folder, '../../compiled') },
        ];
  return new Promise((resolve, reject) => {
    execFile(command, words, { cwd: folder, env, timeout: deadlineMs }, (error, _stdout, stderr) => {
      if (error !== null && typeof error.code !== 'number') return reject(error);
      resolve({ code: typeof error?.code === 'number' ? error.code : 0, stderr });
    });
  });
}

/** The kernel dates what is written by the real clock; the next run must find it dated by its own. */
function dateNewFiles(folder: string, now: number): void {
  const realS = Date.now() / 1000;
  for (const name of namesIn(folder)) {
    const target = path.join(folder, name);
    const { mtimeMs } = fs.lstatSync(target);
    if (Math.abs(mtimeMs / 1000 - realS) < 600 && Math.abs(now - realS) > 600)
      fs.utimesSync(target, now, now);
  }
}

function namesIn(folder: string): string[] {
  return fs.readdirSync(folder, { recursive: true, encoding: 'utf8' }).sort();
}

const notOfTheLogs = /^(state(\..*)?|calls|mail|\d\.conf)(\/|$)/;

function look(folder: string): Omit<Left, 'exits' | 'said'> {
  const files: Record<string, LeftFile> = {};
  for (const name of namesIn(folder)) {
    if (notOfTheLogs.test(name)) continue;
    const target = path.join(folder, name);
    const stat = fs.lstatSync(target);
    files[name] = {
      content: stat.isFile() ? decoded(target) : 'a folder',
      mode: (stat.mode & 0o7777).toString(8),
      owner: `${stat.uid}:${stat.gid}`,
      day: stat.isFile() ? new Date(stat.mtimeMs).toISOString().slice(0, 10) : '',
    };
  }
  const calls = textOf(path.join(folder, 'calls')).replaceAll(folder, '@');
  return { files, state: stateIn(folder), calls: calls.split('\n').filter(line => line !== '') };
}

function decoded(file: string): string {
  const bytes = fs.readFileSync(file);
  if (bytes[0] === 0x1f && bytes[1] === 0x8b) return `gzip: ${gunzipSync(bytes).toString('latin1')}`;
  if (bytes[0] === 0xfd && bytes[1] === 0x37)
    return `xz: ${execFileSync('xz', ['-dc', file], { encoding: 'latin1' })}`;
  return bytes.toString('latin1');
}

/** Log → last rotation, to the minute: the two do not run in the same second. */
function stateIn(folder: string): Record<string, string> {
  const lines = textOf(path.join(folder, 'state')).replaceAll(`${folder}/`, '').split('\n').slice(1);
  const entries = lines.flatMap(line => {
    const match = /^"(.*)" (\S+):\d+$/.exec(line);
    return match === null ? [] : [[match[1], match[2]]];
  });
  return Object.fromEntries(entries);
}

function textOf(file: string): string {
  return fs.existsSync(file) ? fs.readFileSync(file, 'utf8') : '';
}
