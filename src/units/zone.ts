// What a zone's clocks do: offsets from UTC and when they change. IANA names are asked of
// Temporal; POSIX rules (`CET-1CEST,M3.5.0,M10.5.0/3`) are worked out here, because Node takes them for
// UTC without a word (rulings 4). Nothing here knows of days or months as a person counts them:
// that is calendar.ts.

import type { EpochMs, Ms } from './duration.ts';
import { type PosixRule, parsePosixRule, posixStretch } from './posix-zone.ts';

/** A time during which a zone's offset stays the same: from `from`, before `until`. */
export interface Stretch {
  readonly from: EpochMs;
  readonly until: EpochMs;
  /** Local time minus UTC. */
  readonly offset: Ms;
}

/** Whether local time can be told from this text, which is what TZ may hold. */
export function isKnownZone(text: string): boolean {
  return clockOf(text) !== null;
}

/**
 * The stretch that holds `at`.
 *
 * Remembered, because a look at 50,000 files asks as often and finds the same few stretches.
 *
 * @throws RangeError for a text that is no zone; start-up has refused those already
 */
export function stretchAt(at: EpochMs, zone: string): Stretch {
  if (zone === lastZone && at >= last.from && at < last.until) return last;
  const stretches = stretchesOf(zone);
  const stretch = stretches.known.find(one => at >= one.from && at < one.until) ?? learn(at, stretches);
  lastZone = zone;
  last = stretch;
  return stretch;
}

type ZoneClock =
  | { readonly kind: 'iana'; readonly name: string }
  | { readonly kind: 'posix'; readonly rule: PosixRule };

interface Stretches {
  readonly clock: ZoneClock;
  readonly known: Stretch[];
}

const remembered = new Map<string, Stretches>();
let lastZone: string | null = null;
let last: Stretch = { from: 0, until: 0, offset: 0 };

function stretchesOf(zone: string): Stretches {
  const found = remembered.get(zone);
  if (found !== undefined) return found;
  const clock = clockOf(zone);
  if (clock === null) throw new RangeError(`'${zone}' is not a time zone`);
  if (remembered.size >= 32) remembered.clear();
  const stretches = { clock, known: [] };
  remembered.set(zone, stretches);
  return stretches;
}

function learn(at: EpochMs, stretches: Stretches): Stretch {
  const { clock, known } = stretches;
  const stretch = clock.kind === 'iana' ? ianaStretch(at, clock.name) : posixStretch(at, clock.rule);
  if (known.length >= 256) known.length = 0;
  known.push(stretch);
  return stretch;
}

/** As the C library takes TZ: empty is UTC, a leading colon and the way to a zoneinfo folder go. */
function clockOf(text: string): ZoneClock | null {
  const name = text
    .replace(/^:/, '')
    .replace(/^\/.*\/zoneinfo\//, '')
    .replace(/^posix\//, '');
  if (name === '') return { kind: 'iana', name: 'UTC' };
  // A bare offset such as +03:00 is a zone to Temporal, but nothing to TZ.
  if (/^[A-Za-z]/.test(name) && isIana(name)) return { kind: 'iana', name };
  const rule = parsePosixRule(name);
  return rule === null ? null : { kind: 'posix', rule };
}

function isIana(name: string): boolean {
  try {
    Temporal.Instant.fromEpochMilliseconds(0).toZonedDateTimeISO(name);
    return true;
  } catch (error) {
    if (error instanceof RangeError) return false;
    throw error;
  }
}

function ianaStretch(at: EpochMs, name: string): Stretch {
  const local = Temporal.Instant.fromEpochMilliseconds(Math.floor(at)).toZonedDateTimeISO(name);
  const next = local.getTimeZoneTransition('next');
  // 'previous' leaves out a change at this very moment; a nanosecond later it is included.
  const before = local.add({ nanoseconds: 1 }).getTimeZoneTransition('previous');
  return {
    from: before?.epochMilliseconds ?? Number.NEGATIVE_INFINITY,
    until: next?.epochMilliseconds ?? Number.POSITIVE_INFINITY,
    offset: local.offsetNanoseconds / 1e6,
  };
}
