// How far a generation is compressed from its tail, as the disk says it: the parts beside it, put in
// order after a stop. Every state that a stop can leave is one of those that are told apart here.

import { readTailPart, type TailPartName } from '../../logs/tail-parts.ts';
import type { Bytes } from '../../units/bytes.ts';
import type { FileId } from '../../units/identity.ts';
import { showPath } from '../../units/path.ts';
import type { Folder } from '../../world/world.ts';
import { type Bench, removeName, withFile } from '../bench.ts';

export interface TailPart extends TailPartName {
  readonly name: string;
}

interface FoundPart extends TailPart {
  readonly id: FileId;
  readonly size: Bytes;
}

/** Whether a generation has parts beside it. */
export async function hasParts(folder: Folder, plain: string): Promise<boolean> {
  return (await folder.names()).some(name => readTailPart(name)?.plain === plain);
}

/** The parts, in order and without a gap up to `whole`; else what is wrong with them. */
export type Stock = { readonly parts: readonly TailPart[] } | { readonly wrong: string };

/**
 * Takes stock after a stop: takes away second names and what has been joined already, and what a part
 * that was being appended to has behind its end.
 *
 * @param archive identity of what stands under the archive's name: the last part may have that name too
 */
export async function takeStock(
  folder: Folder,
  plain: string,
  { whole, archive }: { readonly whole: Bytes; readonly archive: FileId | null },
  bench: Bench,
): Promise<Stock> {
  const found = await findParts(folder, plain);
  if ('wrong' in found) return found;
  const { stay, go } = sortOut(found.parts, archive);
  // The names that stay must outlast those that go.
  if (go.length > 0) await bench.folders.sync(folder);
  for (const { name } of go) await removeName(folder, name);
  let end = stay[0]?.from ?? whole;
  for (const part of stay) {
    if (part.from !== end) return { wrong: `what comes before ${showPath(part.name)} is not there` };
    const torn = part.size - part.packed;
    if (torn < 0 || (torn > 0 && part.from > 0))
      return { wrong: `${showPath(part.name)} has ${part.size} bytes and not ${part.packed}` };
    if (torn > 0) await cutTorn(folder, part);
    end = part.until;
  }
  if (end !== whole) return { wrong: `the end of ${showPath(plain)} is not there` };
  return { parts: stay };
}

async function findParts(
  folder: Folder,
  plain: string,
): Promise<{ readonly parts: FoundPart[] } | { readonly wrong: string }> {
  const parts: FoundPart[] = [];
  for (const name of await folder.names()) {
    const read = readTailPart(name);
    if (read?.plain !== plain) continue;
    const stat = await folder.stat(name);
    if (stat?.kind !== 'file') return { wrong: `${showPath(name)} is not a file` };
    parts.push({ ...read, name, id: stat.id, size: stat.size });
  }
  return { parts };
}

/**
 * A file that was being renamed has two names, of which the one that says more is right; what lies
 * within the first part was appended to it and synced before that got its name.
 */
function sortOut(
  parts: readonly FoundPart[],
  archive: FileId | null,
): { readonly stay: readonly FoundPart[]; readonly go: readonly FoundPart[] } {
  const stay: FoundPart[] = [];
  const go: FoundPart[] = [];
  for (const part of parts.toSorted((a, b) => a.from - b.from || b.until - a.until)) {
    const first = stay[0];
    const isTwin = part.id === archive || stay.some(({ id }) => id === part.id);
    const isJoined = first !== undefined && first.from === 0 && part.until <= first.until;
    (isTwin || isJoined ? go : stay).push(part);
  }
  return { stay, go };
}

function cutTorn(folder: Folder, { name, packed }: FoundPart): Promise<void> {
  return withFile(folder.open(name, 'write'), async file => {
    await file.truncate(packed);
    await file.sync();
  });
}
