// A log set on a real disk, as the look would see it, for the tests of this room.

import path from 'node:path';
import type { CodecName } from '../../src/codec/codec.ts';
import { codecNamed } from '../../src/codec/codecs.ts';
import { makePool } from '../../src/codec/pool.ts';
import type { Generation, LiveLog, SeenFile } from '../../src/logs/log-set.ts';
import type { Disk } from '../../src/world/world.ts';

export async function packed(name: CodecName, plain: Uint8Array): Promise<Buffer> {
  const chunks = codecNamed(name).encode([plain], { level: 'fast', size: plain.length, pool: makePool(2) });
  return Buffer.concat(await Array.fromAsync(chunks));
}

export function seen(disk: Disk, folder: string, name: string): SeenFile {
  const at = path.join(folder, name);
  const stat = disk.look.stat(at);
  if (stat === null) throw new Error(`there is no ${at}`);
  return { path: at, ...stat };
}

export function live(disk: Disk, folder: string, name: string): LiveLog {
  return seen(disk, folder, name);
}

/** Numbered by what stands behind the name's second dot, as in `app.log.2.gz`. */
export function generation(disk: Disk, folder: string, name: string, codec: Generation['codec']): Generation {
  const number = Number(name.split('.')[2]);
  const file = seen(disk, folder, name);
  return { ...file, mark: { by: 'number', number }, codec, rotated: file.modified };
}
