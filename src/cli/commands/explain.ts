// `logmill explain FILE`: which policy has it, what is in force and where each value was written,
// when it rotates next and why.

import type { LogSet } from '../../logs/log-set.ts';
import { observeGenerations } from '../../observe/generations.ts';
import { observeLogs } from '../../observe/log-sets.ts';
import { describeStep } from '../../plan/describe.ts';
import { dueOf } from '../../plan/due.ts';
import { makePlan } from '../../plan/make-plan.ts';
import { momentOf } from '../../plan/moment.ts';
import type { Kept, Step } from '../../plan/plan.ts';
import { directiveNamed, rivals } from '../../policy/directives.ts';
import type { Policy } from '../../policy/policy.ts';
import { linesOf } from '../../policy/print.ts';
import { sayPolicy } from '../../policy/say.ts';
import { formatBytes } from '../../units/bytes.ts';
import { formatDuration } from '../../units/duration.ts';
import { nameOf, type Path, showPath } from '../../units/path.ts';
import type { World } from '../../world/world.ts';
import { absolute } from '../absolute.ts';
import { type Cell, setColumns } from '../columns.ts';
import { type ExitCode, exitCodes } from '../exit-codes.ts';
import { type Look, paint } from '../look.ts';
import { type Output, Stop } from '../output.ts';
import { gatherPolicies, openSite, type SiteOptions } from '../site.ts';
import { localMoment, servedPatterns } from '../words.ts';

export interface ExplainOptions extends SiteOptions {
  readonly json?: boolean | undefined;
}

export async function explainCommand(
  world: World,
  file: string,
  paths: readonly string[],
  options: ExplainOptions,
  output: Output,
): Promise<ExitCode> {
  const set = gatherPolicies(world, paths, options, output);
  const site = await openSite(world, set, options, 'for reading');
  const state = site.ledger.state();
  await site.ledger.end();
  const wanted = absolute(file);
  const seen = await observeLogs(world, set.policies, { nonce: site.nonce(), known: state.logs });
  const observation = await observeGenerations(world, seen, 'all', state, 'with writers');
  const logSet = observation.logSets.find(
    one => one.path === wanted || one.generations.some(generation => generation.path === wanted),
  );
  if (logSet === undefined) {
    throw new Stop('failed', `no policy has ${showPath(file)}`, servedPatterns(set.policies));
  }
  const only = { ...observation, logSets: [logSet] };
  const planning = makePlan({
    observation: only,
    state,
    forced: null,
    cause: { trigger: 'explain', detail: file },
  });
  const due = dueOf(logSet, state, momentOf(seen, null));
  if (options.json === true) {
    output.json({
      format: 1,
      log: logSet.path,
      file: wanted,
      policy: policyJson(logSet.policy),
      live: logSet.live,
      obstacle: logSet.obstacle,
      writers: logSet.writers,
      generations: logSet.generations,
      due,
      steps: planning.plan.steps,
      kept: planning.kept,
    });
    return exitCodes.done;
  }
  output.answer(
    explainScreen({
      logSet,
      wanted,
      due,
      steps: planning.plan.steps,
      kept: planning.kept,
      zone: seen.zone,
      rotated: state.logs.get(logSet.path)?.rotated ?? null,
      look: output.look,
    }),
  );
  return exitCodes.done;
}

function policyJson(policy: Policy): unknown {
  const { name, at, patterns, settings, writtenAt } = policy;
  return { name, at, patterns: patterns.map(one => one.text), says: sayPolicy(policy), settings, writtenAt };
}

interface Explained {
  readonly logSet: LogSet;
  readonly wanted: Path;
  readonly due: ReturnType<typeof dueOf>;
  readonly steps: readonly Step[];
  readonly kept: readonly Kept[];
  readonly zone: string;
  readonly rotated: number | null;
  readonly look: Look;
}

function explainScreen(explained: Explained): string {
  const { logSet, wanted, due, look, zone, rotated } = explained;
  const { policy, live } = logSet;
  const strong = (text: string): string => paint(look, 'strong', text);
  const quiet = (text: string): string => paint(look, 'quiet', text);
  const facts: string[][] = [
    ['log', showPath(logSet.path)],
    [
      'policy',
      `${policy.name}  ${quiet(`${showPath(policy.at.file)}:${policy.at.line}`)}  ${sayPolicy(policy)}`,
    ],
    [
      'now',
      live === null
        ? 'there is no such file'
        : `${formatBytes(live.size)}, ${logSet.generations.length} generations with ${formatBytes(logSet.generations.reduce((sum, one) => sum + one.size, 0))}`,
    ],
    ['writers', writersOf(logSet)],
    ['rotated', rotated === null ? 'never seen before' : localMoment(rotated, zone)],
    [
      'next',
      `${due.due ? paint(look, 'acts', 'due now') : due.next === null ? 'when its size says so' : localMoment(due.next, zone)}: ${due.why.text}`,
    ],
  ];
  if (wanted !== logSet.path) facts.unshift(['file', `${showPath(wanted)}, a generation of`]);
  if (logSet.obstacle !== null)
    facts.push([
      'but',
      paint(
        look,
        'caution',
        `${logSet.obstacle.words}${logSet.obstacle.hint === null ? '' : `; ${logSet.obstacle.hint}`}`,
      ),
    ]);

  const lines = [
    '',
    ...setColumns(facts.map(([label = '', text = '']) => [{ text: `  ${quiet(label)}` }, { text }])),
    '',
    `  ${strong('in force')}`,
  ];
  lines.push(...setColumns(settingsOf(policy)));
  if (explained.steps.length > 0) {
    lines.push('', `  ${strong('what would be done now')}`);
    lines.push(...setColumns(explained.steps.map(step => stepRow(step, quiet))));
  }
  if (explained.kept.length > 0) {
    lines.push('', `  ${strong('what stays')}`);
    lines.push(
      ...setColumns(
        explained.kept.map(one => [
          { text: `    ${showPath(one.path)}` },
          { text: formatBytes(one.size), right: true },
          { text: quiet(one.why.text) },
        ]),
      ),
    );
  }
  return [...lines, ''].join('\n');
}

function stepRow(step: Step, quiet: (text: string) => string) {
  const { verb, subject, detail } = describeStep(step);
  return [{ text: `    ${verb}` }, { text: subject }, { text: detail }, { text: quiet(step.why.text) }];
}

function writersOf({ writers }: LogSet): string {
  if (writers === null) return 'not looked at, or not known';
  if (writers.length === 0) return 'nobody holds it open';
  return writers
    .map(one => `${showPath(one.name)} (pid ${one.pid}${one.append === false ? ', without O_APPEND' : ''})`)
    .join(', ');
}

/** Each directive in force: what it is, its value, and where that was written. */
function settingsOf(policy: Policy): readonly Cell[][] {
  const scripts = Object.entries(policy.settings.scripts).map(
    ([name, script]) => `${name} ${script.text.trim().split('\n').length} lines`,
  );
  return [...linesOf(policy.settings), ...scripts].map(line => {
    const [keyword = '', ...rest] = line.split(' ');
    const value = readable(keyword, rest.join(' '));
    return [
      { text: `    ${keyword}` },
      { text: value },
      { text: placeOf(policy, keyword) },
      { text: directiveNamed(keyword)?.says ?? '' },
    ];
  });
}

const sizes = new Set(['size', 'minsize', 'maxsize', 'maxtotal', 'budget']);

/** Bytes and seconds as a person reads them. */
function readable(keyword: string, value: string): string {
  if (sizes.has(keyword)) return formatBytes(Number(value));
  const seconds = /^(\d+)s$/.exec(value);
  return seconds === null ? value : formatDuration(Number(seconds[1]) * 1000);
}

/** Rivals share a slot: `nocompress` is where compress was settled. */
function placeOf(policy: Policy, keyword: string): string {
  const slot = directiveNamed(keyword)?.slot ?? keyword;
  const written = [keyword, ...(rivals.get(slot) ?? [])]
    .map(one => policy.writtenAt[one])
    .find(at => at !== undefined);
  return written === undefined ? 'default' : `${showPath(nameOf(written.file))}:${written.line}`;
}
