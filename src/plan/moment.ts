// The moment of every decision, with what was remembered and what was asked for by force.

import type { Observation } from '../logs/log-set.ts';
import type { Criterion } from '../policy/policy.ts';
import { type LocalTime, localTime, type Zone } from '../units/calendar.ts';
import type { EpochMs } from '../units/duration.ts';
import type { Path } from '../units/path.ts';
import { showMoment } from './reason.ts';
import type { State } from './state.ts';

export interface Moment {
  readonly at: EpochMs;
  readonly zone: Zone;
  /** `at` as a clock shows it. */
  readonly local: LocalTime;
  readonly forced: ReadonlySet<Path> | 'all' | null;
  /** Remembered, since a section's logs ask for the same again: moments in words, and the next moments of criteria. */
  readonly shown: Map<EpochMs, string>;
  readonly nexts: Map<Criterion, EpochMs | null>;
}

/** `Sat 21 Nov 2026 00:00`, in the zone of the moment. */
export function shown(at: EpochMs, { zone, shown: known }: Moment): string {
  const minute = Math.floor(at / 60_000);
  const found = known.get(minute);
  if (found !== undefined) return found;
  const text = showMoment(at, zone);
  known.set(minute, text);
  return text;
}

export function momentOf({ at, zone }: Pick<Observation, 'at' | 'zone'>, forced: Moment['forced']): Moment {
  return { at, zone, local: localTime(at, zone), forced, shown: new Map(), nexts: new Map() };
}

export function isForced(path: Path, { forced }: Moment): boolean {
  return forced === 'all' || (forced?.has(path) ?? false);
}

/** When a log was last rotated or first seen; null: never seen before. */
export function lastRotated(path: Path, state: State): EpochMs | null {
  return state.logs.get(path)?.rotated ?? null;
}
