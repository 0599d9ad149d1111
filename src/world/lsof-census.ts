// The census where there is no procfs: lsof(8), which macOS brings along. It does not tell birth times, nor
// whether a file was opened to append.

import { execFile } from 'node:child_process';
import { stat } from 'node:fs/promises';
import type { FileId } from '../units/identity.ts';
import { findWanted, type WantedFiles, wantedFiles } from './wanted.ts';
import type { Census, Holder } from './world.ts';

export async function lsofCensus(files: ReadonlySet<FileId>): Promise<Census> {
  const wanted = wantedFiles(files);
  const answer = await outputOf('lsof', ['-n', '-P', '-w', '-F', 'pcfaDi']);
  if (answer === null) return { complete: false, blind: 'lsof cannot be run', holders: new Map() };
  const { holders, denied } = parseLsof(answer, wanted, process.pid);
  const reasons: string[] = [];
  if (process.platform !== 'darwin') reasons.push('lsof does not tell here what it may not look into');
  if (process.geteuid?.() !== 0) reasons.push('only root sees what others hold open');
  if (denied > 0) reasons.push(`${denied} processes may not be looked into`);
  if (await areShared(wanted)) reasons.push('other machines may hold files on a network file system');
  return { complete: reasons.length === 0, blind: reasons.length === 0 ? null : reasons.join('; '), holders };
}

/**
 * Reads lsof's output for programs: a line a field, the first character naming it. `p` and `c` begin a
 * process, `f` a descriptor; access, device and inode follow.
 */
export function parseLsof(
  output: string,
  wanted: WantedFiles,
  ourPid: number,
): { holders: Map<FileId, Holder[]>; denied: number } {
  const holders = new Map<FileId, Holder[]>();
  let denied = 0;
  let pid = 0;
  let name = '?';
  let access = ' ';
  let device = '';
  for (const line of output.split('\n')) {
    const value = line.slice(1);
    if (line.startsWith('p')) pid = Number(value);
    else if (line.startsWith('c')) name = value;
    else if (line.startsWith('f')) {
      [access, device] = [' ', ''];
      if (value === 'NOFD') denied += 1;
    } else if (line.startsWith('a')) access = value;
    else if (line.startsWith('D')) device = BigInt(value).toString();
    else if (line.startsWith('i') && pid !== ourPid && /^[rwu]$/.test(access)) {
      const found = findWanted(wanted, value, device, null);
      if (found === null) continue;
      const holder: Holder = {
        pid,
        name,
        access: access === 'r' ? 'read' : 'write',
        append: null,
        position: null,
      };
      const known = holders.get(found.id) ?? [];
      if (known.some(one => one.pid === pid && one.access === holder.access)) continue;
      holders.set(found.id, [...known, holder]);
    }
  }
  return { holders, denied };
}

/** Mount points that mount(8) does not call local, as macOS prints them: `//srv/logs on /logs (smbfs, nodev)`. */
export function sharedMountPoints(mounts: string): string[] {
  const found: string[] = [];
  for (const line of mounts.split('\n')) {
    const match = /^.* on (\/.*) \(([^()]*)\)$/.exec(line);
    if (match?.[1] === undefined) continue;
    const words = (match[2] ?? '').split(', ');
    if (!words.includes('local') && words[0] !== 'devfs' && words[0] !== 'autofs') found.push(match[1]);
  }
  return found;
}

async function areShared(wanted: WantedFiles): Promise<boolean> {
  // Elsewhere mount(8) does not say what is local.
  if (process.platform !== 'darwin') return false;
  const devices = new Set([...wanted.values()].flat().map(one => one.device));
  for (const point of sharedMountPoints((await outputOf('/sbin/mount', [])) ?? '')) {
    const device = await deviceOf(point);
    if (device !== null && devices.has(device)) return true;
  }
  return false;
}

async function deviceOf(point: string): Promise<string | null> {
  try {
    return String((await stat(point, { bigint: true })).dev);
  } catch (error) {
    if (typeof (error as NodeJS.ErrnoException).code !== 'string') throw error;
    return null;
  }
}

/** null when the program is missing or takes longer than 20 s. lsof ends with 1 when it could not see all. */
function outputOf(program: string, args: readonly string[]): Promise<string | null> {
  return new Promise(resolve => {
    execFile(program, [...args], { timeout: 20_000, maxBuffer: 512 * 1024 * 1024 }, (error, stdout) => {
      resolve(error === null || (error.code === 1 && stdout !== '') ? stdout : null);
    });
  });
}
