// The logs that the service watches, with what was last seen of each: size, growth, limit. It is
// filled by plannings and by single looks; it decides nothing and touches no disk.

import type { LogSet } from '../logs/log-set.ts';
import { unarchived } from '../logs/unarchived.ts';
import type { Planning } from '../plan/plan.ts';
import type { Policy } from '../policy/policy.ts';
import type { Bytes } from '../units/bytes.ts';
import type { EpochMs, Ms } from '../units/duration.ts';
import type { FileId } from '../units/identity.ts';
import { folderOf, type Path } from '../units/path.ts';
import type { FileStat } from '../world/world.ts';

export interface WatchedLog {
  readonly path: Path;
  readonly policy: Policy;
  /** Why it is left alone; null: it is not. */
  readonly obstacle: string | null;
  /** null: there is no live log. */
  readonly size: Bytes | null;
  /** null: not there, or made since it was looked at. */
  readonly id: FileId | null;
  readonly seenAt: EpochMs;
  /** Last time it was seen to have grown. */
  readonly grewAt: EpochMs | null;
  /** Bytes a second, smoothed over about ten seconds. */
  readonly rate: number;
  /** When time makes it due; null: never, or not known. */
  readonly next: EpochMs | null;
  /** Bytes that came in, in twelve spans of five minutes, oldest first; null: none in the last hour. */
  readonly hour: readonly Bytes[] | null;
  readonly last: { readonly at: EpochMs; readonly words: string } | null;
}

export type Stir = 'written' | 'worked on';

export interface Watched {
  readonly logs: ReadonlyMap<Path, WatchedLog>;
  /** Changes when logs come, go, get another policy, or are heard of or not. */
  readonly version: number;
  /** Logs to be looked at again soon: deferred, failed, held elsewhere. */
  readonly again: Set<Path>;
  /** What a planning saw, and how it leaves it. */
  take(planning: Planning): void;
  /** After a round over all logs: those that no planning since `begin` named are gone, but for busy ones. */
  begin(): void;
  endOfAll(busy: ReadonlySet<Path>): void;
  /** A single look; null: there is nothing under the path. */
  saw(path: Path, stat: FileStat | null, at: EpochMs): void;
  note(path: Path, at: EpochMs, words: string): void;
  /** Somebody wrote to this path, or may have; or a plan has finished with it. */
  stir(path: Path, why: Stir): void;
  stirFolder(folder: Path): void;
  onStir(listener: (path: Path, why: Stir) => void): () => void;
  /** Whether the kernel tells us of writes in a folder; where not, sizes must be looked at. */
  setHeard(folder: Path, heard: boolean): void;
  isHeard(path: Path): boolean;
}

export function makeWatched(): Watched {
  const logs = new Map<Path, Entry>();
  const heard = new Set<Path>();
  const listeners = new Set<(path: Path, why: Stir) => void>();
  let named = new Set<Path>();
  let version = 0;

  const take = (logSet: LogSet, at: EpochMs): void => {
    named.add(logSet.path);
    const known = logs.get(logSet.path);
    const entry = known ?? new Entry(logSet, at);
    const isFree = logSet.obstacle === null;
    if (known === undefined || known.policy !== logSet.policy || isFree !== (known.obstacle === null))
      version += 1;
    entry.policy = logSet.policy;
    entry.obstacle = logSet.obstacle?.words ?? null;
    entry.next = null;
    logs.set(logSet.path, entry);
    const size = logSet.live === null ? null : unarchived(logSet.live, logSet.policy);
    const id = logSet.live?.id ?? null;
    const isOther = id !== null && entry.id !== null && id !== entry.id;
    if (known === undefined || size === null || entry.size === null || size < entry.size || isOther) {
      // Rotated by this plan, or replaced: growth is counted from here.
      entry.size = size;
      entry.id = id;
      entry.seenAt = at;
      return;
    }
    entry.id ??= id;
    grow(entry, size, at);
  };

  return {
    logs,
    again: new Set(),
    get version() {
      return version;
    },
    begin: () => {
      named = new Set();
    },
    take: planning => {
      for (const logSet of planning.expected) take(logSet, planning.plan.made);
      for (const kept of planning.kept) {
        const entry = kept.path === kept.log ? logs.get(kept.log) : undefined;
        if (entry !== undefined && kept.next !== null) entry.next = kept.next;
      }
    },
    endOfAll: busy => {
      for (const path of logs.keys()) {
        if (named.has(path) || busy.has(path)) continue;
        logs.delete(path);
        version += 1;
      }
      named = new Set();
    },
    saw: (path, stat, at) => {
      const entry = logs.get(path);
      if (entry === undefined) return;
      if (stat === null) {
        entry.size = null;
        entry.id = null;
        entry.seenAt = at;
        return;
      }
      const size = unarchived(stat, entry.policy);
      const isNew = entry.size === null || (entry.id !== null && entry.id !== stat.id) || size < entry.size;
      if (isNew) entry.size = 0;
      entry.id = stat.id;
      grow(entry, size, at);
    },
    note: (path, at, words) => {
      const entry = logs.get(path);
      if (entry !== undefined) entry.last = { at, words };
    },
    stir: (path, why) => {
      for (const listener of listeners) listener(path, why);
    },
    stirFolder: folder => {
      for (const path of logs.keys()) {
        if (folderOf(path) === folder) for (const listener of listeners) listener(path, 'written');
      }
    },
    onStir: listener => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    setHeard: (folder, hears) => {
      if (hears === heard.has(folder)) return;
      if (hears) heard.add(folder);
      else heard.delete(folder);
      version += 1;
    },
    isHeard: path => heard.has(folderOf(path)),
  };
}

/** The size from which on a log is due whatever the clock says; null: none. */
export function limitOf(policy: Policy): Bytes | null {
  const { criterion, maxsize } = policy.settings;
  const size = criterion.kind === 'size' ? criterion.size : null;
  if (size === null) return maxsize;
  return maxsize === null ? size : Math.min(size, maxsize);
}

/** `size` means at least, `maxsize` means more than (logrotate); an empty log crosses nothing. */
export function crosses(policy: Policy, size: Bytes): boolean {
  const { criterion, maxsize } = policy.settings;
  if (size === 0) return false;
  return (criterion.kind === 'size' && size >= criterion.size) || (maxsize !== null && size > maxsize);
}

const spanMs: Ms = 300_000;
const spans = 12;
/** Older growth counts 1/e after this long. */
const memory: Ms = 10_000;

/** There may be tens of thousands: all of one shape, without a closure or a copy of anything. */
class Entry implements WatchedLog {
  readonly path: Path;
  policy: Policy;
  obstacle: string | null = null;
  size: Bytes | null = null;
  id: FileId | null = null;
  seenAt: EpochMs;
  grewAt: EpochMs | null = null;
  rate = 0;
  next: EpochMs | null = null;
  last: WatchedLog['last'] = null;
  /** What came in, in spans of five minutes, the latest of them number `spanAt`; null: nothing ever. */
  spans: Float64Array | null = null;
  spanAt = 0;

  constructor({ path, policy }: LogSet, at: EpochMs) {
    this.path = path;
    this.policy = policy;
    this.seenAt = at;
  }

  get hour(): readonly Bytes[] | null {
    return this.spans === null ? null : rolled(this.spans, this.spanAt, Math.floor(this.seenAt / spanMs));
  }
}

function grow(entry: Entry, size: Bytes, at: EpochMs): void {
  const grown = Math.max(0, size - (entry.size ?? 0));
  // A clock that was set back must not give a negative or endless rate.
  const passed = Math.max(1, at - entry.seenAt);
  const fade = Math.exp(-passed / memory);
  entry.rate = entry.rate * fade + (grown / passed) * 1000 * (1 - fade);
  if (entry.rate < 0.01) entry.rate = 0;
  entry.size = size;
  entry.seenAt = at;
  if (grown === 0) return;
  entry.grewAt = at;
  addToHour(entry, grown, at);
}

function addToHour(entry: Entry, grown: Bytes, at: EpochMs): void {
  const span = Math.floor(at / spanMs);
  const past =
    entry.spans === null
      ? new Float64Array(spans)
      : Float64Array.from(rolled(entry.spans, entry.spanAt, span));
  past[spans - 1] = (past[spans - 1] ?? 0) + grown;
  entry.spans = past;
  entry.spanAt = span;
}

/** The spans as they stand at `span`: what is older than an hour has moved out. */
function rolled(past: Float64Array, pastAt: number, span: number): number[] {
  const shift = Math.max(0, span - pastAt);
  return Array.from({ length: spans }, (_, index) => past[index + shift] ?? 0);
}
