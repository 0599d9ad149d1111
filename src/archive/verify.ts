// Whether an archive is whole: decoded to its end, and its plain bytes compared by length and
// SHA-256 with what is known of them. That decoding did not fail proves nothing.

import { createHash } from 'node:crypto';
import { CodecError } from '../codec/codec.ts';
import { type Digest, digestOf } from '../codec/digest.ts';
import type { JoinedIndex } from '../codec/joined.ts';
import type { Generation } from '../logs/log-set.ts';
import type { Bytes } from '../units/bytes.ts';
import { Trouble } from '../world/trouble.ts';
import type { Disk, OpenFile } from '../world/world.ts';
import { joinedIndex } from './entries.ts';
import { ForeignError } from './foreign.ts';
import { type Archive, openArchive, passing, type Reading } from './open-archive.ts';
import { openSeen } from './open-seen.ts';

export interface Verified {
  /** null: plain, or not known for a problem. */
  readonly codec: Archive['codec'];
  /** false: it is packed by another program that is not at hand, and nothing is known of it. */
  readonly isRead: boolean;
  /** Of the plain bytes; null when it could not be decoded to its end. */
  readonly plain: Digest | null;
  /** Whether there was something to compare with. */
  readonly compared: boolean;
  /** Words for a person, and the offset in the file where it is known; null: it is whole. */
  readonly problem: { readonly words: string; readonly at: Bytes | null } | null;
}

export interface ToVerify extends Reading {
  /** As in `openArchive`. */
  readonly named: Generation['codec'];
  /** What the plain bytes must be; null: not known. */
  readonly expected: Digest | null;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Damage and differences are the answer, not an error; Trouble of the disk is thrown. What is
 * read back may come from the page cache: it proves what was written, not the medium.
 */
export async function verifyArchive(file: OpenFile, wanted: ToVerify): Promise<Verified> {
  const compared = wanted.expected !== null;
  let codec: Archive['codec'] = null;
  try {
    const archive = await openArchive(file, wanted.named, wanted);
    codec = archive.codec;
    const index = await joinedIndex(archive);
    const joined = new JoinedCheck(index);
    const plain = await digestOf(joined.passing(archive.plain(wanted.signal, passing)));
    const words = joined.problem() ?? difference(plain, wanted.expected);
    const isKnown = compared || index !== null;
    const problem = words === null ? null : { words, at: null };
    return { codec, isRead: true, plain, compared: isKnown, problem };
  } catch (error) {
    if (!(error instanceof CodecError)) throw error;
    const isRead = !(error instanceof ForeignError);
    return { codec, isRead, plain: null, compared, problem: { words: error.message, at: error.at } };
  }
}

export interface VerifiedGeneration {
  readonly generation: Generation;
  readonly verified: Verified;
}

/** Each generation in turn; one that cannot be opened or read is a problem of its own, not the end. */
export async function* verifyLog(
  generations: readonly Generation[],
  disk: Disk,
  wanted: Pick<ToVerify, 'signal' | keyof Reading> & {
    readonly expectedOf: (generation: Generation) => Digest | null;
  },
): AsyncGenerator<VerifiedGeneration, void, undefined> {
  for (const generation of generations) {
    wanted.signal?.throwIfAborted();
    const expected = wanted.expectedOf(generation);
    yield { generation, verified: await verifyOne(generation, disk, { ...wanted, expected }) };
  }
}

async function verifyOne(
  generation: Generation,
  disk: Disk,
  wanted: Omit<ToVerify, 'named'>,
): Promise<Verified> {
  try {
    const file = await openSeen(disk, generation);
    try {
      return await verifyArchive(file, { ...wanted, named: generation.codec });
    } finally {
      await file.close();
    }
  } catch (error) {
    if (!(error instanceof Trouble)) throw error;
    const problem = { words: error.message, at: null };
    return { codec: null, isRead: true, plain: null, compared: false, problem };
  }
}

/** An archive that compaction joined says itself what each generation in it must be. */
class JoinedCheck {
  readonly #parts: JoinedIndex['parts'];
  #index = 0;
  #left: Bytes;
  #hash = createHash('sha256');
  #problem: string | null = null;

  constructor(index: JoinedIndex | null) {
    this.#parts = index?.parts ?? [];
    this.#left = this.#parts[0]?.plain ?? 0;
  }

  async *passing(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void, undefined> {
    for await (const chunk of chunks) {
      this.#take(chunk);
      yield chunk;
    }
    this.#take(new Uint8Array(0));
  }

  problem(): string | null {
    if (this.#problem === null && this.#index < this.#parts.length)
      return `it ends within the generation ${this.#index + 1} of ${this.#parts.length} in it`;
    return this.#problem;
  }

  #take(chunk: Uint8Array): void {
    let rest = chunk;
    for (let part = this.#parts[this.#index]; part !== undefined; part = this.#parts[this.#index]) {
      const piece = rest.subarray(0, this.#left);
      this.#hash.update(piece);
      this.#left -= piece.length;
      rest = rest.subarray(piece.length);
      if (this.#left > 0) return;
      if (this.#hash.digest('hex') !== part.sha256)
        this.#problem ??= `the generation ${this.#index + 1} of ${this.#parts.length} in it has another SHA-256 than what was put in`;
      this.#index += 1;
      this.#left = this.#parts[this.#index]?.plain ?? 0;
      this.#hash = createHash('sha256');
    }
    if (rest.length > 0 && this.#parts.length > 0) this.#problem ??= 'it holds more than its index says';
  }
}

function difference(found: Digest, expected: Digest | null): string | null {
  if (expected === null) return null;
  if (found.bytes !== expected.bytes)
    return `it holds ${found.bytes} bytes, and ${expected.bytes} were put in`;
  if (found.sha256 !== expected.sha256)
    return `its content has another SHA-256 than what was put in (${found.sha256})`;
  return null;
}
