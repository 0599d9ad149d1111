// `--force` alone means all logs, with names those.

import type { Errand } from '../../round/site.ts';
import { absolute } from '../absolute.ts';

export function forcedOf(force: boolean | readonly string[] | undefined): Errand['forced'] {
  if (force === undefined || force === false) return null;
  if (force === true || force.length === 0) return 'all';
  return new Set(force.map(absolute));
}
