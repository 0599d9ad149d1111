// Under which names files are built until they get their own. They say of themselves which plan made
// them and when, so that what a lost record has left lying about can be told from other people's files.

import type { EpochMs } from '../units/duration.ts';

/** @param plan a plan's id: `20260801T100211Z-5f3a9c` */
export function temporaryName(plan: string, step: number): string {
  return `.logmill-${plan}-${step}`;
}

const form = /^\.logmill-(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z-[0-9a-f]{6,}-\d+(-aside)?$/;

/** What such a name says; null: it is no such name. `aside`: a file that was set aside to be looked at, not one that is made. */
export function readTemporary(name: string): { readonly made: EpochMs; readonly aside: boolean } | null {
  if (!name.startsWith('.logmill-')) return null;
  const [, year, month, day, hour, minute, second, aside] = form.exec(name) ?? [];
  const made = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
  return Number.isNaN(made) ? null : { made, aside: aside !== undefined };
}
