// Steps and plans in words. What is said here is what will be done: there is no second wording for
// the preview.

import { sayCompressor } from '../policy/say.ts';
import { formatBytes } from '../units/bytes.ts';
import { folderOf, nameOf, type Path, showPath } from '../units/path.ts';
import type { Kept, Made, Planning, Prediction, Reason, Step, StepOf } from './plan.ts';

export interface StepWords {
  /** `rotate`, `shift`, `compress`, … */
  readonly verb: string;
  /** What it is done to: a name, or from → to. */
  readonly subject: string;
  /** How; empty where nothing more is to be said. */
  readonly detail: string;
}

export function describeStep(step: Step): StepWords {
  switch (step.kind) {
    case 'adopt':
      return { verb: 'adopt', subject: showPath(nameOf(step.log ?? '')), detail: 'nothing is touched' };
    case 'mail':
      return {
        verb: 'mail',
        subject: showPath(nameOf(step.file.path)),
        detail: `to ${showPath(step.address)}`,
      };
    case 'make-folder':
      return {
        verb: 'make folder',
        subject: showPath(step.path),
        detail: step.made.mode === null ? '' : octal(step.made.mode),
      };
    case 'move':
      return describeMove(step);
    case 'create':
      return { verb: 'create', subject: showPath(nameOf(step.path)), detail: modeAndOwner(step.made) };
    case 'copy':
      return { verb: 'copy', subject: fromTo(step.file.path, step.to), detail: formatBytes(step.file.size) };
    case 'truncate':
      return {
        verb: 'truncate',
        subject: showPath(nameOf(step.file.path)),
        detail: step.copy === null ? 'nothing is kept' : truncateWords[step.method],
      };
    case 'compress':
      return {
        verb: 'compress',
        subject: fromTo(step.file.path, step.to),
        detail: `${sizes(step.file.size, step.predicted)}, ${sayCompressor(step.compressor)}`,
      };
    case 'compact':
      return describeCompact(step);
    case 'delete':
      return {
        verb: step.shred === null ? 'delete' : 'shred',
        subject: showPath(nameOf(step.file.path)),
        detail: formatBytes(step.file.size),
      };
    case 'script':
      return { verb: 'run', subject: step.script, detail: `${showPath(step.at.file)}:${step.at.line}` };
    default:
      return step satisfies never;
  }
}

function describeMove(step: StepOf<'move'>): StepWords {
  const subject = fromTo(step.file.path, step.to);
  if (step.rotates) return { verb: 'rotate', subject, detail: formatBytes(step.file.size) };
  // renamecopy: the log goes aside, and is copied once its writer has reopened.
  const isLog = nameOf(step.file.path) === nameOf(step.log ?? '');
  return { verb: isLog ? 'rename' : 'shift', subject, detail: '' };
}

function describeCompact(step: StepOf<'compact'>): StepWords {
  const { sources, to, predicted, compactor, cut } = step;
  const size = sources.reduce((sum, { file }) => sum + file.size, 0);
  const [only] = sources;
  if (sources.length === 1 && only !== undefined) {
    const count = only.skip === 1 ? 'its oldest generation' : `its ${only.skip} oldest generations`;
    return { verb: 'cut', subject: showPath(nameOf(to)), detail: `${count}, ${formatBytes(cut)}` };
  }
  return {
    verb: 'compact',
    subject: `${sources.length} archives → ${showPath(nameOf(to))}`,
    detail: `${sizes(size, predicted)}, ${compactor.codec} ${compactor.level}`,
  };
}

const truncateWords = {
  tail: 'what comes in meanwhile is copied too',
  collapse: 'in place, nothing can be lost',
  punch: 'its blocks are freed, its length stays',
  freeze: 'its writers are stopped for a moment',
} as const;

/** The whole plan as lines of text, without colour: log by log, each step with its reason. */
export function describePlanning({ plan, kept, totals, warnings }: Planning): string {
  const lines: string[] = [];
  let heading: string | null = null;
  for (const step of plan.steps) {
    const title = step.log === null ? `${step.policy}: the section` : `${step.policy}: ${showPath(step.log)}`;
    if (title !== heading) lines.push(heading === null ? title : `\n${title}`);
    heading = title;
    lines.push(stepLine(step));
  }
  if (kept.length > 0) lines.push(lines.length > 0 ? '\nleft alone' : 'left alone', ...kept.map(keptLine));
  for (const { policy, message } of warnings) lines.push(`\nwarning  ${policy}: ${message}`);
  const { now, after, error, extra } = totals;
  lines.push(
    `\nnow ${formatBytes(now)}, after ${formatBytes(after)}${error > 0 ? ` ± ${formatBytes(error)}` : ''}, at most ${formatBytes(extra)} more meanwhile`,
  );
  return `${lines.join('\n')}\n`;
}

function stepLine(step: Step): string {
  const { verb, subject, detail } = describeStep(step);
  const whatever = step.always
    ? `, whatever became of ${step.needs?.length === step.after.length ? 'others' : 'them'}`
    : '';
  const waits = step.after.length === 0 ? '' : ` (after ${step.after.join(', ')}${whatever})`;
  const words = [subject, detail].filter(text => text !== '').join('  ');
  return `${String(step.id).padStart(3)}  ${verb.padEnd(9)} ${words}  · ${sayReason(step.why)}${waits}`;
}

function keptLine({ path, how, why, hint }: Kept): string {
  const help = hint === null || how === 'kept' || how === 'not due' ? '' : `\n       hint: ${hint}`;
  return `     ${how.padEnd(8)}  ${showPath(nameOf(path))}  · ${sayReason(why)}${help}`;
}

/** `15th of 14 (web.conf:4)`; without a place where a default decides. */
export function sayReason({ text, at }: Reason): string {
  return at === null ? text : `${text} (${showPath(nameOf(at.file))}:${at.line})`;
}

/** Names alone within one folder; a whole target where it goes elsewhere. */
function fromTo(from: Path, to: Path): string {
  const target = folderOf(from) === folderOf(to) ? nameOf(to) : to;
  return `${showPath(nameOf(from))} → ${showPath(target)}`;
}

function sizes(size: number, predicted: Prediction | null): string {
  return predicted === null
    ? formatBytes(size)
    : `${formatBytes(size)} → about ${formatBytes(predicted.bytes)}`;
}

function modeAndOwner({ mode, uid, gid }: Made): string {
  return `${octal(mode)} ${uid}:${gid}`;
}

function octal(mode: number): string {
  return `0${(mode & 0o7777).toString(8).padStart(3, '0')}`;
}
