// Lengths of time, and moments. Calendar lengths (months, local days) are calendar.ts's.

/** Milliseconds. */
export type Ms = number;
/** Milliseconds since 1970, UTC; file times carry a fraction. */
export type EpochMs = number;

/**
 * `90s`, `15m`, `24h`, `7d`, `4w`, also joined from the largest down: `1d12h`. A day is 24 hours.
 * null for anything else: a bare number, an unknown unit, units out of order or twice.
 */
export function parseDuration(text: string): Ms | null {
  const match = /^(?:(\d+)w)?(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?$/.exec(text);
  if (match === null || text === '') return null;
  const length = [weekMs, dayMs, hourMs, minuteMs, secondMs]
    .map((unit, index) => unit * Number(match[index + 1] ?? 0))
    .reduce((sum, part) => sum + part, 0);
  return Number.isSafeInteger(length) ? length : null;
}

/**
 * A length for a person: `38 ms`, `1.4 s`, `27 s`, `3 min 20 s`, `2 h 5 min`, `6 d 2 h`. At most two
 * units, the second left out when it is zero.
 */
export function formatDuration(ms: Ms): string {
  if (ms < 0) return `-${formatDuration(-ms)}`;
  if (ms < 0.95) return `${Number(ms.toFixed(1))} ms`;
  if (ms < 999.5) return `${Math.round(ms)} ms`;
  if (ms < 9_950) return `${Number((ms / secondMs).toFixed(1))} s`;
  if (ms < 59_500) return `${Math.round(ms / secondMs)} s`;
  if (ms < hourMs - 500) return twoUnits(ms, minuteMs, 'min', secondMs, 's');
  if (ms < dayMs - 30_000) return twoUnits(ms, hourMs, 'h', minuteMs, 'min');
  return twoUnits(ms, dayMs, 'd', hourMs, 'h');
}

const secondMs = 1_000;
const minuteMs = 60_000;
const hourMs = 3_600_000;
const dayMs = 86_400_000;
const weekMs = 7 * dayMs;

function twoUnits(ms: Ms, large: Ms, largeName: string, small: Ms, smallName: string): string {
  const smalls = Math.round(ms / small);
  const each = large / small;
  const rest = smalls % each;
  const whole = `${(smalls - rest) / each} ${largeName}`;
  return rest === 0 ? whole : `${whole} ${rest} ${smallName}`;
}
