// Numbers of bytes: read from policies and command lines, shown in IEC units. A size in a policy
// is logrotate's and nothing more; the command line is read more generously.

export type Bytes = number;

/**
 * A size as logrotate reads it: a whole number, alone for bytes or with `k`, `K`, `M` or `G`
 * directly behind it (1024-based). The base is detected as C does: `0x10` is 16, `010` is 8;
 * a plus sign before it is passed over.
 * null for anything else, also for what does not fit a safe integer (rulings 15: never wrapped).
 */
export function parseSize(text: string): Bytes | null {
  const match = /^\+?(0[xX][0-9a-fA-F]+|0[0-7]*|[1-9][0-9]*)([kKMG]?)$/.exec(text);
  if (match?.[1] === undefined) return null;
  const digits = match[1];
  const isOctal = digits.length > 1 && /^0[0-7]/.test(digits);
  const number = isOctal ? Number.parseInt(digits, 8) : Number(digits);
  return within(number * scaleOf(match[2] ?? ''));
}

/**
 * A size on the command line: besides `100`, `100k`, `100M` also `10MB`, `10MiB`, `1.5G`, in any
 * case, all 1024-based and always decimal. null for anything else.
 */
export function parseBytes(text: string): Bytes | null {
  const match = /^(\d+(?:\.\d+)?) ?(?:([kmgtp])(?:i?b)?|b)?$/i.exec(text);
  if (match?.[1] === undefined) return null;
  return within(Math.round(Number(match[1]) * scaleOf(match[2] ?? '')));
}

/** `4.21 GiB`, `12.4 KiB`, `771 MiB`, `0 B`: IEC units, three significant digits. */
export function formatBytes(bytes: Bytes): string {
  const size = Math.abs(bytes);
  const sign = bytes < 0 ? '-' : '';
  if (size < 1024) return `${sign}${Math.round(size)} B`;
  let unit = 0;
  let value = size / 1024;
  // 1023.7 KiB would be shown as 1024 KiB, so that it is 1.00 MiB already.
  while (Math.round(value) >= 1024 && unit < units.length - 1) {
    value /= 1024;
    unit += 1;
  }
  return `${sign}${threeDigits(value)} ${units[unit]}`;
}

const units = ['KiB', 'MiB', 'GiB', 'TiB', 'PiB'] as const;

function threeDigits(value: number): string {
  if (value >= 99.95) return value.toFixed(0);
  return value >= 9.995 ? value.toFixed(1) : value.toFixed(2);
}

function scaleOf(suffix: string): number {
  const power = suffix === '' ? 0 : 'KMGTP'.indexOf(suffix.toUpperCase()) + 1;
  return 1024 ** power;
}

function within(value: number): Bytes | null {
  return Number.isSafeInteger(value) ? value : null;
}
