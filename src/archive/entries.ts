// Where an archive can be entered without decoding what stands before: frames that its seek tables
// name, members, the archives that were joined in it, any offset of a plain file.

import { CodecError, type Taker } from '../codec/codec.ts';
import { type FrameGroup, frameGroups } from '../codec/frame-index.ts';
import { indexHead, type JoinedIndex, readIndex } from '../codec/joined.ts';
import { likelyMemberStarts } from '../codec/member-starts.ts';
import type { Bytes } from '../units/bytes.ts';
import type { Archive, PackedRange } from './open-archive.ts';

export interface Entry {
  /** Offset in the file. */
  readonly at: Bytes;
  /** What is to be decoded from here to the end of the archive, in this order. */
  readonly ranges: readonly PackedRange[];
}

/** The plain size where it can be told without decoding. */
export interface Entries {
  readonly entries: readonly Entry[];
  readonly plain: Bytes | null;
}

/** In order; the first is the archive's start. */
export async function entriesOf(archive: Archive, signal?: AbortSignal): Promise<Entries> {
  const start = { at: 0, ranges: [{ from: 0, to: archive.packed }] };
  switch (archive.codec) {
    case null:
      return { entries: [start, ...plainEntries(archive.packed)], plain: archive.packed };
    case 'zstd':
      return zstdEntries(archive, start);
    case 'gzip':
      return gzipEntries(archive, start, signal);
    default:
      // One stream, of brotli or of another program.
      return { entries: [start], plain: null };
  }
}

const stride: Bytes = 1024 * 1024;

function plainEntries(size: Bytes): readonly Entry[] {
  return Array.from({ length: Math.max(0, Math.ceil(size / stride) - 1) }, (_, index) => {
    const at = (index + 1) * stride;
    return { at, ranges: [{ from: at, to: size }] };
  });
}

async function zstdEntries(archive: Archive, start: Entry): Promise<Entries> {
  const size = archive.packed;
  const index = await joinedIndex(archive);
  const parts = index === null ? [{ from: 0, to: size, plain: null }] : partsOf(index);
  const entries: Entry[] = [];
  let plain: Bytes | null = 0;
  for (const part of parts) {
    const read = (from: Bytes, length: Bytes) => archive.read(from, length);
    const groups = (await frameGroups(read, part.to)).filter(group => group.end > part.from);
    if (part.from > 0) entries.push({ at: part.from, ranges: [{ from: part.from, to: size }] });
    entries.push(...groups.flatMap(group => groupEntries(group, size)));
    const isWhole = groups[0]?.frames[0]?.from === part.from;
    const known: Bytes | null = part.plain ?? (isWhole ? plainOf(groups) : null);
    plain = plain === null || known === null ? null : plain + known;
  }
  const behind = entries.filter(entry => entry.at > 0).sort((a, b) => a.at - b.at);
  return { entries: [start, ...withoutTwins(behind)], plain };
}

function withoutTwins(entries: readonly Entry[]): readonly Entry[] {
  return entries.filter((entry, index) => entry.at !== entries[index - 1]?.at);
}

/** The table says what stands before it, so whoever enters behind the first frame must not meet it. */
function groupEntries(group: FrameGroup, size: Bytes): readonly Entry[] {
  const rest = group.end < size ? [{ from: group.end, to: size }] : [];
  return group.frames.map(({ from }, frame) => ({
    at: from,
    ranges: frame === 0 ? [{ from, to: size }] : [{ from, to: group.table }, ...rest],
  }));
}

function plainOf(groups: readonly FrameGroup[]): Bytes {
  return groups.reduce((sum, { frames }) => sum + frames.reduce((all, { plain }) => all + plain, 0), 0);
}

async function gzipEntries(
  archive: Archive,
  start: Entry,
  signal: AbortSignal | undefined,
): Promise<Entries> {
  const to = archive.packed;
  const index = await joinedIndex(archive);
  const entryAt = (at: Bytes): Entry => ({ at, ranges: [{ from: at, to }] });
  if (index !== null) {
    const parts = partsOf(index);
    const plain = index.parts.reduce((sum, part) => sum + part.plain, 0);
    return { entries: [start, ...parts.map(part => entryAt(part.from))], plain };
  }
  const entries: Entry[] = [start];
  for await (const at of likelyMemberStarts(packedBytes(archive, signal)))
    if (at > 0) entries.push(entryAt(at));
  return { entries, plain: null };
}

async function* packedBytes(archive: Archive, signal: AbortSignal | undefined): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < archive.packed; ) {
    signal?.throwIfAborted();
    const bytes = await archive.read(at, stride);
    if (bytes.length === 0) return;
    at += bytes.length;
    yield bytes;
  }
}

/** The index at the head of a file that compaction made; null in any other. */
export async function joinedIndex(archive: Archive): Promise<JoinedIndex | null> {
  if (archive.codec !== 'gzip' && archive.codec !== 'zstd') return null;
  for (let length = indexHead; ; ) {
    const found = readIndex(await archive.read(0, length));
    if (found === null || !('wants' in found)) return found;
    if (found.wants > archive.packed || found.wants <= length) return null;
    length = found.wants;
  }
}

function partsOf(
  index: JoinedIndex,
): readonly { readonly from: Bytes; readonly to: Bytes; readonly plain: Bytes }[] {
  let from = index.length;
  return index.parts.map(({ packed, plain }) => {
    const part = { from, to: from + packed, plain };
    from += packed;
    return part;
  });
}

/** The plain bytes from an entry to the archive's end. */
export async function* plainFrom(
  archive: Archive,
  entry: Entry,
  signal?: AbortSignal,
  taker?: Taker,
): AsyncGenerator<Uint8Array, void, undefined> {
  for (const range of entry.ranges) yield* archive.plainOf(range, signal, taker);
}

/** The first plain bytes at an entry, up to `most`; null where nothing can be decoded from there. */
export async function headAt(archive: Archive, entry: Entry, most: Bytes): Promise<Buffer | null> {
  const pieces: Uint8Array[] = [];
  let length = 0;
  try {
    for await (const chunk of plainFrom(archive, entry)) {
      pieces.push(chunk);
      length += chunk.length;
      if (length >= most) break;
    }
  } catch (error) {
    if (!(error instanceof CodecError)) throw error;
    if (length === 0) return null;
  }
  return Buffer.concat(pieces, length);
}
