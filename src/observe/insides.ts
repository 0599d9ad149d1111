// What joined archives hold, read from the index at their head: a few kilobytes of each, once as
// long as the file stays the same, however many rounds look at it.

import { indexHead, type JoinedIndex, type JoinedPart, readIndex } from '../codec/joined.ts';
import type { Generation } from '../logs/log-set.ts';
import { isPeriodText } from '../logs/periods.ts';
import type { Path } from '../units/path.ts';
import { isTrouble } from '../world/trouble.ts';
import type { FileStat, Look, World } from '../world/world.ts';

/** damaged: it has an index, and is not as long as that says. none: it is no joined archive. */
export type Insides = readonly JoinedPart[] | 'damaged' | 'none';

/** @param generation as far as its name tells; only names of periods cost a look into the file */
export function insidesOf(
  world: World,
  path: Path,
  stat: FileStat,
  { mark, codec }: Pick<Generation, 'mark' | 'codec'>,
): Insides {
  const mayBe = mark.by === 'date' && isPeriodText(mark.text) && (codec === 'zstd' || codec === 'gzip');
  if (!mayBe || stat.size === 0) return 'none';
  const known = memoryOf(world);
  const key = `${stat.id} ${stat.size} ${stat.modified}`;
  const found = known.get(key) ?? readInsides(world.disk.look, path, stat);
  if (known.size >= mostKnown) known.clear();
  known.set(key, found);
  return found;
}

/** Some hundred bytes each; a service that watches more reads some of them again. */
const mostKnown = 20_000;
const memories = new WeakMap<World['clock'], Map<string, Insides>>();

/** By the clock, which a world that is wrapped for one look has in common with the real one. */
function memoryOf({ clock }: World): Map<string, Insides> {
  const known = memories.get(clock) ?? new Map<string, Insides>();
  memories.set(clock, known);
  return known;
}

function readInsides(look: Look, path: Path, stat: FileStat): Insides {
  try {
    const index = readWhole(look, path);
    if (index === null) return 'none';
    return index.size === stat.size ? index.parts : 'damaged';
  } catch (error) {
    // What cannot be read is told when something is to be done with it.
    if (!isTrouble(error)) throw error;
    return 'damaged';
  }
}

function readWhole(look: Look, path: Path): JoinedIndex | null {
  for (let length = indexHead, before = 0; length > before; ) {
    const head = look.head(path, length);
    const index = readIndex(head);
    if (index === null || 'parts' in index) return index;
    before = head.length;
    length = index.wants;
  }
  return null;
}
