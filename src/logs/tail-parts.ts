// Names of the parts that a generation is compressed into from its tail. They stand beside it and hold the
// only copy of their lines: not under temporary names, which are swept, and read as no log's generation.

import type { Compressor } from '../policy/policy.ts';
import type { Bytes } from '../units/bytes.ts';

/** What such a name says: plain bytes [from, until) of the generation, in so many packed ones. */
export interface TailPartName {
  /** Of the generation. */
  readonly plain: string;
  readonly from: Bytes;
  readonly until: Bytes;
  readonly packed: Bytes;
}

/** How large a part may be at most: what a stop may have to do again, and what joining moves at once. */
export const largestPart: Bytes = 16 * 1024 * 1024;

/** With less room than for one of these, packed or not, nothing is begun. */
export const smallestPart: Bytes = 64 * 1024;

/** Always with the codec's own ending: a pattern that takes any name knows an archive by it. */
export function tailPartName({ plain, from, until, packed }: TailPartName, compressor: Compressor): string {
  const ending = compressor.by === 'codec' && compressor.codec === 'zstd' ? '.zst' : '.gz';
  return `${plain}.logmill-tail-${from}-${until}-${packed}${ending}`;
}

const form = /^(.+)\.logmill-tail-(\d{1,15})-(\d{1,15})-(\d{1,15})\.(?:gz|zst)$/s;

/** null: it is no such name. */
export function readTailPart(name: string): TailPartName | null {
  if (!name.includes('.logmill-tail-')) return null;
  const [, plain, from, until, packed] = form.exec(name) ?? [];
  if (plain === undefined) return null;
  return { plain, from: Number(from), until: Number(until), packed: Number(packed) };
}
