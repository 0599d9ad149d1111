// Counts the lines of test/bench/writer.c in a stream: which are missing, there twice, out of order,
// or no lines of its.

export interface Counted {
  readonly lost: number;
  readonly doubled: number;
  readonly disorder: number;
  readonly damaged: number;
}

const lineSize = 64;

export const allThere: Counted = { lost: 0, doubled: 0, disorder: 0, damaged: 0 };

/** @param lines how many were written, numbered from 0 */
export async function countLines(chunks: AsyncIterable<Uint8Array>, lines: number): Promise<Counted> {
  const seen = new Uint8Array(lines);
  let [doubled, disorder, damaged, last] = [0, 0, 0, -1];
  const take = (line: Buffer) => {
    const value = Number(line.toString('latin1', 0, 12));
    if (line.length !== lineSize - 1 || !/^\d/.test(String.fromCharCode(line[0] ?? 0)) || !(value < lines)) {
      damaged += 1;
      return;
    }
    if (seen[value] === 1) doubled += 1;
    else if (value < last) disorder += 1;
    seen[value] = 1;
    last = value;
  };
  let rest: Buffer = Buffer.alloc(0);
  for await (const chunk of chunks) {
    const bytes = Buffer.concat([rest, chunk]);
    let from = 0;
    for (let end = bytes.indexOf(10); end !== -1; end = bytes.indexOf(10, from)) {
      take(bytes.subarray(from, end));
      from = end + 1;
    }
    rest = bytes.subarray(from);
  }
  if (rest.length > 0) damaged += 1;
  return { lost: seen.reduce((sum, one) => sum + (one === 0 ? 1 : 0), 0), doubled, disorder, damaged };
}
