// Joins the parts of a generation that was compressed from its tail: each is appended to the first, which
// then gets the name that says so, and only then goes. A stop leaves a tail behind the first one's end,
// or a part that is in it already, and both are told by its name.

import { tailPartName } from '../../logs/tail-parts.ts';
import type { StepOf } from '../../plan/plan.ts';
import type { Bytes } from '../../units/bytes.ts';
import { showPath } from '../../units/path.ts';
import { isTrouble, Trouble } from '../../world/trouble.ts';
import type { Folder, OpenFile } from '../../world/world.ts';
import { type Bench, Interrupted, withFile } from '../bench.ts';
import { copyRange, sameBytes } from '../contents.ts';
import type { TailPart } from './tail-state.ts';

export type Step = StepOf<'compress'>;

export interface Site {
  readonly step: Step;
  readonly bench: Bench;
  readonly folder: Folder;
  /** Of the source. */
  readonly name: string;
  /** Plain bytes of it all. */
  readonly whole: Bytes;
  readonly part: Bytes;
  readonly extra: Bytes;
}

/** @returns the one that is left, which holds them all */
export async function joinParts(site: Site, parts: readonly TailPart[]): Promise<TailPart> {
  const [first, ...others] = parts;
  if (first === undefined) throw new Error(`internal: step ${site.step.id} has no part to join`);
  let all = first;
  for (const next of others) {
    if (site.bench.signal.aborted) throw new Interrupted();
    all = await joined(site, all, next);
  }
  return all;
}

async function joined({ step, bench, folder }: Site, all: TailPart, next: TailPart): Promise<TailPart> {
  await withFile(folder.open(all.name, 'write'), into =>
    withFile(folder.open(next.name, 'read'), from => append(from, next, into, all)),
  );
  const { plain, from } = all;
  const longer = { plain, from, until: next.until, packed: all.packed + next.packed };
  const name = tailPartName(longer, step.compressor);
  await folder.move(all.name, folder, name);
  await bench.folders.sync(folder);
  await folder.unlink(next.name);
  return { ...longer, name };
}

async function append(
  from: OpenFile,
  { packed, name }: TailPart,
  into: OpenFile,
  all: TailPart,
): Promise<void> {
  try {
    await copyRange(from, into, { from: 0, until: packed }, { shift: -all.packed });
    await into.sync();
    if (await sameBytes(from, 0, into, all.packed, packed)) return;
    throw new Trouble({
      code: 'EDAMAGED',
      path: null,
      message: `what was appended to ${showPath(all.name)} is not what stands in ${showPath(name)}`,
      hint: 'both are kept; look at the kernel log and the memory of this machine',
    });
  } catch (error) {
    if (isTrouble(error)) await cutBack(into, all.packed);
    throw error;
  }
}

/** The room that half a part takes is given back; what went wrong first is what is told. */
async function cutBack(file: OpenFile, size: Bytes): Promise<void> {
  try {
    await file.truncate(size);
  } catch (error) {
    if (!isTrouble(error)) throw error;
  }
}
