// The lines of one policy in the plan's screen: what is done to each file, what is kept, and how
// these are set in columns.

import { describeStep } from '../../plan/describe.ts';
import type { Kept, Reason, Step, StepOf } from '../../plan/plan.ts';
import { formatBytes } from '../../units/bytes.ts';
import { cellsOf } from '../../units/cells.ts';
import { folderOf, nameOf, type Path, showPath } from '../../units/path.ts';
import { cut, cutFront, wrap } from '../cells.ts';
import { type Cell, setColumns } from '../columns.ts';
import { bar, type Look, type Meaning, paint, signs } from '../look.ts';
import { count } from '../words.ts';

export interface Line {
  readonly meaning: Meaning;
  readonly sign: string;
  readonly verb: string;
  readonly name: string;
  readonly size: string;
  readonly becomes: string;
  readonly why: string;
  /** What must be read whole: it stands below, wrapped and never cut. */
  readonly below?: readonly string[];
}

/** Every step and every kept file with its reason, or the acts that a person cares about. */
export interface LineOptions {
  readonly look: Look;
  readonly why: boolean;
}

export function stepLines(steps: readonly Step[], base: Path | null, options: LineOptions): Line[] {
  const { look } = options;
  const glyph = signs(look);
  const named = (path: Path): string => relative(path, base);
  const lines: Line[] = [];
  const adopted = steps.filter(step => step.kind === 'adopt');
  for (const step of steps) {
    const why = reasonWords(step.why, options);
    if ((step.kind === 'move' || step.kind === 'copy') && step.rotates) {
      const how = step.kind === 'copy' ? ' (copy, then empty)' : '';
      lines.push({
        meaning: 'acts',
        sign: glyph.rotate,
        verb: 'rotate',
        name: named(step.file.path),
        size: formatBytes(step.file.size),
        becomes: `${glyph.arrow} ${showPath(nameOf(step.to))}${how}`,
        why,
      });
    } else if (step.kind === 'compress') {
      lines.push(compressLine(step, named(step.file.path), why, look));
    } else if (step.kind === 'compact') {
      lines.push(compactLine(step, why, look));
    } else if (step.kind === 'delete') {
      lines.push({
        meaning: 'removes',
        sign: glyph.delete,
        verb: 'delete',
        name: named(step.file.path),
        size: formatBytes(step.file.size),
        becomes: `${bar(look, 0, 10)} 0 B`,
        why,
      });
    } else if (options.why) {
      const said = describeStep(step);
      lines.push({
        meaning: 'quiet',
        sign: ' ',
        verb: said.verb,
        name: said.subject,
        size: '',
        becomes: said.detail,
        why,
      });
    }
  }
  if (adopted.length > 0 && !options.why) {
    lines.push({
      meaning: 'quiet',
      sign: glyph.keep,
      verb: 'begin',
      name: count(adopted.length, 'log'),
      size: '',
      becomes: 'seen for the first time: periods count from now',
      why: '',
    });
  }
  return capped(lines, options);
}

function compressLine(step: StepOf<'compress'>, name: string, why: string, look: Look): Line {
  const glyph = signs(look);
  const { predicted } = step;
  const share = predicted === null || step.file.size === 0 ? 0 : predicted.bytes / step.file.size;
  const becomes =
    predicted === null
      ? `${glyph.arrow} ${showPath(nameOf(step.to))}`
      : `${bar(look, share, 10)} ${formatBytes(predicted.bytes)}`;
  return {
    meaning: 'saves',
    sign: glyph.compress,
    verb: 'compress',
    name,
    size: formatBytes(step.file.size),
    becomes,
    why,
  };
}

function compactLine(step: StepOf<'compact'>, why: string, look: Look): Line {
  const { verb, subject } = describeStep(step);
  const size = step.sources.reduce((sum, { file }) => sum + file.size, 0);
  const bytes = step.predicted?.bytes ?? size;
  const becomes = `${bar(look, size === 0 ? 0 : bytes / size, 10)} ${formatBytes(bytes)}`;
  const sign = signs(look).compress;
  return { meaning: 'saves', sign, verb, name: subject, size: formatBytes(size), becomes, why };
}

export function keptLines(kept: readonly Kept[], base: Path | null, options: LineOptions): Line[] {
  const glyph = signs(options.look);
  const lines: Line[] = [];
  for (const one of kept.filter(each => each.how === 'refused' || each.how === 'trouble')) {
    lines.push({
      meaning: 'caution',
      sign: glyph.caution,
      verb: one.how === 'refused' ? 'refuse' : 'trouble',
      name: relative(one.path, base),
      size: '',
      becomes: '',
      why: '',
      below: one.hint === null ? [one.why.text] : [one.why.text, `hint: ${one.hint}`],
    });
  }
  const stays = kept.filter(one => one.how === 'kept');
  const idle = kept.filter(one => one.how === 'not due');
  if (options.why) {
    for (const one of [...stays, ...idle]) {
      const verb = one.how === 'kept' ? 'keep' : 'leave';
      lines.push({
        meaning: 'quiet',
        sign: one.how === 'kept' ? glyph.keep : glyph.leave,
        verb,
        name: relative(one.path, base),
        size: formatBytes(one.size),
        becomes: '',
        why: reasonWords(one.why, options),
      });
    }
    return lines;
  }
  if (stays.length > 0) lines.push(summary(glyph.keep, 'keep', count(stays.length, 'generation'), stays));
  if (idle.length === 1 && idle[0] !== undefined) {
    lines.push({
      meaning: 'quiet',
      sign: glyph.leave,
      verb: 'leave',
      name: relative(idle[0].path, base),
      size: formatBytes(idle[0].size),
      becomes: '',
      why: reasonWords(idle[0].why, options),
    });
  } else if (idle.length > 1) lines.push(summary(glyph.leave, 'leave', count(idle.length, 'log'), idle));
  return lines;
}

function summary(sign: string, verb: string, name: string, kept: readonly Kept[]): Line {
  const size = formatBytes(kept.reduce((sum, one) => sum + one.size, 0));
  return { meaning: 'quiet', sign, verb, name, size, becomes: '', why: verb === 'leave' ? 'not due' : '' };
}

const mostLines = 40;

function capped(lines: readonly Line[], { why }: LineOptions): Line[] {
  if (why || lines.length <= mostLines) return [...lines];
  const rest = lines.length - mostLines;
  return [
    ...lines.slice(0, mostLines),
    {
      meaning: 'quiet',
      sign: ' ',
      verb: '',
      name: `and ${count(rest, 'more line')} (--why shows all)`,
      size: '',
      becomes: '',
      why: '',
    },
  ];
}

/**
 * At 100 columns with the reasons, at 80 without them, below 60 one thing a line. Whoever asks why gets each
 * reason whole: below its line where there is no room behind it.
 */
export function setLines(lines: readonly Line[], { look, why: all }: LineOptions, side: string): string[] {
  const margin = `  ${side} `;
  const room = look.width - cellsOf(margin);
  const nameRoom = Math.max(16, Math.min(40, Math.floor(room * 0.36)));
  const rowOf = (line: Line, why: boolean): Cell[] => [
    { text: paint(look, line.meaning, `${line.sign} ${line.verb}`) },
    { text: line.verb === '' ? line.name : cutFront(look, line.name, nameRoom) },
    { text: line.size, right: true },
    { text: line.becomes },
    ...(why ? [{ text: paint(look, 'quiet', line.why) }] : []),
  ];
  const set = (rows: readonly string[]): string[] =>
    rows.flatMap((row, index) => {
      const below = lines[index]?.below ?? [];
      return [row, ...below.flatMap(text => wrap(`    ${text}`, room))].map(text => margin + text);
    });
  const whole = setColumns(lines.map(line => rowOf(line, true)));
  if (whole.every(line => cellsOf(line) <= room)) return set(whole);
  if (look.width < 60) return lines.flatMap(line => narrow(line, { look, why: all }, margin, room));
  const short = setColumns(lines.map(line => rowOf(line, false)));
  const cutRows = short.map(line => (cellsOf(line) <= room ? line : cut(look, line, room)));
  return set(
    cutRows.map((row, index) => {
      const why = lines[index]?.why ?? '';
      const left = room - cellsOf(row) - 2;
      if (why === '' || (left < 12 && !all)) return row;
      if (all && cellsOf(why) > left) return [row, ...wrap(`    ${why}`, room)].join(`\n${margin}`);
      return `${row}  ${paint(look, 'quiet', cut(look, why, left))}`;
    }),
  );
}

function narrow(line: Line, { look, why: all }: LineOptions, margin: string, room: number): string[] {
  const short = [`${line.sign} ${line.verb} ${line.name}`, `    ${line.size} ${line.becomes}`];
  if (!all) short.push(`    ${line.why}`);
  const below = [...(all ? [line.why] : []), ...(line.below ?? [])];
  return [...short.map(text => cut(look, text, room)), ...below.flatMap(text => wrap(`    ${text}`, room))]
    .filter(text => text.trim() !== '')
    .map(text => margin + text);
}

function reasonWords(why: Reason, { why: all }: LineOptions): string {
  if (!all || why.at === null) return why.text;
  return `${why.text} (${showPath(nameOf(why.at.file))}:${why.at.line})`;
}

function relative(path: Path, base: Path | null): string {
  return showPath(base !== null && path.startsWith(`${base}/`) ? path.slice(base.length + 1) : path);
}

/** The folder that all these lie under; null when it is only the root, or there are none. */
export function commonFolder(paths: readonly Path[]): Path | null {
  const first = paths[0];
  if (first === undefined) return null;
  let folder = folderOf(first);
  for (const path of paths) {
    while (folder !== '/' && folder !== '.' && !path.startsWith(`${folder}/`)) folder = folderOf(folder);
  }
  return folder === '/' || folder === '.' ? null : folder;
}
