// What lies in a folder for which there is no policy yet: its logs, how fast they grow, what has
// been kept of them so far, and who writes them. Nothing is decided here.

import { writersOf } from '../observe/writers.ts';
import type { Bytes } from '../units/bytes.ts';
import type { EpochMs } from '../units/duration.ts';
import type { FileId } from '../units/identity.ts';
import { join, type Path } from '../units/path.ts';
import type { FileStat, World } from '../world/world.ts';
import { type WayName, wayOf } from './writer-ways.ts';

export interface FoundLog {
  readonly path: Path;
  readonly name: string;
  readonly size: Bytes;
  /** Bytes a day since the file was made; null where that is under a minute ago or not kept. */
  readonly growth: Bytes | null;
  /** The name of the program that writes it; null: nobody does, or it could not be seen. */
  readonly writer: string | null;
  /** Whether every writer appends; null: not known. */
  readonly append: boolean | null;
  /** Whether all processes could be looked into, so that `writer: null` is a true "nobody". */
  readonly sure: boolean;
  readonly way: WayName;
  /** How its kept generations are named; null: there are none. */
  readonly kept: Kept | null;
  readonly uid: number;
  readonly gid: number;
}

export interface Kept {
  readonly count: number;
  readonly by: 'number' | 'date';
  /** With its dot, of those that are compressed; null: all are plain. */
  readonly extension: string | null;
  readonly size: Bytes;
}

/** Logs in the folder itself, by name; what is compressed, empty of text or no regular file is no log. */
export async function findLogs(world: World, folder: Path): Promise<readonly FoundLog[]> {
  const { look } = world.disk;
  const names = look.names(folder);
  const stats = new Map<string, FileStat>();
  for (const name of names) {
    const stat = look.stat(join(folder, name));
    if (stat?.kind === 'file') stats.set(name, stat);
  }
  const families = familiesOf(stats);
  const logs = [...families.keys()].filter(name => isText(world, join(folder, name)));
  const census = await world.processes.census(new Set(logs.flatMap(name => stats.get(name)?.id ?? [])));
  const at = world.clock.now();
  return logs.sort().flatMap(name => {
    const stat = stats.get(name);
    if (stat === undefined) return [];
    const path = join(folder, name);
    const writers = writersOf(census, stat.id);
    const writer = writers?.[0]?.name ?? null;
    const appends = (writers ?? []).map(one => one.append);
    const append = appends.includes(false)
      ? false
      : appends.length === 0 || appends.includes(null)
        ? null
        : true;
    const kept = keptOf(families.get(name) ?? [], stats);
    const way = wayOf({ path, name, writer, append });
    const { size, uid, gid } = stat;
    const growth = growthOf(stat, at);
    return [{ path, name, size, growth, writer, append, sure: census.complete, way, kept, uid, gid }];
  });
}

interface Member {
  readonly name: string;
  readonly by: 'number' | 'date';
  readonly extension: string | null;
}

const packed = /\.(?:gz|zst|br|bz2|xz|lz4|lzma|zip|Z|7z)$/;
const numbered = /^(?<base>.+)\.(?<number>\d{1,5})(?<rest>\.[A-Za-z]+)?$/;
const dated =
  /^(?<base>.+?)[-._](?<date>\d{4}-?\d{2}-?\d{2}(?:[-_.T]?\d{2,6})?)(?:\.\d{1,5})?(?<rest>\.[A-Za-z]+)?$/;

/** Logs with their kept generations: a name is a generation only beside the log that it names. */
function familiesOf(stats: ReadonlyMap<string, FileStat>): Map<string, Member[]> {
  const families = new Map<string, Member[]>();
  for (const name of stats.keys()) {
    if (name.startsWith('.')) continue;
    const member = memberOf(name, stats);
    if (member === null && !packed.test(name)) families.set(name, families.get(name) ?? []);
    if (member === null) continue;
    families.set(member.log, [...(families.get(member.log) ?? []), member.member]);
  }
  return families;
}

function memberOf(
  name: string,
  stats: ReadonlyMap<string, FileStat>,
): { log: string; member: Member } | null {
  const extension = packed.exec(name)?.[0] ?? null;
  const plain = extension === null ? name : name.slice(0, -extension.length);
  for (const [form, by] of [
    [numbered, 'number'],
    [dated, 'date'],
  ] as const) {
    const { base, rest = '' } = form.exec(plain)?.groups ?? {};
    if (base === undefined) continue;
    const log = [base + rest, base].find(one => stats.has(one));
    if (log !== undefined) return { log, member: { name, by, extension } };
  }
  return null;
}

function keptOf(members: readonly Member[], stats: ReadonlyMap<string, FileStat>): Kept | null {
  if (members.length === 0) return null;
  const byDate = members.filter(member => member.by === 'date').length;
  return {
    count: members.length,
    by: byDate * 2 > members.length ? 'date' : 'number',
    extension: members.find(member => member.extension !== null)?.extension ?? null,
    size: members.reduce((sum, member) => sum + (stats.get(member.name)?.size ?? 0), 0),
  };
}

function isText(world: World, path: Path): boolean {
  try {
    return !world.disk.look.head(path, 65_536).includes(0);
  } catch {
    // What cannot be read is named in no policy that we write: the operator has not let us see it.
    return false;
  }
}

const minuteMs = 60_000;
const dayMs = 86_400_000;

function growthOf(stat: FileStat, at: EpochMs): Bytes | null {
  const made = madeAt(stat.id);
  const age = made === null ? 0 : at - made;
  return age < minuteMs ? null : Math.round((stat.size / age) * dayMs);
}

/** When the file was made, from its identity; null where the file system does not keep it. */
function madeAt(id: FileId): EpochMs | null {
  const ns = Number(id.split(':')[1]);
  return Number.isFinite(ns) ? ns / 1e6 : null;
}
