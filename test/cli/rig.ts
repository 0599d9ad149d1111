// What the tests of the command line start from: a folder that goes away with the test, and text
// that looks like a log.

import type { TestContext } from 'node:test';
import { foundTree, type PlantedTree, tempTree } from '../rig/temp-tree.ts';

/**
 * A folder with this in it, removed when the test is over, after `undo` (what keeps it from going).
 *
 * @returns its path
 */
export function aTempFolder(t: TestContext, tree: PlantedTree, undo?: (folder: string) => void): string {
  const made = tempTree(tree);
  t.after(() => {
    undo?.(made.folder);
    made[Symbol.dispose]();
  });
  return made.folder;
}

export const readTree = foundTree;

/** Numbered lines, exactly this many bytes, the last one ended. */
export function lines(bytes: number): string {
  const all: string[] = [];
  for (let number = 0, size = 0; size < bytes; number += 1) {
    const line = `2026-11-22 08:30:${String(number % 60).padStart(2, '0')},${number % 1000} INFO [app] order ${(number * 2_654_435_761) % 4_294_967_296} filled\n`;
    all.push(line);
    size += line.length;
  }
  return `${all.join('').slice(0, bytes - 1)}\n`;
}
