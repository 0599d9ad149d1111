// Bars, sparklines and words for short times, in block glyphs or in ASCII: what the live view is
// drawn with. It knows no terminal.

import { localTime, type Zone } from '../units/calendar.ts';
import { type EpochMs, formatDuration, type Ms } from '../units/duration.ts';

/** `▕██████▌·········▏`: `width` cells and its two edges; eighths, so that small differences show. */
export function bar(share: number, width: number, unicode: boolean): string {
  const full = Math.max(0, Math.min(1, share)) * width;
  if (!unicode) {
    const blocks = Math.round(full);
    return `[${'#'.repeat(blocks)}${'.'.repeat(width - blocks)}]`;
  }
  const whole = Math.floor(full);
  // What is not nothing shows as something.
  const eighth = Math.max(share > 0 && whole === 0 ? 1 : 0, Math.floor((full - whole) * 8));
  const part = whole < width ? (eighths[eighth] ?? '') : '';
  return `▕${'█'.repeat(whole)}${part}${'·'.repeat(width - whole - part.length)}▏`;
}

const eighths = ['', '▏', '▎', '▍', '▌', '▋', '▊', '▉'];

/** One cell a value, scaled to the greatest; nothing where nothing came in. */
export function sparkline(values: readonly number[], unicode: boolean): string {
  const levels = unicode ? '▁▂▃▄▅▆▇█' : '.:-=+*%#';
  const greatest = Math.max(...values, 0);
  const cell = (value: number): string => {
    if (value <= 0 || greatest <= 0) return unicode ? '·' : ' ';
    const level = Math.round((value / greatest) * (levels.length - 1));
    return levels.charAt(level);
  };
  return values.map(cell).join('');
}

/** `in 0:28`, `in 6:12`, `in 3 h 5 min`, `in 2 d`: how long something that grows will take. */
export function countdown(left: Ms): string {
  if (left < 1000) return 'now';
  const seconds = Math.round(left / 1000);
  if (seconds < 3600) return `in ${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
  if (left > 99 * dayMs) return '';
  return `in ${left < 10 * hourMs ? formatDuration(Math.round(left / minuteMs) * minuteMs) : formatDuration(left).replace(/ (?:\d+ min|\d+ h)$/, '')}`;
}

/** `18:00` today, `Mon 00:00` within a week, `1 Dec` beyond. */
export function moment(at: EpochMs, now: EpochMs, zone: Zone): string {
  const local = localTime(at, zone);
  const here = localTime(now, zone);
  const clock = `${String(local.hour).padStart(2, '0')}:${String(local.minute).padStart(2, '0')}`;
  if (local.year === here.year && local.month === here.month && local.day === here.day) return clock;
  if (at - now < 6 * dayMs && at > now) return `${days[local.weekday]} ${clock}`;
  return `${local.day} ${months[local.month - 1]}`;
}

const minuteMs: Ms = 60_000;
const hourMs: Ms = 3_600_000;
const dayMs: Ms = 86_400_000;
const days = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'];
const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
