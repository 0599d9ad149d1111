// Names of a log's generations, both ways: BASE.N EXT CEXT, or BASE DATE EXT CEXT (written without the
// blanks). Every character of a log's name is literal: brackets and stars mean nothing here.
// Which of a folder's names belong to which log is sort-names.ts's.

import type { CodecName } from '../codec/codec.ts';
import type { Policy, Settings } from '../policy/policy.ts';
import { epochOf, localTime, type Zone } from '../units/calendar.ts';
import type { EpochMs } from '../units/duration.ts';
import { folderOf, join, nameOf, type Path } from '../units/path.ts';
import { type DateFormat, dateFormat } from './date-names.ts';
import type { Mark } from './log-set.ts';
import { periodFormats } from './periods.ts';

/** What a name says of a generation. */
export interface NameReading {
  readonly mark: Mark;
  readonly codec: CodecName | 'foreign' | null;
  /** What it is packed with, with its dot; empty for plain. */
  readonly extension: string;
}

export interface Naming {
  /** The log's own name. */
  readonly base: string;
  /** @param extension of the codec, with its dot; empty for plain */
  write(mark: Mark, extension: string): string;
  /** null: not a generation of this log, as far as its policy goes. */
  read(name: string): NameReading | null;
  /** The mark of a generation rotated at `at`; the first of that date. */
  markAt(at: EpochMs): Mark;
}

/** The names of one log's generations under its policy; `zone` is that of the observation. */
export function namingOf(policy: Policy, log: Path, zone: Zone): Naming {
  const base = nameOf(log);
  const shape = shapeOf(policy);
  const own = keyOf(base, policy.settings);
  return {
    base,
    write: (mark, extension) => own.stem + markText(mark) + own.ext + extension,
    read: name => {
      for (const found of readingsOf(name, shape, zone)) {
        if (found.allowed && isOf(found, base, own)) return found.reading;
      }
      return null;
    },
    markAt: at => markAt(policy.settings, at, zone),
  };
}

function isOf(found: KeyedReading, base: string, own: Key): boolean {
  return (found.stem === own.stem && found.ext === own.ext) || (found.bare && found.stem === base);
}

function markText(mark: Mark): string {
  if (mark.by === 'number') return `.${mark.number}`;
  return mark.again > 1 ? `${mark.text}.${mark.again}` : mark.text;
}

function markAt(settings: Settings, at: EpochMs, zone: Zone): Mark {
  if (!settings.dateext) return { by: 'number', number: settings.start };
  const format = formatOf(settings);
  const text = format.write(namedMoment(settings, at, zone), zone);
  return { by: 'date', text, at: format.read(text, zone), again: 1 };
}

/** dateyesterday names twelve o'clock of the day before; datehourago an hour less than that (semantics 20). */
function namedMoment(settings: Settings, at: EpochMs, zone: Zone): EpochMs {
  const moment = settings.dateyesterday ? noonBefore(at, zone) : at;
  return settings.datehourago ? moment - 3_600_000 : moment;
}

/** Minute and second stay those of the rotation, as in logrotate: only so two of one day have two names. */
function noonBefore(at: EpochMs, zone: Zone): EpochMs {
  const now = localTime(at, zone);
  return epochOf({ ...now, day: now.day - 1, hour: 12 }, zone);
}

/** The date format in force: the policy's, or the one that goes with its criterion (semantics 20). */
export function formatOf(settings: Settings): DateFormat {
  if (settings.dateformat !== null) return dateFormat(settings.dateformat);
  const kind = settings.criterion.kind;
  if (kind === 'hourly') return dateFormat('-%Y%m%d%H');
  return dateFormat(kind === 'minutes' ? '-%Y%m%d%H%M' : '-%Y%m%d');
}

/** The folder of a log's generations: olddir (relative to the log's folder), or the log's own. */
export function folderOfGenerations(settings: Settings, log: Path): Path {
  const own = folderOf(log);
  if (settings.olddir === null) return own;
  return settings.olddir.startsWith('/')
    ? settings.olddir
    : join(own, settings.olddir.replace(/^(?:\.\/+)+/, ''));
}

/** What generations of a log have before and behind the mark (semantics 13). */
export interface Key {
  readonly stem: string;
  readonly ext: string;
}

export function keyOf(base: string, { addextension, extension }: Settings): Key {
  let stem = base;
  let ext = '';
  if (addextension !== null) {
    ext = addextension;
    if (stem.endsWith(addextension)) stem = stem.slice(0, -addextension.length);
  }
  if (extension !== null && extension !== '' && stem.endsWith(extension)) {
    stem = stem.slice(0, -extension.length);
    ext = extension;
  }
  return { stem, ext };
}

/** How names are read under a policy: shared by all its logs. */
export interface Shape {
  readonly settings: Settings;
  /** EXTs that may stand behind the mark. */
  readonly exts: readonly string[];
  readonly own: 'number' | DateFormat;
  /** Further date formats that count (rulings 17); empty where other names are left alone. */
  readonly dates: readonly DateFormat[];
  readonly counts: boolean;
  /** Whether every mark ends in a digit: not with letters behind the last date of a dateformat. */
  readonly digitsLast: boolean;
  /** The extension that compress gives, and its codec. */
  readonly packed: { readonly extension: string; readonly codec: CodecName | 'foreign' };
}

export function shapeOf(policy: Policy): Shape {
  const known = shapes.get(policy);
  if (known !== undefined) return known;
  const { settings, conduct } = policy;
  const exts = [
    ...new Set([settings.extension, settings.addextension].filter(ext => ext !== null && ext !== '')),
  ];
  const own = settings.dateext ? formatOf(settings) : 'number';
  const counts = conduct.otherNames === 'count';
  const written = settings.dateformat === null ? [] : [settings.dateformat];
  const dates = [
    ...new Set([...written, '-%Y%m%d', '-%Y%m%d%H', '-%Y%m%d%H%M', ...periodFormats].map(dateFormat)),
  ];
  const { compressor } = settings;
  const codec =
    compressor.by === 'codec' ? compressor.codec : (codecs.get(compressor.extension) ?? 'foreign');
  const shape: Shape = {
    settings,
    exts: [...(exts as string[]), ''],
    own,
    dates: dates.filter(format => format !== own),
    counts,
    digitsLast: settings.dateformat === null || /%[A-Za-z]$/.test(settings.dateformat),
    packed: { extension: compressor.extension, codec },
  };
  shapes.set(policy, shape);
  return shape;
}

const shapes = new WeakMap<Policy, Shape>();

/** Archives by their names. Foreign ones are other programs': kept, counted and never packed anew. */
const codecs: ReadonlyMap<string, CodecName | 'foreign'> = new Map([
  ['.gz', 'gzip'],
  ['.zst', 'zstd'],
  ['.br', 'brotli'],
  ...['.bz2', '.xz', '.Z', '.lz4', '.zip', '.lzma', '.lz', '.lzo', '.7z', '.sz', '.zlib'].map(
    ext => [ext, 'foreign'] as const,
  ),
] as const);

/** What a name's last extension says it is packed with; null for a plain one. */
export function packingOf(
  name: string,
): { readonly extension: string; readonly codec: CodecName | 'foreign' } | null {
  const dot = name.lastIndexOf('.');
  if (dot <= 0) return null;
  // Names end alike by the thousand.
  if (name.length - dot === lastPacking.extension.length && name.endsWith(lastPacking.extension))
    return lastPacking.found;
  const extension = name.slice(dot);
  const codec = codecs.get(extension);
  lastPacking = { extension, found: codec === undefined ? null : { extension, codec } };
  return lastPacking.found;
}

let lastPacking: { readonly extension: string; readonly found: ReturnType<typeof packingOf> } = {
  extension: '',
  found: null,
};

export interface KeyedReading extends Key {
  readonly reading: NameReading;
  /** Read without the policy's EXT: belongs to the log whose whole name is `stem`. */
  readonly bare: boolean;
  /** false: it would be one, but the policy leaves names of this kind alone. */
  readonly allowed: boolean;
}

/** false: there is certainly no way to read the name under this shape. Cheap, for tens of thousands of names. */
export function mayRead(name: string, { counts, digitsLast, exts, packed }: Shape): boolean {
  if (!digitsLast || packingOf(name) !== null) return true;
  if (packed.extension !== '' && name.endsWith(packed.extension)) return true;
  // As readBetween reads it.
  if (counts && name.includes('__')) return true;
  return exts.some(ext => isDigit(name.charCodeAt(name.length - ext.length - 1)) && name.endsWith(ext));
}

/** All ways to read a name under a shape, the policy's own first. Most names have one or none. */
export function readingsOf(name: string, shape: Shape, zone: Zone): readonly KeyedReading[] {
  const found: KeyedReading[] = [];
  const { packed } = shape;
  if (packed.extension !== '' && name.endsWith(packed.extension)) {
    readBody(name.slice(0, -packed.extension.length), packed, shape, zone, found);
  }
  const other = packingOf(name);
  if (other !== null && other.extension !== packed.extension) {
    readBody(name.slice(0, -other.extension.length), other, shape, zone, found);
  }
  readBody(name, plain, shape, zone, found);
  return found;
}

const plain = { extension: '', codec: null } as const;

function readBody(
  body: string,
  packing: { readonly extension: string; readonly codec: CodecName | 'foreign' | null },
  shape: Shape,
  zone: Zone,
  into: KeyedReading[],
): void {
  const ours =
    packing.codec === null || (packing.extension === shape.packed.extension && shape.settings.compress);
  for (const ext of shape.exts) {
    if (ext !== '' && !body.endsWith(ext)) continue;
    const bare = ext === '' && shape.exts.length > 1;
    for (const { stem, mark, own } of marksAtEnd(
      ext === '' ? body : body.slice(0, -ext.length),
      shape,
      zone,
    )) {
      const allowed = shape.counts || (ours && own && (!bare || shape.settings.addextension === null));
      into.push({
        stem,
        ext,
        bare: bare && shape.counts,
        allowed,
        reading: { mark, codec: packing.codec, extension: packing.extension },
      });
    }
  }
  if (shape.counts) readBetween(body, packing, zone, into);
}

/** pm2-logrotate puts the date before the log's own ending: `out__2026-01-01_00-00-00.log` of `out.log`. */
function readBetween(
  body: string,
  packing: { readonly extension: string; readonly codec: CodecName | 'foreign' | null },
  zone: Zone,
  into: KeyedReading[],
): void {
  const parts = /^(.+)(__\d{4}-\d\d-\d\d_\d\d-\d\d-\d\d)(\.[^./]+)$/.exec(body);
  const [, stem, text, ending] = parts ?? [];
  if (stem === undefined || text === undefined) return;
  const at = dateFormat('__%Y-%m-%d_%H-%M-%S').read(text, zone);
  if (at === null) return;
  const reading = { mark: { by: 'date', text, at, again: 1 }, ...packing } as const;
  into.push({ stem: stem + ending, ext: '', bare: true, allowed: true, reading });
}

interface MarkedStem {
  readonly stem: string;
  readonly mark: Mark;
  readonly own: boolean;
}

function marksAtEnd(body: string, shape: Shape, zone: Zone): readonly MarkedStem[] {
  // A mark ends in a digit, but for a dateformat with letters behind its last date.
  if (shape.own === 'number' && !endsInDigit(body) && !shape.counts) return [];
  const found: MarkedStem[] = [];
  const { own } = shape;
  if (own === 'number') readNumber(body, true, found);
  else readDate(body, own, true, shape.counts, zone, found);
  for (const format of shape.dates) readDate(body, format, false, true, zone, found);
  if (own !== 'number') readNumber(body, false, found);
  return found;
}

function endsInDigit(text: string): boolean {
  return isDigit(text.charCodeAt(text.length - 1));
}

function isDigit(code: number): boolean {
  return code >= 48 && code <= 57;
}

function readNumber(body: string, own: boolean, into: MarkedStem[]): void {
  if (!endsInDigit(body)) return;
  const dot = body.lastIndexOf('.');
  const length = body.length - dot - 1;
  // Eight digits and more are a date or a time stamp, not the number of a generation.
  if (dot < 0 || length > 7 || (length > 1 && body.charCodeAt(dot + 1) === 48)) return;
  const number = Number(body.slice(dot + 1));
  if (Number.isInteger(number)) into.push({ stem: body.slice(0, dot), mark: { by: 'number', number }, own });
}

function readDate(
  body: string,
  format: DateFormat,
  own: boolean,
  strict: boolean,
  zone: Zone,
  into: MarkedStem[],
): void {
  pushDate(body, 1, format, own, strict, zone, into);
  // `.2` behind a date is logmill's own doing: logrotate knows no such names.
  if (!strict || !endsInDigit(body)) return;
  const dot = body.lastIndexOf('.');
  const again =
    dot > 0 && body.length - dot <= 8 && body.charCodeAt(dot + 1) !== 48 ? Number(body.slice(dot + 1)) : 0;
  if (Number.isInteger(again) && again >= 2)
    pushDate(body.slice(0, dot), again, format, own, strict, zone, into);
}

function pushDate(
  body: string,
  again: number,
  format: DateFormat,
  own: boolean,
  strict: boolean,
  zone: Zone,
  into: MarkedStem[],
): void {
  const cut = body.length - format.width;
  if (cut < 0 || format.width === 0) return;
  const text = body.slice(cut);
  if (!format.fits(text)) return;
  const at = format.read(text, zone);
  // Natively what is no date is no generation; logrotate takes any digits, the oldest of all.
  if (at === null && strict) return;
  into.push({ stem: body.slice(0, cut), mark: { by: 'date', text, at, again }, own });
}
