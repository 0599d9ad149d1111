// Tells a round in logrotate's order: sections with their heads, logs as they are considered, steps as
// they begin, and what went wrong. Also counts whether something did.

import type { Event, Tell } from '../../apply/event.ts';
import type { LogSet } from '../../logs/log-set.ts';
import type { Candidate } from '../../observe/candidates.ts';
import type { Kept, Planning, Step, StepOf } from '../../plan/plan.ts';
import type { Policy } from '../../policy/policy.ts';
import type { Site } from '../../round/site.ts';
import { type Path, showPath } from '../../units/path.ts';
import {
  absentLines,
  consideredLines,
  headLines,
  idleScriptLines,
  keptLines,
  noLogsLines,
  outcomeLines,
  rotatingLines,
  scriptLines,
  stepLines,
} from './messages.ts';
import type { Run } from './run.ts';

export interface Tale {
  readonly tell: Tell;
  planned(planning: Planning, how: 'with its steps' | 'before its steps'): void;
  /** Sections behind the last one that had a log. */
  end(): void;
}

export function narrate(run: Run, site: Site): Tale {
  const { voice, world, options, at } = run;
  const { zone } = world.clock;
  const policies = new Map(site.policies.map(policy => [policy.name, policy]));
  const begun = new Set<Path>();
  let told = 0;
  /** Those not told yet: a section without a log is in no plan. */
  const sectionsUntil = (end: number): readonly Policy[] => {
    const some = site.policies.slice(told, end);
    told += some.length;
    return some;
  };
  let patterns: ReadonlyMap<string, readonly Candidate[]> | null = null;
  const unmatched = (): NonNullable<typeof patterns> => {
    const found = site.found?.logs ?? [];
    patterns ??= Map.groupBy(
      found.filter(one => one.unmatched),
      ({ policy }) => policy.name,
    );
    return patterns;
  };

  const planned: Tale['planned'] = (planning, how) => {
    if (voice.tellsAll) tellSections(planning, how);
    for (const one of planning.kept) {
      if (one.how !== 'trouble' && one.how !== 'refused') continue;
      run.failed = true;
      run.say(keptLines(one));
    }
    for (const { message } of planning.warnings) {
      const path = /^(.*): last rotated .* in the future$/s.exec(message)?.[1];
      if (path !== undefined)
        voice.say('error', `log ${showPath(path)} last rotated in the future -- rotation forced`);
    }
  };

  const tellSections = (planning: Planning, how: Parameters<Tale['planned']>[1]): void => {
    const logSets = Map.groupBy(planning.expected, ({ policy }) => policy.name);
    const kept = new Map<Path, Kept>();
    for (const one of planning.kept) if (one.path === one.log && one.how !== 'kept') kept.set(one.log, one);
    const last = site.policies.findLastIndex(({ name }) => logSets.has(name));
    for (const policy of sectionsUntil(last + 1)) {
      tellSection(policy, logSets.get(policy.name) ?? [], kept);
      if (how === 'before its steps') continue;
      for (const step of planning.plan.steps) if (step.policy === policy.name) tellStep(step);
    }
  };

  const tellSection = (policy: Policy, logSets: readonly LogSet[], kept: ReadonlyMap<Path, Kept>): void => {
    const { logs } = site.ledger.state();
    run.say(headLines(policy, options.force));
    let due = 0;
    for (const logSet of logSets) {
      const one = kept.get(logSet.path) ?? null;
      if (one === null) due += 1;
      const last = logs.get(logSet.path)?.rotated ?? null;
      run.say(consideredLines({ logSet, kept: one, last, now: at, zone }));
    }
    const away = policy.settings.missingok ? (unmatched().get(policy.name) ?? []) : [];
    for (const { path } of away) run.say(absentLines(path));
    if (logSets.length + away.length === 0) run.say(noLogsLines);
    if (due === 0) run.say(idleScriptLines(policy));
  };

  const tellStep = (step: Step): void => {
    const policy = policies.get(step.policy);
    if (step.log !== null && policy !== undefined && step.kind !== 'adopt' && !begun.has(step.log)) {
      begun.add(step.log);
      run.say(rotatingLines({ path: step.log, policy }, at, zone));
    }
    run.say(stepLines(step, programOf));
    if (options.debug && step.kind === 'script') run.say(scriptLines(step, policy));
  };

  const tell = (event: Event): void => {
    switch (event.kind) {
      case 'planned':
        planned(event.planning, 'before its steps');
        return;
      case 'started':
        if (voice.tellsAll) tellStep(event.step);
        return;
      case 'finished': {
        const { result } = event.outcome;
        if (result === 'failed' || result === 'refused' || result === 'stale') run.failed = true;
        run.say(outcomeLines(event.step, event.outcome, policies.get(event.step.policy)));
        return;
      }
      case 'resumed':
        voice.say('debug', `finishing what was interrupted: plan ${event.plan.id}`);
        return;
      case 'note':
        run.failed = true;
        voice.say('error', event.message);
        return;
      default:
        return;
    }
  };
  const end: Tale['end'] = () => {
    if (!voice.tellsAll) return;
    for (const policy of sectionsUntil(site.policies.length)) tellSection(policy, [], new Map());
  };
  return { tell, planned, end };
}

function programOf({ compressor }: StepOf<'compress'>): string {
  return compressor.by === 'program' ? compressor.program : compressor.codec;
}
