// A policy drawn from a seed: any way of rotating, naming, packing and joining, with the retention given.

import type { Dice } from '../differential/dice.ts';

export interface Retention {
  readonly rotate: number;
  /** Days; null: not said. */
  readonly maxage: number | null;
  readonly keepfor: number | null;
  readonly maxtotal: boolean;
}

/** The lines of a section. */
export function drawPolicy(dice: Dice, retention: Retention, place: readonly string[]): string[] {
  return [
    ...retentionLines(retention),
    ...place,
    ...when(dice),
    ...rotating(dice),
    ...naming(dice),
    ...packing(dice),
    ...joining(dice),
  ];
}

function retentionLines({ rotate, maxage, keepfor, maxtotal }: Retention): string[] {
  return [
    `rotate ${rotate}`,
    ...(maxage === null ? [] : [`maxage ${maxage}`]),
    ...(keepfor === null ? [] : [`keepfor ${keepfor}d`]),
    ...(maxtotal ? ['maxtotal 40k'] : []),
  ];
}

function when(dice: Dice): string[] {
  const found: string[] = [
    dice.oneOf([
      'hourly',
      'daily',
      'daily',
      'weekly',
      'weekly 3',
      'monthly',
      'yearly',
      'size 1k',
      'size 20k',
    ]),
  ];
  if (dice.chance(15)) found.push('minsize 2k');
  if (dice.chance(20)) found.push('maxsize 30k');
  if (dice.chance(50)) found.push('notifempty');
  return found;
}

function rotating(dice: Dice): string[] {
  const truncate = ['auto', 'tail', 'collapse'] as const;
  return [
    ...dice.oneOf<readonly string[]>([
      ['create'],
      ['create 0600'],
      ['nocreate', 'missingok'],
      ['copytruncate', `truncatewith ${dice.oneOf(truncate)}`],
      ['renamecopy', 'create'],
    ]),
  ];
}

/**
 * Where old logs lie and how their names are built: by these a log knows its own, so they stay as they are when
 * a policy changes. Numbers and dates may follow each other.
 */
export function drawPlace(dice: Dice): string[] {
  const found: string[] = [];
  const formats = ['-%Y%m%d', '.%Y-%m-%d', '-%Y%m%d-%s', '-%Y%m%d%H%M%S', '_%V-%Y%m%d'] as const;
  found.push(`dateformat ${dice.oneOf(formats)}`);
  if (dice.chance(15)) found.push('dateyesterday');
  if (dice.chance(30)) found.push('extension .log');
  if (dice.chance(10)) found.push('addextension .old.log');
  if (dice.chance(25)) found.push('olddir kept', 'createolddir');
  if (dice.chance(20)) found.push(`start ${dice.oneOf([0, 7])}`);
  return found;
}

function naming(dice: Dice): string[] {
  return dice.chance(50) ? ['dateext'] : [];
}

function packing(dice: Dice): string[] {
  if (dice.chance(20)) return [];
  return [
    'compress',
    ...(dice.chance(40) ? ['delaycompress'] : []),
    ...dice.oneOf<readonly string[]>([
      [],
      ['compressoptions -1'],
      ['compresscmd zstd'],
      ['compresscmd zstd', 'compressoptions mid'],
      ['compresscmd brotli', 'compressext .br'],
    ]),
  ];
}

function joining(dice: Dice): string[] {
  if (dice.chance(60)) return [];
  return [
    `compact ${dice.oneOf(['daily', 'weekly', 'monthly'])}`,
    ...(dice.chance(70) ? [`compactafter ${dice.oneOf(['1h', '2d', '10d'])}`] : []),
    ...(dice.chance(50) ? [`compactcmd ${dice.oneOf(['gzip', 'zstd'])}`] : []),
  ];
}
