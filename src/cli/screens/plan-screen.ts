// What `plan` shows: per policy what would be done to each file and why, then the bytes before and
// after. Shifts and new live logs are plumbing: they show with --why.

import type { Kept, Planning, Step } from '../../plan/plan.ts';
import type { Policy } from '../../policy/policy.ts';
import { sayPolicy } from '../../policy/say.ts';
import { formatBytes } from '../../units/bytes.ts';
import { cellsOf } from '../../units/cells.ts';
import { nameOf, type Path, showPath } from '../../units/path.ts';
import { type Cell, setColumns } from '../columns.ts';
import { bar, type Look, paint, signs } from '../look.ts';
import { count, localMoment } from '../words.ts';
import { commonFolder, keptLines, setLines, stepLines } from './plan-lines.ts';

export interface PlanScreenOptions {
  readonly look: Look;
  readonly policies: readonly Policy[];
  /** Every step and every kept file with its reason. */
  readonly why: boolean;
  /** Of the file system that holds the first log; null: not known. */
  readonly space: { readonly path: Path; readonly free: number; readonly size: number } | null;
}

export function planScreen(planning: Planning, options: PlanScreenOptions): string {
  const lines = ['', head(planning, options), ''];
  const idle: string[] = [];
  for (const policy of policyNames(planning, options.policies)) {
    const block = policyBlock(planning, policy, options);
    if (block.acts) lines.push(...block.lines, '');
    else idle.push(...block.lines);
  }
  if (idle.length > 0) lines.push(...idle, '');
  for (const { message, hint } of planning.troubles) {
    lines.push(`  ${paint(options.look, 'removes', '!')} ${message}`);
    if (hint !== null) lines.push(`    hint: ${hint}`);
  }
  if (planning.troubles.length > 0) lines.push('');
  for (const warning of planning.warnings) {
    lines.push(`  ${paint(options.look, 'caution', '!')} ${warning.policy}: ${warning.message}`);
  }
  if (planning.warnings.length > 0) lines.push('');
  lines.push(...totals(planning, options), '', ...closing(planning, options), '');
  return lines.join('\n');
}

function head({ plan, kept }: Planning, { look, policies }: PlanScreenOptions): string {
  const logs = new Set([...plan.steps.flatMap(step => step.log ?? []), ...kept.map(one => one.log)]);
  const dot = look.unicode ? ' · ' : ' - ';
  const facts = [count(policies.length, 'policy', 'policies'), count(logs.size, 'log')].join(dot);
  return `  ${paint(look, 'strong', 'plan')}   ${localMoment(plan.made, plan.zone)}   ${facts}`;
}

/** In the order of the configuration; steps and kept files name policies only. */
function policyNames(planning: Planning, policies: readonly Policy[]): readonly string[] {
  const named = new Set([
    ...planning.plan.steps.map(step => step.policy),
    ...planning.kept.map(one => one.policy),
  ]);
  const ordered = policies.map(policy => policy.name).filter(name => named.has(name));
  return [...ordered, ...[...named].filter(name => !ordered.includes(name))];
}

function policyBlock(
  planning: Planning,
  name: string,
  options: PlanScreenOptions,
): { acts: boolean; lines: string[] } {
  const { look, policies } = options;
  const glyph = signs(look);
  const policy = policies.find(one => one.name === name);
  const steps = planning.plan.steps.filter(step => step.policy === name);
  const kept = planning.kept.filter(one => one.policy === name);
  const base = commonFolder([...steps.flatMap(step => step.log ?? []), ...kept.map(one => one.log)]);
  const bySize = policy?.settings.criterion.kind === 'size';
  const seen = bySize && !options.why ? steps.filter(step => step.kind !== 'adopt') : steps;
  const shown = [...stepLines(seen, base, options), ...keptLines(kept, base, options)];
  const acts =
    steps.some(step => step.kind !== 'adopt') ||
    kept.some(one => one.how === 'refused' || one.how === 'trouble') ||
    options.why;
  const says = asciiDots(policy === undefined ? '' : sayPolicy(policy), look);
  if (!acts)
    return { acts, lines: [`    ${title(name, policy, look)}  ${idleWords(steps, kept, planning)}`] };

  const lines = header({ name, policy, says, gain: gainOf(steps), base }, look);
  return {
    acts,
    lines: [
      ...lines,
      ...setLines(shown, options, glyph.side),
      `  ${glyph.close} ${scriptWords(steps, look)}`,
    ],
  };
}

function title(name: string, policy: Policy | undefined, look: Look): string {
  if (policy === undefined) return paint(look, 'strong', name);
  const where =
    policy.wholeFolder === undefined ? `${showPath(policy.at.file)}:${policy.at.line}` : 'built-in policy';
  return `${paint(look, 'strong', name)}  ${paint(look, 'quiet', where)}`;
}

interface Header {
  readonly name: string;
  readonly policy: Policy | undefined;
  readonly says: string;
  readonly gain: number;
  readonly base: Path | null;
}

/** One line where all of it fits, else what the policy says below the title. */
function header({ name, policy, says, gain, base }: Header, look: Look): string[] {
  const glyph = signs(look);
  const right = gain === 0 ? '' : ` ${gain > 0 ? glyph.minus : '+'}${formatBytes(Math.abs(gain))}`;
  const folder = base === null ? [] : [`  ${glyph.side} ${paint(look, 'quiet', showPath(base))}`];
  const short = `  ${glyph.open} ${title(name, policy, look)} `;
  const long = `${short} ${says} `;
  const isWide = cellsOf(long) + cellsOf(right) + 2 <= look.width;
  const left = isWide ? long : short;
  const rule = glyph.line.repeat(Math.max(2, look.width - cellsOf(left) - cellsOf(right)));
  const first = `${left}${paint(look, 'quiet', rule)}${paint(look, gain > 0 ? 'saves' : 'plain', right)}`;
  return isWide ? [first, ...folder] : [first, `  ${glyph.side} ${says}`, ...folder];
}

function asciiDots(text: string, look: Look): string {
  return look.unicode ? text : text.replaceAll(' · ', ' - ').replaceAll('≥', '>=').replaceAll('≤', '<=');
}

function idleWords(steps: readonly Step[], kept: readonly Kept[], planning: Planning): string {
  const next = kept.map(one => one.next).filter(at => at !== null);
  const soonest = next.length === 0 ? '' : `, next ${localMoment(Math.min(...next), planning.plan.zone)}`;
  const logs = new Set([...steps.flatMap(step => step.log ?? []), ...kept.map(one => one.log)]).size;
  const fresh = steps.length === 0 ? '' : ` (${count(steps.length, 'log')} seen for the first time)`;
  return `${count(logs, 'log')}, nothing is due${soonest}${fresh}`;
}

/** Apparent bytes that the steps of one policy free: a file that a step only moved is on the disk today. */
function gainOf(steps: readonly Step[]): number {
  const moves = new Set(steps.filter(step => step.kind === 'move').map(step => step.id));
  let gain = 0;
  for (const step of steps) {
    if (step.kind === 'compress' && step.predicted !== null) gain += step.file.size - step.predicted.bytes;
    if (step.kind === 'compact' && step.predicted !== null && !step.leaves)
      gain += step.sources.reduce((sum, { file }) => sum + file.size, 0) - step.predicted.bytes;
    if (step.kind !== 'delete') continue;
    if (step.file.madeBy === null || moves.has(step.file.madeBy)) gain += step.file.size;
  }
  return gain;
}

function scriptWords(steps: readonly Step[], look: Look): string {
  const scripts = steps.filter(step => step.kind === 'script');
  if (scripts.length === 0) return paint(look, 'quiet', 'no script');
  const times = new Map<string, number>();
  for (const step of scripts) {
    const label = `${step.script} (${showPath(nameOf(step.at.file))}:${step.at.line})`;
    times.set(label, (times.get(label) ?? 0) + 1);
  }
  return [...times]
    .map(([label, number]) => (number === 1 ? `runs ${label}` : `runs ${label} ${number} times`))
    .join(', ');
}

function totals(planning: Planning, { look, space }: PlanScreenOptions): string[] {
  const { now, after, error, extra } = planning.totals;
  const glyph = signs(look);
  const width = Math.max(16, Math.min(48, look.width - 62));
  const largest = Math.max(now, after, 1);
  const change = now - after;
  const percent = now === 0 ? '0 %' : `${((Math.abs(change) / now) * 100).toFixed(1)} %`;
  const sign = change >= 0 ? glyph.minus : '+';
  const moved =
    change === 0
      ? 'no change'
      : `${sign}${formatBytes(Math.abs(change))}  ${sign}${percent}  ${glyph.plusMinus}${formatBytes(error)}`;
  const rows: Cell[][] = [
    [
      { text: '  now' },
      { text: formatBytes(now), right: true },
      { text: bar(look, now / largest, width) },
      { text: '' },
    ],
    [
      { text: '  after' },
      { text: formatBytes(after), right: true },
      { text: bar(look, after / largest, width) },
      { text: paint(look, change > 0 ? 'saves' : 'plain', moved) },
    ],
  ];
  if (space !== null) {
    const used = space.size === 0 ? 0 : 1 - space.free / space.size;
    const fits = extra <= space.free ? paint(look, 'saves', 'fits') : paint(look, 'removes', 'does not fit');
    rows.push([
      { text: '  disk' },
      { text: `${(used * 100).toFixed(1)} %`, right: true },
      { text: bar(look, used, width) },
      { text: `${formatBytes(space.free)} free of ${formatBytes(space.size)}` },
    ]);
    if (extra > 0) {
      rows.push([
        { text: '  extra' },
        { text: `+${formatBytes(extra)}`, right: true },
        { text: `while it runs: ${fits}` },
      ]);
    }
  }
  return setColumns(rows);
}

function closing({ plan, kept }: Planning, { look }: PlanScreenOptions): string[] {
  const number = (kind: Step['kind'], test: (step: Step) => boolean = () => true): number =>
    plan.steps.filter(step => step.kind === kind && test(step)).length;
  const rotations = plan.steps.filter(
    step => (step.kind === 'move' || step.kind === 'copy') && step.rotates,
  ).length;
  const emptied = number('truncate', step => step.kind === 'truncate' && step.copy === null);
  const refused = kept.filter(one => one.how === 'refused').length;
  const trouble = kept.filter(one => one.how === 'trouble').length;
  const facts = [
    `${rotations} rotate`,
    `${number('compress')} compress`,
    `${number('delete')} delete`,
    `${kept.filter(one => one.how === 'not due').length} leave`,
  ];
  if (emptied > 0) facts.push(`${emptied} empty`);
  if (number('compact') > 0) facts.push(`${number('compact')} compact`);
  if (refused > 0) facts.push(paint(look, 'caution', `${refused} refused`));
  if (trouble > 0) facts.push(paint(look, 'removes', `${trouble} in trouble`));
  const dot = look.unicode ? ' · ' : ' - ';
  return [`  ${facts.join(dot)}   Nothing was changed.`];
}
