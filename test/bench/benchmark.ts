// What a benchmark is: contenders that do the same work on the same input, in turn, and the table
// that comes of it. Nothing here asserts on time: figures are shown, and judged by whoever reads.

/** One run of one contender. Figures beside time go into `facts`, by column. */
export interface Measured {
  readonly wallMs: number;
  /** User and system time of the process and its children; null where it cannot be known. */
  readonly cpuMs: number | null;
  /** Peak resident memory of the largest process. */
  readonly peakBytes: number | null;
  readonly facts?: Readonly<Record<string, number>>;
}

export interface Contender {
  readonly name: string;
  /** As a person would type it, or what is called in process. */
  readonly command: string;
  /** Before each run, outside of the time: fresh copies, an emptied cache. */
  prepare?(): Promise<void>;
  run(): Promise<Measured>;
}

export interface Skipped {
  readonly name: string;
  readonly why: string;
}

export interface Trial {
  readonly contenders: readonly Contender[];
  readonly skipped?: readonly Skipped[];
  readonly notes?: readonly string[];
}

export interface Ground {
  readonly quick: boolean;
  /** An empty folder of this benchmark's own; removed after it. */
  readonly folder: string;
  /** Starts logmill as it is installed: one bundle. */
  readonly tool: Tool;
  /** Logs of twelve services, in all about `bytes`, the same in every run; made once and not to be changed. */
  logs(bytes: number): Promise<string>;
}

export interface Tool {
  readonly node: string;
  readonly bin: string;
  readonly door: string;
}

export interface Benchmark {
  readonly name: string;
  readonly title: string;
  /** Rounds where nobody says; `--quick` takes fewer. */
  readonly rounds: { readonly full: number; readonly quick: number };
  prepare(ground: Ground): Promise<Trial>;
}

export interface Row {
  readonly name: string;
  readonly command: string;
  readonly rounds: number;
  readonly wallMs: number | null;
  readonly leastMs: number | null;
  readonly mostMs: number | null;
  readonly cpuMs: number | null;
  readonly peakBytes: number | null;
  /** How many times faster than the first row. */
  readonly ratio: number | null;
  readonly facts: Readonly<Record<string, number>>;
  /** Why there are no figures. */
  readonly failed: string | null;
}

export interface Result {
  readonly name: string;
  readonly title: string;
  readonly rows: readonly Row[];
  readonly skipped: readonly Skipped[];
  readonly notes: readonly string[];
}

/** Runs the contenders in turn, A B C, A B C, so that a noisy minute meets all of them alike. */
export async function compare(benchmark: Benchmark, trial: Trial, rounds: number): Promise<Result> {
  const runs = trial.contenders.map(() => [] as Measured[]);
  const failures = new Map<number, string>();
  for (let round = 0; round < rounds; round += 1) {
    for (const [at, contender] of trial.contenders.entries()) {
      if (failures.has(at)) continue;
      try {
        await contender.prepare?.();
        runs[at]?.push(await contender.run());
      } catch (error) {
        failures.set(at, error instanceof Error ? error.message : String(error));
      }
    }
  }
  const first = middle((runs[0] ?? []).map(one => one.wallMs));
  const rows = trial.contenders.map((contender, at) =>
    rowOf(contender, runs[at] ?? [], first, failures.get(at) ?? null),
  );
  return {
    name: benchmark.name,
    title: benchmark.title,
    rows,
    skipped: trial.skipped ?? [],
    notes: trial.notes ?? [],
  };
}

function rowOf(
  { name, command }: Contender,
  runs: readonly Measured[],
  first: number | null,
  failed: string | null,
): Row {
  const walls = runs.map(run => run.wallMs);
  const wallMs = middle(walls);
  const columns = new Set(runs.flatMap(run => Object.keys(run.facts ?? {})));
  const facts = Object.fromEntries(
    [...columns].map(column => [column, middle(known(runs.map(run => run.facts?.[column]))) ?? 0]),
  );
  return {
    name,
    command,
    rounds: runs.length,
    wallMs,
    leastMs: walls.length === 0 ? null : Math.min(...walls),
    mostMs: walls.length === 0 ? null : Math.max(...walls),
    cpuMs: middle(known(runs.map(run => run.cpuMs))),
    peakBytes: middle(known(runs.map(run => run.peakBytes))),
    ratio: first === null || wallMs === null || wallMs === 0 ? null : first / wallMs,
    facts,
    failed,
  };
}

function known(values: readonly (number | null | undefined)[]): number[] {
  return values.filter(value => value !== null && value !== undefined);
}

/** The median; null of nothing. */
export function middle(values: readonly number[]): number | null {
  const sorted = values.toSorted((a, b) => a - b);
  const upper = sorted[sorted.length >> 1];
  if (upper === undefined) return null;
  const lower = sorted[(sorted.length - 1) >> 1] ?? upper;
  return (lower + upper) / 2;
}
