// The folder locks of this process: one a folder, however many plans work in it at a time.

import type { Plan } from '../plan/plan.ts';
import type { FileId } from '../units/identity.ts';
import type { Path } from '../units/path.ts';
import type { World } from '../world/world.ts';
import { lockFolder } from './folder-lock.ts';

export interface FolderLocks {
  /** Takes the locks of a plan's folders; gives those that another process holds, with its pid. */
  take(plan: Plan): Promise<ReadonlyMap<Path, number | null>>;
  give(plan: Plan): Promise<void>;
}

/** Taking and giving go one after the other: a lock that is just being let go is still ours. */
export function makeFolderLocks(world: World): FolderLocks {
  const held = new Map<FileId, { release(): Promise<void>; users: Set<string> }>();
  let turn: Promise<unknown> = Promise.resolve();
  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    const done = turn.then(work, work);
    turn = done;
    return done;
  };

  const take = async (plan: Plan): Promise<ReadonlyMap<Path, number | null>> => {
    const others = new Map<Path, number | null>();
    for (const { path, id } of plan.steps.length === 0 ? [] : plan.folders) {
      if (id === null) continue;
      const mine = held.get(id);
      if (mine !== undefined) {
        mine.users.add(plan.id);
        continue;
      }
      const lock = await lockFolder(id, world);
      if ('heldBy' in lock) others.set(path, lock.heldBy);
      else held.set(id, { release: lock.release, users: new Set([plan.id]) });
    }
    return others;
  };

  const give = async (plan: Plan): Promise<void> => {
    for (const [id, lock] of held) {
      lock.users.delete(plan.id);
      if (lock.users.size > 0) continue;
      held.delete(id);
      await lock.release();
    }
  };

  return { take: plan => inTurn(() => take(plan)), give: plan => inTurn(() => give(plan)) };
}
