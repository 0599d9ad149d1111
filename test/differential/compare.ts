// Where what logrotate left and what our door left differ, one entry for each place.

import type { Left, LeftFile } from './look.ts';
import type { Both } from './run-both.ts';

export interface Discrepancy {
  /**
   * call: a script or letter that one of them has more often. order: the rest of the calls come in
   * another order. blank: only in the blank at the end of a shared script's `$1`.
   */
  readonly of: 'exit' | 'file' | 'state' | 'call' | 'order' | 'blank';
  /** The file or log, or the whole line of a call. */
  readonly at: string;
  /** null: it is not there. */
  readonly theirs: string | null;
  readonly ours: string | null;
}

export function compare({ theirs, ours }: Both): Discrepancy[] {
  const files = keysOf(theirs.files, ours.files).flatMap(name =>
    differing('file', name, shown(theirs.files[name]), shown(ours.files[name])),
  );
  const state = keysOf(theirs.state, ours.state).flatMap(log =>
    differing('state', log, theirs.state[log] ?? null, ours.state[log] ?? null),
  );
  return [
    ...differing('exit', '', `${theirs.exit}`, `${ours.exit}`),
    ...files,
    ...state,
    ...differingCalls(theirs, ours),
  ];
}

function differingCalls(theirs: Left, ours: Left): Discrepancy[] {
  const [there, here] = [theirs.calls.map(call => call.replaceAll(' ]', ']')), ours.calls];
  const blank = differing('blank', '', theirs.calls.join('\n'), there.join('\n'));
  const [onlyThere, onlyHere] = [lacking(there, here), lacking(here, there)];
  const more = [
    ...onlyThere.map(at => ({ of: 'call' as const, at, theirs: 'more', ours: null })),
    ...onlyHere.map(at => ({ of: 'call' as const, at, theirs: null, ours: 'more' })),
  ];
  const common = (all: readonly string[], without: readonly string[]): string =>
    lacking(all, without).join('\n');
  return [...blank, ...more, ...differing('order', '', common(there, onlyThere), common(here, onlyHere))];
}

/** What `one` has more often than `other`, in its order. */
function lacking(one: readonly string[], other: readonly string[]): string[] {
  const rest = [...other];
  return one.filter(line => {
    const place = rest.indexOf(line);
    if (place >= 0) rest.splice(place, 1);
    return place < 0;
  });
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

export function shown(file: LeftFile | undefined): string | null {
  if (file === undefined) return null;
  const { content, mode, owner, day, readDay, sparse, acl } = file;
  const dates = `day ${day} read ${readDay}`;
  return `${JSON.stringify(content)} mode ${mode} owner ${owner} ${dates}${sparse ? ' sparse' : ''} ${acl}`.trim();
}
