// The census of Linux: every descriptor of every process, compared by inode, device and birth time.
// Not seen: what the kernel itself holds (swap, loop devices), files on their way through a socket, and
// those registered with io_uring alone.
//
// readlink and readdir of procfs never wait for a disk and take 2 µs, so they are synchronous, in short
// slices; a stat can hang where a server is gone, so it is not, and has a deadline.

import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { setImmediate as breath, setTimeout as sleep } from 'node:timers/promises';
import type { FileId } from '../units/identity.ts';
import { birthOf } from './file-stat.ts';
import { isShared, type Mount, parseMounts } from './mounts.ts';
import { findWanted, type WantedFiles, wantedFiles } from './wanted.ts';
import type { Census, Holder } from './world.ts';

export async function procCensus(files: ReadonlySet<FileId>): Promise<Census> {
  const wanted = wantedFiles(files);
  const devices = new Set([...wanted.values()].flat().map(one => one.device));
  const mounts = parseMounts(readFileSync('/proc/self/mountinfo', 'utf8'));
  const round: Round = {
    wanted,
    devices,
    mounts: mounts.some(mount => isShared(mount.type))
      ? new Map(mounts.map(mount => [mount.id, mount]))
      : null,
    holders: new Map(),
    denied: new Set(),
    isLate: false,
  };
  const ended = new AbortController();
  const late = sleep(deadlineMs, undefined, { signal: ended.signal, ref: false }).then(
    () => {
      round.isLate = true;
    },
    () => {},
  );
  await Promise.race([lookAtAll(round), late]);
  ended.abort();
  const blind = blindness({
    namespace: targetOf('/proc/self/ns/pid'),
    denied: round.denied.size,
    isLate: round.isLate,
    types: [...new Set(mounts.filter(mount => devices.has(mount.device)).map(mount => mount.type))],
  });
  // A copy: what is still under way after the deadline must not change what was given out.
  return { complete: blind === null, blind, holders: new Map(round.holders) };
}

/** What keeps "nobody" from being known (rulings 13), in words; null when nothing does. */
export function blindness(sight: {
  /** Where /proc/self/ns/pid leads; null where there is no such name. */
  readonly namespace: string | null;
  readonly denied: number;
  readonly isLate: boolean;
  readonly types: readonly string[];
}): string | null {
  const reasons: string[] = [];
  if (sight.namespace !== initialNamespace) {
    reasons.push('logmill has a PID namespace of its own, in which processes outside are not seen');
  }
  if (sight.denied === 1) reasons.push('one process may not be looked into');
  if (sight.denied > 1) reasons.push(`${sight.denied} processes may not be looked into`);
  if (sight.isLate) reasons.push('a file system that some process uses does not answer');
  const shared = sight.types.filter(isShared);
  if (shared.length > 0) reasons.push(`other machines may hold files on ${shared.join(' and ')}`);
  return reasons.length === 0 ? null : reasons.join('; ');
}

interface Round {
  readonly wanted: WantedFiles;
  readonly devices: ReadonlySet<string>;
  /** By id; null when no network file system is mounted here, and nothing can hang. */
  readonly mounts: Map<string, Mount> | null;
  readonly holders: Map<FileId, Holder[]>;
  /** Processes that could not be looked into. */
  readonly denied: Set<number>;
  isLate: boolean;
}

const deadlineMs = 3_000;
/** PROC_PID_INIT_INO, include/linux/proc_ns.h: the same on every kernel since 3.8. */
const initialNamespace = 'pid:[4026531836]';
/** Within the service, slices stay under 10 ms (rulings 30). */
const sliceMs = 5;

async function lookAtAll(round: Round): Promise<void> {
  const ours = String(process.pid);
  let open: string[] = [];
  let sliceEnd = performance.now() + sliceMs;
  const work: Promise<void>[] = [];
  for (const pid of readdirSync('/proc')) {
    if (!/^\d+$/.test(pid) || pid === ours) continue;
    const seen = descriptorsOf(pid);
    if (seen === 'denied') round.denied.add(Number(pid));
    else {
      open.push(...seen);
      // Threads of the kernel have neither a program nor files.
      if (targetOf(`/proc/${pid}/exe`) !== null) work.push(lookAtMaps(pid, round));
    }
    if (performance.now() < sliceEnd && open.length < 256) continue;
    work.push(lookAtDescriptors(open, round));
    open = [];
    await breath();
    sliceEnd = performance.now() + sliceMs;
  }
  work.push(lookAtDescriptors(open, round));
  await Promise.all(work);
}

/** Paths of descriptors that lead to files; sockets, pipes and the like are told by their links. */
function descriptorsOf(pid: string): string[] | 'denied' {
  const own = listed(`/proc/${pid}/fd`);
  if (own === 'denied') return own;
  // A process whose first thread has ended shows none, though its other threads hold them.
  const folders = own.length > 0 ? [`/proc/${pid}/fd`] : otherThreads(pid);
  const found: string[] = [];
  for (const folder of folders) {
    const numbers = folder === folders[0] && own.length > 0 ? own : listed(folder);
    if (numbers === 'denied') return 'denied';
    for (const number of numbers) {
      const target = targetOf(`${folder}/${number}`);
      if (target === 'denied') return 'denied';
      if (target?.startsWith('/') && target !== '/dev/null') found.push(`${folder}/${number}`);
    }
  }
  return found;
}

function otherThreads(pid: string): string[] {
  const threads = listed(`/proc/${pid}/task`);
  if (threads === 'denied') return [];
  return threads.filter(thread => thread !== pid).map(thread => `/proc/${pid}/task/${thread}/fd`);
}

/** Nothing for a process that has ended meanwhile. */
function listed(folder: string): string[] | 'denied' {
  try {
    return readdirSync(folder);
  } catch (error) {
    return isDenied(error) ? 'denied' : [];
  }
}

function targetOf(descriptor: string): string | 'denied' | null {
  try {
    return readlinkSync(descriptor);
  } catch (error) {
    return isDenied(error) ? 'denied' : null;
  }
}

function isDenied(error: unknown): boolean {
  return isCode(error, 'EACCES', 'EPERM');
}

/** ENOENT and ESRCH mean that process or descriptor has gone meanwhile, and holds nothing any more. */
function isCode(error: unknown, ...codes: readonly string[]): boolean {
  return codes.includes(String((error as NodeJS.ErrnoException)?.code));
}

async function lookAtDescriptors(descriptors: readonly string[], round: Round): Promise<void> {
  await Promise.all(descriptors.map(descriptor => lookAtDescriptor(descriptor, round)));
}

async function lookAtDescriptor(descriptor: string, round: Round): Promise<void> {
  try {
    if (round.mounts !== null && (await isOnOtherServer(descriptor, round.mounts, round.devices))) return;
    const stats = await stat(descriptor, { bigint: true });
    const birth = birthOf(stats);
    const found = findWanted(round.wanted, stats.ino, stats.dev, birth > 0n ? String(birth) : null);
    if (found === null) return;
    const pid = pidOf(descriptor);
    const { flags, position } = parseFdinfo(
      await readFile(descriptor.replace(/fd\/(\d+)$/, 'fdinfo/$1'), 'utf8'),
    );
    // O_WRONLY and O_RDWR are 1 and 2 everywhere on Linux, O_APPEND is 02000.
    const access = (flags & 3) === 0 ? 'read' : 'write';
    note(round, found.id, { pid, name: nameOf(pid), access, append: (flags & 0o2000) !== 0, position });
  } catch (error) {
    if (typeof (error as NodeJS.ErrnoException).code !== 'string') throw error;
    // Also what a broken file system answers: what cannot be seen is not known.
    if (!isCode(error, 'ENOENT', 'ESRCH', 'ENOTDIR')) round.denied.add(pidOf(descriptor));
  }
}

/**
 * Whether a descriptor lies on a network file system that no wanted file is on. To stat it could take one of
 * the few threads for ever; its fdinfo tells the mount without asking the server.
 */
async function isOnOtherServer(
  descriptor: string,
  mounts: Map<string, Mount>,
  devices: ReadonlySet<string>,
): Promise<boolean> {
  const id = /^mnt_id:\s*(\d+)$/m.exec(await fdinfoOf(descriptor))?.[1] ?? '';
  if (!mounts.has(id)) {
    // Of another mount namespace, as in a container.
    const theirs = parseMounts(await readFile(`/proc/${pidOf(descriptor)}/mountinfo`, 'utf8'));
    for (const mount of theirs) mounts.set(mount.id, mount);
  }
  const mount = mounts.get(id);
  return mount !== undefined && isShared(mount.type) && !devices.has(mount.device);
}

function fdinfoOf(descriptor: string): Promise<string> {
  return readFile(descriptor.replace(/fd\/(\d+)$/, 'fdinfo/$1'), 'utf8');
}

function pidOf(descriptor: string): number {
  return Number(descriptor.split('/')[2]);
}

function parseFdinfo(text: string): { flags: number; position: number | null } {
  const flags = /^flags:\s*([0-7]+)$/m.exec(text)?.[1] ?? '0';
  const position = /^pos:\s*(\d+)$/m.exec(text)?.[1];
  return { flags: Number.parseInt(flags, 8), position: position === undefined ? null : Number(position) };
}

/**
 * A file mapped for writing is held without a descriptor. Overlay and btrfs show another device in maps
 * than in stat; their device numbers have the major 0, and there the inode decides: rather a
 * writer too many.
 */
async function lookAtMaps(pid: string, round: Round): Promise<void> {
  let text: string;
  try {
    text = await readFile(`/proc/${pid}/maps`, 'utf8');
  } catch (error) {
    if (isDenied(error) || isCode(error, 'ENOENT', 'ESRCH')) return;
    throw error;
  }
  for (const [, device = '', inode = ''] of text.matchAll(/^\S+ .w.s \S+ (\S+) (\d+)/gm)) {
    for (const one of round.wanted.get(inode) ?? []) {
      if (!isSameMapped(device, BigInt(one.device))) continue;
      note(round, one.id, {
        pid: Number(pid),
        name: nameOf(Number(pid)),
        access: 'write',
        append: false,
        position: null,
      });
    }
  }
}

function isSameMapped(shown: string, device: bigint): boolean {
  const major = ((device >> 8n) & 0xfffn) | ((device >> 32n) & ~0xfffn);
  const minor = (device & 0xffn) | ((device >> 12n) & ~0xffn);
  if (major === 0n) return shown.startsWith('00:');
  const [big = '', small = ''] = shown.split(':');
  return BigInt(`0x${big}`) === major && BigInt(`0x${small}`) === minor;
}

function nameOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/comm`, 'utf8').replace(/\n$/, '');
  } catch (error) {
    if (isCode(error, 'ENOENT', 'ESRCH', 'EACCES')) return '?';
    throw error;
  }
}

/** Said once for descriptors that are alike, as after a fork or dup. */
function note(round: Round, id: FileId, holder: Holder): void {
  if (round.isLate) return;
  const known = round.holders.get(id) ?? [];
  const isKnown = known.some(
    one => one.pid === holder.pid && one.access === holder.access && one.append === holder.append,
  );
  if (isKnown) return;
  round.holders.set(id, [...known, holder]);
}
