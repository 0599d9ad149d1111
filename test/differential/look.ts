// What a run left behind: the folder, the state and the calls of scripts and of the mail command.

import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';

export interface LeftFile {
  readonly content: string;
  readonly mode: string;
  readonly owner: string;
  /** Of its mtime and its atime; of an empty file none, which may be emptied or read once more for nothing. */
  readonly day: string;
  readonly readDay: string;
  /** In seconds; compared to the day only. */
  readonly modified: number;
  readonly sparse: boolean;
  readonly acl: string;
}

export interface Left {
  readonly files: Readonly<Record<string, LeftFile>>;
  readonly state: Readonly<Record<string, string>>;
  /** Scripts and letters in the order in which they ran, each with its arguments. */
  readonly calls: readonly string[];
}

export interface Looking {
  readonly withAcls: boolean;
  readonly logs: ReadonlySet<string>;
}

/** What the run was given besides logs, and what it keeps for itself. */
const notOfTheLogs = /^(state(\..*)?|calls|bin|conf\.d|\d\.conf)(\/|$)/;

/** @param logs live logs and their other names: when they were last read is nobody's business */
export function lookAt(folder: string, { withAcls, logs }: Looking): Left {
  const files: Record<string, LeftFile> = {};
  for (const name of namesIn(folder)) {
    if (notOfTheLogs.test(name)) continue;
    files[name] = seen(path.join(folder, name), { withAcls, isLive: logs.has(name) });
  }
  const calls = textOf(path.join(folder, 'calls')).replaceAll(folder, '@');
  return { files, state: stateIn(folder), calls: calls.split('\n').filter(line => line !== '') };
}

export function namesIn(folder: string): string[] {
  return fs.readdirSync(folder, { recursive: true, encoding: 'utf8' }).sort();
}

function seen(
  target: string,
  { withAcls, isLive }: { readonly withAcls: boolean; readonly isLive: boolean },
): LeftFile {
  const stat = fs.lstatSync(target);
  const isFile = stat.isFile();
  return {
    content: isFile ? decoded(target) : kindOf(stat),
    mode: (stat.mode & 0o7777).toString(8),
    owner: `${stat.uid}:${stat.gid}`,
    day: isFile && stat.size > 0 ? dayOf(stat.mtimeMs) : '',
    readDay: isFile && stat.size > 0 && !isLive ? dayOf(stat.atimeMs) : '',
    modified: stat.mtimeMs / 1000,
    sparse: isFile && stat.blocks * 512 < stat.size,
    acl: withAcls && isFile ? aclOf(target) : '',
  };
}

function dayOf(ms: number): string {
  return new Date(ms).toISOString().slice(0, 10);
}

function kindOf(stat: fs.Stats): string {
  if (stat.isSymbolicLink()) return 'a link';
  return stat.isDirectory() ? 'a folder' : 'a device';
}

function decoded(file: string): string {
  const bytes = unnoticed(file);
  if (bytes[0] === 0x1f && bytes[1] === 0x8b) return `gzip: ${shortened(gunzipSync(bytes))}`;
  if (bytes[0] === 0xfd && bytes[1] === 0x37)
    return `xz: ${shortened(execFileSync('xz', ['-dc'], { input: bytes }))}`;
  return shortened(bytes);
}

/** Looking changes nothing, not even when it was last read. */
function unnoticed(file: string): Buffer {
  const handle = fs.openSync(file, fs.constants.O_RDONLY | fs.constants.O_NOATIME);
  try {
    return fs.readFileSync(handle);
  } finally {
    fs.closeSync(handle);
  }
}

function shortened(bytes: Buffer): string {
  if (bytes.length < 2000) return bytes.toString('latin1');
  return `${bytes.length} bytes, SHA-256 ${createHash('sha256').update(bytes).digest('hex')}`;
}

function aclOf(file: string): string {
  return execFileSync('getfacl', ['-cp', file], { encoding: 'utf8' }).trim().replaceAll('\n', ' ');
}

/** Log → last rotation, to the minute: the two do not run in the same second. */
function stateIn(folder: string): Record<string, string> {
  const lines = textOf(path.join(folder, 'state')).replaceAll(`${folder}/`, '').split('\n').slice(1);
  const entries = lines.flatMap(line => {
    const match = /^"(.*)" ([\d-]+:\d+):\d+/.exec(line);
    return match === null ? [] : [[unescaped(match[1] ?? ''), match[2]]];
  });
  return Object.fromEntries(entries);
}

function unescaped(name: string): string {
  return name.replace(/\\(.)/g, (_, letter: string) => (letter === 'n' ? '\n' : letter));
}

function textOf(file: string): string {
  return fs.existsSync(file) ? fs.readFileSync(file, 'utf8') : '';
}
