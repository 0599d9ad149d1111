// This machine's world with a counter on its eyes, and with what a test wants otherwise.

import { thisMachine } from '../../src/world/this-machine.ts';
import type { Census, Host, Look, World } from '../../src/world/world.ts';

export interface Counts {
  /** Folders read, in order, each time anew. */
  readonly readings: string[];
  stats: number;
  /** Bytes asked for by head, piece and pieces. */
  read: number;
  censuses: number;
}

export interface Otherwise {
  readonly host?: Partial<Host>;
  readonly now?: () => number;
  readonly look?: Partial<Look>;
  readonly census?: (files: ReadonlySet<string>) => Census;
}

export function watchedWorld(otherwise: Otherwise = {}): { readonly world: World; readonly counts: Counts } {
  const real = thisMachine();
  const counts: Counts = { readings: [], stats: 0, read: 0, censuses: 0 };
  const look: Look = { ...real.disk.look, ...otherwise.look };
  const watched: Look = {
    ...look,
    names: folder => {
      counts.readings.push(folder);
      return look.names(folder);
    },
    entries: folder => {
      counts.readings.push(folder);
      return look.entries(folder);
    },
    stat: path => {
      counts.stats += 1;
      return look.stat(path);
    },
    glance: path => {
      counts.stats += 1;
      return look.glance(path);
    },
    head: (path, limit) => {
      counts.read += limit;
      return look.head(path, limit);
    },
    piece: (path, position, length) => {
      counts.read += length;
      return look.piece(path, position, length);
    },
    pieces: (path, positions, length) => {
      counts.read += positions.length * length;
      return look.pieces(path, positions, length);
    },
  };
  const { disk, clock, shell, processes } = real;
  const world: World = {
    shell,
    clock: {
      zone: 'UTC',
      now: otherwise.now ?? (() => clock.now()),
      wait: (ms, signal) => clock.wait(ms, signal),
    },
    host: { ...real.host, ...otherwise.host },
    processes: {
      ...processes,
      census: async files => {
        counts.censuses += 1;
        return otherwise.census?.(files) ?? processes.census(files);
      },
    },
    disk: {
      look: watched,
      openFolder: (path, expected) => disk.openFolder(path, expected),
      makeFolder: (path, mode, owner) => disk.makeFolder(path, mode, owner),
      space: path => disk.space(path),
    },
  };
  return { world, counts };
}
