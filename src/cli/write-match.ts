// Found lines as grep writes them (`file:12:line`, `file-13-context`), with colour on a terminal, or as
// JSON, one object a line.

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
  line(match: Match): Promise<void>;
  end(): Promise<void>;
}

const newline = Buffer.from('\n');

export function matchWriter(writer: LineWriter, form: MatchForm): MatchWriter {
  /** The last piece had no newline, and its line may go on. */
  let isOpen = false;
  const closeLine = async () => {
    if (isOpen) await writer.write(newline);
    isOpen = false;
  };
  return {
    line: async match => {
      if (form.json) {
        await writer.write(Buffer.from(`${JSON.stringify(told(match))}\n`));
        return;
      }
      if (!(match.continues && isOpen)) {
        await closeLine();
        if (match.gap && form.gaps) await writer.write(Buffer.from(`${painted(form, 36, '--')}\n`));
        await writer.write(Buffer.from(prefixOf(match, form)));
      }
      await writer.write(...bytesOf(match, form));
      if (match.ended) await writer.write(newline);
      isOpen = !match.ended;
    },
    end: async () => {
      await closeLine();
      await writer.flush();
    },
  };
}

function told(match: Match) {
  return {
    file: showPath(match.part.file.path),
    line: match.number,
    ...(match.time === null ? {} : { time: new Date(match.time).toISOString() }),
    matched: match.matched,
    text: match.bytes.toString(),
  };
}

/** GNU grep's colours. */
function prefixOf(match: Match, form: MatchForm): string {
  const sign = painted(form, 36, match.matched ? ':' : '-');
  const name = form.names ? painted(form, 35, showPath(match.part.file.path)) + sign : '';
  const number = form.numbers && match.number !== null ? painted(form, 32, String(match.number)) + sign : '';
  return name + number;
}

function bytesOf({ bytes, matched }: Match, form: MatchForm): readonly Uint8Array[] {
  if (!form.look.colour || !matched || form.inverted) return [bytes];
  const pieces: Uint8Array[] = [];
  let at = 0;
  for (const [from, to] of form.matcher.spans(bytes)) {
    pieces.push(bytes.subarray(at, from), highlight, bytes.subarray(from, to), plain);
    at = to;
  }
  return [...pieces, bytes.subarray(at)];
}

const highlight = Buffer.from('\x1b[1;31m');
const plain = Buffer.from('\x1b[0m');

function painted({ look }: MatchForm, colour: number, text: string): string {
  return look.colour ? `\x1b[${colour}m${text}\x1b[0m` : text;
}
