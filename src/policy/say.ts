// A policy in one line of words: when, what is kept, how, compressed with what. Only what was chosen;
// settings at their defaults are not said.

import { formatBytes } from '../units/bytes.ts';
import type { Ms } from '../units/duration.ts';
import { showPath } from '../units/path.ts';
import type { Compressor, Criterion, Floor, Policy, Settings } from './policy.ts';

/** As in `daily or over 1 GiB · keep 14 · at least 7 d · zstd 3`. */
export function sayPolicy({ settings }: Policy): string {
  return [
    sayWhen(settings),
    ...sayKept(settings),
    ...sayHow(settings),
    ...sayCompression(settings),
    ...sayCompaction(settings),
  ].join(' · ');
}

export function sayCriterion(criterion: Criterion): string {
  switch (criterion.kind) {
    case 'size':
      return `at ${sayBytes(criterion.size)}`;
    case 'minutes':
      return criterion.minutes === 1 ? 'every minute' : `every ${criterion.minutes} minutes`;
    case 'weekly':
      return criterion.day === 7 ? 'every 7 days' : `weekly on ${weekdays[criterion.day] ?? criterion.day}`;
    case 'monthly':
      return criterion.day === 0 ? 'monthly' : `monthly on day ${criterion.day}`;
    case 'hourly':
    case 'daily':
    case 'yearly':
      return criterion.kind;
    default:
      return criterion satisfies never;
  }
}

const weekdays = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'];

export function sayCompressor(compressor: Compressor): string {
  if (compressor.by === 'codec') return `${compressor.codec} ${compressor.level}`;
  return [compressor.program, ...compressor.args].map(showPath).join(' ');
}

function sayWhen(settings: Settings): string {
  const { criterion, minsize, maxsize, minage, schedule } = settings;
  if (settings.leavelive) return 'rotated by its program';
  const words = [sayCriterion(criterion)];
  if (schedule !== null && criterion.kind !== 'size') words.push(`looked at ${schedule}`);
  if (maxsize !== null) words.push(`or over ${sayBytes(maxsize)}`);
  // A size criterion looks at neither of the two (semantics, section 10).
  if (criterion.kind !== 'size') {
    if (minsize !== null) words.push(`from ${sayBytes(minsize)}`);
    if (minage !== null) words.push(`after ${minage} quiet ${minage === 1 ? 'day' : 'days'}`);
  }
  if (!settings.ifempty) words.push('unless empty');
  return words.join(' ');
}

function sayKept(settings: Settings): readonly string[] {
  const { rotate, maxage, keepfor, maxtotal, budget, budgetfloor } = settings;
  const words: string[] = [];
  if (rotate > 0) words.push(`keep ${rotate}`);
  else if (rotate === 0) words.push('keep none');
  else if (maxage === null && maxtotal === null && budget === null) words.push('keep all');
  if (maxage !== null) words.push(`at most ${maxage} d`);
  if (keepfor !== null) words.push(`at least ${sayAge(keepfor)}`);
  if (maxtotal !== null) words.push(`up to ${sayBytes(maxtotal)} each`);
  if (budget !== null) {
    const floor = budgetfloor === null ? '' : `, each at least ${sayFloor(budgetfloor)}`;
    words.push(`all within ${sayBytes(budget)}${floor}`);
  }
  return words;
}

function sayHow(settings: Settings): readonly string[] {
  const words: string[] = [];
  if (settings.copytruncate) {
    words.push(
      settings.truncatewith === 'auto' ? 'copytruncate' : `copytruncate with ${settings.truncatewith}`,
    );
  } else if (settings.copy) words.push('copy');
  else if (settings.renamecopy) words.push('renamecopy');
  if (settings.dateext) words.push('dated');
  if (settings.olddir !== null) words.push(`into ${showPath(settings.olddir)}`);
  if (settings.su !== null) words.push(`as ${showPath(settings.su.user)}`);
  if (settings.mail !== null) words.push(`mail ${showPath(settings.mail)}`);
  return words;
}

function sayCompression({ compress, compressor, delaycompress }: Settings): readonly string[] {
  if (!compress) return ['not compressed'];
  return [`${sayCompressor(compressor)}${delaycompress ? ', a rotation later' : ''}`];
}

function sayFloor(floor: Floor): string {
  return floor.kind === 'size' ? sayBytes(floor.size) : sayAge(floor.age);
}

function sayCompaction({ compact, compactafter, compactor, keepfree }: Settings): readonly string[] {
  const words: string[] = [];
  if (compact !== null) {
    words.push(`joined ${compact} after ${sayAge(compactafter)}, ${compactor.codec} ${compactor.level}`);
  }
  if (keepfree !== null) {
    const room = keepfree.kind === 'size' ? sayBytes(keepfree.size) : `${keepfree.percent} %`;
    words.push(`early under ${room} free`);
  }
  return words;
}

/** Round numbers without their zeros: 1 GiB, not 1.00 GiB. */
function sayBytes(bytes: number): string {
  return formatBytes(bytes)
    .replace(/(\.\d*?)0+(?= )/, '$1')
    .replace('. ', ' ');
}

/** As it would be written, with a blank: 7 d, 36 h, 90 s. */
function sayAge(age: Ms): string {
  for (const [unit, length] of units) if (age % length === 0) return `${age / length} ${unit}`;
  return `${age} ms`;
}

const units = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['min', 60_000],
  ['s', 1000],
] as const;
