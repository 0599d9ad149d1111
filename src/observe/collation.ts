// The order in which names are sorted: that of the locale, as glob(3) and logrotate sort them. Under
// cron and systemd that is mostly the C locale, which is the order of bytes.

import type { Path } from '../units/path.ts';
import { pathToBytes } from '../world/paths.ts';

/** Sorts in the order of LC_ALL, LC_COLLATE or LANG; what a locale holds equal goes by bytes. */
export function sortNames(names: readonly Path[], environment: NodeJS.ProcessEnv = process.env): Path[] {
  const locale = localeOf(environment);
  // No such character: then the order of UTF-16 is the order of bytes.
  const isPlain = !names.some(name => beyond.test(name));
  if (locale === null) return isPlain ? names.toSorted() : names.toSorted(byBytes);
  const { compare } = new Intl.Collator(locale);
  return names.toSorted((a, b) => compare(a, b) || byBytes(a, b));
}

const beyond = /[\ud800-\uffff]/;

function byBytes(a: Path, b: Path): number {
  return Buffer.compare(pathToBytes(a), pathToBytes(b));
}

/** The locale as Intl names it; null for C, POSIX and what Intl does not know. */
function localeOf(environment: NodeJS.ProcessEnv): string | null {
  const written = [environment.LC_ALL, environment.LC_COLLATE, environment.LANG].find(Boolean) ?? 'C';
  const name = written.replace(/[.@].*$/, '').replaceAll('_', '-');
  if (name === 'C' || name === 'POSIX') return null;
  try {
    return Intl.Collator.supportedLocalesOf([name])[0] ?? null;
  } catch {
    // RangeError: not even the form of a locale's name.
    return null;
  }
}
