// What becomes of an archive that is joined with others: copied as it is, or packed anew.

import type { Compactor, Settings } from '../policy/policy.ts';
import type { Generation } from './log-set.ts';

/** Members of gzip as they are; in zstd what this policy has packed with the very same level, and what is joined. */
export function isCopiedInto(
  { compressor }: Settings,
  { codec, inside }: Generation,
  compactor: Compactor,
): boolean {
  if (codec !== compactor.codec) return false;
  if (codec === 'gzip' || inside !== undefined) return true;
  return compressor.by === 'codec' && compressor.codec === codec && compressor.level === compactor.level;
}
