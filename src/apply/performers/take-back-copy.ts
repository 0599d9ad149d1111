// When a log could not be emptied, the copy that was made of it goes again: it would count as a
// generation that holds every line twice, and each further attempt would add one more until they had
// pushed the real ones out. Only while the log still holds all of it.

import type { StepOf } from '../../plan/plan.ts';
import type { Bytes } from '../../units/bytes.ts';
import { isTrouble } from '../../world/trouble.ts';
import type { OpenFile } from '../../world/world.ts';
import { type Bench, inFolderOf, isThatFile, withFile } from '../bench.ts';
import { sameBytes } from '../contents.ts';
import { repeatsItself } from '../repeats-itself.ts';

/**
 * In doubt the copy stays: doubling beats losing. What went wrong before is what is told.
 *
 * @returns needed: the log no longer holds it all, or that cannot be told
 */
export async function takeBackCopy(
  step: StepOf<'truncate'>,
  bench: Bench,
): Promise<'gone' | 'needed' | 'could not'> {
  const { copy: ref, file } = step;
  if (ref === null) return 'gone';
  try {
    return await inFolderOf(ref.path, bench, async (copies, copyName) => {
      if (!isThatFile(ref, await copies.stat(copyName), bench)) return 'gone';
      const isNeeded = await inFolderOf(file.path, bench, (folder, name) =>
        withFile(folder.open(name, 'read'), live =>
          withFile(
            copies.open(copyName, 'read'),
            async copy => !isThatFile(file, live, bench) || !(await holdsAllOf(live, copy, step.from ?? 0)),
          ),
        ),
      );
      if (isNeeded) return 'needed';
      await copies.unlink(copyName);
      await bench.folders.sync(copies);
      return 'gone';
    });
  } catch (error) {
    if (!isTrouble(error)) throw error;
    return isTrouble(error, 'ESTALE', 'ENOENT', 'ENOTDIR', 'ELOOP') ? 'needed' : 'could not';
  }
}

/** A log that repeats itself could have been emptied and filled again with the same bytes (rulings 11). */
async function holdsAllOf(live: OpenFile, copy: OpenFile, from: Bytes): Promise<boolean> {
  const { size } = await copy.stat();
  if ((await live.stat()).size < from + size || (await repeatsItself(copy, size))) return false;
  return (await sameBytes(copy, 0, live, from, size)) && (await live.stat()).size >= from + size;
}
