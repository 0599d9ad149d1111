// The door's words: what logrotate 3.21 prints for the same thing, where people or scripts look for it
// (semantics 22). Sentences only; when each is said is the door's affair.

import type { Outcome } from '../../ledger/outcome.ts';
import type { LogSet, Observation } from '../../logs/log-set.ts';
import { formatOf } from '../../logs/naming.ts';
import { missing, unmatched } from '../../observe/obstacles.ts';
import type { Kept, Step, StepOf } from '../../plan/plan.ts';
import type { Diagnostic, LogrotateLine } from '../../policy/diagnostic.ts';
import type { Criterion, Policy, ScriptName } from '../../policy/policy.ts';
import { localTime, type Zone } from '../../units/calendar.ts';
import type { EpochMs } from '../../units/duration.ts';
import { folderOf, join, type Path, showPath } from '../../units/path.ts';

export type Line = LogrotateLine;

/** A diagnostic in logrotate's words; where it would say nothing, ours, and only an error is loud. */
export function diagnosticLines(diagnostic: Diagnostic): readonly Line[] {
  const { severity, at, message, hint, asLogrotate } = diagnostic;
  const level = severity === 'error' ? 'error' : 'debug';
  const place = diagnostic.line === null ? showPath(at.file) : `${showPath(at.file)}:${at.line}`;
  const own: Line[] = [{ level, text: `${place} ${message}` }];
  const lines = asLogrotate ?? own;
  if (hint === null || severity === 'note') return lines;
  return [...lines, { level: lines.at(-1)?.level ?? level, text: `${place} hint: ${hint}` }];
}

/** What could not be looked at, or is named twice. */
export function troubleLine({ code, message }: Observation['troubles'][number]): Line {
  const twice =
    code === 'EDUPLICATE' ? /^(.*?:\d+):\d+ {2}(.*?) already belongs to (.*)$/s.exec(message) : null;
  if (twice !== null)
    return {
      level: 'error',
      text: `${twice[1]} duplicate log entry for ${twice[2]}: it belongs to ${twice[3]}`,
    };
  return { level: code === 'EGENERATION' ? 'debug' : 'error', text: message };
}

/** The section's head: its criterion, and what becomes of old logs. */
export function headLines({ patternText, settings }: Policy, isForced: boolean): readonly Line[] {
  const { rotate, olddir, ifempty, minsize, maxsize, minage, mail } = settings;
  const counts =
    rotate > 0
      ? `(${rotate} rotations)`
      : rotate === 0
        ? '(no old logs will be kept)'
        : '(unlimited rotations)';
  const notes = [
    olddir === null ? '' : `olddir is ${olddir}, `,
    `empty log files are ${ifempty ? '' : 'not '}rotated, `,
    minsize === null ? '' : `only log files >= ${minsize} bytes are rotated, `,
    maxsize === null ? '' : `log files >= ${maxsize} are rotated earlier, `,
    minage === null ? '' : `only log files older than ${minage} days are rotated, `,
    rotate < 0
      ? 'old logs are kept forever'
      : mail === null
        ? 'old logs are removed'
        : `old logs mailed to ${mail}`,
  ];
  const when = isForced ? 'forced from command line ' : criterionWords(settings.criterion);
  return [said(`\nrotating pattern: ${patternText}  ${when}${counts}\n${notes.join('')}`)];
}

function criterionWords(criterion: Criterion): string {
  switch (criterion.kind) {
    case 'size':
      return `${criterion.size} bytes `;
    case 'minutes':
      return `after ${criterion.minutes} minutes `;
    case 'daily':
      return 'after 1 days ';
    default:
      return `${criterion.kind} `;
  }
}

export interface Considered {
  readonly logSet: Pick<LogSet, 'path' | 'policy'>;
  /** What the planner says of the log itself; null: it is rotated. */
  readonly kept: Kept | null;
  readonly last: EpochMs | null;
  readonly now: EpochMs;
  readonly zone: Zone;
}

/** One log: when it was last rotated, and what is decided. */
export function consideredLines({ logSet, kept, last, now, zone }: Considered): readonly Line[] {
  const lines = [said(`considering log ${showPath(logSet.path)}`)];
  if (kept !== null && isObstacle(kept)) return [...lines, ...obstacleLines(kept)];
  lines.push(said(`  Now: ${minute(now, zone)}`), said(`  Last rotated at ${minute(last ?? now, zone)}`));
  if (kept === null) lines.push(said('  log needs rotating'));
  else if (kept.how === 'not due')
    lines.push(said(`  log does not need rotating (${notDueWords(kept, last, now, zone)})`));
  return lines;
}

function isObstacle({ why }: Kept): boolean {
  return why.directive === null || why.directive === 'missingok' || why.directive === 'allowhardlink';
}

function obstacleLines({ path, how, why }: Kept): readonly Line[] {
  // What is in the way is said as the error that it is, once, by whoever counts errors.
  if (how !== 'not due') return [];
  if (why.directive === 'missingok' || why.text === missing.words) return [absentLine(path)];
  if (why.text.startsWith('it is a symbolic link')) {
    return [
      said(
        `  log ${showPath(path)} is symbolic link. Rotation of symbolic links is not allowed to avoid security issues -- skipping.`,
      ),
    ];
  }
  const links = /^it has (\d+) names/.exec(why.text);
  if (links !== null) {
    return [
      said(
        `  log ${showPath(path)} has multiple (${links[1]}) hard links. Rotation of files with multiple hard links is not allowed for ${showPath(path)} -- skipping.`,
      ),
    ];
  }
  return [said(`  log ${showPath(path)}: ${why.text} -- skipping`)];
}

function absentLine(path: Path): Line {
  return said(`  log ${showPath(path)} does not exist -- skipping`);
}

/** A pattern that matches nothing, where that is no error. */
export function absentLines(pattern: Path): readonly Line[] {
  return [said(`considering log ${pattern}`), absentLine(pattern)];
}

/** A section that is about nothing, such as one whose pattern matches folders alone. */
export const noLogsLines: readonly Line[] = [said('No logs found. Rotation not needed.')];

const spans: Readonly<Record<string, string>> = {
  daily: 'day',
  weekly: 'week',
  monthly: 'month',
  yearly: 'year',
  hourly: 'hour',
};

function notDueWords({ why }: Kept, last: EpochMs | null, now: EpochMs, zone: Zone): string {
  if (why.directive === 'size') return "log size is below the 'size' threshold";
  if (why.directive === 'minsize')
    return "'minsize' directive is used and the log size is smaller than the minsize value";
  if (why.directive === 'minage')
    return "'minage' directive is used and the log age is smaller than the minage days";
  if (why.directive === 'notifempty') return 'log is empty';
  const span = spans[why.directive ?? ''];
  if (span === undefined || last === null || minute(last, zone) === minute(now, zone))
    return 'log has already been rotated';
  return `log has been rotated at ${minute(last, zone)}, which is less than ${span === 'hour' ? 'an hour' : `a ${span}`} ago`;
}

/** What was to be done and is not: said loudly. */
export function keptLines({ path, log, why, hint }: Kept): readonly Line[] {
  const lines = [failed(keptWords(path, log, why.text, why.directive))];
  return hint === null ? lines : [...lines, failed(`${showPath(path)}: hint: ${hint}`)];
}

function keptWords(path: Path, log: Path, text: string, directive: string | null): string {
  if (text === missing.words || text === unmatched.words)
    return `stat of ${showPath(log)} failed: No such file or directory`;
  if (/so root does not rotate in it$/.test(text)) {
    return `skipping "${showPath(log)}" because parent directory has insecure permissions (It's world writable or writable by group which is not "root") Set "su" directive in config file to tell logrotate which user/group should be used for rotation.`;
  }
  const taken =
    directive === 'dateext'
      ? /^(.*) is there already, from an earlier rotation on this date$/s.exec(text)
      : null;
  if (taken !== null) {
    const name = taken[1] ?? '';
    const place = name.startsWith('/') ? name : join(folderOf(log), name);
    return `destination ${place} already exists, skipping rotation`;
  }
  return `${showPath(path)}: ${text}`;
}

/** What is said once before the first step of a log. */
export function rotatingLines(
  { path, policy }: Pick<LogSet, 'path' | 'policy'>,
  now: EpochMs,
  zone: Zone,
): readonly Line[] {
  const { settings } = policy;
  const format = formatOf(settings.dateext ? settings : { ...settings, dateformat: null });
  const digits = format.text.replace(/%([YmdHMSGVUWuwygjsz])/g, (_, letter: string) =>
    '[0-9]'.repeat(widths[letter] ?? 2),
  );
  return [
    said(`rotating log ${showPath(path)}, log->rotateCount is ${settings.rotate}`),
    said(`dateext suffix '${format.write(now, zone)}'`),
    said(`glob pattern '${digits}'`),
  ];
}

const widths: Readonly<Record<string, number>> = { Y: 4, G: 4, j: 3, u: 1, w: 1, s: 10 };

/** A step as it begins, or as it would. */
export function stepLines(step: Step, uncompressed: (step: StepOf<'compress'>) => string): readonly Line[] {
  switch (step.kind) {
    case 'move':
      return [said(`renaming ${showPath(step.file.path)} to ${showPath(step.to)}`)];
    case 'copy':
      return [said(`copying ${showPath(step.file.path)} to ${showPath(step.to)}`)];
    case 'truncate':
      return [said(`truncating ${showPath(step.file.path)}`)];
    case 'create': {
      const { mode, uid, gid } = step.made;
      return [
        said(`creating new ${showPath(step.path)} mode = 0${mode.toString(8)} uid = ${uid} gid = ${gid}`),
      ];
    }
    case 'make-folder':
      return [said(`creating olddir ${showPath(step.path)}`)];
    case 'compress':
      return [said(`compressing log with: ${uncompressed(step)}`)];
    case 'mail':
      return [said(`mailing ${showPath(step.file.path)} to ${step.address}`)];
    case 'delete':
      return [said(`removing old log ${showPath(step.file.path)}`)];
    case 'script':
      return [said(`running ${scriptWords[step.script]} script`)];
    case 'adopt':
      return [];
    default:
      return unknownStep(step);
  }
}

/** What a script would have been given, and its text: only a dry run says it (semantics 19). */
export function scriptLines({ script, args }: StepOf<'script'>, policy: Policy | undefined): readonly Line[] {
  const text = policy?.settings.scripts[script]?.text ?? '';
  return [said(`running script with args ${showPath(args[0] ?? '')} ${showPath(args[1] ?? '')}: "${text}"`)];
}

/** Kinds that others add say nothing until they are given words here. */
function unknownStep(_step: unknown): readonly Line[] {
  return [];
}

const scriptWords: Readonly<Record<ScriptName, string>> = {
  firstaction: 'first action',
  prerotate: 'prerotate',
  postrotate: 'postrotate',
  lastaction: 'last action',
  preremove: 'preremove',
};

/** What became of a step, where that has to be said. */
export function outcomeLines(step: Step, outcome: Outcome, policy: Policy | undefined): readonly Line[] {
  switch (outcome.result) {
    case 'done':
    case 'already':
      return step.kind === 'compress' ? compressorLines(step.file.path, outcome.said) : [];
    case 'failed': {
      const first = failureWords(step, policy);
      const lines = step.kind === 'compress' ? compressorLines(step.file.path, outcome.said) : [];
      const own = failed(first === null ? outcome.message : `${first}: ${outcome.message}`);
      return [...lines, own, ...(outcome.hint === null ? [] : [failed(`hint: ${outcome.hint}`)])];
    }
    case 'refused':
      return [failed(outcome.message), ...(outcome.hint === null ? [] : [failed(`hint: ${outcome.hint}`)])];
    case 'stale':
      return [failed(`${showPath(step.log ?? step.policy)}: left as it is: ${outcome.found}`)];
    case 'deferred':
      return [{ level: 'warning', text: `${outcome.message}; it is left for the next run` }];
    case 'skipped':
      return [said(`${showPath(step.log ?? step.policy)}: ${step.kind} left out: ${outcome.message}`)];
    default:
      return outcome satisfies never;
  }
}

function compressorLines(path: Path, told: string | null): readonly Line[] {
  const lines = (told ?? '').split('\n').filter(line => line !== '' && !line.startsWith('not verified: '));
  if (lines.length === 0) return [];
  return [
    failed(
      `Compressing program wrote following message to stderr when compressing log ${showPath(path)}:\n${lines.join('\n')}`,
    ),
  ];
}

function failureWords(step: Step, policy: Policy | undefined): string | null {
  if (step.kind === 'compress') return `failed to compress log ${showPath(step.file.path)}`;
  if (step.kind === 'move') return `failed to rename ${showPath(step.file.path)} to ${showPath(step.to)}`;
  if (step.kind !== 'script') return null;
  const pattern = policy?.patternText ?? step.policy;
  switch (step.script) {
    case 'firstaction':
    case 'lastaction':
      return `error running ${scriptWords[step.script]} script for ${pattern}`;
    case 'preremove':
      return `error running preremove script for ${showPath(step.args[0] ?? '')} of '${pattern}'. Not removing this file`;
    default: {
      const kind = step.log === null ? 'shared' : 'non-shared';
      const of = step.log === null ? `'${pattern}'` : `${showPath(step.log)} of '${pattern}'`;
      return `error running ${kind} ${step.script} script for ${of}`;
    }
  }
}

/** Scripts that would have run if something had been due. */
export function idleScriptLines({ settings }: Policy): readonly Line[] {
  const names = ['firstaction', 'prerotate', 'postrotate', 'lastaction'] as const;
  return names
    .filter(name => settings.scripts[name] !== undefined)
    .map(name =>
      said(
        `not running ${scriptWords[name]} script, since no logs ${name === 'postrotate' ? 'were' : 'will be'} rotated`,
      ),
    );
}

function minute(at: EpochMs, zone: Zone): string {
  const { year, month, day, hour, minute: minutes } = localTime(at, zone);
  const two = (number: number): string => String(number).padStart(2, '0');
  return `${year}-${two(month)}-${two(day)} ${two(hour)}:${two(minutes)}`;
}

function said(text: string): Line {
  return { level: 'debug', text };
}

function failed(text: string): Line {
  return { level: 'error', text };
}
