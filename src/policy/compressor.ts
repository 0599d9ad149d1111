// What compress uses, from compresscmd, compressoptions and compressext together: gzip, zstd and
// brotli run in process, anything else is run as the program it names. Runs nothing itself.

import type { CodecName, Level } from '../codec/codec.ts';
import type { Dialect } from './arguments.ts';
import type { Compactor, Compressor } from './policy.ts';

/** logrotate's list of programs that set the extension, and brotli, which is ours. */
const extensions: Readonly<Record<string, string>> = {
  gzip: '.gz',
  bzip2: '.bz2',
  xz: '.xz',
  zstd: '.zst',
  compress: '.Z',
  zip: '.zip',
  brotli: '.br',
};

/** The extension that a compresscmd sets at the point where it is written; null: it leaves it as it is. */
export function extensionOf(program: string, dialect: Dialect): string | null {
  const name = baseName(program);
  if (name === 'brotli' && dialect === 'logrotate') return null;
  return Object.hasOwn(extensions, name) ? (extensions[name] ?? null) : null;
}

interface InProcess {
  readonly codec: CodecName;
  readonly standard: Level;
  readonly least: number;
  readonly most: number;
  /** Short options that change nothing of what an archive holds. */
  readonly harmless: string;
}

// zstd 3, its own default, loses to the searched profile `mid` on logs: 6.6 against 5.6 at a
// similar cost once verified; gzip 6 and brotli 4 are the knees of their curves.
const inProcess: Readonly<Record<CodecName, InProcess>> = {
  gzip: { codec: 'gzip', standard: 6, least: 1, most: 9, harmless: 'qnNfckv' },
  zstd: { codec: 'zstd', standard: 'mid', least: 1, most: 22, harmless: 'qfckvzC' },
  brotli: { codec: 'brotli', standard: 4, least: 0, most: 11, harmless: 'fckvn' },
};

const harmlessWords = new Set([
  '--quiet',
  '--force',
  '--no-name',
  '--name',
  '--keep',
  '--stdout',
  '--to-stdout',
  '--rsyncable',
  '--ultra',
  '--check',
  '--compress',
  '--no-progress',
  '--no-copy-stat',
  '--rm',
  '--verbose',
]);

const profiles = new Set<string>(['fast', 'mid', 'high', 'max']);

export interface CompressorProblem {
  readonly option: string;
  readonly message: string;
  readonly hint: string;
}

/**
 * In logrotate's dialect an option that is not understood makes it the program that was named, so
 * that nothing changes for its owner; natively it is a problem.
 */
export function resolveCompressor(
  written: {
    readonly compresscmd: string;
    readonly compressoptions: readonly string[];
    readonly compressext: string;
  },
  dialect: Dialect,
  standard: Level | null = null,
): { readonly compressor: Compressor; readonly problem: CompressorProblem | null } {
  const { compresscmd, compressoptions, compressext } = written;
  const program: Compressor = {
    by: 'program',
    program: compresscmd,
    args: compressoptions,
    extension: compressext,
  };
  const name = baseName(compresscmd);
  const codec = isCodec(name) ? inProcess[name] : null;
  if (codec === null) return { compressor: program, problem: null };

  let level = standard ?? codec.standard;
  for (let place = 0; place < compressoptions.length; place += 1) {
    const option = compressoptions[place] ?? '';
    const found = readOption(option, compressoptions[place + 1] ?? null, codec, dialect);
    if ('message' in found) {
      return dialect === 'logrotate'
        ? { compressor: program, problem: null }
        : { compressor: program, problem: { option, ...found } };
    }
    level = found.level ?? level;
    if (found.tookNext) place += 1;
  }
  return { compressor: { by: 'codec', codec: codec.codec, level, extension: compressext }, problem: null };
}

/**
 * What joined archives are packed with. brotli cannot be joined, and what a program writes cannot
 * be taken apart again: both are problems, at `option`.
 */
export function resolveCompactor(
  compactcmd: string,
  compactoptions: readonly string[],
): { readonly compactor: Compactor; readonly problem: CompressorProblem | null } {
  const standard: Compactor = { codec: 'zstd', level: 'high' };
  const name = baseName(compactcmd);
  if (name !== 'zstd' && name !== 'gzip') {
    const hint = 'compactcmd zstd packs better, compactcmd gzip can be read everywhere';
    const message = `archives of ${name} cannot be joined`;
    return { compactor: standard, problem: { option: compactcmd, message, hint } };
  }
  const written = { compresscmd: name, compressoptions: compactoptions, compressext: '' };
  const level = name === 'zstd' ? standard.level : inProcess.gzip.standard;
  const { compressor, problem } = resolveCompressor(written, 'logmill', level);
  return { compactor: { codec: name, level: compressor.by === 'codec' ? compressor.level : level }, problem };
}

type Found =
  | { readonly level: Level | null; readonly tookNext: boolean }
  | { readonly message: string; readonly hint: string };

const nothing: Found = { level: null, tookNext: false };

function readOption(option: string, next: string | null, codec: InProcess, dialect: Dialect): Found {
  if (isProfile(option) && dialect === 'logmill') return { level: option, tookNext: false };
  if (harmlessWords.has(option)) return nothing;
  if (option === '--best') return { level: codec.most === 22 ? 19 : codec.most, tookNext: false };
  if (option === '--fast') return { level: codec.least, tookNext: false };
  // How many threads is for logmill's own pool to say.
  if (codec.codec === 'zstd' && /^(-T\d+|--threads=\d+)$/.test(option)) return nothing;
  if (codec.codec === 'brotli') {
    if (option === '-Z') return { level: 11, tookNext: false };
    if (option === '-q' && next !== null && /^\d+$/.test(next)) return levelFrom(next, codec, true);
    const quality = /^(?:-q|--quality=)(\d+)$/.exec(option)?.[1];
    if (quality !== undefined) return levelFrom(quality, codec, false);
  }
  return readCluster(option, codec);
}

/** Short options, alone or joined, with or without a level: -9, -qf, -9n. */
function readCluster(option: string, codec: InProcess): Found {
  const cluster = /^-([A-Za-z]*)(\d*)([A-Za-z]*)$/.exec(option);
  const letters = cluster === null ? '' : `${cluster[1]}${cluster[3]}`;
  const digits = cluster?.[2] ?? '';
  if (letters + digits !== '' && [...letters].every(letter => codec.harmless.includes(letter))) {
    return digits === '' ? nothing : levelFrom(digits, codec, false);
  }
  return {
    message: `'${option}' is not an option of the built-in ${codec.codec}`,
    hint: `it takes a level, -${codec.least} to -${codec.most}, or fast, mid, high or max; with a program of another name every option goes`,
  };
}

function levelFrom(digits: string, codec: InProcess, tookNext: boolean): Found {
  const level = Number(digits);
  if (level >= codec.least && level <= codec.most) return { level, tookNext };
  return {
    message: `${codec.codec} has no level ${digits}`,
    hint: `its levels are -${codec.least} to -${codec.most}, or fast, mid, high or max`,
  };
}

function baseName(program: string): string {
  return program.slice(program.lastIndexOf('/') + 1);
}

function isCodec(name: string): name is CodecName {
  return Object.hasOwn(inProcess, name);
}

function isProfile(option: string): option is Extract<Level, string> {
  return profiles.has(option);
}
