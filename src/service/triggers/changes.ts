// Hears of names and writes in the folders of logs: chokidar, one folder at a time, depth 0, raw
// events, as a wake-up only (the truth is what stat says). Where the kernel tells nothing, or so
// much that listening costs a core, the folder itself is looked at each second instead; sizes are
// then found by the growth schedule.

import { type FSWatcher, watch } from 'chokidar';
import type { EpochMs, Ms } from '../../units/duration.ts';
import type { FileId } from '../../units/identity.ts';
import { nameOf, type Path } from '../../units/path.ts';
import { isTrouble } from '../../world/trouble.ts';
import { foldersToWatch, makeRollCall, pathIn } from '../roll-call.ts';
import type { Ground, Running, Trigger } from '../trigger.ts';

export const changes: Trigger = { name: 'changes', start: ground => startChanges(ground, pace) };

export interface ChangesPace {
  /** Names are looked at after this much quiet, and at most this often. */
  readonly quiet: Ms;
  /** A folder that is not heard is looked at this often. */
  readonly poll: Ms;
  /** More events than `hotEvents` in `hotWithin`: 50 a second cost 3 % of a core (libraries.md W1). */
  readonly hotEvents: number;
  readonly hotWithin: Ms;
  /** A hot folder is listened to again after this, doubled each time, up to an hour. */
  readonly cool: Ms;
}

const pace: ChangesPace = { quiet: 200, poll: 1_000, hotEvents: 150, hotWithin: 3_000, cool: 60_000 };

interface Watch {
  readonly folder: Path;
  /** null: the folder is looked at, not listened to. */
  watcher: FSWatcher | null;
  /** One is being opened. */
  opening: boolean;
  /** Ends the waiting for it to be ready. */
  opened: () => void;
  /** As last seen; null: it does not exist. */
  id: FileId | null;
  modified: EpochMs;
  /** Listening is not tried before this. */
  deafUntil: EpochMs;
  count: number;
  countedFrom: EpochMs;
  heats: number;
}

export async function startChanges(ground: Ground, pace: ChangesPace): Promise<Running> {
  const { clock, disk } = ground.world;
  const watches = new Map<Path, Watch>();
  const stop = new AbortController();
  const rollCall = makeRollCall(ground);
  const said = new Set<string>();
  const closing = new Set<Promise<void>>();
  let namesChanged = false;
  let calling: Promise<void> | null = null;
  let renewing: Promise<void> = Promise.resolve();

  const listen = async (one: Watch): Promise<void> => {
    if (one.opening || !canListen(one)) return;
    one.opening = true;
    try {
      // Dropped or stopped meanwhile it would be left open for ever.
      if (!(await isDeafByNature(one.folder)) && watches.get(one.folder) === one && canListen(one))
        await open(one);
    } finally {
      one.opening = false;
    }
  };

  const open = async (one: Watch): Promise<void> => {
    const watcher = watch(one.folder, {
      depth: 0,
      // Only raw events are wanted: told of each file it would keep a stat of each (rulings 33).
      ignored: path => path.startsWith(`${one.folder}/`),
      atomic: false,
      ignoreInitial: true,
      backend: 'native',
      persistent: true,
    });
    one.watcher = watcher;
    one.count = 0;
    one.countedFrom = clock.now();
    watcher.on('raw', (event, name) => heard(one, event, name));
    watcher.on('error', error => silence(one, error));
    const { promise, resolve } = Promise.withResolvers<void>();
    one.opened = resolve;
    watcher.on('ready', resolve);
    await promise;
    if (one.watcher === watcher) ground.watched.setHeard(one.folder, true);
  };

  const canListen = (one: Watch): boolean =>
    !stop.signal.aborted &&
    one.watcher === null &&
    one.id !== null &&
    clock.now() >= one.deafUntil &&
    one.folder.isWellFormed();

  const isDeafByNature = async (folder: Path): Promise<boolean> => {
    try {
      if (!deafTypes.has((await disk.space(folder)).type)) return false;
    } catch (error) {
      if (!isTrouble(error)) throw error;
    }
    return true;
  };

  const heard = (one: Watch, event: string, name: string | null): void => {
    if (one.watcher === null) return;
    one.count += 1;
    if (one.count > pace.hotEvents) {
      const now = clock.now();
      if (now - one.countedFrom <= pace.hotWithin) {
        cool(one, now);
        return;
      }
      one.count = 0;
      one.countedFrom = now;
    }
    if (name === null) {
      ground.watched.stirFolder(one.folder);
      return;
    }
    ground.watched.stir(pathIn(one.folder, name), 'written');
    if (event !== 'rename') return;
    callNames();
    if (name === nameOf(one.folder)) look(one);
  };

  /** Too much is said here: it would cost more to listen than to look. */
  const cool = (one: Watch, now: EpochMs): void => {
    one.heats += 1;
    one.deafUntil = now + Math.min(pace.cool * 2 ** (one.heats - 1), 3_600_000);
    deafen(one);
    callNames();
    ground.say('debug', { file: one.folder }, 'folder is busy, looking at its logs by schedule');
  };

  const silence = (one: Watch, error: unknown): void => {
    const code = (error as NodeJS.ErrnoException)?.code ?? 'unknown';
    one.deafUntil = clock.now() + 600_000;
    deafen(one);
    if (said.has(code)) return;
    said.add(code);
    ground.say(
      'warn',
      { file: one.folder, code, hint: hints[code] },
      'folder cannot be watched, looking at it each second',
    );
  };

  const deafen = (one: Watch): void => {
    const { watcher } = one;
    if (watcher === null) return;
    one.watcher = null;
    // Closed before it was ready it would never say so.
    one.opened();
    ground.watched.setHeard(one.folder, false);
    ground.watched.stirFolder(one.folder);
    const closed: Promise<void> = watcher.close().finally(() => closing.delete(closed));
    closing.add(closed);
  };

  /** Names changed somewhere: one roll call when it is quiet, and never two at a time. */
  const callNames = (): void => {
    namesChanged = true;
    calling ??= callOn().finally(() => {
      calling = null;
    });
  };

  const callOn = async (): Promise<void> => {
    while (namesChanged && !stop.signal.aborted) {
      await clock.wait(pace.quiet, stop.signal);
      namesChanged = false;
      if (stop.signal.aborted) return;
      // A new folder is listened to before its first log is looked for.
      await renew();
      nameNews(await rollCall.call());
    }
  };

  const nameNews = (news: ReadonlySet<Path>): void => {
    const [first] = news;
    if (first === undefined) return;
    const detail = news.size === 1 ? nameOf(first) : `${nameOf(first)} and ${news.size - 1} more`;
    ground.nudge({ cause: { trigger: 'changes', detail }, logs: news });
  };

  /** A look at the folder itself: its entries' time, and whether it is still the same. */
  const look = (one: Watch): void => {
    const stat = statOf(ground, one.folder);
    const id = stat?.kind === 'folder' ? stat.id : null;
    const isOther = id !== one.id;
    if (isOther) deafen(one);
    if (isOther || (stat !== null && stat.modified !== one.modified)) callNames();
    one.id = id;
    one.modified = stat?.modified ?? 0;
  };

  const pollOn = async (): Promise<void> => {
    for (let count = 1; ; count += 1) {
      // Looks share a budget too: 4 µs a folder, 0.05 % of a core.
      await clock.wait(Math.max(pace.poll, watches.size * 8), stop.signal);
      if (stop.signal.aborted) return;
      for (const one of watches.values()) {
        // What is listened to says itself when it goes, as a rule.
        if (one.watcher === null || count % 30 === 0) look(one);
        if (canListen(one)) await listen(one);
      }
    }
  };

  const renewNow = async (): Promise<void> => {
    const wanted = foldersToWatch(ground);
    for (const [folder, one] of watches) {
      if (wanted.has(folder)) continue;
      deafen(one);
      watches.delete(folder);
    }
    for (const folder of wanted) {
      if (stop.signal.aborted) return;
      if (watches.has(folder)) continue;
      const one = {
        folder,
        watcher: null,
        opening: false,
        opened: () => undefined,
        id: null,
        modified: 0,
        deafUntil: 0,
        count: 0,
        countedFrom: 0,
        heats: 0,
      };
      watches.set(folder, one);
      look(one);
      await listen(one);
    }
  };

  const renew = (): Promise<void> => {
    renewing = renewing.then(renewNow);
    return renewing;
  };

  await renew();
  const polling = pollOn();
  return {
    renew,
    stop: async () => {
      stop.abort();
      for (const one of watches.values()) one.opened();
      await polling;
      await renewing;
      await calling;
      for (const one of watches.values()) deafen(one);
      await Promise.all(closing);
    },
  };
}

function statOf(ground: Ground, folder: Path) {
  try {
    return ground.world.disk.look.statThrough(folder);
  } catch (error) {
    if (isTrouble(error)) return null;
    throw error;
  }
}

/** statfs's magic numbers (linux/magic.h) of file systems whose writes elsewhere we are not told of. */
const deafTypes: ReadonlySet<number> = new Set([
  0x6969, // NFS
  0xff534d42, // CIFS
  0xfe534d42, // SMB2
  0x517b, // SMB
  0x65735546, // FUSE
  0x01021997, // 9p
  0x00c36400, // Ceph
  0x5346414f, // AFS
  0x0bd00bd0, // Lustre
  0x786f4256, // VirtualBox shared folders
]);

const hints: Readonly<Record<string, string>> = {
  ENOSPC: 'raise fs.inotify.max_user_watches',
  EMFILE: 'raise fs.inotify.max_user_instances, or ulimit -n',
  EACCES: 'logmill may not read the folder',
};
