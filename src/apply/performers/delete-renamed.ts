// The last of renamecopy to another file system: the renamed log goes once its copy holds all of it. A writer
// that has not reopened, and that no census shows, may have added lines since it was copied: they go into the
// copy first, and the two are compared to the last byte.

import type { Facts } from '../../ledger/outcome.ts';
import type { Plan, StepOf } from '../../plan/plan.ts';
import type { Bytes } from '../../units/bytes.ts';
import { showPath } from '../../units/path.ts';
import type { OpenFile } from '../../world/world.ts';
import { type Bench, inFolderOf, isThatFile, type Performed, sameTime, stale, withFile } from '../bench.ts';
import { copyRange, sameBytes } from '../contents.ts';
import { HalfDone } from '../half-done.ts';
import { waitForReopening } from './copy.ts';

/** The step that has copied the renamed log which `step` deletes; null where something else is deleted. */
export function copyOfRenamed({ file, needs }: StepOf<'delete'>, plan: Plan): StepOf<'copy'> | null {
  const made = plan.steps[(needs?.[0] ?? 0) - 1];
  return made?.kind === 'copy' && made.file.path === file.path && made.file.madeBy === file.madeBy
    ? made
    : null;
}

/** How often what came in is taken before the log is left to the next round. */
const rounds = 4;

/**
 * Brings the copy up to the renamed log, and deletes that while nothing comes in any more.
 *
 * @param unlink takes the name of `renamed` away
 * @returns by how much the copy has grown; stale when it is not a copy of the log
 * @throws HalfDone deferred while somebody writes to it
 */
export async function deleteRenamed(
  renamed: OpenFile,
  copy: StepOf<'copy'>,
  bench: Bench,
  unlink: () => Promise<void>,
): Promise<Performed | Required<Pick<Facts, 'grown'>>> {
  const path = showPath(copy.file.path);
  const plain = plainOf(copy, bench);
  if (plain === null) return stale(`${path} has not been copied`);
  const look = () => renamed.stat();
  for (let round = 0; round < rounds; round += 1) {
    await waitForReopening(copy, renamed, bench);
    await bench.holders.lookFirst(renamed.id, look);
    const before = await renamed.stat();
    if (!(await holdsAll(renamed, before.size, plain.bytes, copy, bench)))
      return stale(`${showPath(copy.to)} does not hold what ${path} does`);
    if (await bench.holders.isRestless(renamed.id, look, bench.signal)) continue;
    const now = renamed.statNow();
    if (now.size !== before.size || !sameTime(now.modified, before.modified)) continue;
    await unlink();
    // Through the descriptor it is still there, with what came in at the very end.
    const { size } = await renamed.stat();
    if (size > before.size) await holdsAll(renamed, size, plain.bytes, copy, bench);
    return { grown: size - plain.bytes };
  }
  throw new HalfDone({
    result: 'deferred',
    message: `somebody still writes to ${path}; it is deleted once its copy holds all of it`,
  });
}

/** After a stop, when the renamed log has gone: by how much its copy is longer than its own step has recorded. */
export function grownBefore(copy: StepOf<'copy'>, bench: Bench): Promise<Bytes> {
  const plain = plainOf(copy, bench);
  return inFolderOf(copy.to, bench, async (folder, name) => {
    const found = await folder.stat(name);
    return found === null || plain === null ? 0 : Math.max(0, found.size - plain.bytes);
  });
}

function plainOf({ id }: StepOf<'copy'>, bench: Bench): Facts['plain'] {
  const outcome = bench.outcomes.get(id);
  return outcome !== undefined && 'plain' in outcome ? outcome.plain : null;
}

/** Whether the copy holds the log up to `until`. What it lacks after its first `copied` bytes is added, also once more after a stop. */
function holdsAll(
  renamed: OpenFile,
  until: Bytes,
  copied: Bytes,
  copy: StepOf<'copy'>,
  bench: Bench,
): Promise<boolean> {
  const access = until > copied ? 'write' : 'read';
  return inFolderOf(copy.to, bench, (folder, name) =>
    withFile(folder.open(name, access), async held => {
      const ref = { ...copy.file, path: copy.to, madeBy: copy.id };
      if (until < copied || !isThatFile(ref, held, bench)) return false;
      if (access === 'write') {
        await copyRange(renamed, held, { from: copied, until, signal: bench.signal });
        await held.sync();
      }
      return (await held.stat()).size === until && sameBytes(held, 0, renamed, 0, until);
    }),
  );
}
