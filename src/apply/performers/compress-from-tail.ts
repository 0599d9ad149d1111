// Compresses a cold generation on a file system with less room than its archive takes: its last part is
// packed, read back, compared and named, and only then cut off; so on down to its beginning. Then the parts
// are joined in order. Parts and source say how far it is, so that a stop at any call is gone on from
// there (tail-state.ts). At every instant each byte stands in the source, or in a part that is whole.

import { type Digest, digestOf } from '../../codec/digest.ts';
import { smallestPart, tailPartName } from '../../logs/tail-parts.ts';
import type { Bytes } from '../../units/bytes.ts';
import { folderOf, nameOf, showPath } from '../../units/path.ts';
import { isTrouble, Trouble } from '../../world/trouble.ts';
import type { FileStat, OpenFile } from '../../world/world.ts';
import {
  type Bench,
  clearLeftOver,
  difference,
  facts,
  inFolderOf,
  isThatFile,
  type Performed,
  removeQuietly,
  sameTime,
  spaceOf,
  stale,
  temporaryName,
  withFile,
} from '../bench.ts';
import { passingChunks } from '../contents.ts';
import { HalfDone } from '../half-done.ts';
import { decodedContent, pack } from './packing.ts';
import { inUse } from './tail-holders.ts';
import { joinParts, type Site, type Step } from './tail-joining.ts';
import { hasParts, type TailPart, takeStock } from './tail-state.ts';

/** @throws HalfDone when it cannot go on, and parts hold what the source no longer does */
export async function compressFromTail(step: Step, bench: Bench): Promise<Performed> {
  if (step.fromTail === undefined || folderOf(step.to) !== folderOf(step.file.path))
    throw new Error(`internal: step ${step.id} cannot be cut from its tail`);
  const { part, extra } = step.fromTail;
  return inFolderOf(step.file.path, bench, async (folder, name) => {
    const site: Site = { step, bench, folder, name, whole: step.file.size, part, extra };
    if (!bench.resumed && (await hasParts(folder, name)))
      return stale(`${showPath(step.file.path)} has parts of an earlier compression beside it`);
    const performed = await goOn(site);
    const isOver = performed.result === 'done' || performed.result === 'already';
    if (!isOver && (await hasParts(folder, name))) throw new HalfDone(performed);
    return performed;
  });
}

async function goOn(site: Site): Promise<Performed> {
  const { step, bench, folder, name, whole } = site;
  const [plain, archive] = [await folder.stat(name), await folder.stat(nameOf(step.to))];
  if (archive !== null && !bench.resumed) return taken(step);
  await clearLeftOver(folder, step, bench);
  const stock = await takeStock(folder, name, { whole, archive: archive?.id ?? null }, bench);
  if ('wrong' in stock) return damaged(stock.wrong);
  if (archive !== null) return stock.parts.length > 0 ? taken(step) : foundArchive(site, plain, archive);
  const isBegun = stock.parts.length > 0;
  const other = isBegun ? replaced(site, plain, stock.parts) : difference(step.file, plain, bench);
  if (other !== null) return stale(other);
  const cut =
    plain === null
      ? { parts: stock.parts, content: null }
      : await withFile(folder.open(name, 'write'), file => cutDown(site, file, stock.parts));
  if ('result' in cut) return cut;
  const last = await joinParts(site, cut.parts);
  return nameArchive(site, last, plain, cut.content);
}

/** Why the source is not the one that was cut; where its first byte is in a part, there need be none. */
function replaced(
  { step, bench }: Site,
  plain: FileStat | null,
  [first]: readonly TailPart[],
): string | null {
  if (plain === null && first?.from === 0) return null;
  if (plain !== null && isThatFile(step.file, plain, bench)) return null;
  return `${showPath(step.file.path)} is not the file whose end stands beside it in parts`;
}

interface Cut {
  readonly parts: readonly TailPart[];
  /** Of the source, where it was whole at the beginning. */
  readonly content: Digest | null;
}

/** From the end to the beginning, each part named before it is cut off. */
async function cutDown(site: Site, source: OpenFile, begun: readonly TailPart[]): Promise<Cut | Performed> {
  const { step, bench, whole } = site;
  if (!isThatFile(step.file, source, bench)) return stale(`${showPath(step.file.path)} was replaced`);
  let seen = await source.stat();
  const [first] = begun;
  const end = first?.from ?? whole;
  const isUncut = first !== undefined && seen.size === first.until;
  if (seen.size !== end && !isUncut) return writtenTo(step);
  if (seen.links !== 1) return stale(`${showPath(step.file.path)} has a second name`);
  const content = first === undefined ? await read(site, source, 0, whole) : null;
  if (isUncut) {
    if (!(await holds(site, source, first)))
      return damaged(`${showPath(first.name)} is not what stands in ${showPath(site.name)}`);
    const cut = await cutOff(site, source, seen, first);
    if ('result' in cut) return cut;
    seen = cut;
  }
  const parts = [...begun];
  let most = site.part;
  while (seen.size > 0) {
    const size = Math.min(most, await roomFor(site, seen.size, parts));
    const part = await makePart(site, source, { from: beginningOf(seen.size, size), until: seen.size });
    if (part === 'no room') {
      if (size <= least(site)) throw noRoom(step);
      most = Math.max(least(site), Math.floor(size / 2));
      continue;
    }
    const cut = await cutOff(site, source, seen, part);
    if ('result' in cut) return cut;
    seen = cut;
    parts.unshift(part);
  }
  return { parts, content };
}

/** A part never takes more than half of the room there is, nor more than the plan says besides what it has freed. */
async function roomFor(site: Site, left: Bytes, parts: readonly TailPart[]): Promise<Bytes> {
  const { free } = await site.bench.world.disk.space(site.folder.path);
  const packed = parts.reduce((sum, part) => sum + part.packed, 0);
  const freed = Math.max(0, site.whole - left - packed);
  const most = Math.min(site.part, Math.floor(free / 2), site.extra + freed);
  if (most >= Math.min(least(site), left)) return Math.max(most, 1);
  throw noRoom(site.step);
}

function noRoom({ file }: Step): Trouble {
  return new Trouble({
    code: 'ENOSPC',
    path: file.path,
    message: `cannot compress ${showPath(file.path)}: there is no room for even a small part of its archive (ENOSPC)`,
    hint: 'free some space; what is done stands beside it, and the next round goes on',
  });
}

function least({ part }: Site): Bytes {
  return Math.min(part, smallestPart);
}

/** Of a part that ends at `until`: on a block, so that all of it is given back. */
function beginningOf(until: Bytes, size: Bytes): Bytes {
  const block = 4096;
  const from = Math.ceil((until - size) / block) * block;
  return from <= 0 ? 0 : from < until ? from : Math.max(0, from - block);
}

interface Range {
  readonly from: Bytes;
  readonly until: Bytes;
}

/** Packs a range, proves it against the source, and gives it its name, durably. */
async function makePart(site: Site, source: OpenFile, { from, until }: Range): Promise<TailPart | 'no room'> {
  const { step, bench, folder, name } = site;
  const temporary = temporaryName(bench.plan, step);
  let packed: Bytes;
  try {
    packed = await packRange(site, source, { from, until });
  } catch (error) {
    await removeQuietly(folder, temporary);
    if (isTrouble(error, 'ENOSPC', 'EDQUOT')) return 'no room';
    throw error;
  }
  const part = { plain: name, from, until, packed };
  const partName = tailPartName(part, step.compressor);
  await folder.move(temporary, folder, partName);
  await bench.folders.sync(folder);
  return { ...part, name: partName };
}

async function packRange(site: Site, source: OpenFile, { from, until }: Range): Promise<Bytes> {
  const { step, bench, folder } = site;
  return withFile(folder.create(temporaryName(bench.plan, step), 0o600), async file => {
    const { content } = await pack({ source, from, size: until, file }, step, bench);
    const again = await read(site, source, from, until);
    if (content.bytes !== until - from || content.sha256 !== again.sha256) throw unequal(step);
    return (await file.stat()).size;
  });
}

/**
 * Cuts off what is in the part. The last look and the cut are one piece of work: nothing of ours comes
 * between them.
 */
async function cutOff(
  { step, bench, folder }: Site,
  source: OpenFile,
  then: FileStat,
  part: TailPart,
): Promise<FileStat | Performed> {
  const holder = await inUse(step, source.id, bench);
  const now = source.statNow();
  const isSame = now.size === then.size && sameTime(now.modified, then.modified) && now.links === 1;
  if (holder !== null || !isSame) {
    // Of a source that somebody else has shortened it may be the only copy.
    if (now.size >= part.until) await removeQuietly(folder, part.name);
    return holder ?? writtenTo(step);
  }
  source.truncateNow(part.from);
  // Its age is told by it until it is gone.
  await source.setAttributes({ accessed: then.accessed, modified: step.file.modified ?? then.modified });
  await source.sync();
  return source.stat();
}

function read({ bench }: Site, file: OpenFile, from: Bytes, until: Bytes): Promise<Digest> {
  return digestOf(passingChunks(file, { from, until, signal: bench.signal }));
}

async function holds(site: Site, source: OpenFile, part: TailPart): Promise<boolean> {
  const held = await withFile(site.folder.open(part.name, 'read'), file => decoded(site, file, part));
  const wanted = await read(site, source, part.from, part.until);
  return typeof held === 'object' && held.bytes === wanted.bytes && held.sha256 === wanted.sha256;
}

function decoded({ step, bench }: Site, file: OpenFile, part: TailPart) {
  const expected = part.until - part.from;
  return decodedContent(file, {
    size: part.packed,
    compressor: step.compressor,
    signal: bench.signal,
    expected,
  });
}

/** The last part holds all of it: proven once more as a whole, it gets the archive's name, and the source goes. */
async function nameArchive(
  site: Site,
  last: TailPart,
  plain: FileStat | null,
  expected: Digest | null,
): Promise<Performed> {
  const { step, bench, folder, whole, name } = site;
  const { content, archive } = await withFile(folder.open(last.name, 'write'), async file => {
    const content = await decoded(site, file, last);
    const isRight = typeof content === 'object' && content.bytes === whole;
    if (!isRight || (expected !== null && content.sha256 !== expected.sha256)) throw unequal(step);
    const modified = step.dated?.modified ?? step.file.modified ?? (await file.stat()).modified;
    await file.setAttributes({ modified, accessed: step.dated?.accessed ?? plain?.accessed ?? modified });
    await file.sync();
    return { content, archive: await file.stat() };
  });
  const now = await folder.stat(name);
  if (now !== null && (now.size > 0 || !isThatFile(step.file, now, bench))) return writtenTo(step);
  await folder.move(last.name, folder, nameOf(step.to));
  await bench.folders.sync(folder);
  if (now !== null) await removeSource(site);
  return { result: 'done', ...ended(site, archive, content) };
}

async function removeSource({ bench, folder, name }: Site): Promise<void> {
  await folder.unlink(name);
  await bench.folders.sync(folder);
}

/** After a stop behind the naming: the archive is whole, and the source may still be there, empty. */
async function foundArchive(site: Site, plain: FileStat | null, archive: FileStat): Promise<Performed> {
  const { step, bench, folder, whole } = site;
  if (archive.kind !== 'file') return taken(step);
  if (plain !== null && (plain.size > 0 || !isThatFile(step.file, plain, bench))) return taken(step);
  const part = { plain: site.name, name: nameOf(step.to), from: 0, until: whole, packed: archive.size };
  const content = await withFile(folder.open(part.name, 'read'), file => decoded(site, file, part));
  if (typeof content !== 'object' || content.bytes !== whole)
    return stale(`${showPath(step.to)} is there and does not hold what it should`);
  await bench.folders.sync(folder);
  if (plain !== null) await removeSource(site);
  return { result: 'already', ...ended(site, archive, content) };
}

function ended({ step }: Site, archive: FileStat, content: Digest) {
  const before = { apparent: step.file.size, allocated: step.file.allocated };
  return facts({ footprint: { before, after: spaceOf(archive) }, made: archive.id, plain: content });
}

function unequal({ to, file }: Step): Trouble {
  return new Trouble({
    code: 'EDAMAGED',
    path: to,
    message: `what was packed for ${showPath(to)} does not decode to ${showPath(file.path)}`,
    hint: 'what it is made from is kept; look at the kernel log and the memory of this machine',
  });
}

function damaged(message: string): Performed {
  const hint = 'what stands beside the file holds lines of it: see to them before anything is deleted';
  return { result: 'failed', code: 'EDAMAGED', message, hint, said: null };
}

function taken({ to }: Step): Performed {
  return stale(`the name ${showPath(to)} is taken by another file`);
}

function writtenTo({ file }: Step): Performed {
  return { result: 'deferred', message: `${showPath(file.path)} was written to while it was compressed` };
}
