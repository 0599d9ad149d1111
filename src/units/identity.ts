// What makes a file the file it was: inode and birth time, and the device while the machine
// has not been started anew (btrfs, overlay, NFS and device-mapper give another device number
// at each mount). A path never does.

/** `INODE:BIRTHNS:DEVICE` in decimal; BIRTHNS is `none` where the file system keeps none. */
export type FileId = string;

/** @param birthNs 0n where statx gives none; ctime is never put in its place */
export function fileId(inode: bigint | number, birthNs: bigint, device: bigint | number): FileId {
  return `${inode}:${birthNs > 0n ? birthNs : 'none'}:${device}`;
}

/** Whether the two are one file; `sameBoot` says that both were seen under one boot id. */
export function sameFile(a: FileId, b: FileId, sameBoot: boolean): boolean {
  if (a === b) return true;
  return !sameBoot && lastingId(a) === lastingId(b);
}

/** The part of an identity that survives a restart of the machine. */
export function lastingId(id: FileId): string {
  return id.slice(0, id.lastIndexOf(':'));
}

/** Its device, as long as the machine is not started anew: files that have it in common share their room. */
export function deviceOf(id: FileId): string {
  return id.slice(id.lastIndexOf(':') + 1);
}
