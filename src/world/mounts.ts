// Mounted file systems, and which of them other machines write to as well: what holds a file open there
// cannot be seen from here, and a server that is gone keeps every question waiting.

export interface Mount {
  /** As fdinfo names it (`mnt_id`). */
  readonly id: string;
  /** As stat gives it (st_dev). */
  readonly device: string;
  readonly type: string;
}

/** The text of /proc/PID/mountinfo (proc_pid_mountinfo(5)). */
export function parseMounts(mountinfo: string): Mount[] {
  const mounts: Mount[] = [];
  for (const line of mountinfo.split('\n')) {
    const [left = '', right = ''] = line.split(' - ');
    const [id = '', , numbers = ''] = left.split(' ');
    const [major, minor] = numbers.split(':').map(Number);
    const type = right.split(' ')[0];
    if (major === undefined || minor === undefined || !type) continue;
    mounts.push({ id, device: String(deviceNumber(major, minor)), type });
  }
  return mounts;
}

/** Whether processes that this kernel does not know may have files of this type open. */
export function isShared(type: string): boolean {
  // fuseblk is a local disk behind a local program (ntfs-3g); other FUSE may be anything.
  return sharedTypes.has(type) || type === 'fuse' || type.startsWith('fuse.');
}

const sharedTypes: ReadonlySet<string> = new Set([
  ...['nfs', 'nfs4', 'cifs', 'smb3', 'smbfs', 'ncpfs', 'afs', 'coda', 'ceph', '9p', 'virtiofs', 'vboxsf'],
  ...['prl_fs', 'vmhgfs', 'lustre', 'beegfs', 'gpfs', 'ocfs2', 'gfs2', 'orangefs', 'pvfs2', 'glusterfs'],
]);

/** As the kernel packs it for stat(2), makedev(3). */
function deviceNumber(major: number, minor: number): bigint {
  const [big, small] = [BigInt(major), BigInt(minor)];
  return (small & 0xffn) | ((big & 0xfffn) << 8n) | ((small & ~0xffn) << 12n) | ((big & ~0xfffn) << 32n);
}
