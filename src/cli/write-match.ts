// Found lines as grep writes them (`file:12:line`, `file-13-context`), with colour on a terminal, or as
// JSON, one object a line.

import { endOfLine, newline, newlinesIn } from '../archive/lines.ts';
import type { Matcher } from '../archive/matcher.ts';
import type { Match } from '../archive/search.ts';
import { showPath } from '../units/path.ts';
import type { LineWriter } from './line-writer.ts';
import type { Look } from './look.ts';

export interface MatchForm {
  readonly look: Look;
  readonly matcher: Matcher;
  readonly inverted: boolean;
  readonly names: boolean;
  readonly numbers: boolean;
  readonly json: boolean;
  /** Whether `--` stands between lines that do not follow each other. */
  readonly gaps: boolean;
}

export interface MatchWriter {
  lines(match: Match): Promise<void>;
  end(): Promise<void>;
}

const newlineBytes = Buffer.of(newline);

export function matchWriter(writer: LineWriter, form: MatchForm): MatchWriter {
  const isOneByOne = form.json || form.look.colour;
  /** The last piece had no newline, and its line may go on. */
  let isOpen = false;
  const closeLine = async () => {
    if (isOpen) await writer.write(newlineBytes);
    isOpen = false;
  };
  const line = async (match: Match) => {
    if (form.json) {
      await writer.write(Buffer.from(`${JSON.stringify(told(match))}\n`));
      return;
    }
    if (!(match.continues && isOpen)) {
      await closeLine();
      if (match.gap && form.gaps) await writer.write(Buffer.from(`${painted(form, 36, '--')}\n`));
      const prefix = prefixOf(match, form);
      if (prefix !== '') await writer.write(Buffer.from(prefix));
    }
    await writer.write(...bytesOf(match, form));
    if (match.ended) await writer.write(newlineBytes);
    isOpen = !match.ended;
  };
  return {
    lines: async match => {
      if (isOneByOne) for (const one of oneByOne(match)) await line(one);
      else await line(match);
    },
    end: async () => {
      await closeLine();
      await writer.flush();
    },
  };
}

function* oneByOne(match: Match): Generator<Match, void, undefined> {
  const { bytes, numbers } = match;
  for (let from = 0, line = 0; from <= bytes.length; line += 1) {
    const end = endOfLine(bytes, from);
    yield {
      ...match,
      numbers: numbers?.slice(line, line + 1) ?? null,
      gap: match.gap && line === 0,
      bytes: bytes.subarray(from, end),
    };
    from = end + 1;
  }
}

function told(match: Match) {
  return {
    file: showPath(match.part.file.path),
    line: match.numbers?.[0] ?? null,
    ...(match.time === null ? {} : { time: new Date(match.time).toISOString() }),
    matched: match.matched,
    text: match.bytes.toString(),
  };
}

/** GNU grep's colours. */
function prefixOf(match: Match, form: MatchForm): string {
  const sign = painted(form, 36, match.matched ? ':' : '-');
  const name = form.names ? painted(form, 35, showPath(match.part.file.path)) + sign : '';
  const first = match.numbers?.[0] ?? null;
  const number = form.numbers && first !== null ? painted(form, 32, String(first)) + sign : '';
  return name + number;
}

function bytesOf(match: Match, form: MatchForm): readonly Uint8Array[] {
  const { bytes, matched } = match;
  if (!form.look.colour) return [form.names || form.numbers ? prefixed(match, form) : bytes];
  if (!matched || form.inverted) return [bytes];
  const pieces: Uint8Array[] = [];
  let at = 0;
  for (const [from, to] of form.matcher.spans(bytes)) {
    pieces.push(bytes.subarray(at, from), highlight, bytes.subarray(from, to), plain);
    at = to;
  }
  return [...pieces, bytes.subarray(at)];
}

/** Several lines, all but the first with their prefix: a million of them are not taken apart into objects. */
function prefixed(match: Match, form: MatchForm): Buffer {
  const { bytes } = match;
  if (!bytes.includes(newline)) return bytes;
  const sign = match.matched ? ':' : '-';
  const name = Buffer.from(form.names ? showPath(match.part.file.path) + sign : '');
  const out = Buffer.allocUnsafe(bytes.length + newlinesIn(bytes) * (name.length + longestNumber));
  let at = 0;
  for (let from = 0, line = 0; from <= bytes.length; line += 1) {
    const end = Math.min(bytes.length, endOfLine(bytes, from) + 1);
    if (line > 0) {
      at += name.copy(out, at);
      if (form.numbers) at += out.write(`${match.numbers?.[line] ?? ''}${sign}`, at, 'latin1');
    }
    at += bytes.copy(out, at, from, end);
    if (bytes[end - 1] !== newline || end === from) break;
    from = end;
  }
  return out.subarray(0, at);
}

/** With its sign. */
const longestNumber = 17;

const highlight = Buffer.from('\x1b[1;31m');
const plain = Buffer.from('\x1b[0m');

function painted({ look }: MatchForm, colour: number, text: string): string {
  return look.colour ? `\x1b[${colour}m${text}\x1b[0m` : text;
}
