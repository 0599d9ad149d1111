// How far reading back has come, for a person who waits: one line on stderr, first after a second, and
// only where stderr is a terminal and the answer goes elsewhere or comes at the end.

import { type Bytes, formatBytes } from '../../units/bytes.ts';
import { type EpochMs, formatDuration, type Ms } from '../../units/duration.ts';
import { bar, type Look, paint } from '../look.ts';

export interface ReadingBar {
  /** So much more will be read; null: only some of it, and nobody knows how much. */
  readonly expect: (bytes: Bytes | null) => void;
  /** So many bytes more of the files, as they lie on the disk. */
  readonly read: (bytes: Bytes) => void;
  /** Takes the line away: before anything else is said, and at the end. */
  readonly hide: () => void;
}

export interface BarPlace {
  readonly look: Look;
  readonly now: () => EpochMs;
  readonly write: (text: string) => void;
}

const patience: Ms = 1000;
const pause: Ms = 100;

export function readingBar(verb: string, { look, now, write }: BarPlace): ReadingBar {
  if (!look.live) return { expect: () => undefined, read: () => undefined, hide: () => undefined };
  const began = now();
  let whole: Bytes | null = 0;
  let done = 0;
  let drawn: EpochMs | null = null;
  return {
    expect: bytes => {
      whole = whole === null || bytes === null ? null : whole + bytes;
    },
    read: bytes => {
      done += bytes;
      const at = now();
      if (at - began < patience || (drawn !== null && at - drawn < pause)) return;
      drawn = at;
      write(`\r\x1b[2K${lineOf(verb, done, whole, at - began, look)}`);
    },
    hide: () => {
      if (drawn !== null) write('\r\x1b[2K');
      drawn = null;
    },
  };
}

function lineOf(verb: string, done: Bytes, whole: Bytes | null, gone: Ms, look: Look): string {
  const head = `  ${paint(look, 'strong', verb)}  `;
  const speed = `${formatBytes((done / gone) * 1000)}/s`;
  if (whole === null || whole === 0) return `${head}${formatBytes(done)} read  ${speed}`;
  const share = Math.min(1, done / whole);
  const left = share < 1 ? `  ${formatDuration((gone / share) * (1 - share))} left` : '';
  const width = Math.max(8, Math.min(30, look.width - 52));
  return `${head}${bar(look, share, width)} ${Math.floor(share * 100)} % of ${formatBytes(whole)}  ${speed}${left}`;
}
