// Ranges of a file taken out of it by the file system: fallocate(1) on our own descriptor, since Node has
// no fallocate(2). Only Linux has these calls, and the program must reach the descriptor through /proc.

import type { Bytes } from '../units/bytes.ts';
import { type Path, showPath } from '../units/path.ts';
import { shell } from './shell.ts';
import { Trouble } from './trouble.ts';

type Range = readonly [how: '--collapse-range' | '--punch-hole', from: Bytes, length: Bytes];

/**
 * @throws Trouble EOPNOTSUPP where it cannot be done here: the file system, its block size, or no such
 *   program; the file is as it was. Any other failure likewise, as EFALLOCATE.
 */
export async function fallocate(
  fd: number,
  [how, from, length]: Range,
  path: Path,
  reach: 'by handle' | 'by path',
): Promise<void> {
  if (reach === 'by path') throw refused('EOPNOTSUPP', path, 'there is no fallocate here');
  const finished = await shell.run({
    program: 'fallocate',
    args: [how, '--offset', String(from), '--length', String(length), '/proc/self/fd/0'],
    stdin: fd,
    environment: { LC_ALL: 'C' },
    limit: null,
  });
  if (finished.exit === 0) return;
  const said = finished.output.trim().split('\n')[0] || finished.ended;
  const cannot = finished.ended === 'not started' || cannots.test(said);
  throw refused(cannot ? 'EOPNOTSUPP' : 'EFALLOCATE', path, said);
}

/** EOPNOTSUPP; EINVAL for a range that fits no block of this file system; a fallocate(1) without the option. */
const cannots = /not supported|unsupported|invalid|unrecognized/i;

function refused(code: string, path: Path, said: string): Trouble {
  return new Trouble({
    code,
    path,
    message: `the file system cannot take a range out of ${showPath(path)}: ${said}`,
    hint: null,
  });
}
