// Archives of other programs, known by their first bytes, and read through these programs where they
// are at hand: node:zlib stays the only decoder in this process.

import { CodecError } from '../codec/codec.ts';
import { isTrouble } from '../world/trouble.ts';
import type { Shell } from '../world/world.ts';

export type ForeignName = 'xz' | 'lzma' | 'bzip2' | 'compress' | 'lz4' | 'lzip' | 'zip';

/** Whole as it may be, there is no program here that unpacks it. */
export class ForeignError extends CodecError {}

interface Foreign {
  readonly name: ForeignName;
  readonly begins: RegExp;
  /** Unpacks stdin to stdout; null: none does it in one stream. */
  readonly program: readonly [program: string, ...args: string[]] | null;
}

const foreign: readonly Foreign[] = [
  { name: 'xz', begins: /^\xfd7zXZ\x00/, program: ['xz', '-dc'] },
  {
    name: 'lzma',
    begins: /^\x5d\x00\x00[\s\S]{2}[\s\S]{7}\x00|^\x5d\x00\x00[\s\S]{2}\xff{8}/,
    program: ['xz', '-dc', '--format=lzma'],
  },
  { name: 'bzip2', begins: /^BZh[1-9](?:1AY&SY|\x17rE8P\x90)/, program: ['bzip2', '-dc'] },
  // Of the early Unix; gzip has always read it.
  { name: 'compress', begins: /^\x1f\x9d/, program: ['gzip', '-dc'] },
  { name: 'lz4', begins: /^\x04\x22\x4d\x18/, program: ['lz4', '-dc'] },
  { name: 'lzip', begins: /^LZIP\x01/, program: ['lzip', '-dc'] },
  { name: 'zip', begins: /^PK\x03\x04/, program: null },
];

/** So many bytes of a file tell which of them it is. */
export const foreignHead = 16;

export function foreignStarting(head: Uint8Array): ForeignName | null {
  const text = Buffer.from(head.subarray(0, foreignHead)).toString('latin1');
  return foreign.find(({ begins }) => begins.test(text))?.name ?? null;
}

/**
 * The plain bytes of `packed`. What the program complains of is damage.
 *
 * @param shell null: nothing is started
 * @throws CodecError
 */
export async function* unpacked(
  name: ForeignName,
  packed: AsyncIterable<Uint8Array>,
  shell: Shell | null,
  signal: AbortSignal | undefined,
): AsyncGenerator<Uint8Array, void, undefined> {
  const found = foreign.find(one => one.name === name)?.program ?? null;
  if (found === null || shell === null)
    throw new ForeignError(`it is packed by ${name}, which logmill does not read`);
  const [program, ...args] = found;
  try {
    yield* shell.filter({ program, args, signal }, packed);
  } catch (error) {
    if (isTrouble(error, 'EPROGRAM')) throw new CodecError(error.message, null, error);
    if (!isTrouble(error, 'ENOENT', 'EACCES')) throw error;
    throw new ForeignError(`it is packed by ${name}, and the program ${program} is not on this machine`);
  }
}
