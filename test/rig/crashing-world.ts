// A real world that tells of each call to its disk before it is made, so that a test can stop the
// process there, fail the call, or change something under the plan's feet.

import { Trouble } from '../../src/world/trouble.ts';
import type { Folder, OpenFile, World } from '../../src/world/world.ts';

/** Called before each call with its name and number from 1; what it throws is what the call throws. */
export type Before = (name: string, number: number) => void;

/** Calls that change something or make it durable; the others are not counted. */
export const changes: ReadonlySet<string> = new Set([
  'makeFolder',
  'create',
  'link',
  'move',
  'unlink',
  'sync',
  'write',
  'writeNow',
  'truncate',
  'truncateNow',
  'collapse',
  'punch',
  'setAttributes',
]);

const reads: ReadonlySet<string> = new Set(['openFolder', 'stat', 'open', 'read', 'statNow', 'readNow']);

export function watchedWorld(inner: World, before: Before, which: 'acts' | 'all' = 'acts'): World {
  let number = 0;
  const count = (name: string): void => {
    if (!changes.has(name) && !(which === 'all' && reads.has(name))) return;
    number += 1;
    before(name, number);
  };
  const disk = watched(inner.disk, count, value => wrapFolder(value as Folder, count));
  return { ...inner, disk };
}

/** A Trouble as the system would give it for that errno. */
export function failure(code: string): Trouble {
  return new Trouble({ code, message: `the test says ${code}` });
}

/** Wrapped folders and the real ones inside: the disk knows only its own. */
export const insides = new WeakMap<object, Folder>();

function wrapFolder(folder: Folder, count: (name: string) => void): Folder {
  const wrapped = watched(folder, count, value => wrapFile(value as OpenFile, count));
  insides.set(wrapped, folder);
  return wrapped;
}

function wrapFile(file: OpenFile, count: (name: string) => void): OpenFile {
  return watched(file, count, value => value);
}

/**
 * `inner` with its methods counted. Whatever a method that opens something gives is wrapped too,
 * and a folder that is passed in is handed on as the real one: the disk knows only its own.
 */
function watched<T extends object>(
  inner: T,
  count: (name: string) => void,
  wrap: (value: unknown) => unknown,
): T {
  return new Proxy(inner, {
    get(target, key) {
      const value: unknown = Reflect.get(target, key, target);
      if (typeof value !== 'function' || typeof key !== 'string') return value;
      const call = (args: readonly unknown[]): unknown => {
        count(key);
        return value.apply(
          target,
          args.map(arg => insides.get(arg as object) ?? arg),
        );
      };
      if (key.endsWith('Now')) return (...args: unknown[]) => call(args);
      const opens = key === 'openFolder' || key === 'open' || key === 'create';
      return async (...args: unknown[]) => (opens ? wrap(await call(args)) : call(args));
    },
  });
}
