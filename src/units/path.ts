// Paths as logmill holds them: strings in which a byte that is not UTF-8 stands as a lone
// surrogate, U+DC80 to U+DCFF (as Python's surrogateescape does). Only world/ turns one into
// bytes and back. Nothing here touches a disk, and nothing resolves links.

/** A path, absolute or as a person wrote it; undecodable bytes as U+DC80 to U+DCFF. */
export type Path = string;

/** The folder part, '/' for a name in the root and '.' for a bare name. */
export function folderOf(path: Path): Path {
  const slash = path.lastIndexOf('/');
  if (slash < 0) return '.';
  if (slash === 0) return '/';
  // Logs come folder by folder: the same string again costs no copy, and its hash is known.
  if (slash !== lastFolder.length || !path.startsWith(lastFolder)) lastFolder = path.slice(0, slash);
  return lastFolder;
}

let lastFolder: Path = '';

/** What stands after the last slash. */
export function nameOf(path: Path): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

/** A name in a folder. */
export function join(folder: Path, name: string): Path {
  return folder.endsWith('/') ? folder + name : `${folder}/${name}`;
}

/**
 * A path as a terminal or a log may show it: control characters, undecodable bytes and
 * directional marks as `\n`, `\xff`, `\u202e`, so that a name can forge neither a line nor a
 * colour. Backslashes are doubled only in names that needed an escape.
 */
export function showPath(path: Path): string {
  if (!unshowable.test(path)) return path;
  return path.replaceAll('\\', '\\\\').replace(unshowableEach, escapeOne);
}

const unshowable = /[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff\ud800-\udfff]/u;
const unshowableEach = new RegExp(unshowable.source, 'gu');

function escapeOne(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  if (character === '\n') return '\\n';
  if (character === '\t') return '\\t';
  if (character === '\r') return '\\r';
  if (code >= 0xdc80 && code <= 0xdcff) return `\\x${(code - 0xdc00).toString(16)}`;
  if (code < 0x100) return `\\x${code.toString(16).padStart(2, '0')}`;
  return `\\u${code.toString(16).padStart(4, '0')}`;
}
