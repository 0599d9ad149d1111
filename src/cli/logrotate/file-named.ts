// What -s and -l name must be a file: '', '.' and 'folder/' name none.

import { nameOf, type Path } from '../../units/path.ts';
import { refusal } from '../../world/trouble.ts';

/** @throws Trouble ENOENT for an empty path, EISDIR for one that can only be a folder */
export function mustNameFile(path: Path): void {
  if (path === '') throw refusal('ENOENT', 'open', "''");
  if (['', '.', '..'].includes(nameOf(path))) throw refusal('EISDIR', 'open', path);
}
