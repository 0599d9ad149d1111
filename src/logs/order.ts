// Generations from the newest to the oldest, whatever schemes their names follow.

import type { Generation } from './log-set.ts';

/**
 * Newest first: numbers from `start` upwards, dates backwards, and the two sequences merged by the
 * moment of rotation. Numbers are never put out of their order by a moment: an mtime may have been
 * touched, the number was counted. What has a number below `start`, or no readable date, goes by
 * its moment alone.
 */
export function newestFirst<G extends Generation>(generations: readonly G[], start: number): readonly G[] {
  const numbered: G[] = [];
  const others: G[] = [];
  for (const generation of generations) {
    const { mark } = generation;
    (mark.by === 'number' && mark.number >= start ? numbered : others).push(generation);
  }
  numbered.sort((a, b) => numberOf(a) - numberOf(b) || byMoment(a, b));
  others.sort((a, b) => dateOf(b) - dateOf(a) || againOf(b) - againOf(a) || byMoment(a, b));
  if (others.length === 0) return numbered;
  if (numbered.length === 0) return others;
  return merged(numbered, others);
}

function merged<G extends Generation>(numbered: readonly G[], others: readonly G[]): G[] {
  const result: G[] = [];
  let next = 0;
  for (const generation of numbered) {
    while (next < others.length && (others[next]?.rotated ?? 0) > generation.rotated)
      result.push(others[next++] as G);
    result.push(generation);
  }
  return result.concat(others.slice(next));
}

/** Where a generation stands among those whose names hold a date; a joined archive keeps it of each part. */
export function dateInOrder(generation: Generation): number {
  return dateOf(generation);
}

function numberOf({ mark }: Generation): number {
  return mark.by === 'number' ? mark.number : 0;
}

/** By the date in the name, as logrotate orders them; names without a date by their moment. */
function dateOf({ mark, rotated, inside }: Generation): number {
  const newest = inside?.at(-1);
  if (newest !== undefined) return newest.dated;
  if (mark.by === 'number') return rotated;
  // What only looks like a date sorts first of all old ones (semantics 20).
  return mark.at ?? Number.NEGATIVE_INFINITY;
}

function againOf({ mark, inside }: Generation): number {
  // Its name counts joined archives of one period, not rotations on one date.
  if (inside !== undefined) return 1;
  return mark.by === 'date' ? mark.again : 0;
}

function byMoment(a: Generation, b: Generation): number {
  return b.rotated - a.rotated || (a.path < b.path ? -1 : a.path > b.path ? 1 : 0);
}
