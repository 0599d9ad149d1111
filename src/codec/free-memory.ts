// Gives memory back at once. A megabyte at a time soon looks to the collector like a heap that
// grows: left to itself it spends a quarter of a fast compression on marking, and keeps 30 MB more.

/** Below it little is gained; Node's own pool, in which small buffers of all rooms stand, has half of it. */
const least = 128 * 1024;

/**
 * Frees what `bytes` stands in; they, and every other view of that memory, are empty from then on.
 * So it is for those who know that there is no other. Small buffers are left to the collector.
 */
export function freeMemory(bytes: Uint8Array): void {
  const { buffer } = bytes;
  if (buffer instanceof ArrayBuffer && buffer.byteLength >= least) buffer.transfer(0);
}

/** Whether the memory holds nothing but these bytes. */
export function isWhole(bytes: Uint8Array): boolean {
  return bytes.byteLength === bytes.buffer.byteLength;
}

/**
 * From now on buffers count like the heap: else V8 looks for those that nobody holds only when they come to 40 MB, and
 * a gigabyte of gzip grows to 160 MB where 130 do.
 */
export function countBuffers(): void {
  if (counting) return;
  counting = true;
  process.getBuiltinModule('node:v8').setFlagsFromString('--external-memory-accounted-in-global-limit');
}

let counting = false;
