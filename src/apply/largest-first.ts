// A queue that gives the heaviest first, and among equals the one that came first: a large file
// begun last would be waited for alone.

export interface LargestFirst<T> {
  add(value: T, weight: number): void;
  take(): T | null;
}

interface Entry<T> {
  readonly value: T;
  readonly weight: number;
  readonly number: number;
}

/** A binary heap. */
export function largestFirst<T>(): LargestFirst<T> {
  const heap: Entry<T>[] = [];
  let count = 0;
  return {
    add(value, weight) {
      heap.push({ value, weight, number: count++ });
      rise(heap);
    },
    take() {
      const top = heap[0];
      const last = heap.pop();
      if (top === undefined || last === undefined) return null;
      if (heap.length > 0) {
        heap[0] = last;
        sink(heap);
      }
      return top.value;
    },
  };
}

function goesBefore<T>(a: Entry<T>, b: Entry<T>): boolean {
  return a.weight > b.weight || (a.weight === b.weight && a.number < b.number);
}

function rise<T>(heap: Entry<T>[]): void {
  let at = heap.length - 1;
  while (at > 0) {
    const parent = (at - 1) >> 1;
    if (!swapped(heap, parent, at)) return;
    at = parent;
  }
}

function sink<T>(heap: Entry<T>[]): void {
  let at = 0;
  for (;;) {
    const left = heap[2 * at + 1];
    const right = heap[2 * at + 2];
    if (left === undefined) return;
    const child = right !== undefined && goesBefore(right, left) ? 2 * at + 2 : 2 * at + 1;
    if (!swapped(heap, at, child)) return;
    at = child;
  }
}

/** Puts the heavier of the two above; whether they were the wrong way round. */
function swapped<T>(heap: Entry<T>[], upper: number, lower: number): boolean {
  const [above, below] = [heap[upper], heap[lower]];
  if (above === undefined || below === undefined || !goesBefore(below, above)) return false;
  heap[upper] = below;
  heap[lower] = above;
  return true;
}
