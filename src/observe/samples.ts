// How small files will be once compressed, from pieces of them: what lets a plan say what it will
// save before anything is done. The work of one look is bounded; what is not sampled is estimated
// from what was, and says so by a larger error.

import type { CodecName, Level, Pool } from '../codec/codec.ts';
import { samplePieceSize, samplePieces, sampleRatio } from '../codec/sample.ts';
import type { LogSet, Observation, Sample, SeenFile } from '../logs/log-set.ts';
import { shortageOf } from '../logs/shortage.ts';
import type { Compressor } from '../policy/policy.ts';
import type { Bytes } from '../units/bytes.ts';
import type { FileId } from '../units/identity.ts';
import { isTrouble } from '../world/trouble.ts';
import type { Look, World } from '../world/world.ts';
import { sampleArchives } from './archive-samples.ts';

/** Of one look, as if packed at gzip 6's speed: about half a second on two cores. */
const budget: Bytes = 64 * 1_048_576;
/** Small files cost a call each; beyond so many the rest is estimated. */
const mostFiles = 256;

/**
 * The observation with samples where something will be compressed. Apart from the second look
 * because only now it is known which logs will be rotated: a live log that stays needs no sample.
 */
export async function observeSamples(
  world: World,
  observation: Observation,
  willRotate: (logSet: LogSet) => boolean,
  pool: Pool,
): Promise<Observation> {
  const staying = new Set(observation.logSets.filter(logSet => !willRotate(logSet)));
  const logSets: LogSet[] = [];
  const isShort = (logSet: LogSet): boolean => shortageOf({ observation }, logSet) !== null;
  for (const logSet of await sampleLogs(world, observation.logSets, pool, { staying, isShort })) {
    const when = { at: observation.at, zone: observation.zone, isShort: isShort(logSet) };
    const archives = await sampleArchives(world.disk.look, logSet, when, pool);
    const samples = new Map([...logSet.samples, ...archives]);
    logSets.push(archives.size === 0 ? logSet : { ...logSet, samples });
  }
  return { ...observation, logSets };
}

interface Circumstances {
  /** Those whose live log will not be rotated. */
  readonly staying: ReadonlySet<LogSet>;
  /** Whether nothing waits for its time. */
  isShort(logSet: LogSet): boolean;
}

/** The log sets with `samples` of what their policies will probably compress, the largest files first. */
async function sampleLogs(
  world: World,
  logSets: readonly LogSet[],
  pool: Pool,
  { staying, isShort }: Circumstances,
): Promise<readonly LogSet[]> {
  const subjectsOf = (logSet: LogSet) => {
    const waits = logSet.policy.settings.delaycompress && !isShort(logSet);
    return subjectsIn(logSet, staying.has(logSet) || waits ? [] : [logSet.live]);
  };
  const subjects = logSets.flatMap(subjectsOf).sort((a, b) => b.file.size - a.file.size);
  if (subjects.length === 0) return logSets;
  const ratios = await sampled(world.disk.look, chosen(subjects), pool);
  const means = meansOf(subjects, ratios);
  const known = new Map<FileId, Sample>();
  for (const subject of subjects) {
    const sample = ratios.get(subject.id) ?? means.get(subject.policy) ?? means.get(anyPolicy);
    if (sample !== undefined) known.set(subject.id, sample);
  }
  return logSets.map(logSet => withSamples(logSet, subjectsOf(logSet), known));
}

interface Subject {
  readonly file: SeenFile;
  readonly id: FileId;
  readonly policy: string;
  readonly model: Model;
}

/** Plain generations, and the live log where it is compressed in the round that rotates it. */
function subjectsIn(logSet: LogSet, live: readonly (SeenFile | null)[]): readonly Subject[] {
  const { settings, name } = logSet.policy;
  if (!settings.compress || logSet.obstacle !== null) return [];
  const model = modelOf(settings.compressor);
  const plain = logSet.generations.filter(({ codec }) => codec === null);
  return [...live, ...plain].flatMap(file => {
    if (file === null || file.id === null || file.size === 0) return [];
    return [{ file, id: file.id, policy: name, model }];
  });
}

/** The largest files first, until the budget is spent. */
function chosen(subjects: readonly Subject[]): readonly Subject[] {
  const found: Subject[] = [];
  let left = budget;
  for (const subject of subjects) {
    const cost = Math.min(subject.file.size, piecesFor(subject) * samplePieceSize) * subject.model.effort;
    if (found.length === mostFiles) break;
    if (found.length > 0 && cost > left) continue;
    left -= cost;
    found.push(subject);
  }
  return found;
}

async function sampled(
  look: Look,
  subjects: readonly Subject[],
  pool: Pool,
): Promise<ReadonlyMap<FileId, Sample>> {
  const ratios = new Map<FileId, Sample>();
  const queue = subjects.values();
  // A few files at once keep the pool busy; more would only hold more pieces in memory.
  const hands = Array.from({ length: pool.size + 1 }, async () => {
    for (const subject of queue) {
      const ratio = await ratioOf(look, subject, pool);
      if (ratio !== null) ratios.set(subject.id, ratio);
    }
  });
  await Promise.all(hands);
  return ratios;
}

/** null: it has gone, or cannot be read by us; then it is estimated like the others. */
async function ratioOf(look: Look, subject: Subject, pool: Pool): Promise<Sample | null> {
  const { file, model } = subject;
  try {
    const read = piecesOf(look, file, piecesFor(subject));
    const sample = await sampleRatio(read, { codec: model.codec, level: model.level, size: file.size }, pool);
    return { ratio: sample.ratio, error: Math.max(sample.error, model.doubt) };
  } catch (error) {
    if (!isTrouble(error)) throw error;
    return null;
  }
}

/** Slow levels see less of a file, so that a look stays near its second. */
function piecesFor({ file, model }: Subject): number {
  return model.effort >= 10 ? 4 : samplePieces(file.size);
}

/** Spread evenly over the file, its first and last piece included; all of a small file. */
function piecesOf(look: Look, { path, size }: SeenFile, count: number): readonly Buffer[] {
  if (size <= count * samplePieceSize) return [look.piece(path, 0, size)];
  const step = (size - samplePieceSize) / (count - 1);
  const positions = Array.from({ length: count }, (_, at) => Math.floor(at * step));
  return look.pieces(path, positions, samplePieceSize);
}

/** No policy has this name: what was sampled under any. */
const anyPolicy = '';

/** Mean ratio of what was sampled, by policy and over all; the error is at least the spread between files. */
function meansOf(
  subjects: readonly Subject[],
  ratios: ReadonlyMap<FileId, Sample>,
): ReadonlyMap<string, Sample> {
  const groups = new Map<string, { size: Bytes; ratio: number }[]>();
  for (const { id, file, policy } of subjects) {
    const ratio = ratios.get(id)?.ratio;
    if (ratio === undefined) continue;
    for (const key of [policy, anyPolicy]) {
      const group = groups.get(key);
      if (group === undefined) groups.set(key, [{ size: file.size, ratio }]);
      else group.push({ size: file.size, ratio });
    }
  }
  return new Map([...groups].map(([key, group]) => [key, meanOf(group)]));
}

function meanOf(group: readonly { readonly size: Bytes; readonly ratio: number }[]): Sample {
  const size = group.reduce((sum, one) => sum + one.size, 0);
  const ratio = group.reduce((sum, one) => sum + one.ratio * one.size, 0) / size;
  const variance = group.reduce((sum, one) => sum + (one.ratio - ratio) ** 2, 0) / group.length;
  return { ratio, error: Math.max(0.15, (2 * Math.sqrt(variance)) / ratio) };
}

function withSamples(
  logSet: LogSet,
  subjects: readonly Subject[],
  known: ReadonlyMap<FileId, Sample>,
): LogSet {
  const samples = new Map<FileId, Sample>();
  for (const { id } of subjects) {
    const sample = known.get(id);
    if (sample !== undefined) samples.set(id, sample);
  }
  return samples.size === 0 ? logSet : { ...logSet, samples };
}

/** The codec of ours that foretells a compressor. */
interface Model {
  readonly codec: CodecName;
  readonly level: Level;
  /** CPU time a byte, gzip 6 being 1. */
  readonly effort: number;
  /** The least relative error: a program is only near to one of our codecs. */
  readonly doubt: number;
}

function modelOf(compressor: Compressor): Model {
  if (compressor.by === 'codec') {
    const { codec, level } = compressor;
    return { codec, level, effort: effortOf(codec, level), doubt: 0 };
  }
  const name = compressor.program.slice(compressor.program.lastIndexOf('/') + 1);
  const { codec, level, doubt } = programs[name] ?? { codec: 'gzip', level: 6, doubt: 0.35 };
  return { codec, level, effort: effortOf(codec, level), doubt };
}

/** Programs that are run as they are, and what of ours comes near: ratios on logs (xz −6 % to zstd 19). */
const programs: Readonly<Record<string, { codec: CodecName; level: Level; doubt: number }>> = {
  pigz: { codec: 'gzip', level: 6, doubt: 0.05 },
  pzstd: { codec: 'zstd', level: 3, doubt: 0.1 },
  zstdmt: { codec: 'zstd', level: 3, doubt: 0.1 },
  bzip2: { codec: 'zstd', level: 9, doubt: 0.25 },
  pbzip2: { codec: 'zstd', level: 9, doubt: 0.25 },
  xz: { codec: 'zstd', level: 9, doubt: 0.25 },
  lz4: { codec: 'zstd', level: -5, doubt: 0.3 },
};

function effortOf(codec: CodecName, level: Level): number {
  const number = typeof level === 'number' ? level : profileEfforts[level];
  const [, effort] = efforts[codec].find(([upTo]) => number <= upTo) ?? [0, 100];
  return effort;
}

/** Profiles as the zstd level that takes as long. */
const profileEfforts = { fast: 1, mid: 6, high: 9, max: 19 } as const;

/** [up to this level, times gzip 6's CPU time a byte], from the codecs' Pareto table. */
const efforts: Readonly<Record<CodecName, readonly (readonly [level: number, effort: number])[]>> = {
  gzip: [
    [3, 0.5],
    [6, 1],
    [9, 2.5],
  ],
  zstd: [
    [2, 0.2],
    [4, 0.35],
    [7, 1],
    [9, 1.5],
    [12, 2],
    [15, 10],
    [22, 30],
  ],
  brotli: [
    [4, 1],
    [6, 2],
    [9, 6],
    [11, 130],
  ],
};
