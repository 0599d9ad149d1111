// What becomes smaller once it is old, and how much room old logs may take. All of it is logmill's
// own: archives that are joined would be left alone by logrotate, so its dialect has none of these.

import { age, bareWord, oneOf, sizeAboveZero, sizeOrAge, sizeOrPercent, words } from '../arguments.ts';
import { flag, group, taking } from '../directive.ts';

const ours = { from: 'logmill', dialect: 'logmill' } as const;

export const compaction = group('compaction', [
  taking('compact', oneOf('daily', 'weekly', 'monthly'), period => ({ compact: period }), {
    says: 'archives that were rotated in one past day, week or month become one; retention goes on counting what is inside',
    example: 'compact weekly',
    slot: 'compact',
    ...ours,
  }),
  flag('nocompact', { compact: null }, { says: 'undoes compact', slot: 'compact', ...ours }),
  taking('compactafter', age, limit => ({ compactafter: limit }), {
    says: 'a period is joined once all its logs are this old, counted from their rotation',
    example: 'compactafter 14d',
    standard: '7d',
    ...ours,
  }),
  taking('compactcmd', bareWord('PROGRAM', 'compress path'), program => ({ compactcmd: program }), {
    says: 'what joined archives are packed with: zstd packs them anew, gzip joins its members as they are',
    example: 'compactcmd gzip',
    standard: 'zstd',
    ...ours,
  }),
  taking('compactoptions', words, options => ({ compactoptions: options }), {
    says: 'a level for compactcmd, as -19, or fast, mid, high or max',
    example: 'compactoptions max',
    standard: 'zstd high, gzip -6',
    ...ours,
  }),
  taking(
    'maxtotal',
    sizeAboveZero('say rotate 0 to keep no old logs, or a size from which on the oldest go'),
    limit => ({ maxtotal: limit }),
    {
      says: 'all old logs of one log take no more than this: the oldest go first, the newest stays',
      example: 'maxtotal 2G',
      ...ours,
    },
  ),
  taking(
    'budget',
    sizeAboveZero('say rotate 0 to keep no old logs, or a size for all logs of the section together'),
    limit => ({ budget: limit }),
    {
      says: 'all logs of a section together take no more than this: the one that takes most pays first',
      example: 'budget 20G',
      ...ours,
    },
  ),
  taking('budgetfloor', sizeOrAge, floor => ({ budgetfloor: floor }), {
    says: 'what a budget leaves to every log: so much of its newest old logs, or those of this age',
    example: 'budgetfloor 3d',
    standard: 'the newest old log',
    ...ours,
  }),
  taking('keepfree', sizeOrPercent, room => ({ keepfree: room }), {
    says: 'with less room than this on the file system, delaycompress and compactafter are not waited for, and it is said; nothing is deleted for it',
    example: 'keepfree 10%',
    ...ours,
  }),
]);
