// A path as a person wrote it, from the root. What is there is not asked.

import { join, type Path } from '../units/path.ts';
import { pathFromBytes } from '../world/paths.ts';

/** Logs are held by the path that their pattern gives: absolute ones as written, others from here. */
export function absolute(path: string): Path {
  const exact = pathFromBytes(Buffer.from(path));
  if (exact.startsWith('/')) return trimmed(exact);
  return trimmed(join(process.cwd(), exact.replace(/^(?:\.\/)+/, '')));
}

const trimmed = (path: Path): Path => (path.length > 1 ? path.replace(/\/+$/, '') : path);
