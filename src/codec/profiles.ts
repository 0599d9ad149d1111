// Levels and profiles as each compressor's own parameters. The profiles were chosen by measuring
// on logs full of fresh ids and numbers, in independent blocks of 1 MiB (ratio, MB/s a core).

import { constants } from 'node:zlib';
import type { Level } from './codec.ts';

export type Levels = { readonly min: number; readonly max: number; readonly standard: number };

export const gzipLevels: Levels = { min: 1, max: 9, standard: 6 };

/**
 * zstd's own standard, 3, packs logs worse than 1 at two thirds of its speed: ids poison the
 * longer searches (5.61 at 213 MB/s against 5.86 at 386).
 */
export const zstdLevels: Levels = { min: -7, max: 22, standard: 1 };

/** Above 4 brotli is both slower and larger than zstd; 11 runs at 0.5 MB/s. */
export const brotliLevels: Levels = { min: 0, max: 11, standard: 4 };

/** 4 is three quarters of 1's speed and packs 7 to 14 % better; 8 and 9 come out nearly alike on logs. */
const gzipProfiles = { fast: 4, mid: 6, high: 7, max: 9 } as const;

const brotliProfiles = { fast: 4, mid: 5, high: 9, max: 11 } as const;

/** @throws an internal Error outside the range: `resolve` has refused it with its place */
export function gzipLevel(level: Level): number {
  return typeof level === 'string' ? gzipProfiles[level] : within(gzipLevels, level, 'gzip');
}

/** As node:zlib's deflate takes it. */
export interface Deflating {
  readonly level: number;
  readonly strategy?: number;
}

/** How a level searches; the quick way may come out as small, and where it does not the thorough one makes up for gzip(1). */
export type Searches =
  | { readonly plain: Deflating; readonly quick: null }
  | { readonly plain: Deflating; readonly quick: Deflating; readonly thorough: Deflating };

/**
 * On text full of ids, level 5 without matches of five bytes and less packs like level 6 in three quarters of its
 * time (1.4 to 2.8 % smaller than gzip(1) -6); on even text it comes out 2.5 % larger, so it has to be tried.
 */
export function gzipSearches(level: number): Searches {
  const plain = { level };
  if (level !== gzipLevels.standard) return { plain, quick: null };
  return { plain, quick: { level: 5, strategy: constants.Z_FILTERED }, thorough: { level: 7 } };
}

export function brotliQuality(level: Level): number {
  return typeof level === 'string' ? brotliProfiles[level] : within(brotliLevels, level, 'brotli');
}

/** Whether a block at work takes tens of megabytes: then only as many are at work as there are cores. */
export function isHeavyZstd(level: Level): boolean {
  return level === 'max' || (typeof level === 'number' && level > 12);
}

/** Parameters as node:zlib takes them; never with workers, which truncate (nodejs/node#59899). */
export function zstdParameters(level: Level): Record<number, number> {
  // Off by default, and without it a flipped bit comes back as other bytes without an error.
  const always = { [constants.ZSTD_c_checksumFlag]: 1, [constants.ZSTD_c_contentSizeFlag]: 1 };
  if (typeof level === 'string') return { ...zstdProfiles[level], ...always };
  const known = within(zstdLevels, level, 'zstd');
  if (known >= 6 && known <= 12) {
    // Their own tables, 2 to 8 MB a block, are made for long files: in a block of a megabyte these pack as
    // well, a third faster, and four blocks at once do not take 80 MB.
    return { [constants.ZSTD_c_compressionLevel]: known, [constants.ZSTD_c_hashLog]: 17, ...always };
  }
  if (known !== -1) return { [constants.ZSTD_c_compressionLevel]: known, ...always };
  // Node takes -1 for "not said" and quietly packs at 3. Levels below 0 differ in nothing but
  // the target length, which is the level's number.
  return { [constants.ZSTD_c_compressionLevel]: -2, [constants.ZSTD_c_targetLength]: 1, ...always };
}

/**
 * mid: small tables that stay in the cache, and matches of six bytes or more, which skips those
 * inside random ids: better than level 9's ratio at twice its speed, 14 to 22 % smaller than gzip 6
 * at 1.7 times its speed. Found by random draws over the parameters, then step by step around the
 * best one, on generated and on real logs. high searches on from there.
 */
const zstdProfiles: Readonly<Record<Exclude<Level, number>, Readonly<Record<number, number>>>> = {
  fast: { [constants.ZSTD_c_compressionLevel]: 1 },
  mid: searching({ windowLog: 20, hashLog: 16, chainLog: 14, searchLog: 3, minMatch: 6, targetLength: 16 }),
  high: searching({ windowLog: 20, hashLog: 16, chainLog: 18, searchLog: 6, minMatch: 6, targetLength: 16 }),
  max: { [constants.ZSTD_c_compressionLevel]: 19 },
};

interface Search {
  readonly windowLog: number;
  readonly hashLog: number;
  readonly chainLog: number;
  readonly searchLog: number;
  readonly minMatch: number;
  readonly targetLength: number;
}

function searching(search: Search): Record<number, number> {
  return {
    [constants.ZSTD_c_strategy]: constants.ZSTD_lazy2,
    [constants.ZSTD_c_windowLog]: search.windowLog,
    [constants.ZSTD_c_hashLog]: search.hashLog,
    [constants.ZSTD_c_chainLog]: search.chainLog,
    [constants.ZSTD_c_searchLog]: search.searchLog,
    [constants.ZSTD_c_minMatch]: search.minMatch,
    [constants.ZSTD_c_targetLength]: search.targetLength,
  };
}

function within(levels: Levels, level: number, name: string): number {
  if (Number.isInteger(level) && level >= levels.min && level <= levels.max) return level;
  throw new Error(`internal: ${name} has no level ${level}`);
}
