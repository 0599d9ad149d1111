// A record of the service's own log as one line for a person: the same facts as the JSON, fewer of
// them. `08:30:52 compress nginx/access.log-20261121 -> access.log-20261121.zst 3.98GiB -> 803MiB 5.08x 27s`

import { type Bytes, formatBytes } from '../units/bytes.ts';
import { localTime, type Zone } from '../units/calendar.ts';
import { formatDuration } from '../units/duration.ts';
import { folderOf, nameOf, type Path, showPath } from '../units/path.ts';

/** What pino writes: `time` in ISO 8601, `level` a word, `msg`, and the facts. */
export type Written = Readonly<Record<string, unknown>>;

export function lineOf(record: Written, zone: Zone): string {
  const time = clockTime(Date.parse(text(record.time) ?? ''), zone);
  if (record.msg === 'plan applied') return `${time} ${doneLine(record)}`;
  const isDone = record.result === 'done' || record.result === 'already';
  if (isDone && typeof record.action === 'string') return `${time} ${actionLine(record)}`;
  const level = record.level === 'info' || record.level === 'debug' ? '' : `${text(record.level)}: `;
  const hint = text(record.hint);
  return `${time} ${level}${placeOf(record)}${showPath(text(record.msg) ?? '')}${hint === null ? '' : ` (${hint})`}`;
}

/** `nginx/access.log`: folder and name, which tell most logs of a machine apart. */
export function shortPath(path: Path): string {
  const folder = nameOf(folderOf(path));
  return showPath(folder === '' || folder === '.' ? nameOf(path) : `${folder}/${nameOf(path)}`);
}

/** `4.21GiB`: without a blank, so that a line can be cut into words. */
export function tightBytes(bytes: Bytes): string {
  return formatBytes(bytes).replace(' ', '');
}

export function clockTime(at: number, zone: Zone): string {
  if (Number.isNaN(at)) return '--:--:--';
  const { hour, minute, second } = localTime(at, zone);
  return [hour, minute, second].map(part => String(part).padStart(2, '0')).join(':');
}

function actionLine(record: Written): string {
  const file = text(record.file);
  const to = text(record.to);
  const words = [(text(record.action) ?? '').padEnd(8)];
  if (file !== null) words.push(shortPath(file));
  if (to !== null)
    words.push(
      `-> ${file !== null && folderOf(to) === folderOf(file) ? showPath(nameOf(to)) : shortPath(to)}`,
    );
  if (text(record.script) !== null) words.push(text(record.script) ?? '');
  words.push(...sizeWords(record));
  const took = number(record.duration_ms);
  if (took !== null) words.push(formatDuration(took).replaceAll(' ', ''));
  const digest = text(record.sha256);
  if (digest !== null) words.push(`sha256:${digest.slice(0, 8)} verified`);
  return words.join(' ');
}

function sizeWords(record: Written): string[] {
  const before = number(record.bytes_before);
  const after = number(record.bytes_after);
  if (before === null || after === null) return [];
  if (record.action === 'delete') return [tightBytes(before), 'freed'];
  if (record.action !== 'compress') return before + after === 0 ? [] : [tightBytes(Math.max(before, after))];
  const ratio = after > 0 ? [`${(before / after).toFixed(2)}x`] : [];
  return [`${tightBytes(before)} -> ${tightBytes(after)}`, ...ratio];
}

function doneLine(record: Written): string {
  const took = formatDuration(number(record.duration_ms) ?? 0).replaceAll(' ', '');
  const freed = tightBytes(number(record.freed) ?? 0);
  return `done     ${number(record.steps) ?? 0} steps ${freed} freed ${took} errors ${number(record.failed) ?? 0}`;
}

/** The file, unless the message names it. */
function placeOf(record: Written): string {
  const file = text(record.file);
  if (file === null || (text(record.msg) ?? '').includes(showPath(file))) return '';
  return `${shortPath(file)}: `;
}

const text = (value: unknown): string | null => (typeof value === 'string' ? value : null);
const number = (value: unknown): number | null => (typeof value === 'number' ? value : null);
