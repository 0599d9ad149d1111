// The folders of a plan, opened once and known by identity, and their syncs shared: one sync of a
// folder serves every step that was waiting for one when it began, so that thousands of small
// logs do not cost thousands of syncs.

import type { Outcome } from '../ledger/outcome.ts';
import type { Plan } from '../plan/plan.ts';
import type { FileId } from '../units/identity.ts';
import { type Path, showPath } from '../units/path.ts';
import { isTrouble, Trouble } from '../world/trouble.ts';
import type { Folder, World } from '../world/world.ts';

export interface Folders {
  /**
   * Runs `work` with the folder, which stays open at least as long.
   *
   * @throws Trouble ESTALE when it is not the folder that was looked at, or not one of the plan's
   */
  within<T>(path: Path, work: (folder: Folder) => Promise<T>): Promise<T>;
  /** Names in the folder as they are now are durable once this resolves. */
  sync(folder: Folder): Promise<void>;
  close(): Promise<void>;
}

/** Folders kept open beyond their use; a plan may touch thousands, and descriptors are few. */
const idleLimit = 64;

interface Held {
  readonly path: Path;
  readonly folder: Promise<Folder>;
  users: number;
  closing: boolean;
}

/** @param outcomes where the identity of folders that the plan itself makes is found */
export function openFolders(plan: Plan, world: World, outcomes: ReadonlyMap<number, Outcome>): Folders {
  const expected = new Map(plan.folders.map(folder => [folder.path, folder.id]));
  const makers = new Map(
    plan.steps.flatMap(step => (step.kind === 'make-folder' ? [[step.path, step.id] as const] : [])),
  );
  const held = new Map<Path, Held>();
  const syncs = new Map<FileId, SharedSync>();

  /** The folder as the plan lists it: as it stands, or with its links resolved. */
  function planned(path: Path): { path: Path; id: FileId } {
    for (const candidate of [path, realPath(world, path)]) {
      const id = expected.get(candidate);
      if (id !== undefined && id !== null) return { path: candidate, id };
      const made = madeIn(outcomes, makers.get(candidate) ?? makers.get(path));
      if (made !== null) return { path: candidate, id: made };
    }
    throw new Trouble({
      code: 'ESTALE',
      path,
      message: `${showPath(path)} is not a folder of this plan`,
      hint: 'the plan is left; the next one looks again',
    });
  }

  function open(path: Path): Promise<Folder> {
    const { path: real, id } = planned(path);
    const sameBoot = plan.boot === world.host.boot;
    return world.disk.openFolder(real, { id, sameBoot });
  }

  function hold(path: Path): Held {
    const known = held.get(path);
    const use = known ?? { path, folder: (async () => open(path))(), users: 0, closing: false };
    held.delete(path);
    held.set(path, use);
    use.users += 1;
    return use;
  }

  /** Closes what was used longest ago and is not in use. */
  async function trim(): Promise<void> {
    for (const use of held.values()) {
      if (held.size <= idleLimit) return;
      if (use.users > 0) continue;
      held.delete(use.path);
      await closed(use);
    }
  }

  return {
    async within(path, work) {
      const use = hold(path);
      try {
        return await work(await use.folder);
      } catch (error) {
        if (isTrouble(error, 'ESTALE', 'ENOENT', 'EMFILE')) forget(held, use);
        throw error;
      } finally {
        use.users -= 1;
        if (held.size > idleLimit) await trim();
        if (held.get(path) !== use && use.users === 0) await closed(use);
      }
    },
    sync(folder) {
      const shared = syncs.get(folder.id) ?? { running: null, next: null };
      syncs.set(folder.id, shared);
      return joinSync(shared, folder);
    },
    async close() {
      for (const use of held.values()) await closed(use);
      held.clear();
    },
  };
}

interface SharedSync {
  running: Promise<void> | null;
  next: Promise<void> | null;
}

/** A sync that has begun may have missed our names: we take the next, with all who wait for it. */
function joinSync(shared: SharedSync, folder: Folder): Promise<void> {
  if (shared.next !== null) return shared.next;
  const next = syncAfter(shared, folder);
  shared.next = next;
  return next;
}

async function syncAfter(shared: SharedSync, folder: Folder): Promise<void> {
  await Promise.allSettled([shared.running]);
  // One turn of the loop: steps that were woken together still find this one not begun.
  await new Promise<void>(resolve => setImmediate(resolve));
  shared.running = shared.next;
  shared.next = null;
  await folder.sync();
}

function madeIn(outcomes: ReadonlyMap<number, Outcome>, step: number | undefined): FileId | null {
  const outcome = step === undefined ? undefined : outcomes.get(step);
  return outcome !== undefined && 'made' in outcome ? outcome.made : null;
}

function realPath(world: World, path: Path): Path {
  try {
    return world.disk.look.real(path);
  } catch (error) {
    if (isTrouble(error)) return path;
    throw error;
  }
}

function forget(held: Map<Path, Held>, use: Held): void {
  if (held.get(use.path) === use) held.delete(use.path);
}

async function closed(use: Held): Promise<void> {
  if (use.closing) return;
  use.closing = true;
  const [opened] = await Promise.allSettled([use.folder]);
  if (opened.status === 'fulfilled') await opened.value.close();
}
