// What a person sees while a plan is applied: on a terminal a frame with what is under way, bar,
// rate and time left; else one line per finished step. Both end with the same closing lines.

import type { createLogUpdate } from 'log-update';
import type { Event, Tell } from '../../apply/event.ts';
import type { Facts, Outcome } from '../../ledger/outcome.ts';
import { describeStep } from '../../plan/describe.ts';
import type { Plan, Step, StepOf } from '../../plan/plan.ts';
import { type Bytes, formatBytes } from '../../units/bytes.ts';
import { cellsOf } from '../../units/cells.ts';
import { type EpochMs, formatDuration } from '../../units/duration.ts';
import { nameOf, showPath } from '../../units/path.ts';
import type { Clock } from '../../world/world.ts';
import { cut, cutFront } from '../cells.ts';
import { bar, type Look, type Meaning, paint, signs } from '../look.ts';
import { clockTime, count } from '../words.ts';

export interface ApplyScreen {
  readonly tell: Tell;
  /** Takes the frame away and gives the closing lines. */
  end(): string;
}

/** Sums over all that was told; the figures are those of the outcomes. */
interface Tally {
  steps: number;
  finished: number;
  rotated: number;
  compressedFrom: number;
  compressedTo: number;
  deleted: number;
  predicted: number;
  failed: number;
  refused: number;
  deferred: number;
}

interface Underway {
  readonly step: Step;
  readonly since: EpochMs;
  read: number;
}

/** @param frame what is drawn anew over and over; null: lines only */
export function makeApplyScreen(
  look: Look,
  clock: Clock,
  write: (text: string) => void,
  frame: ReturnType<typeof createLogUpdate> | null,
): ApplyScreen {
  const began = clock.now();
  const tally: Tally = {
    steps: 0,
    finished: 0,
    rotated: 0,
    compressedFrom: 0,
    compressedTo: 0,
    deleted: 0,
    predicted: 0,
    failed: 0,
    refused: 0,
    deferred: 0,
  };
  const underway = new Map<string, Underway>();
  const work = { whole: 0, done: 0 };
  let drawn = 0;

  const line = (text: string): void => {
    if (frame === null) write(`${text}\n`);
    else frame.persist(text);
  };
  const draw = (force: boolean): void => {
    const now = clock.now();
    if (frame === null || (!force && now - drawn < 100)) return;
    drawn = now;
    frame(frameText({ look, tally, underway: [...underway.values()], work, began, now }));
  };

  const tell = (event: Event): void => {
    switch (event.kind) {
      case 'resumed':
        adopt(event.plan, tally, work);
        line(
          `  ${paint(look, 'caution', 'resume')}  an interrupted plan is finished first: ${count(event.done, 'step')} of ${event.plan.steps.length} were done`,
        );
        break;
      case 'planned':
        adopt(event.planning.plan, tally, work);
        break;
      case 'started':
        underway.set(keyOf(event.plan, event.step), { step: event.step, since: event.at, read: 0 });
        draw(false);
        break;
      case 'progress': {
        const one = underway.get(keyOf(event.plan, event.step));
        if (one !== undefined) one.read = event.read;
        draw(false);
        break;
      }
      case 'finished': {
        underway.delete(keyOf(event.plan, event.step));
        tally.finished += 1;
        work.done += weightOf(event.step);
        add(tally, event.plan, event.step, event.outcome);
        const said = finishedLine(event.plan, event.step, event.outcome, event.at, look);
        if (said !== null) line(said);
        draw(false);
        break;
      }
      case 'trouble':
        line(`  ${paint(look, 'caution', '!')} ${showPath(event.kept.path)}: ${event.kept.why.text}`);
        break;
      case 'note':
        line(`  ${event.message}`);
        break;
      case 'closed':
        draw(true);
        break;
      default:
        event satisfies never;
    }
  };
  return {
    tell,
    end: () => {
      frame?.clear();
      frame?.done();
      return closing(tally, clock.now() - began, look);
    },
  };
}

const keyOf = (plan: Plan, step: Step): string => `${plan.id}/${step.id}`;

/** Bytes that a step has to read: what the bar counts. */
function weightOf(step: Step): number {
  if (step.kind === 'compact') return step.sources.reduce((sum, { file }) => sum + file.size, 0);
  return step.kind === 'compress' || step.kind === 'copy' ? step.file.size : 0;
}

function adopt(plan: Plan, tally: Tally, work: { whole: number }): void {
  tally.steps += plan.steps.length;
  for (const step of plan.steps) {
    work.whole += weightOf(step);
    if (step.kind === 'compress' || step.kind === 'compact') tally.predicted += step.predicted?.bytes ?? 0;
  }
}

/** Plain files that a step of their own deletes once their archive is whole (preremove, shred). */
const inTwoSteps = new WeakMap<Plan, ReadonlySet<string>>();

function isInTwo(plan: Plan, step: StepOf<'compress' | 'delete'>): boolean {
  const key = ({ file }: StepOf<'compress' | 'delete'>): string => `${file.id} ${file.madeBy} ${file.path}`;
  let known = inTwoSteps.get(plan);
  if (known === undefined) {
    const packed = new Set(plan.steps.flatMap(one => (one.kind === 'compress' ? [key(one)] : [])));
    const removed = plan.steps.flatMap(one => (one.kind === 'delete' ? [key(one)] : []));
    known = new Set(removed.filter(one => packed.has(one)));
    inTwoSteps.set(plan, known);
  }
  return known.has(key(step));
}

/** The size of the archive: beside it the plain file may still stand. */
function packedSize(plan: Plan, step: StepOf<'compress'>, { before, after }: Facts['footprint']): Bytes {
  const stands = isInTwo(plan, step) && after.apparent >= before.apparent;
  return after.apparent - (stands ? before.apparent : 0);
}

function add(tally: Tally, plan: Plan, step: Step, outcome: Outcome): void {
  if (outcome.result === 'failed' || outcome.result === 'stale') tally.failed += 1;
  if (outcome.result === 'refused') tally.refused += 1;
  if (outcome.result === 'deferred') tally.deferred += 1;
  if (outcome.result !== 'done' && outcome.result !== 'already') return;
  const { before, after } = outcome.footprint;
  if ((step.kind === 'move' || step.kind === 'copy') && step.rotates) tally.rotated += 1;
  if (step.kind === 'compress') {
    tally.compressedFrom += before.apparent;
    tally.compressedTo += packedSize(plan, step, outcome.footprint);
  }
  if (step.kind === 'compact') {
    // What is cut off is deleted; the rest has only become smaller.
    tally.compressedFrom += before.apparent - step.cut;
    tally.compressedTo += after.apparent;
    tally.deleted += step.cut;
  }
  if (step.kind === 'delete' && !isInTwo(plan, step)) tally.deleted += before.apparent - after.apparent;
}

/** One line a finished step that a person cares about; shifts and the like go unsaid. */
function finishedLine(plan: Plan, step: Step, outcome: Outcome, at: EpochMs, look: Look): string | null {
  const glyph = signs(look);
  const when = look.live ? ' ' : `${clockTime(at, plan.zone)}`;
  const form = (meaning: Meaning, sign: string, verb: string, name: string, rest: string): string =>
    `${look.live ? ' ' : when} ${paint(look, meaning, look.live ? `${sign} ${verb.padEnd(8)}` : verb.padEnd(8))} ${name}  ${rest}`;
  const name = showPath(subjectOf(step));
  if (outcome.result === 'skipped') return null;
  if (outcome.result === 'failed')
    return form(
      'removes',
      glyph.delete,
      'failed',
      name,
      `${outcome.message}${outcome.hint === null ? '' : `; hint: ${outcome.hint}`}`,
    );
  if (outcome.result === 'stale')
    return form('caution', glyph.caution, 'stale', name, `${outcome.found}: left as it is`);
  if (outcome.result === 'refused')
    return form(
      'caution',
      glyph.caution,
      'refused',
      name,
      `${outcome.message}${outcome.hint === null ? '' : `; hint: ${outcome.hint}`}`,
    );
  if (outcome.result === 'deferred') return form('caution', glyph.caution, 'deferred', name, outcome.message);
  const { before, after } = outcome.footprint;
  const took = outcome.result === 'done' ? formatDuration(outcome.took) : 'already done';
  switch (step.kind) {
    case 'move':
    case 'copy':
      return step.rotates
        ? form(
            'acts',
            glyph.rotate,
            'rotate',
            name,
            `${glyph.arrow} ${showPath(nameOf(step.to))}  ${formatBytes(step.file.size)}  ${took}`,
          )
        : null;
    case 'compress': {
      const size = packedSize(plan, step, outcome.footprint);
      const ratio = size === 0 ? '' : `  ${(before.apparent / size).toFixed(2)}x`;
      const proof = outcome.plain === null ? '' : `  sha256:${outcome.plain.sha256.slice(0, 8)} verified`;
      return form(
        'saves',
        glyph.compress,
        'compress',
        name,
        `${formatBytes(before.apparent)} ${glyph.arrow} ${formatBytes(size)}${ratio}  ${took}${proof}`,
      );
    }
    case 'compact': {
      const { verb, subject } = describeStep(step);
      const sizes = `${formatBytes(before.apparent)} ${glyph.arrow} ${formatBytes(after.apparent)}`;
      return form('saves', glyph.compress, verb, subject, `${sizes}  ${took}  verified`);
    }
    case 'delete':
      return form('removes', glyph.delete, 'delete', name, `${formatBytes(before.apparent)} freed`);
    case 'truncate': {
      // A collapse loses nothing and needs no word; what could be lost is said, also when it is 0.
      if (outcome.window === null)
        return step.copy === null ? form('acts', glyph.rotate, 'empty', name, took) : null;
      const { atRisk, took: open } = outcome.window;
      if (atRisk === 0) return null;
      return form(
        'caution',
        glyph.caution,
        'empty',
        name,
        `${formatBytes(atRisk)} came in within ${formatDuration(open)}: at risk`,
      );
    }
    case 'mail':
      return form('quiet', glyph.script, 'mail', name, `to ${step.address}  ${took}`);
    case 'script':
      return form('quiet', glyph.script, step.script, name, took);
    default:
      return null;
  }
}

function subjectOf(step: Step): string {
  switch (step.kind) {
    case 'move':
    case 'copy':
    case 'truncate':
    case 'compress':
    case 'delete':
    case 'mail':
      return step.file.path;
    case 'compact':
      return step.to;
    case 'create':
    case 'make-folder':
      return step.path;
    case 'adopt':
      return step.log ?? step.policy;
    case 'script':
      return step.args[0]?.split('\n')[0] ?? step.policy;
    default:
      return step satisfies never;
  }
}

interface Frame {
  readonly look: Look;
  readonly tally: Tally;
  readonly underway: readonly Underway[];
  readonly work: { readonly whole: number; readonly done: number };
  readonly began: EpochMs;
  readonly now: EpochMs;
}

function frameText({ look, tally, underway, work, began, now }: Frame): string {
  const long = underway.filter(one => weightOf(one.step) > 0);
  const done = work.done + long.reduce((sum, one) => sum + Math.min(one.read, weightOf(one.step)), 0);
  const share = work.whole === 0 ? (tally.steps === 0 ? 0 : tally.finished / tally.steps) : done / work.whole;
  const gone = now - began;
  const left =
    share > 0.01 && share < 1
      ? `  ${look.unicode ? '≈' : 'about'} ${formatDuration((gone / share) * (1 - share))} left`
      : '';
  const width = Math.max(10, Math.min(36, look.width - 60));
  const head = `  ${paint(look, 'strong', 'apply')}  ${bar(look, share, width)} ${Math.floor(share * 100)} %  ${tally.finished} of ${count(tally.steps, 'step')}  ${formatDuration(gone)} gone${left}`;
  const rows = long.slice(0, 8).map(one => underwayLine(one, now, look));
  return [cut(look, head, look.width + (head.length - cellsOf(head))), ...rows].join('\n');
}

function underwayLine(one: Underway, now: EpochMs, look: Look): string {
  const whole = weightOf(one.step);
  const share = whole === 0 ? 1 : one.read / whole;
  const took = Math.max(1, now - one.since);
  const rate = `${formatBytes((one.read / took) * 1000)}/s`;
  const name = cutFront(look, showPath(subjectOf(one.step)), Math.max(16, look.width - 58));
  return `  ${paint(look, 'acts', signs(look).working)} ${one.step.kind.padEnd(8)} ${name}  ${bar(look, share, 12)} ${Math.floor(share * 100)} %  ${rate}`;
}

function closing(tally: Tally, took: number, look: Look): string {
  const saved = tally.compressedFrom - tally.compressedTo + tally.deleted;
  if (tally.finished === 0) return '  nothing to do: every log is as its policy wants it';
  const glyph = signs(look);
  const dot = look.unicode ? ' · ' : ' - ';
  const lines = [
    `  ${paint(look, 'strong', 'done')}  ${count(tally.finished, 'step')} in ${formatDuration(took)}${dot}${tally.rotated} rotated${dot}` +
      `${formatBytes(tally.compressedFrom)} ${glyph.arrow} ${formatBytes(tally.compressedTo)} compressed and verified${dot}${formatBytes(tally.deleted)} deleted`,
    `  ${paint(look, 'saves', `${formatBytes(saved)} saved`)}${accuracy(tally)}`,
  ];
  if (tally.deferred > 0)
    lines.push(paint(look, 'caution', `  ${tally.deferred} deferred: still held by a writer`));
  if (tally.refused > 0) lines.push(paint(look, 'caution', `  ${tally.refused} refused for safety`));
  if (tally.failed > 0) lines.push(paint(look, 'removes', `  ${tally.failed} failed or stale: see above`));
  return lines.join('\n');
}

function accuracy({ predicted, compressedTo }: Tally): string {
  if (predicted === 0 || compressedTo === 0) return '';
  const off = ((predicted - compressedTo) / compressedTo) * 100;
  return `; predicted ${formatBytes(predicted)}, ${Math.abs(off).toFixed(1)} % ${off >= 0 ? 'more' : 'less'} than it took`;
}
