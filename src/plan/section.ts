// One section: which of its logs are due, and their stages with the scripts between them
// (semantics 14). With sharedscripts each script runs once for all due logs, and what follows a
// script waits for all that came before it; without, each log has its own.

import type { LogSet } from '../logs/log-set.ts';
import type { Policy, ScriptName } from '../policy/policy.ts';
import { join } from '../units/path.ts';
import { holdBudgets } from './budget.ts';
import { addStep, type Draft, draftLog, keep, type LogDraft, scriptBody } from './draft.ts';
import { type Due, dueOf } from './due.ts';
import { NotDue } from './not-due.ts';
import { obstructed } from './obstructed.ts';
import type { Kept, Reason, Step, StepBase } from './plan.ts';
import { reasonOf } from './reason.ts';
import { judge, prepare } from './stages/prepare.ts';
import { finish, leftovers, rotation, type Stage } from './stages.ts';
import type { State } from './state.ts';

/** Plans a section; gives its logs as they will be, in the same order. */
export function planSection(
  draft: Draft,
  policy: Policy,
  logSets: readonly LogSet[],
  state: State,
): readonly LogSet[] {
  const explain = (logSet: LogSet): Due => dueOf(logSet, state, draft.moment);
  const logs: LogDraft[] = [];
  for (const logSet of logSets) {
    const log = look(draft, logSet, state, explain);
    if (log !== null) logs.push(log);
  }
  for (const log of logs) if (log.rotation === null && tidies(log.logSet)) judge(draft, log);
  holdBudgets(draft, policy, logs, logSets);
  const due = logs.filter(log => log.rotation !== null);
  if (due.length > 0) {
    const isLeft =
      policy.settings.sharedscripts &&
      policy.conduct.sharedTrouble === 'leave the section' &&
      draft.kept.some(one => one.policy === policy.name && inTrouble(one));
    if (isLeft) leaveAll(draft, policy, due);
    else rotateAll(draft, policy, due);
  }
  for (const log of logs) if (log.rotation === null) tidy(draft, log);
  const changed = new Map(logs.filter(log => log.changed).map(log => [log.logSet, expectedOf(log)]));
  return changed.size === 0 ? logSets : logSets.map(logSet => changed.get(logSet) ?? logSet);
}

/** A draft for a log that this plan may touch; null for one of which nothing more is to be said. */
function look(draft: Draft, logSet: LogSet, state: State, explain: (logSet: LogSet) => Due): LogDraft | null {
  if (logSet.obstacle !== null || logSet.live === null) {
    obstructed(draft, logSet);
    adoptUnseen(draft, logSet, state);
    return tidies(logSet) ? draftLog(draft, logSet, silent) : null;
  }
  if (draft.touched?.has(logSet.path) === false) {
    adoptUnseen(draft, logSet, state);
    draft.kept.push(new NotDue(logSet, explain));
    return null;
  }
  const due = explain(logSet);
  if (due.warning !== null)
    draft.warnings.push({
      policy: logSet.policy.name,
      about: logSet.path,
      message: due.warning,
      at: due.why.at,
    });
  if (!due.due) {
    adoptUnseen(draft, logSet, state);
    draft.kept.push(new NotDue(logSet, explain));
    return tidies(logSet) ? draftLog(draft, logSet, due) : null;
  }
  const log = draftLog(draft, logSet, due);
  if (draft.recordIsShort) putOff(draft, logSet, due.why.directive);
  else if (prepare(draft, log)) return log;
  adoptUnseen(draft, logSet, state);
  return log;
}

/** Due, and not begun: what could not be written down would not be finished after a stop. */
function putOff(draft: Draft, logSet: LogSet, directive: string | null): void {
  keep(draft, logSet, {
    how: 'trouble',
    why: reasonOf(
      logSet.policy,
      directive,
      'it is due, but the file system of the record is full (ENOSPC): until there is room only deletions and compressions are made',
    ),
    hint: 'free some space where the state folder is, or put it elsewhere with --state-dir',
  });
}

const silent = { due: false, why: { text: '', directive: null, at: null }, next: null, warning: null };

/** Whether generations are seen to although the log is not rotated. */
function tidies({ generations, policy, obstacle }: LogSet): boolean {
  if (obstacle?.kind === 'half-compressed') return false;
  return generations.length > 0 && policy.conduct.leftovers === 'each round';
}

/** A log seen for the first time: its time begins now. In the door also one that is missing (semantics 11). */
function adoptUnseen(draft: Draft, logSet: LogSet, state: State): void {
  if (logSet.live === null && logSet.policy.conduct.missingLogs === 'forget') return;
  if (state.logs.has(logSet.path) || logSet.obstacle?.kind === 'held-elsewhere') return;
  pushStep(draft, {
    lane: logSet.path,
    log: logSet.path,
    policy: logSet.policy.name,
    why: reasonOf(logSet.policy, null, 'seen for the first time'),
    kind: 'adopt',
  });
}

function tidy(draft: Draft, log: LogDraft): void {
  if (tidies(log.logSet)) run(leftovers, draft, log);
}

function rotateAll(draft: Draft, policy: Policy, logs: readonly LogDraft[]): void {
  const section = sectionScripts(draft, policy, logs);
  const first = section('firstaction', []);
  for (const log of logs) log.gate = first;
  if (policy.settings.sharedscripts) rotateTogether(draft, logs, section);
  else for (const log of logs) rotateOne(draft, log);
  const ends = logs.flatMap(log => [...(log.last === null ? [] : [log.last]), ...log.side]);
  section('lastaction', [...new Set([...first, ...ends])], first);
}

function inTrouble({ how }: Kept): boolean {
  return how === 'trouble' || how === 'refused';
}

/**
 * logrotate leaves a section with sharedscripts alone, but for its first and last action, when one
 * of its logs cannot be looked at (semantics 14).
 */
function leaveAll(draft: Draft, policy: Policy, logs: readonly LogDraft[]): void {
  const section = sectionScripts(draft, policy, logs);
  const first = section('firstaction', []);
  section('lastaction', first, first);
  const why = reasonOf(
    policy,
    'sharedscripts',
    'another log of this section is in trouble, so none is rotated',
  );
  for (const { logSet } of logs) keep(draft, logSet, { how: 'kept', why });
}

function rotateOne(draft: Draft, log: LogDraft): void {
  const { path } = log.logSet;
  logScript(draft, log, 'prerotate', [path]);
  run(rotation, draft, log);
  const made = log.naming.write(log.rotation?.mark ?? log.naming.markAt(draft.moment.at), '');
  logScript(draft, log, 'postrotate', [path, join(log.logSet.folder, made)]);
  run(finish, draft, log);
}

function logScript(draft: Draft, log: LogDraft, script: ScriptName, args: readonly string[]): void {
  const body = scriptBody(log.settings, script, args);
  if (body !== null) addStep(draft, log, scriptReason(log, script), body);
}

function scriptReason({ logSet, due }: LogDraft, script: ScriptName): Reason {
  return reasonOf(logSet.policy, script, due.why.text);
}

type SectionScript = (script: ScriptName, after: readonly number[], needs?: readonly number[]) => number[];

function rotateTogether(draft: Draft, logs: readonly LogDraft[], section: SectionScript): void {
  const before = section('prerotate', logs[0]?.gate ?? []);
  if (before.length > 0) for (const log of logs) log.gate = before;
  for (const log of logs) run(rotation, draft, log);
  const ends = logs.flatMap(log => (log.last === null ? [] : [log.last]));
  const behind = section('postrotate', ends.length > 0 ? ends : before);
  for (const log of logs) {
    log.gate = [...log.gate, ...behind];
    run(finish, draft, log);
  }
}

function run(stages: readonly Stage[], draft: Draft, log: LogDraft): void {
  for (const stage of stages) stage(draft, log);
}

/** Scripts that serve a whole section, in a lane of their own: `$1` is the pattern list as written. */
function sectionScripts(draft: Draft, policy: Policy, logs: readonly LogDraft[]): SectionScript {
  const count = logs.length === 1 ? '1 log is due' : `${logs.length} logs are due`;
  return (script, after, needs = []) => {
    const body = scriptBody(policy.settings, script, [policy.patternText]);
    if (body === null) return [];
    // lastaction has a lane of its own: a failed prerotate ends the lane of the others.
    const last = script === 'lastaction';
    const id = pushStep(draft, {
      ...body,
      lane: `${policy.name}: ${last ? 'lastaction' : 'scripts'}`,
      log: null,
      policy: policy.name,
      after,
      always: last,
      ...(needs.length === 0 ? {} : { needs }),
      why: reasonOf(policy, script, count),
    });
    return [id];
  };
}

type Loose = Omit<StepBase, 'id' | 'after' | 'always'> &
  Partial<Pick<StepBase, 'after' | 'always'>> & { readonly kind: Step['kind'] };

function pushStep(draft: Draft, step: Loose): number {
  const id = draft.steps.length + 1;
  draft.steps.push({ id, after: [], always: false, ...step } as Step); // whole bodies only come in
  return id;
}

function expectedOf(log: LogDraft): LogSet {
  const { logSet } = log;
  const generations = log.generations.filter(({ gone }) => !gone).map(({ file }) => file);
  return {
    ...logSet,
    live: log.live,
    generations,
    obstacle: log.live === null && logSet.live !== null ? vanished : logSet.obstacle,
  };
}

const vanished = { kind: 'missing', words: 'it is made by its writer', hint: null } as const;
