// The files a census asks for, found by what a stat of a descriptor gives.

import type { FileId } from '../units/identity.ts';

export interface Wanted {
  readonly id: FileId;
  readonly inode: string;
  /** null where the file system keeps none. */
  readonly birth: string | null;
  readonly device: string;
}

/** By inode: of several devices, or under two births when it was given away between two looks. */
export type WantedFiles = ReadonlyMap<string, readonly Wanted[]>;

export function wantedFiles(files: ReadonlySet<FileId>): WantedFiles {
  const wanted = new Map<string, Wanted[]>();
  for (const id of files) {
    const [inode = '', birth = 'none', device = ''] = id.split(':');
    const one = { id, inode, birth: birth === 'none' ? null : birth, device };
    const alike = wanted.get(inode);
    if (alike === undefined) wanted.set(inode, [one]);
    else alike.push(one);
  }
  return wanted;
}

/** @param birth null when it was not told: inode and device then decide */
export function findWanted(
  files: WantedFiles,
  inode: bigint | string,
  device: bigint | string,
  birth: string | null,
) {
  const candidates = files.get(String(inode))?.filter(one => one.device === String(device)) ?? [];
  return candidates.find(one => birth === null || one.birth === null || one.birth === birth) ?? null;
}
