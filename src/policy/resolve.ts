// From what was written to a Policy: rules that span directives, the differences between logmill's
// own commands and the logrotate door as named settings, and the policy that is built in.

import type { Path } from '../units/path.ts';
import { join, nameOf } from '../units/path.ts';
import type { Dialect } from './arguments.ts';
import { resolveCompactor, resolveCompressor } from './compressor.ts';
import type { Diagnostic, Span } from './diagnostic.ts';
import { type Draft, freshDraft, type Written } from './draft.ts';
import { escapeGlob } from './glob.ts';
import type { Conduct, Pattern, Policy, Settings } from './policy.ts';

/** The one table of differences (rulings 22); the README prints it. */
const conducts: Readonly<Record<Dialect, Conduct>> = {
  logmill: {
    onSameDate: 'number',
    otherNames: 'count',
    withoutRetention: 'refuse',
    unknownDirective: 'error',
    leftovers: 'each round',
    missingLogs: 'forget',
    sharedTrouble: 'go on',
    waitForWriter: 0,
  },
  logrotate: {
    onSameDate: 'skip',
    otherNames: 'leave',
    withoutRetention: 'rotate 0',
    unknownDirective: 'warning',
    leftovers: 'at rotation',
    missingLogs: 'remember',
    sharedTrouble: 'leave the section',
    waitForWriter: 5000,
  },
};

export function conductOf(dialect: Dialect): Conduct {
  return conducts[dialect];
}

const dayMs = 86_400_000;

/** Stands where a file's digest stands else. */
export const builtInDigest = 'built-in';

/** What `--logs DIR` means without a policy file (rulings 18). */
export function builtInPolicy(folder: Path, options: { readonly recursive: boolean }): Policy {
  const at: Span = { file: folder, line: 1, column: 1, length: 1 };
  const pattern = join(escapeGlob(folder), '*');
  const draft = freshDraft('logmill');
  Object.assign(draft.settings, {
    criterion: { kind: 'size', size: 10 * 1_048_576 },
    rotate: 14,
    keepfor: 7 * dayMs,
    missingok: true,
    ifempty: false,
    copytruncate: true,
    compress: true,
  } satisfies Partial<Settings>);
  return {
    name: nameOf(folder) || 'logs',
    at,
    patterns: [{ text: pattern, at }],
    patternText: pattern,
    settings: settingsOf(draft, 'logmill').settings,
    writtenAt: {},
    conduct: conductOf('logmill'),
    digest: builtInDigest,
    wholeFolder: { folder, recursive: options.recursive },
  };
}

/** A section that is read to its end. */
export interface WrittenSection {
  readonly name: string;
  readonly at: Span;
  /** The line with the section's first pattern. */
  readonly line: string;
  readonly patterns: readonly Pattern[];
  readonly patternText: string;
  readonly draft: Draft;
  readonly digest: () => string;
}

/** The policy, null when it is not to be served, and what is to be said about it. */
export function resolve(
  section: WrittenSection,
  dialect: Dialect,
): { readonly policy: Policy | null; readonly diagnostics: readonly Diagnostic[] } {
  const { settings, problem } = settingsOf(section.draft, dialect);
  const diagnostics: Diagnostic[] = [];
  if (problem !== null) diagnostics.push(problem);
  for (const rule of rules[dialect]) {
    const found = rule(section, settings);
    if (found !== null) diagnostics.push(found);
  }
  if (diagnostics.some(diagnostic => diagnostic.severity === 'error')) return { policy: null, diagnostics };
  const { name, at, patterns, patternText, digest } = section;
  const writtenAt = Object.fromEntries(
    Object.entries(section.draft.written).map(([key, written]) => [key, written.at]),
  );
  const policy: Policy = {
    name,
    at,
    patterns,
    patternText,
    settings,
    writtenAt,
    conduct: conductOf(dialect),
    get digest() {
      return digest();
    },
  };
  return { policy, diagnostics };
}

function settingsOf(draft: Draft, dialect: Dialect): { settings: Settings; problem: Diagnostic | null } {
  const { createAs, createolddirAs, ...said } = draft.settings;
  const { compresscmd, compressoptions, compressext, compactcmd, compactoptions, ...rest } = said;
  const compression = resolveCompressor({ compresscmd, compressoptions, compressext }, dialect);
  const compaction = resolveCompactor(compactcmd, compactoptions);
  // Only a rotate that is written deletes by count (rulings 15).
  const isCounted = dialect === 'logrotate' || draft.written.rotate !== undefined || !saysWhatIsKept(draft);
  const settings: Settings = {
    ...rest,
    rotate: isCounted ? rest.rotate : -1,
    compressor: compression.compressor,
    compactor: compaction.compactor,
  };
  const { compressoptions: ofCompress, compactoptions: ofCompact, compactcmd: ofCommand } = draft.written;
  const [problem, written] =
    compression.problem === null
      ? [compaction.problem, compaction.problem?.option === compactcmd ? ofCommand : ofCompact]
      : [compression.problem, ofCompress];
  if (problem === null || written === undefined) return { settings, problem: null };
  const place = written.line.indexOf(problem.option, written.at.column - 1 + written.at.length);
  const at = place < 0 ? written.at : { ...written.at, column: place + 1, length: problem.option.length };
  return {
    settings,
    problem: { severity: 'error', at, line: written.line, message: problem.message, hint: problem.hint },
  };
}

function saysWhatIsKept(draft: Draft): boolean {
  return ['rotate', 'maxage', 'keepfor', 'maxtotal', 'budget'].some(
    keyword => draft.written[keyword] !== undefined,
  );
}

/** A rule looks over a whole section; null: nothing to say. */
type Rule = (section: WrittenSection, settings: Settings) => Diagnostic | null;

const delayWithoutCompress: Rule = ({ draft, patternText }, settings) => {
  const written = draft.written.delaycompress;
  if (!settings.delaycompress || settings.compress || written === undefined) return null;
  const told = tell(
    'warning',
    written,
    'delaycompress does nothing without compress',
    'add compress, or leave it out',
  );
  const text = `${patternText}: 'delaycompress' is enabled but 'compress' is not; ignoring 'delaycompress'`;
  return { ...told, asLogrotate: [{ level: 'warning', text }] };
};

/** The door obeys logrotate's default, and says so (rulings 15). */
const noneIsKept: Rule = section => {
  if (section.draft.written.rotate !== undefined) return null;
  const message = "this section does not say how many old logs are kept, and logrotate's default is none";
  return tell(
    'warning',
    sectionLine(section),
    message,
    'add rotate N to keep N old logs, or rotate 0 to mean it',
  );
};

const retentionUnsaid: Rule = section => {
  if (saysWhatIsKept(section.draft)) return null;
  const hint = 'add rotate N, maxage DAYS or keepfor AGE (rotate 0 keeps none, rotate -1 all)';
  return tell('error', sectionLine(section), 'this section does not say how long old logs are kept', hint);
};

const nothingEverDeleted: Rule = ({ draft }, settings) => {
  const written = draft.written.keepfor;
  if (written === undefined || draft.written.rotate !== undefined || settings.maxage !== null) return null;
  if (settings.maxtotal !== null || settings.budget !== null) return null;
  const hint =
    'add rotate N or maxage DAYS for what may go afterwards, or rotate -1 to say that nothing does';
  return tell('warning', written, 'keepfor alone deletes nothing: it only says what must stay', hint);
};

const maxageWithinKeepfor: Rule = ({ draft }, settings) => {
  const written = draft.written.maxage;
  if (written === undefined || settings.maxage === null || settings.keepfor === null) return null;
  if (settings.maxage * dayMs >= settings.keepfor) return null;
  return tell(
    'warning',
    written,
    `maxage ${settings.maxage} waits for keepfor, which is longer`,
    'make keepfor the shorter of the two',
  );
};

const copyWithRenamecopy: Rule = ({ draft }, settings) => {
  const written = draft.written.renamecopy;
  if (!settings.copy || !settings.renamecopy || written === undefined) return null;
  return tell('error', written, 'copy and renamecopy exclude each other', 'keep one of them');
};

const createWithoutMove: Rule = ({ draft }, settings) => {
  const written = draft.written.create;
  if (written === undefined || settings.create === null || !(settings.copy || settings.copytruncate))
    return null;
  const by = settings.copytruncate ? 'copytruncate' : 'copy';
  return tell('note', written, `create does nothing with ${by}: the log stays where it is`, null);
};

const truncatewithWithoutCopytruncate: Rule = ({ draft }, settings) => {
  const written = draft.written.truncatewith;
  if (written === undefined || settings.copytruncate) return null;
  return tell('note', written, 'truncatewith does nothing without copytruncate', null);
};

const compactWithoutCompress: Rule = ({ draft }, settings) => {
  const written = draft.written.compact;
  if (settings.compact === null || settings.compress || written === undefined) return null;
  return tell(
    'warning',
    written,
    'compact joins archives only, and nothing here makes any',
    'add compress, or leave it out',
  );
};

const compactWithMail: Rule = ({ draft }, settings) => {
  const written = draft.written.compact;
  if (settings.compact === null || settings.mail === null || settings.mailfirst || written === undefined)
    return null;
  const hint = 'leave compact out, or say mailfirst to mail each log when it is rotated';
  return tell('warning', written, 'nothing is joined with mail: old logs are mailed one by one', hint);
};

const floorWithoutBudget: Rule = ({ draft }, settings) => {
  const written = draft.written.budgetfloor;
  if (written === undefined || settings.budget !== null) return null;
  return tell(
    'warning',
    written,
    'budgetfloor does nothing without budget',
    'add budget SIZE, or say keepfor or maxtotal',
  );
};

/** What rotates has no meaning where the log is left alone, so it is not left to be wondered about. */
const leaveliveRotates: Rule = ({ draft }, settings) => {
  const written = draft.written.leavelive;
  if (written === undefined || !settings.leavelive) return null;
  const idle = ['copytruncate', 'copy', 'create', 'renamecopy'].find(
    keyword => draft.written[keyword] !== undefined,
  );
  if (idle === undefined) return null;
  const hint = 'keep leavelive for a program that rotates its log by itself, and else the other';
  return tell('warning', written, `${idle} does nothing with leavelive: the log is never touched`, hint);
};

const rules: Readonly<Record<Dialect, readonly Rule[]>> = {
  logmill: [
    delayWithoutCompress,
    retentionUnsaid,
    nothingEverDeleted,
    maxageWithinKeepfor,
    copyWithRenamecopy,
    createWithoutMove,
    truncatewithWithoutCopytruncate,
    compactWithoutCompress,
    compactWithMail,
    floorWithoutBudget,
    leaveliveRotates,
  ],
  logrotate: [delayWithoutCompress, noneIsKept],
};

function sectionLine(section: WrittenSection): Written {
  return { at: section.at, line: section.line };
}

function tell(
  severity: Diagnostic['severity'],
  written: Written,
  message: string,
  hint: string | null,
): Diagnostic {
  return { severity, at: written.at, line: written.line, message, hint };
}
