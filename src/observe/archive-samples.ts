// How small archives will be once they are joined: one of a log is unpacked and packed as the
// joined one will be, so that the plan foretells that too.

import type { CodecName, Pool } from '../codec/codec.ts';
import { codecNamed } from '../codec/codecs.ts';
import { salvage } from '../codec/salvage.ts';
import { isCopiedInto } from '../logs/joining.ts';
import type { Generation, LogSet, Sample } from '../logs/log-set.ts';
import { periodOf } from '../logs/periods.ts';
import type { Bytes } from '../units/bytes.ts';
import type { Zone } from '../units/calendar.ts';
import type { EpochMs } from '../units/duration.ts';
import type { FileId } from '../units/identity.ts';
import { isTrouble } from '../world/trouble.ts';
import type { Look } from '../world/world.ts';

/** Packed bytes read of an archive: on logs some 1.5 MB of text. */
const most: Bytes = 256 * 1024;
/** Text taken from them, also where they unpack to more. */
const mostText: Bytes = 8 * 1_048_576;

/**
 * Joined size over archive size, the same for all archives of the log that the plan may pack anew.
 * Empty where there are none, or where the one that was tried does not unpack.
 */
export async function sampleArchives(
  look: Look,
  logSet: LogSet,
  when: When,
  pool: Pool,
): Promise<ReadonlyMap<FileId, Sample>> {
  const archives = archivesToJoin(logSet, when);
  const [largest] = archives.toSorted((a, b) => b.size - a.size);
  const sample = largest === undefined ? null : await sampled(look, logSet, largest, pool);
  return sample === null
    ? new Map()
    : new Map(archives.flatMap(({ id }) => (id === null ? [] : [[id, sample]])));
}

interface When {
  readonly at: EpochMs;
  readonly zone: Zone;
  /** Short of room, nothing waits for compactafter. */
  readonly isShort: boolean;
}

/** Old enough, in a period with others, and in another codec or level than they will be joined in. */
function archivesToJoin(
  { policy: { settings }, generations }: LogSet,
  { at, zone, isShort }: When,
): readonly Generation[] {
  const { compact, compactor, compactafter } = settings;
  if (compact === null) return [];
  const old = generations.filter(
    one =>
      one.id !== null &&
      one.size > 0 &&
      one.codec !== null &&
      one.codec !== 'foreign' &&
      (isShort || at - one.rotated >= compactafter) &&
      !isCopiedInto(settings, one, compactor),
  );
  const periods = Map.groupBy(old, ({ rotated }) => periodOf(compact, rotated, zone).text);
  const now = periodOf(compact, at, zone).text;
  return [...periods].flatMap(([period, all]) => (all.length > 1 && period !== now ? all : []));
}

async function sampled(
  look: Look,
  { policy: { settings } }: LogSet,
  { path, size, codec }: Generation,
  pool: Pool,
): Promise<Sample | null> {
  if (codec === null || codec === 'foreign') return null;
  const { compactor } = settings;
  try {
    const packed = look.piece(path, 0, Math.min(size, most));
    const text = await unpacked(codec, packed);
    if (text.length === 0) return null;
    let joined = 0;
    const options = { level: compactor.level, size: text.length, pool };
    for await (const { length } of codecNamed(compactor.codec).encode([text], options)) joined += length;
    // One speaks for the others; and of a piece up to 128 KiB of text at its end do not unpack.
    return { ratio: joined / packed.length, error: packed.length === size ? 0.1 : 0.15 };
  } catch (error) {
    if (!isTrouble(error)) throw error;
    return null;
  }
}

/** What can be had of the beginning of an archive. */
async function unpacked(codec: CodecName, packed: Buffer): Promise<Buffer> {
  const pieces: Uint8Array[] = [];
  let length = 0;
  const from = async function* (at: Bytes) {
    yield packed.subarray(at);
  };
  for await (const one of salvage(codec, from)) {
    if (one.kind === 'hole' || length >= mostText) break;
    pieces.push(one.bytes);
    length += one.bytes.length;
  }
  return Buffer.concat(pieces);
}
