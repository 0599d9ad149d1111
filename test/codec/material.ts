// Bytes to pack and ways to hand them over, for the tests of this room. Everything is made from
// a seed: what fails once fails again.

import { execFile, spawnSync } from 'node:child_process';
import type { Codec, Level, Pool } from '../../src/codec/codec.ts';
import { makePool } from '../../src/codec/pool.ts';

export const MiB = 1024 * 1024;

/** A small generator with a period long enough for tests (mulberry32). */
export function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Lines as services write them, with a time, an id and numbers; exactly `size` bytes, and not to be changed. */
export function logText(size: number, seed = 1): Buffer {
  const made = texts.get(seed);
  if (made !== undefined && made.length >= size) return made.subarray(0, size);
  const text = makeText(size, seed);
  texts.set(seed, text);
  return text;
}

/** Longer texts begin like shorter ones of the same seed. */
const texts = new Map<number, Buffer>();

function makeText(size: number, seed: number): Buffer {
  const random = randomFrom(seed);
  const words = [
    'accepted',
    'filled',
    'cancelled',
    'rejected',
    'timeout while talking to venue',
    'heartbeat',
  ];
  const lines: string[] = [];
  for (let length = 0, at = 1_780_000_000_000; length < size; ) {
    at += Math.floor(random() * 900);
    const id = Math.floor(random() * 2 ** 48).toString(16);
    const word = words[Math.floor(random() * words.length)];
    const line = `${new Date(at).toISOString()} INFO order ${id} ${word} price=${(random() * 9e4).toFixed(2)}\n`;
    lines.push(line);
    length += line.length;
  }
  return Buffer.from(lines.join('')).subarray(0, size);
}

export function noise(size: number, seed = 1): Buffer {
  const random = randomFrom(seed);
  const bytes = Buffer.alloc(size);
  for (let at = 0; at < size; at += 1) bytes[at] = random() * 256;
  return bytes;
}

export async function gather(chunks: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const all: Uint8Array[] = [];
  for await (const chunk of chunks) all.push(chunk);
  return Buffer.concat(all);
}

export function pack(
  codec: Codec,
  plain: Uint8Array,
  level: Level = codec.levels.standard,
  pool: Pool = makePool(3),
): Promise<Buffer> {
  return gather(codec.encode([plain], { level, size: plain.length, pool }));
}

export function unpack(codec: Codec, packed: Uint8Array): Promise<Buffer> {
  return gather(codec.decode([packed]));
}

/** `bytes` in pieces of random sizes, some of them empty. */
export function* inPieces(
  bytes: Uint8Array,
  random: () => number,
  longest: number,
): Generator<Uint8Array, void, undefined> {
  for (let at = 0; at < bytes.length; ) {
    const end = Math.min(bytes.length, at + Math.floor(random() * (longest + 1)));
    yield bytes.subarray(at, end);
    at = end;
  }
}

export function hasProgram(name: string): boolean {
  return spawnSync(name, ['--version'], { stdio: 'ignore' }).status === 0;
}

/** A program's output for that input; rejects with what it said when it fails. */
export function filter(program: string, args: readonly string[], input: Uint8Array): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const options = { encoding: 'buffer', maxBuffer: 64 * MiB } as const;
    const child = execFile(program, [...args], options, (error, stdout, stderr) => {
      if (error) reject(new Error(`${program} failed: ${stderr.toString()}`, { cause: error }));
      else resolve(stdout);
    });
    child.stdin?.on('error', () => undefined);
    child.stdin?.end(input);
  });
}
