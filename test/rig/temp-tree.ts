// A folder from an object, and a folder as an object: what a test starts from and what it ends
// with, readable without scrolling. Names may hold lone surrogates U+DC80 to U+DCFF for bytes
// that are not UTF-8. Uses node:fs directly: the rig must not depend on what it tests.

import {
  chmodSync,
  chownSync,
  linkSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** What stands under a name: text, bytes, a folder, or a file with its attributes. */
export type Planted = string | Uint8Array | PlantedFile | PlantedLink | PlantedTree;

export interface PlantedTree {
  readonly [name: string]: Planted;
}

export interface PlantedFile {
  readonly content: string | Uint8Array;
  /** Permission bits; 0644 when not said. */
  readonly mode?: number;
  /** Also the atime. Milliseconds since 1970. */
  readonly mtime?: number;
  readonly uid?: number;
  readonly gid?: number;
}

export interface PlantedLink {
  /** A symbolic link to this text. */
  readonly link?: string;
  /** A second name of another file, relative to the tree's root. */
  readonly hardLink?: string;
}

export interface Found {
  readonly content: string;
  readonly mode: number;
  /** Milliseconds since 1970. */
  readonly mtime: number;
  readonly size: number;
}

/** A temporary folder that holds `tree`; removed by `using` or `remove()`. The path is free of links. */
export function tempTree(tree: PlantedTree = {}): TempTree {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'logmill-test-')));
  plantTree(folder, tree);
  const remove = () => rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
  return {
    folder,
    path: name => `${folder}/${name}`,
    plant: more => plantTree(folder, more),
    found: () => foundTree(folder),
    remove,
    [Symbol.dispose]: remove,
  };
}

export interface TempTree extends Disposable {
  readonly folder: string;
  /** A name in it, as a path. */
  path(name: string): string;
  /** Adds to it; what stands under a name already is written over. */
  plant(tree: PlantedTree): void;
  found(): Record<string, Found>;
  remove(): void;
}

/** Writes `tree` into a folder that exists; hard links last, since they need their target. */
export function plantTree(folder: string, tree: PlantedTree): void {
  const later: (() => void)[] = [];
  plantBelow(folder, folder, tree, later);
  for (const link of later) link();
}

/** Files below a folder by relative name, sorted; links as content `-> TARGET`; empty folders as `NAME/`. */
export function foundTree(folder: string): Record<string, Found> {
  const all: Record<string, Found> = {};
  findBelow(folder, '', all);
  return all;
}

/** Only names and contents of `foundTree`: what most tests compare. */
export function contentsOf(folder: string): Record<string, string> {
  return Object.fromEntries(Object.entries(foundTree(folder)).map(([name, { content }]) => [name, content]));
}

function plantBelow(root: string, folder: string, tree: PlantedTree, later: (() => void)[]): void {
  for (const [name, planted] of Object.entries(tree)) {
    const path = bytesOf(`${folder}/${name}`);
    if (typeof planted === 'string' || planted instanceof Uint8Array) writeFileSync(path, planted);
    else if (isFile(planted)) plantFile(path, planted);
    else if (typeof planted.link === 'string') symlinkSync(bytesOf(planted.link), path);
    else if (typeof planted.hardLink === 'string') {
      const target = bytesOf(`${root}/${planted.hardLink}`);
      later.push(() => linkSync(target, path));
    } else {
      mkdirSync(path, { recursive: true });
      // Neither a file nor a link by its keys, so what is left of the union is a folder.
      plantBelow(root, `${folder}/${name}`, planted as PlantedTree, later);
    }
  }
}

function isFile(planted: PlantedFile | PlantedLink | PlantedTree): planted is PlantedFile {
  const content = (planted as { content?: unknown }).content;
  const attributes = Object.keys(planted).every(key => fileKeys.has(key));
  return attributes && (typeof content === 'string' || content instanceof Uint8Array);
}

const fileKeys = new Set(['content', 'mode', 'mtime', 'uid', 'gid']);

function plantFile(path: Buffer, file: PlantedFile): void {
  writeFileSync(path, file.content);
  if (file.uid !== undefined || file.gid !== undefined) chownSync(path, file.uid ?? -1, file.gid ?? -1);
  if (file.mode !== undefined) chmodSync(path, file.mode);
  if (file.mtime !== undefined) utimesSync(path, file.mtime / 1000, file.mtime / 1000);
}

function findBelow(folder: string, prefix: string, all: Record<string, Found>): void {
  const names = readdirSync(bytesOf(folder), { encoding: 'buffer' }).map(textOf).sort();
  if (names.length === 0 && prefix !== '') all[prefix] = foundAt(folder, '');
  for (const name of names) {
    const path = `${folder}/${name}`;
    const stat = lstatSync(bytesOf(path));
    if (stat.isDirectory()) findBelow(path, `${prefix}${name}/`, all);
    else if (stat.isSymbolicLink()) all[prefix + name] = foundAt(path, `-> ${readlinkSync(bytesOf(path))}`);
    else if (stat.isFile()) all[prefix + name] = foundAt(path, textOf(readFileSync(bytesOf(path))));
    else all[prefix + name] = foundAt(path, '(not a file)');
  }
}

function foundAt(path: string, content: string): Found {
  const stat = lstatSync(bytesOf(path));
  return { content, mode: stat.mode & 0o7777, mtime: stat.mtimeMs, size: stat.size };
}

/** The path's bytes, U+DC80 to U+DCFF as the byte that they stand for. */
export function bytesOf(path: string): Buffer {
  const parts = path.split(/([\udc80-\udcff]+)/);
  return Buffer.concat(
    parts.map((part, at) =>
      at % 2 === 0 ? Buffer.from(part) : Buffer.from([...part].map(unit => unit.charCodeAt(0) - 0xdc00)),
    ),
  );
}

/** Bytes as text, those that are not UTF-8 as U+DC80 to U+DCFF. */
export function textOf(bytes: Uint8Array): string {
  const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  try {
    return strict.decode(bytes);
  } catch {
    return undecodableText(Buffer.from(bytes), strict);
  }
}

function undecodableText(bytes: Buffer, strict: TextDecoder): string {
  let text = '';
  let at = 0;
  while (at < bytes.length) {
    const length = [1, 2, 3, 4].find(size => decodes(bytes.subarray(at, at + size), size, strict));
    text += length
      ? strict.decode(bytes.subarray(at, at + length))
      : String.fromCharCode(0xdc00 + (bytes[at] ?? 0));
    at += length ?? 1;
  }
  return text;
}

function decodes(piece: Buffer, size: number, strict: TextDecoder): boolean {
  if (piece.length < size) return false;
  try {
    strict.decode(piece);
    return true;
  } catch {
    return false;
  }
}
