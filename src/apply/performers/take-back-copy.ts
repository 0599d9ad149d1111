// When a log could not be emptied, the copy that was made of it goes again: it would count as a
// generation that holds every line twice, and each further attempt would add one more until they had
// pushed the real ones out. Only while the log still holds all of it.

import type { StepOf } from '../../plan/plan.ts';
import { isTrouble } from '../../world/trouble.ts';
import type { OpenFile } from '../../world/world.ts';
import { type Bench, inFolderOf, isThatFile, withFile } from '../bench.ts';
import { agree } from '../contents.ts';
import { repeatsItself } from '../repeats-itself.ts';

/** In doubt the copy stays: doubling beats losing. What went wrong before is what is told. */
export async function takeBackCopy(step: StepOf<'truncate'>, bench: Bench): Promise<void> {
  const { copy: ref, file } = step;
  if (ref === null) return;
  try {
    await inFolderOf(file.path, bench, (folder, name) =>
      inFolderOf(ref.path, bench, (copies, copyName) =>
        withFile(folder.open(name, 'read'), live =>
          withFile(copies.open(copyName, 'read'), async copy => {
            if (!isThatFile(file, live, bench) || !isThatFile(ref, copy, bench)) return;
            if (!(await holdsAllOf(live, copy))) return;
            await copies.unlink(copyName);
            await bench.folders.sync(copies);
          }),
        ),
      ),
    );
  } catch (error) {
    if (!isTrouble(error)) throw error;
  }
}

/** A log that repeats itself could have been emptied and filled again with the same bytes (rulings 11). */
async function holdsAllOf(live: OpenFile, copy: OpenFile): Promise<boolean> {
  const { size } = await copy.stat();
  if ((await live.stat()).size < size || (await repeatsItself(copy, size))) return false;
  return (await agree(copy, live, { from: 0, until: size })) && (await live.stat()).size >= size;
}
