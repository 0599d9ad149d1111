// Where what logrotate left and what our door left differ, one entry for each place.

import type { Left } from './run-both.ts';

export interface Discrepancy {
  readonly of: 'exit' | 'file' | 'state' | 'calls';
  /** The file or log; the number of the run for an exit status. */
  readonly at: string;
  /** null: it is not there. */
  readonly theirs: string | null;
  readonly ours: string | null;
}

export function compare(theirs: Left, ours: Left): Discrepancy[] {
  const exits = theirs.exits.flatMap((code, run) =>
    differing('exit', `${run}`, `${code}`, `${ours.exits[run] ?? null}`),
  );
  const files = keysOf(theirs.files, ours.files).flatMap(name =>
    differing('file', name, shown(theirs.files[name]), shown(ours.files[name])),
  );
  const state = keysOf(theirs.state, ours.state).flatMap(log =>
    differing('state', log, theirs.state[log] ?? null, ours.state[log] ?? null),
  );
  return [...exits, ...files, ...state, ...differingCalls(theirs.calls.join('\n'), ours.calls.join('\n'))];
}

/** The blank at the end of a shared script's `$1` stands apart, so that it hides nothing else. */
function differingCalls(theirs: string, ours: string): Discrepancy[] {
  const trimmed = theirs.replaceAll(' ]', ']');
  const blank = trimmed === theirs ? [] : differing('calls', 'blank', theirs, trimmed);
  return [...blank, ...differing('calls', '', trimmed, ours)];
}

function differing(
  of: Discrepancy['of'],
  at: string,
  theirs: string | null,
  ours: string | null,
): Discrepancy[] {
  return theirs === ours ? [] : [{ of, at, theirs, ours }];
}

function keysOf(one: Readonly<Record<string, unknown>>, other: Readonly<Record<string, unknown>>): string[] {
  return [...new Set([...Object.keys(one), ...Object.keys(other)])].sort();
}

function shown(file: Left['files'][string] | undefined): string | null {
  if (file === undefined) return null;
  return `${JSON.stringify(file.content)} mode ${file.mode} owner ${file.owner} day ${file.day}`;
}
