// Whether an archive is whole: decoded to its end, and its plain bytes compared by length and
// SHA-256 with what is known of them. That decoding did not fail proves nothing.

import { createHash } from 'node:crypto';
import { CodecError, type CodecName } from '../codec/codec.ts';
import { type Digest, digestOf } from '../codec/digest.ts';
import type { JoinedIndex } from '../codec/joined.ts';
import type { Generation } from '../logs/log-set.ts';
import type { Bytes } from '../units/bytes.ts';
import { Trouble } from '../world/trouble.ts';
import type { Disk, OpenFile } from '../world/world.ts';
import { joinedIndex } from './entries.ts';
import { openArchive } from './open-archive.ts';
import { openSeen } from './open-seen.ts';
import type { WhenRead } from './read-bytes.ts';

export interface Verified {
  /** null: plain, or not known for a problem. */
  readonly codec: CodecName | null;
  /** Of the plain bytes; null when it could not be decoded to its end. */
  readonly plain: Digest | null;
  /** Whether there was something to compare with. */
  readonly compared: boolean;
  /** Words for a person, and the offset in the file where it is known; null: it is whole. */
  readonly problem: { readonly words: string; readonly at: Bytes | null } | null;
}

export interface ToVerify {
  /** As in `openArchive`. */
  readonly named: Generation['codec'];
  /** What the plain bytes must be; null: not known. */
  readonly expected: Digest | null;
  readonly signal?: AbortSignal | undefined;
  readonly whenRead?: WhenRead | undefined;
}

/**
 * Damage and differences are the answer, not an error; Trouble of the disk is thrown. What is
 * read back may come from the page cache: it proves what was written, not the medium.
 */
export async function verifyArchive(file: OpenFile, wanted: ToVerify): Promise<Verified> {
  const compared = wanted.expected !== null;
  let codec: CodecName | null = null;
  try {
    const archive = await openArchive(file, wanted.named, wanted.whenRead);
    codec = archive.codec;
    const index = codec === null ? null : await joinedIndex(archive);
    const joined = new JoinedCheck(index);
    const plain = await digestOf(joined.passing(archive.plain(wanted.signal)));
    const words = joined.problem() ?? difference(plain, wanted.expected);
    const isKnown = compared || index !== null;
    return { codec, plain, compared: isKnown, problem: words === null ? null : { words, at: null } };
  } catch (error) {
    if (!(error instanceof CodecError)) throw error;
    return { codec, plain: null, compared, problem: { words: error.message, at: error.at } };
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
  wanted: Pick<ToVerify, 'signal' | 'whenRead'> & {
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
  { expected, signal, whenRead }: Omit<ToVerify, 'named'>,
): Promise<Verified> {
  try {
    const file = await openSeen(disk, generation);
    try {
      return await verifyArchive(file, { named: generation.codec, expected, signal, whenRead });
    } finally {
      await file.close();
    }
  } catch (error) {
    if (!(error instanceof Trouble)) throw error;
    return { codec: null, plain: null, compared: false, problem: { words: error.message, at: null } };
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
